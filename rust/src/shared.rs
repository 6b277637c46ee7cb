// SPDX-License-Identifier: Apache-2.0
//! What may be said in Rust of bytes that other processes change at any moment.
//!
//! A `&[u8]` promises that nobody writes meanwhile, a `&mut [u8]` that nobody even reads; neither is this process's to
//! promise. So shared bytes are atomics ([`Shared`] types), or are copied in and out byte for byte ([`Plain`] values),
//! and a reference to plain bytes is behind an `unsafe` call that says what the caller has to know.
use std::sync::atomic::{
    AtomicI16, AtomicI32, AtomicI64, AtomicI8, AtomicIsize, AtomicU16, AtomicU32, AtomicU64, AtomicU8, AtomicUsize,
    Ordering,
};

/// A type that can be referred to where others write at any moment: atomic numbers, arrays of them, and structs of them
/// that [`shared_struct!`](crate::shared_struct) makes.
///
/// # Safety
/// Every byte of the type is part of an atomic integer, so there is no padding; and it has no destructor.
pub unsafe trait Shared: Sync {}

/// A value that is nothing but its bytes, and whatever these bytes are: numbers, arrays of them, and structs that
/// [`plain_struct!`](crate::plain_struct) makes.
///
/// # Safety
/// Every pattern of bytes is a value, and the type has no padding and no pointers.
pub unsafe trait Plain: Copy + 'static {}

macro_rules! numbers {
    ($($atomic:ident $number:ident)*) => {$(
        // SAFETY: one atomic integer.
        unsafe impl Shared for $atomic {}

        impl ReadOnly<$atomic> {
            /// The value at this moment.
            ///
            /// # Panics
            /// If `order` is `Release` or `AcqRel`.
            pub fn load(&self, order: Ordering) -> $number {
                self.0.load(order)
            }
        }
    )*};
}

macro_rules! plain {
    ($($number:ident)*) => {$(
        // SAFETY: each pattern of its bytes is a number.
        unsafe impl Plain for $number {}
    )*};
}

/// An atomic that can be read and not written: its memory is mapped so.
#[repr(transparent)]
pub struct ReadOnly<T>(T);

// SAFETY: as T; the wrapper adds nothing.
unsafe impl<T: Shared> Shared for ReadOnly<T> {}

numbers! {
    AtomicU8 u8 AtomicU16 u16 AtomicU32 u32 AtomicU64 u64 AtomicUsize usize
    AtomicI8 i8 AtomicI16 i16 AtomicI32 i32 AtomicI64 i64 AtomicIsize isize
}
plain! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 }

// SAFETY: elements in a row, without padding between them.
unsafe impl<T: Shared, const N: usize> Shared for [T; N] {}
// SAFETY: as above.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

/// For [`shared_struct!`] and [`plain_struct!`]: a struct whose members are all of that kind, at their alignment, with no
/// gap between them.
#[doc(hidden)]
#[macro_export]
macro_rules! __laid_out_as_in_c {
    ($name:ident: $kind:path, $($type:ty),+) => {
        const _: () = {
            const fn of_the_kind<T: $kind>() -> usize { ::std::mem::size_of::<T>() }
            assert!(
                ::std::mem::size_of::<$name>() == 0 $(+ of_the_kind::<$type>())+,
                "the struct has padding: name the gap as a member"
            );
            $(assert!(
                ::std::mem::align_of::<$name>() >= ::std::mem::align_of::<$type>(),
                "the struct is packed: members would be misaligned"
            );)+
        };
    };
}

/// Defines a struct of [`Shared`] members, laid out as C has it, that can be referred to in a view.
///
/// A struct with padding does not compile: name the gap, so that all languages have the same members.
///
/// ```
/// use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
/// coview::shared_struct! {
///     /// What the board shows.
///     pub struct Board {
///         pub frames: AtomicU64,
///         pub lamp: AtomicU32,
///         gap: AtomicU32,
///     }
/// }
/// let memory = coview::Mapping::open_or_create("rust doc board", 4096)?;
/// let view = memory.map()?;
/// view.get::<Board>(0)?.frames.fetch_add(1, Ordering::Relaxed);
/// # Ok::<(), coview::Error>(())
/// ```
///
/// ```compile_fail,E0080
/// coview::shared_struct! {
///     struct Gap { a: std::sync::atomic::AtomicU8, b: std::sync::atomic::AtomicU32 }
/// }
/// ```
#[macro_export]
macro_rules! shared_struct {
    ($(#[$about:meta])* $visible:vis struct $name:ident {
        $($(#[$note:meta])* $seen:vis $member:ident: $type:ty),+ $(,)?
    }) => {
        $(#[$about])*
        #[repr(C)]
        $visible struct $name { $($(#[$note])* $seen $member: $type),+ }

        $crate::__laid_out_as_in_c!($name: $crate::Shared, $($type),+);
        // SAFETY: all members are Shared, their sizes add up to the struct's, and the macro gives it no destructor;
        // one written by hand would run nowhere, since such structs are only referred to.
        unsafe impl $crate::Shared for $name {}
    };
}

/// Defines a struct of [`Plain`] members, laid out as C has it, that can be copied into and out of shared memory, and be
/// the type of a channel's messages.
///
/// A struct with padding does not compile: name the gap, so that all languages have the same members.
///
/// ```
/// coview::plain_struct! {
///     /// Where it is.
///     pub struct Pose { pub x: f64, pub y: f64 }
/// }
/// let poses = coview::TopicOf::<Pose>::open_or_create("rust doc poses", "pose", 16)?;
/// poses.publisher()?.publish(&Pose { x: 1.0, y: 2.0 })?;
/// assert_eq!(poses.latest()?.unwrap().y, 2.0);
/// # Ok::<(), coview::Error>(())
/// ```
#[macro_export]
macro_rules! plain_struct {
    ($(#[$about:meta])* $visible:vis struct $name:ident {
        $($(#[$note:meta])* $seen:vis $member:ident: $type:ty),+ $(,)?
    }) => {
        $(#[$about])*
        #[repr(C)]
        #[derive(Clone, Copy)]
        $visible struct $name { $($(#[$note])* $seen $member: $type),+ }

        $crate::__laid_out_as_in_c!($name: $crate::Plain, $($type),+);
        // SAFETY: all members are Plain, and their sizes add up to the struct's.
        unsafe impl $crate::Plain for $name {}
    };
}

/// Copies bytes out of shared memory, each by a relaxed load: torn where others write meanwhile, and nothing worse.
///
/// # Safety
/// `from` leads to `length` readable bytes of shared memory, which this process refers to by atomics only or not at all;
/// `to` to as many that are the caller's.
pub(crate) unsafe fn copy_out(from: *const u8, to: *mut u8, length: usize) {
    // SAFETY: the caller's promise.
    unsafe { racing_copy(from, to, length, || copy_out_bytewise(from, to, length)) }
}

/// Copies bytes into shared memory, each by a relaxed store.
///
/// # Safety
/// As [`copy_out`], the other way round; `to` is writable.
pub(crate) unsafe fn copy_in(from: *const u8, to: *mut u8, length: usize) {
    // SAFETY: the caller's promise.
    unsafe { racing_copy(from, to, length, || copy_in_bytewise(from, to, length)) }
}

/// # Safety
/// As [`copy_out`].
unsafe fn copy_out_bytewise(from: *const u8, to: *mut u8, length: usize) {
    for i in 0..length {
        // SAFETY: both ranges have `length` bytes; an AtomicU8 has the size and alignment of any byte.
        unsafe { *to.add(i) = (*from.add(i).cast::<AtomicU8>()).load(Ordering::Relaxed) };
    }
}

/// # Safety
/// As [`copy_in`].
unsafe fn copy_in_bytewise(from: *const u8, to: *mut u8, length: usize) {
    for i in 0..length {
        // SAFETY: as above.
        unsafe { (*to.add(i).cast::<AtomicU8>()).store(*from.add(i), Ordering::Relaxed) };
    }
}

/// The same as `bytewise` by an instruction of its own: the compiler does not look into it, and has to take it for what
/// the loop does. Atomic loops are not made into anything wider, and so cost a cycle a byte.
///
/// # Safety
/// Both ranges have `length` bytes, and `bytewise` may be called.
#[cfg(all(target_arch = "x86_64", not(miri)))]
unsafe fn racing_copy(from: *const u8, to: *mut u8, length: usize, bytewise: impl FnOnce()) {
    const WORTH_IT: usize = 48;
    if length < WORTH_IT {
        return bytewise();
    }
    // SAFETY: reads and writes the two ranges and nothing else; the direction flag is clear, as it is on entry to every
    // asm block.
    unsafe {
        std::arch::asm!(
            "rep movsb",
            inout("rcx") length => _, inout("rsi") from => _, inout("rdi") to => _,
            options(nostack, preserves_flags)
        );
    }
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
unsafe fn racing_copy(_: *const u8, _: *mut u8, _: usize, bytewise: impl FnOnce()) {
    bytewise();
}

/// The bytes of a value.
pub(crate) fn bytes_of<T: Plain>(value: &T) -> &[u8] {
    // SAFETY: a Plain value has no padding, so each of its bytes is initialised; the slice lives as long as the borrow.
    unsafe { std::slice::from_raw_parts((value as *const T).cast(), std::mem::size_of::<T>()) }
}

/// A value, read from shared memory byte by byte.
///
/// # Safety
/// As [`copy_out`], of as many bytes as T has.
pub(crate) unsafe fn read_value<T: Plain>(from: *const u8) -> T {
    let mut value = std::mem::MaybeUninit::<T>::uninit();
    // SAFETY: the caller's promise; then each byte is written, and whatever they are is a T.
    unsafe {
        copy_out(from, value.as_mut_ptr().cast(), std::mem::size_of::<T>());
        value.assume_init()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_every_length_and_nothing_beside() {
        for length in 0..200_usize {
            let shared: Vec<AtomicU8> = (0..length + 2).map(|i| AtomicU8::new(i as u8)).collect();
            let mut private = vec![0xee_u8; length + 2];
            // SAFETY: one byte from the beginning, `length` of them, in vectors of two more.
            unsafe { copy_out(shared.as_ptr().cast::<u8>().add(1), private.as_mut_ptr().add(1), length) };
            assert_eq!((private[0], private[length + 1]), (0xee, 0xee));
            assert!((1..=length).all(|i| private[i] == i as u8));

            private.iter_mut().for_each(|byte| *byte = byte.wrapping_add(7));
            // SAFETY: as above; the pointer is made from atomics, which may be written through it.
            unsafe { copy_in(private.as_ptr().add(1), shared.as_ptr().add(1) as *mut u8, length) };
            assert_eq!(shared[0].load(Ordering::Relaxed), 0);
            assert_eq!(shared[length + 1].load(Ordering::Relaxed), (length + 1) as u8);
            assert!((1..=length).all(|i| shared[i].load(Ordering::Relaxed) == (i as u8).wrapping_add(7)));
        }
    }

    #[test]
    fn a_value_is_its_bytes() {
        plain_struct! { struct Pair { a: u32, b: [i16; 2] } }
        let pair = Pair { a: 0x0403_0201, b: [-1, 5] };
        assert_eq!(bytes_of(&pair), [1, 2, 3, 4, 255, 255, 5, 0]);
        let shared: Vec<AtomicU8> = bytes_of(&pair).iter().map(|&byte| AtomicU8::new(byte)).collect();
        // SAFETY: eight bytes, as Pair has.
        let back: Pair = unsafe { read_value(shared.as_ptr().cast()) };
        assert_eq!((back.a, back.b), (pair.a, pair.b));
    }

    #[test]
    fn torn_values_are_values_while_threads_write() {
        let shared: Vec<AtomicU8> = (0..64).map(|_| AtomicU8::new(0)).collect();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for i in 0..50_u64 {
                    let value = [i.wrapping_mul(0x0101_0101_0101_0101); 8];
                    // SAFETY: 64 bytes each.
                    unsafe { copy_in(bytes_of(&value).as_ptr(), shared.as_ptr() as *mut u8, 64) };
                }
            });
            for _ in 0..50 {
                // SAFETY: 64 bytes.
                let seen: [u8; 64] = unsafe { read_value(shared.as_ptr().cast()) };
                assert!(seen.iter().all(|&byte| byte < 50));
            }
        });
    }
}
