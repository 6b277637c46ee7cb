// SPDX-License-Identifier: Apache-2.0
//! What queues and topics have in common.
use std::cell::Cell;
use std::ffi::CString;
use std::fmt;
use std::marker::PhantomData;
use std::mem::size_of;
use std::os::raw::c_char;
use std::ptr;
use std::sync::atomic::AtomicU8;
use std::time::Duration;

use crate::error::{c_text, check, nanoseconds, Error, EBADMSG, ERANGE};
use crate::shared::{bytes_of, copy_in, copy_out, read_value, Plain, ReadOnly};
use crate::{sys, Result};

/// What a channel carries: compared when it is opened, and refused where it has another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeTag {
    name: String,
    size: u64,
    version: u32,
}

impl TypeTag {
    /// Messages of `size` bytes each; 0: they vary. The name has at most 255 bytes.
    pub fn new(name: &str, size: u64, version: u32) -> Self {
        Self { name: name.to_owned(), size, version }
    }

    /// Values of type T, under a name that all languages use for it.
    pub fn of<T: Plain>(name: &str) -> Self {
        Self::new(name, size_of::<T>() as u64, 0)
    }

    /// Another version of it.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }
}

/// A tag as C has it, and the text that it leads to.
pub(crate) struct RawTag {
    pub(crate) raw: sys::coview_type,
    _name: Option<CString>,
}

impl RawTag {
    pub(crate) fn of(tag: Option<&TypeTag>) -> Result<Self> {
        let name = tag.map(|tag| c_text(&tag.name)).transpose()?;
        let raw = sys::coview_type {
            name: name.as_ref().map_or(ptr::null::<c_char>(), |name| name.as_ptr()),
            size: tag.map_or(0, |tag| tag.size),
            version: tag.map_or(0, |tag| tag.version),
            reserved: 0,
        };
        Ok(Self { raw, _name: name })
    }
}

macro_rules! channel_options {
    ($(#[$about:meta])* $name:ident { $(#[$own_about:meta])* $own:ident }) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        pub struct $name {
            pub(crate) mode: u32,
            pub(crate) capacity: u64,
            pub(crate) messages: u64,
            pub(crate) participants: u32,
            pub(crate) permanent: bool,
            pub(crate) lock_in_memory: bool,
            pub(crate) of_its_kind: bool,
            pub(crate) tag: Option<TypeTag>,
        }

        impl $name {
            /// For `bytes` of messages, more than 0; a message has a quarter of that at most.
            pub fn capacity(bytes: u64) -> Self {
                Self {
                    mode: 0o600,
                    capacity: bytes,
                    messages: 0,
                    participants: 0,
                    permanent: false,
                    lock_in_memory: false,
                    of_its_kind: false,
                    tag: None,
                }
            }

            /// What it carries. Without: bytes.
            #[must_use]
            pub fn carries(mut self, tag: TypeTag) -> Self {
                self.tag = Some(tag);
                self
            }

            /// How many messages at most. Without: what fits.
            #[must_use]
            pub fn messages(mut self, count: u64) -> Self {
                self.messages = count;
                self
            }

            /// How many may take part at a time, 2 to 100. Without: 16.
            #[must_use]
            pub fn participants(mut self, count: u32) -> Self {
                self.participants = count;
                self
            }

            /// Permission bits, 0 to 0o777. Without: 0o600.
            #[must_use]
            pub fn mode(mut self, bits: u32) -> Self {
                self.mode = bits;
                self
            }

            /// Keeps name and messages without a handle, until [`remove`](crate::remove).
            #[must_use]
            pub fn permanent(mut self, yes: bool) -> Self {
                self.permanent = yes;
                self
            }

            /// Never swapped out, for this handle.
            #[must_use]
            pub fn lock_in_memory(mut self, yes: bool) -> Self {
                self.lock_in_memory = yes;
                self
            }

            $(#[$own_about])*
            #[must_use]
            pub fn $own(mut self, yes: bool) -> Self {
                self.of_its_kind = yes;
                self
            }

            pub(crate) fn raw(&self, tag: &RawTag) -> sys::coview_channel_options {
                let mut raw = sys::coview_channel_options {
                    struct_size: crate::struct_size::<sys::coview_channel_options>(),
                    mode: self.mode,
                    capacity: self.capacity,
                    messages: self.messages,
                    participants: self.participants,
                    permanent: self.permanent.into(),
                    lock_in_memory: self.lock_in_memory.into(),
                    drop_on_death: 0,
                    subscribers_may_block: 0,
                    r#type: tag.raw,
                };
                raw.$own = self.of_its_kind.into();
                raw
            }
        }
    };
}

/// How a queue or topic comes to be: its `create`, `open`, `open_as` and `open_or_create`.
macro_rules! channel_openers {
    ($name:ident, $options:ident, $create:ident, $open:ident, $open_or_create:ident, $(#[$open_errors:meta])+) => {
        impl $name {
            /// A new one. Errors: `AlreadyExists`; 22 (EINVAL) for a name or sizes that cannot be.
            pub fn create(name: &str, options: &$options) -> Result<Self> {
                let (name, tag) = (c_text(name)?, RawTag::of(options.tag.as_ref())?);
                let options = options.raw(&tag);
                // SAFETY: name, options and the type's name are good during the call.
                Self::made(|result| unsafe { sys::$create(name.as_ptr(), &options, result) })
            }

            /// What somebody holds, whatever it carries.
            $(#[$open_errors])+
            pub fn open(name: &str) -> Result<Self> {
                let name = c_text(name)?;
                // SAFETY: the name is good during the call; no type is any.
                Self::made(|result| unsafe { sys::$open(name.as_ptr(), ptr::null(), result) })
            }

            /// What somebody holds, and carries this type. Errors: also 22 (EINVAL) where it carries another.
            pub fn open_as(name: &str, tag: &TypeTag) -> Result<Self> {
                let (name, tag) = (c_text(name)?, RawTag::of(Some(tag))?);
                // SAFETY: name, tag and the type's name are good during the call.
                Self::made(|result| unsafe { sys::$open(name.as_ptr(), &tag.raw, result) })
            }

            /// Opens it where somebody holds it, as it was created, and creates it otherwise.
            pub fn open_or_create(name: &str, options: &$options) -> Result<Self> {
                let (name, tag) = (c_text(name)?, RawTag::of(options.tag.as_ref())?);
                let options = options.raw(&tag);
                // SAFETY: name, options and the type's name are good during the call.
                Self::made(|result| unsafe { sys::$open_or_create(name.as_ptr(), &options, result) })
            }
        }
    };
}

channel_options! {
    /// How a queue is created.
    QueueOptions {
        /// Drops what a dead receiver had, instead of delivering it again.
        drop_on_death
    }
}

channel_options! {
    /// How a topic is created.
    TopicOptions {
        /// Lets subscribers ask publishers to wait for them.
        subscribers_may_block
    }
}

owned_handle! {
    /// Closes it.
    RawSlot, coview_slot, coview_slot_release
}

impl RawSlot {
    /// What a queue or publisher lends, which is borrowed as long as the caller says.
    pub(crate) fn lent<'a>(
        make: impl FnOnce(*mut *mut sys::coview_slot) -> sys::coview_status,
    ) -> Result<Option<Slot<'a>>> {
        let raw = Self::made_or_not(make)?.1;
        Ok(raw.map(|raw| Slot { raw, _in_the_lenders_thread: PhantomData }))
    }
}

/// Memory for one message, to be filled in place and then published; it goes back unpublished where it is dropped.
///
/// It is in shared memory, where nobody looks at it before it is published, and nobody can be kept from it. So it is
/// written through a copy or through atomics, or in place by [`as_mut_slice`](Self::as_mut_slice), which is unsafe.
///
/// It stays in the thread that asked for it: a publisher publishes what it lent, too, and is for one thread at a time.
///
/// ```compile_fail,E0277
/// let topic = coview::Topic::open_or_create("rust doc slot", &coview::TopicOptions::capacity(4096)).unwrap();
/// let publisher = topic.publisher().unwrap();
/// let slot = publisher.loan(8).unwrap();
/// std::thread::scope(|scope| { scope.spawn(move || slot.publish()); });
/// ```
pub struct Slot<'a> {
    raw: RawSlot,
    _in_the_lenders_thread: PhantomData<&'a Cell<()>>,
}

impl<'a> Slot<'a> {
    fn data(&self) -> *mut u8 {
        // SAFETY: the handle is open.
        unsafe { sys::coview_slot_data(self.raw.as_raw()).cast() }
    }

    /// Bytes, as asked for.
    #[allow(clippy::len_without_is_empty)] // of what is to be filled
    pub fn len(&self) -> usize {
        // SAFETY: the handle is open.
        unsafe { sys::coview_slot_size(self.raw.as_raw()) }
    }

    /// All of it. They hold what was there before.
    pub fn bytes(&self) -> &[AtomicU8] {
        // SAFETY: as many bytes of shared memory, which stay there while `self` is borrowed.
        unsafe { slice_or_empty(self.data().cast(), self.len()) }
    }

    /// Copies bytes to `offset`. Errors: 34 (ERANGE) beyond the end.
    pub fn copy_from(&self, offset: usize, bytes: &[u8]) -> Result<()> {
        match offset.checked_add(bytes.len()) {
            Some(end) if end <= self.len() => {
                // SAFETY: within the slot, which is to be written.
                unsafe { copy_in(bytes.as_ptr(), self.data().add(offset), bytes.len()) };
                Ok(())
            }
            _ => Err(Error::new(
                ERANGE,
                format!("{} bytes at offset {offset} do not fit a slot of {} bytes", bytes.len(), self.len()),
            )),
        }
    }

    /// Copies a value to `offset`. Errors: 34 (ERANGE) beyond the end.
    pub fn write<T: Plain>(&self, offset: usize, value: &T) -> Result<()> {
        self.copy_from(offset, bytes_of(value))
    }

    /// The bytes, to be filled in place.
    ///
    /// # Safety
    /// No process writes to this slot meanwhile. coview, in all its languages, lets nobody have an unpublished slot; but
    /// whoever may write to the object's memory could, by a defect or on purpose.
    pub unsafe fn as_mut_slice(&mut self) -> &mut [u8] {
        match self.len() {
            0 => &mut [],
            // SAFETY: as many bytes, which stay there while `self` is borrowed; nobody else uses them (the caller's
            // promise), and this process refers to them by `self` only.
            length => unsafe { std::slice::from_raw_parts_mut(self.data(), length) },
        }
    }

    /// Sends all of it. Waits while no place is free, or while a subscriber blocks.
    pub fn publish(self) -> Result<()> {
        let length = self.len();
        self.publish_part(length)
    }

    /// Sends its first `length` bytes. Errors: 75 (EOVERFLOW) for more than it has.
    pub fn publish_part(self, length: usize) -> Result<()> {
        self.publish_for(length, None).map(drop)
    }

    /// The same within a time; where it was up, the slot comes back as it was.
    pub fn publish_timeout(self, length: usize, timeout: Duration) -> Result<std::result::Result<(), Slot<'a>>> {
        let published = self.publish_for(length, Some(timeout))?;
        Ok(if published { Ok(()) } else { Err(self) })
    }

    fn publish_for(&self, length: usize, timeout: Option<Duration>) -> Result<bool> {
        // SAFETY: the handle is open.
        let status = check(unsafe { sys::coview_slot_publish(self.raw.as_raw(), length, nanoseconds(timeout)) })?;
        Ok(status != sys::COVIEW_TIMED_OUT)
    }
}

impl fmt::Debug for Slot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("len", &self.len()).finish_non_exhaustive()
    }
}

owned_handle! {
    /// Closes it.
    RawMessage, coview_message, coview_message_release
}

impl RawMessage {
    pub(crate) fn received(
        make: impl FnOnce(*mut *mut sys::coview_message) -> sys::coview_status,
    ) -> Result<Option<Self>> {
        Ok(Self::made_or_not(make)?.1)
    }

    fn data(&self) -> *const u8 {
        // SAFETY: the handle is open.
        unsafe { sys::coview_message_data(self.as_raw()).cast() }
    }
}

/// What a message is, whatever channel it came from.
macro_rules! message {
    ($(#[$about:meta])* $name:ident, $marker:ty) => {
        $(#[$about])*
        pub struct $name {
            raw: RawMessage,
            _threads: PhantomData<$marker>,
        }

        impl $name {
            pub(crate) fn of(raw: RawMessage) -> Self {
                Self { raw, _threads: PhantomData }
            }

            /// Bytes in it.
            #[allow(clippy::len_without_is_empty)] // is_empty below
            pub fn len(&self) -> usize {
                // SAFETY: the handle is open.
                unsafe { sys::coview_message_size(self.raw.as_raw()) }
            }

            /// Whether it has no bytes.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Its bytes, in place.
            pub fn bytes(&self) -> &[ReadOnly<AtomicU8>] {
                // SAFETY: as many bytes, which stay there while `self` is borrowed.
                unsafe { slice_or_empty(self.raw.data().cast(), self.len()) }
            }

            /// A copy of its bytes.
            pub fn to_vec(&self) -> Vec<u8> {
                let mut copy = vec![0; self.len()];
                // SAFETY: both have as many bytes.
                unsafe { copy_out(self.raw.data(), copy.as_mut_ptr(), copy.len()) };
                copy
            }

            /// The value that it is. Errors: 74 (EBADMSG) where it has another size than T.
            pub fn read<T: Plain>(&self) -> Result<T> {
                if self.len() != size_of::<T>() {
                    let (has, wanted) = (self.len(), size_of::<T>());
                    return Err(Error::new(
                        EBADMSG,
                        format!("cannot read a message: it has {has} bytes, and its type {wanted}"),
                    ));
                }
                // SAFETY: as many bytes as T has.
                Ok(unsafe { read_value(self.raw.data()) })
            }

            /// Its bytes in place, as a slice like any other.
            ///
            /// # Safety
            /// No process writes to them while the slice is used. coview, in all its languages, writes to no message once
            /// it is published, and keeps its memory until this object goes; but whoever may write to the channel's
            /// memory could, by a defect or on purpose.
            pub unsafe fn as_slice(&self) -> &[u8] {
                // SAFETY: as `bytes`; nobody writes (the caller's promise).
                unsafe { slice_or_empty(self.raw.data(), self.len()) }
            }

            /// Its place in the order of publication, from 0.
            pub fn sequence(&self) -> u64 {
                // SAFETY: the handle is open.
                unsafe { sys::coview_message_sequence(self.raw.as_raw()) }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("len", &self.len())
                    .field("sequence", &self.sequence())
                    .finish_non_exhaustive()
            }
        }
    };
}

message! {
    /// A message of a queue, in place. Dropping it says that it was dealt with: until then the death of this process has
    /// it delivered again. Any thread may have it, one at a time.
    QueueMessage, Cell<()>
}

impl QueueMessage {
    /// How many receivers had it before, and died with it.
    pub fn deaths(&self) -> u32 {
        // SAFETY: the handle is open.
        unsafe { sys::coview_message_deaths(self.raw.as_raw()) }
    }

    /// Whether a receiver had it before, and died with it.
    pub fn is_redelivered(&self) -> bool {
        self.deaths() != 0
    }
}

message! {
    /// A message of a topic. Large ones are read in place, and keep their memory until this is dropped: a subscription can
    /// have 16 of them in hand. It stays in the thread that received it, where the subscription is used.
    TopicMessage, *const ()
}

impl TopicMessage {
    /// How many messages the subscription lost between the one before and this one.
    pub fn lost(&self) -> u64 {
        // SAFETY: the handle is open.
        unsafe { sys::coview_message_lost(self.raw.as_raw()) }
    }
}

/// A slice of shared memory, or an empty one where there is none.
///
/// # Safety
/// Where `length` is not 0, `first` leads to as many T that stay there for as long as `'a`, and a T may change there.
unsafe fn slice_or_empty<'a, T>(first: *const T, length: usize) -> &'a [T] {
    match length {
        0 => &[],
        // SAFETY: the caller's promise.
        _ => unsafe { std::slice::from_raw_parts(first, length) },
    }
}
