// SPDX-License-Identifier: Apache-2.0
use std::ffi::CString;
use std::fmt;
use std::mem::{align_of, size_of};
use std::ops::RangeBounds;
use std::os::raw::c_char;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::io::{AsRawFd, RawFd};
use std::path::Path;
use std::ptr;
use std::sync::atomic::AtomicU8;

use crate::error::{c_text, check, Error, EINVAL, ERANGE};
use crate::mutex::MutexGuard;
use crate::shared::{bytes_of, copy_in, copy_out, read_value, Plain, ReadOnly, Shared};
use crate::{sys, CreateOptions, Result};

/// With which rights a mapping is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To read: a process with the rights to read only can do that much.
    ReadOnly,
    /// To read and write.
    ReadWrite,
}

named_handle! {
    /// A handle to named memory. The name lives as long as somebody has a handle, or a view.
    ///
    /// Several threads may use one at once. A child made by fork uses its parent's on.
    Mapping, coview_mapping, coview_mapping_close, coview_mapping_name, coview_mapping_created, coview_mapping_still_named
}

impl Mapping {
    /// Memory of `size` bytes, all zero, under a name that must be free.
    ///
    /// Errors: `AlreadyExists` where it is not; 22 (EINVAL) for a name or size that cannot be; 28 (ENOSPC) where there
    /// is no memory.
    pub fn create(name: &str, size: u64) -> Result<Self> {
        Self::create_with(name, size, &CreateOptions::new())
    }

    /// As [`create`](Self::create), with options.
    pub fn create_with(name: &str, size: u64, options: &CreateOptions) -> Result<Self> {
        let (name, options) = (c_text(name)?, options.raw());
        // SAFETY: name and options are good during the call.
        Self::made(|result| unsafe { sys::coview_mapping_create(name.as_ptr(), size, &options, result) })
    }

    /// What somebody holds, to read and write. Errors: `NotFound` where nobody does; `PermissionDenied`.
    pub fn open(name: &str) -> Result<Self> {
        Self::open_with(name, Access::ReadWrite)
    }

    /// As [`open`](Self::open), with the rights given.
    pub fn open_with(name: &str, access: Access) -> Result<Self> {
        let name = c_text(name)?;
        let rights = match access {
            Access::ReadOnly => sys::COVIEW_READ_ONLY,
            Access::ReadWrite => sys::COVIEW_READ_WRITE,
        };
        // SAFETY: the name is good during the call.
        Self::made(|result| unsafe { sys::coview_mapping_open(name.as_ptr(), rights, result) })
    }

    /// Opens the name where somebody holds it, with the size that it has, and creates it otherwise.
    pub fn open_or_create(name: &str, size: u64) -> Result<Self> {
        Self::open_or_create_with(name, size, &CreateOptions::new())
    }

    /// As [`open_or_create`](Self::open_or_create), with options, which an existing one ignores.
    pub fn open_or_create_with(name: &str, size: u64, options: &CreateOptions) -> Result<Self> {
        let (name, options) = (c_text(name)?, options.raw());
        // SAFETY: name and options are good during the call.
        Self::made(|result| unsafe { sys::coview_mapping_open_or_create(name.as_ptr(), size, &options, result) })
    }

    /// Maps a file, of `size` bytes, or 0: its length. With [`Access::ReadWrite`] a shorter file grows, and a missing
    /// one is made. With a name, others can [`open`](Self::open) it.
    pub fn file(path: impl AsRef<Path>, access: Access, size: u64, name: Option<&str>) -> Result<Self> {
        let path = path.as_ref();
        let path = CString::new(path.as_os_str().as_bytes())
            .map_err(|_| Error::new(EINVAL, format!("the path {path:?} has a zero byte in it")))?;
        let name = name.map(c_text).transpose()?;
        let options = sys::coview_file_options {
            struct_size: crate::struct_size::<sys::coview_file_options>(),
            mode: 0o600,
            size,
            name: name.as_ref().map_or(ptr::null::<c_char>(), |name| name.as_ptr()),
            reserve: 0,
            reserved: [0; 7],
        };
        let rights = match access {
            Access::ReadOnly => sys::COVIEW_READ_ONLY,
            Access::ReadWrite => sys::COVIEW_READ_WRITE,
        };
        // SAFETY: path, options and the name in them are good during the call.
        Self::made(|result| unsafe { sys::coview_mapping_file(path.as_ptr(), rights, &options, result) })
    }

    /// Memory without a name, all zero, which children inherit.
    pub fn anonymous(size: u64) -> Result<Self> {
        // SAFETY: no options are the defaults.
        Self::made(|result| unsafe { sys::coview_mapping_anonymous(size, ptr::null(), result) })
    }

    /// Bytes, as asked for by whoever created it.
    pub fn size(&self) -> u64 {
        // SAFETY: the handle is open.
        unsafe { sys::coview_mapping_size(self.as_raw()) }
    }

    /// The rights that this handle has.
    pub fn access(&self) -> Access {
        // SAFETY: the handle is open.
        match unsafe { sys::coview_mapping_rights(self.as_raw()) } {
            sys::COVIEW_READ_WRITE => Access::ReadWrite,
            _ => Access::ReadOnly,
        }
    }

    /// The whole, to read and write. Errors: `PermissionDenied` where this handle may only read.
    pub fn map(&self) -> Result<View> {
        self.map_range(..)
    }

    /// A range of it: any offset and length.
    pub fn map_range(&self, range: impl RangeBounds<u64>) -> Result<View> {
        Ok(View { raw: self.map_as(sys::COVIEW_READ_WRITE, range)? })
    }

    /// The whole, to read.
    pub fn map_read_only(&self) -> Result<ReadView> {
        self.map_read_only_range(..)
    }

    /// A range, to read.
    pub fn map_read_only_range(&self, range: impl RangeBounds<u64>) -> Result<ReadView> {
        Ok(ReadView { raw: self.map_as(sys::COVIEW_READ_ONLY, range)? })
    }

    /// The whole, copied where it is written to: nobody else sees the writes.
    pub fn map_copy_on_write(&self) -> Result<View> {
        Ok(View { raw: self.map_as(sys::COVIEW_COPY_ON_WRITE, ..)? })
    }

    fn map_as(&self, rights: sys::coview_access, range: impl RangeBounds<u64>) -> Result<RawView> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let outside = || Error::new(ERANGE, format!("cannot map '{}': the range ends before it begins", self.name()));
        let offset = match range.start_bound() {
            Included(&first) => first,
            Excluded(&before) => before.checked_add(1).ok_or_else(outside)?,
            Unbounded => 0,
        };
        let length = match range.end_bound() {
            Included(&last) => last.checked_add(1).and_then(|end| end.checked_sub(offset)).ok_or_else(outside)?,
            Excluded(&end) => end.checked_sub(offset).ok_or_else(outside)?,
            Unbounded => sys::COVIEW_TO_END,
        };
        // SAFETY: the handle is open; no options are the defaults.
        RawView::made(|result| unsafe {
            sys::coview_view_map(self.as_raw(), rights, offset, length, ptr::null(), result)
        })
    }
}

impl AsRawFd for Mapping {
    /// The descriptor behind it, which stays the mapping's.
    fn as_raw_fd(&self) -> RawFd {
        // SAFETY: the handle is open.
        unsafe { sys::coview_mapping_native_handle(self.as_raw()) }
    }
}

owned_handle! {
    /// What both kinds of views are.
    RawView, coview_view, coview_view_close
}

// SAFETY: coview.h: one handle may be used by several threads at once, but for closing it.
unsafe impl Sync for RawView {}

impl RawView {
    /// First byte; good as long as this object is.
    fn data(&self) -> *mut u8 {
        // SAFETY: the handle is open.
        unsafe { sys::coview_view_data(self.as_raw()).cast() }
    }

    fn len(&self) -> usize {
        // SAFETY: the handle is open. A range that is mapped fits the address space.
        unsafe { sys::coview_view_size(self.as_raw()) as usize }
    }

    /// Where `bytes` bytes at `offset` begin.
    fn at(&self, offset: usize, bytes: usize) -> Result<*mut u8> {
        match offset.checked_add(bytes) {
            // SAFETY: within the mapped range.
            Some(end) if end <= self.len() => Ok(unsafe { self.data().add(offset) }),
            _ => Err(Error::new(
                ERANGE,
                format!("{bytes} bytes at offset {offset} are beyond the end of a view of {} bytes", self.len()),
            )),
        }
    }

    /// `count` values of type T at `offset`.
    fn slice<T: Shared>(&self, offset: usize, count: usize) -> Result<&[T]> {
        let bytes = count.saturating_mul(size_of::<T>());
        let first = self.at(offset, bytes)?;
        if first as usize % align_of::<T>() != 0 {
            let what = std::any::type_name::<T>();
            return Err(Error::new(
                EINVAL,
                format!("a {what} at offset {offset} is misaligned; it needs a multiple of {}", align_of::<T>()),
            ));
        }
        // SAFETY: `bytes` mapped bytes, aligned, that stay mapped while `self` is borrowed. T is Shared: whatever they
        // are, and whenever they change, they are a T, all of whose bytes are in atomics.
        Ok(unsafe { std::slice::from_raw_parts(first.cast(), count) })
    }

    fn copy_to(&self, offset: usize, to: &mut [u8]) -> Result<()> {
        let from = self.at(offset, to.len())?;
        // SAFETY: both ranges have that length; the mapped one is referred to by atomics only, or by `exclusive`, whose
        // caller promises that nobody uses it in another way.
        unsafe { copy_out(from, to.as_mut_ptr(), to.len()) };
        Ok(())
    }

    fn read<T: Plain>(&self, offset: usize) -> Result<T> {
        let from = self.at(offset, size_of::<T>())?;
        // SAFETY: as copy_to.
        Ok(unsafe { read_value(from) })
    }

    fn prefault(&self) -> Result<()> {
        // SAFETY: the handle is open.
        check(unsafe { sys::coview_view_prefault(self.as_raw(), 0, sys::COVIEW_TO_END) }).map(drop)
    }
}

/// Memory that others see, to read and write.
///
/// It is bytes that any process may change at any moment, so they are atomics here: [`bytes`](Self::bytes) and
/// [`get`](Self::get) refer to them in place; [`read`](Self::read), [`write`](Self::write) and their likes copy, byte for
/// byte, and what they copy may be half of what another writes at that moment. Take a [`Mutex`](crate::Mutex) where that
/// matters.
///
/// It keeps the name, also after its mapping is dropped. Several threads may use one at once.
///
/// Whoever may write to the object can also cut its file short: a touch beyond the new end then ends the process
/// (SIGBUS). Processes of one user trust one another.
pub struct View {
    raw: RawView,
}

impl View {
    /// Bytes in it.
    #[allow(clippy::len_without_is_empty)] // none is empty
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// All of it, as bytes that others change meanwhile.
    pub fn bytes(&self) -> &[AtomicU8] {
        self.raw.slice(0, self.len()).expect("the whole of it is in it")
    }

    /// What stands at `offset`: an atomic number, an array of them, or a [`shared_struct!`](crate::shared_struct).
    ///
    /// Errors: 34 (ERANGE) beyond the end; 22 (EINVAL) where it would be misaligned.
    pub fn get<T: Shared>(&self, offset: usize) -> Result<&T> {
        Ok(&self.raw.slice(offset, 1)?[0])
    }

    /// `count` of them in a row. Errors: as [`get`](Self::get).
    pub fn slice<T: Shared>(&self, offset: usize, count: usize) -> Result<&[T]> {
        self.raw.slice(offset, count)
    }

    /// A copy of the value at `offset`, aligned or not. Errors: 34 (ERANGE) beyond the end.
    pub fn read<T: Plain>(&self, offset: usize) -> Result<T> {
        self.raw.read(offset)
    }

    /// Copies a value to `offset`. Errors: 34 (ERANGE) beyond the end.
    pub fn write<T: Plain>(&self, offset: usize, value: &T) -> Result<()> {
        self.copy_from(offset, bytes_of(value))
    }

    /// Copies bytes from `offset` on to `to`. Errors: 34 (ERANGE) beyond the end.
    pub fn copy_to(&self, offset: usize, to: &mut [u8]) -> Result<()> {
        self.raw.copy_to(offset, to)
    }

    /// Copies bytes to `offset`. Errors: 34 (ERANGE) beyond the end.
    pub fn copy_from(&self, offset: usize, bytes: &[u8]) -> Result<()> {
        let to = self.raw.at(offset, bytes.len())?;
        // SAFETY: both ranges have that length, and this view may be written (invariant of View).
        unsafe { copy_in(bytes.as_ptr(), to, bytes.len()) };
        Ok(())
    }

    /// The bytes as nobody else's, for as long as the guard's mutex is owned.
    ///
    /// # Safety
    /// Until the slice is gone, no other process and no other thread reads or writes these bytes, and this thread does so
    /// through the slice only: not through another view of this memory, nor through references that [`bytes`](Self::bytes)
    /// or [`get`](Self::get) gave. So it is where all who use the memory take this mutex first, and this thread took it
    /// once. No process can be kept from doing otherwise, which is why this call is unsafe.
    #[allow(clippy::mut_from_ref)] // the guard is what is borrowed mutably
    pub unsafe fn exclusive<'a>(&'a self, guard: &'a mut MutexGuard<'_>) -> &'a mut [u8] {
        let _ = guard;
        // SAFETY: mapped, initialised bytes, which stay mapped while `self` is borrowed; nobody else uses them (the
        // caller's promise).
        unsafe { std::slice::from_raw_parts_mut(self.raw.data(), self.raw.len()) }
    }

    /// First byte, for calls of C; good as long as the view is.
    pub fn as_ptr(&self) -> *mut u8 {
        self.raw.data()
    }

    /// Of a file: on disk when this returns.
    pub fn flush(&self) -> Result<()> {
        // SAFETY: the handle is open.
        check(unsafe { sys::coview_view_flush(self.raw.as_raw(), 0, sys::COVIEW_TO_END) }).map(drop)
    }

    /// Brings every page in now: "no memory" is an error here.
    pub fn prefault(&self) -> Result<()> {
        self.raw.prefault()
    }

    /// Gives up writing.
    pub fn into_read_only(self) -> Result<ReadView> {
        // SAFETY: the handle is open; nothing refers to the bytes, as `self` is not borrowed.
        check(unsafe { sys::coview_view_protect(self.raw.as_raw(), sys::COVIEW_READ_ONLY) })?;
        Ok(ReadView { raw: self.raw })
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// Memory that others see, to read. As [`View`] otherwise.
pub struct ReadView {
    raw: RawView,
}

impl ReadView {
    /// Bytes in it.
    #[allow(clippy::len_without_is_empty)] // none is empty
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// All of it, as bytes that others change meanwhile.
    pub fn bytes(&self) -> &[ReadOnly<AtomicU8>] {
        self.raw.slice(0, self.len()).expect("the whole of it is in it")
    }

    /// The atomic number at `offset`. Errors: 34 (ERANGE) beyond the end; 22 (EINVAL) where it would be misaligned.
    pub fn get<T: Shared>(&self, offset: usize) -> Result<&ReadOnly<T>> {
        Ok(&self.raw.slice(offset, 1)?[0])
    }

    /// A copy of the value at `offset`, aligned or not. Errors: 34 (ERANGE) beyond the end.
    pub fn read<T: Plain>(&self, offset: usize) -> Result<T> {
        self.raw.read(offset)
    }

    /// Copies bytes from `offset` on to `to`. Errors: 34 (ERANGE) beyond the end.
    pub fn copy_to(&self, offset: usize, to: &mut [u8]) -> Result<()> {
        self.raw.copy_to(offset, to)
    }

    /// First byte, for calls of C; good as long as the view is, and not to be written.
    pub fn as_ptr(&self) -> *const u8 {
        self.raw.data()
    }

    /// Brings every page in now.
    pub fn prefault(&self) -> Result<()> {
        self.raw.prefault()
    }
}

impl fmt::Debug for ReadView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadView").field("len", &self.len()).finish_non_exhaustive()
    }
}
