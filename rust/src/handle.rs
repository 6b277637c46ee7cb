// SPDX-License-Identifier: Apache-2.0
//! What all types around a handle of `coview.h` have in common.

/// Defines a type that owns a handle: its constructor, and its destructor.
///
/// Invariant: `raw` is a handle of that kind, given by a call of `coview.h`, and nobody else closes it.
macro_rules! owned_handle {
    ($(#[$about:meta])* $type:ident, $raw:ident, $close:ident) => {
        $(#[$about])*
        pub struct $type {
            raw: std::ptr::NonNull<crate::sys::$raw>,
        }

        impl $type {
            /// What `make` stores, where it says that it did.
            #[allow(dead_code)] // not of all
            fn made(make: impl FnOnce(*mut *mut crate::sys::$raw) -> crate::sys::coview_status) -> crate::Result<Self> {
                Ok(Self::made_or_not(make)?.1.expect("a call that succeeds gives its handle"))
            }

            /// The same of a call that can succeed without a handle: what it returned tells why.
            #[allow(dead_code)]
            fn made_or_not(
                make: impl FnOnce(*mut *mut crate::sys::$raw) -> crate::sys::coview_status,
            ) -> crate::Result<(crate::sys::coview_status, Option<Self>)> {
                let mut raw = std::ptr::null_mut();
                let status = crate::error::check(make(&mut raw))?;
                Ok((status, std::ptr::NonNull::new(raw).map(|raw| Self { raw })))
            }

            /// The handle, for calls of [`sys`](crate::sys); it stays this object's.
            #[allow(dead_code)]
            pub fn as_raw(&self) -> *mut crate::sys::$raw {
                self.raw.as_ptr()
            }
        }

        impl Drop for $type {
            fn drop(&mut self) {
                // SAFETY: the handle is ours (invariant), and this is its last use.
                unsafe { crate::sys::$close(self.raw.as_ptr()) }
            }
        }

        // SAFETY: no handle of coview.h belongs to a thread.
        unsafe impl Send for $type {}
    };
}

/// The same for one that several threads may use at once, and that has a name.
macro_rules! named_handle {
    ($(#[$about:meta])* $type:ident, $raw:ident, $close:ident, $name:ident, $created:ident, $still_named:ident) => {
        owned_handle!($(#[$about])* $type, $raw, $close);

        // SAFETY: coview.h: "One handle may be used by several threads at once, but for closing it"; closing needs the
        // object itself, which nobody borrows then.
        unsafe impl Sync for $type {}

        impl $type {
            /// The name it was opened by, without `Local\`.
            pub fn name(&self) -> String {
                // SAFETY: the handle is open; the text belongs to it.
                unsafe { crate::error::text_of(crate::sys::$name(self.as_raw())) }
            }

            /// Whether the call that gave this made the object; false: it was there.
            pub fn was_created(&self) -> bool {
                // SAFETY: the handle is open.
                unsafe { crate::sys::$created(self.as_raw()) != 0 }
            }

            /// Whether the name still leads to this object: somebody may have removed it by force.
            pub fn is_still_named(&self) -> bool {
                // SAFETY: the handle is open.
                unsafe { crate::sys::$still_named(self.as_raw()) != 0 }
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type)).field("name", &self.name()).finish_non_exhaustive()
            }
        }
    };
}

/// How a mapping, mutex, event, semaphore or timer is created.
///
/// ```
/// use coview::{CreateOptions, Mutex};
/// let everybody = CreateOptions::new().mode(0o666);
/// let lock = Mutex::create_with("rust doc options", &everybody)?;
/// # Ok::<(), coview::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CreateOptions {
    mode: u32,
    permanent: bool,
    reserve: bool,
    huge_pages: bool,
}

impl CreateOptions {
    /// The defaults: for this user only, gone with the last handle.
    pub fn new() -> Self {
        Self { mode: 0o600, permanent: false, reserve: false, huge_pages: false }
    }

    /// Permission bits, 0 to 0o777, set exactly, whatever the umask.
    #[must_use]
    pub fn mode(mut self, bits: u32) -> Self {
        self.mode = bits;
        self
    }

    /// Keeps the name without a handle, until [`remove`](crate::remove).
    #[must_use]
    pub fn permanent(mut self, yes: bool) -> Self {
        self.permanent = yes;
        self
    }

    /// Of a mapping: takes memory page by page at the first touch. A touch without memory left ends the process.
    #[must_use]
    pub fn reserve(mut self, yes: bool) -> Self {
        self.reserve = yes;
        self
    }

    /// Of a mapping: asks for huge pages.
    #[must_use]
    pub fn huge_pages(mut self, yes: bool) -> Self {
        self.huge_pages = yes;
        self
    }

    pub(crate) fn raw(&self) -> crate::sys::coview_create_options {
        crate::sys::coview_create_options {
            struct_size: crate::struct_size::<crate::sys::coview_create_options>(),
            mode: self.mode,
            permanent: self.permanent.into(),
            reserve: self.reserve.into(),
            huge_pages: self.huge_pages.into(),
            reserved: [0; 5],
        }
    }
}

impl Default for CreateOptions {
    fn default() -> Self {
        Self::new()
    }
}
