// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use crate::error::{c_text, check, nanoseconds};
use crate::{sys, CreateOptions, Result};

named_handle! {
    /// A named count of permits. Permits have no owner: one that a killed process had stays taken.
    ///
    /// ```
    /// let places = coview::Semaphore::open_or_create("rust doc places", 2, 2)?;
    /// places.acquire()?;
    /// assert_eq!(places.count(), 1);
    /// places.release(1)?;
    /// # Ok::<(), coview::Error>(())
    /// ```
    ///
    /// Several threads may use one at once.
    Semaphore, coview_semaphore, coview_semaphore_close, coview_semaphore_name, coview_semaphore_created,
    coview_semaphore_still_named
}

impl Semaphore {
    /// A new one, with `initial` permits of at most `maximum`. Errors: `AlreadyExists`; 22 (EINVAL) for a name or counts
    /// that cannot be.
    pub fn create(name: &str, initial: u32, maximum: u32) -> Result<Self> {
        Self::create_with(name, initial, maximum, &CreateOptions::new())
    }

    /// As [`create`](Self::create), with options.
    pub fn create_with(name: &str, initial: u32, maximum: u32, options: &CreateOptions) -> Result<Self> {
        let (name, options) = (c_text(name)?, options.raw());
        // SAFETY: name and options are good during the call.
        Self::made(|result| unsafe { sys::coview_semaphore_create(name.as_ptr(), initial, maximum, &options, result) })
    }

    /// What somebody holds. Errors: `NotFound` where nobody does.
    pub fn open(name: &str) -> Result<Self> {
        let name = c_text(name)?;
        // SAFETY: the name is good during the call.
        Self::made(|result| unsafe { sys::coview_semaphore_open(name.as_ptr(), result) })
    }

    /// Opens it where somebody holds it, as it is, and creates it otherwise.
    pub fn open_or_create(name: &str, initial: u32, maximum: u32) -> Result<Self> {
        Self::open_or_create_with(name, initial, maximum, &CreateOptions::new())
    }

    /// As [`open_or_create`](Self::open_or_create), with options, which an existing one ignores.
    pub fn open_or_create_with(name: &str, initial: u32, maximum: u32, options: &CreateOptions) -> Result<Self> {
        let (name, options) = (c_text(name)?, options.raw());
        // SAFETY: name and options are good during the call.
        Self::made(|result| unsafe {
            sys::coview_semaphore_open_or_create(name.as_ptr(), initial, maximum, &options, result)
        })
    }

    /// Waits for a permit, and takes it.
    pub fn acquire(&self) -> Result<()> {
        self.acquire_for(None).map(drop)
    }

    /// Takes a permit, or says at once that there is none: false.
    pub fn try_acquire(&self) -> Result<bool> {
        self.acquire_for(Some(Duration::ZERO))
    }

    /// Waits for so long at most: false where the time was up.
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<bool> {
        self.acquire_for(Some(timeout))
    }

    fn acquire_for(&self, timeout: Option<Duration>) -> Result<bool> {
        // SAFETY: the handle is open.
        let status = check(unsafe { sys::coview_semaphore_acquire(self.as_raw(), nanoseconds(timeout)) })?;
        Ok(status != sys::COVIEW_TIMED_OUT)
    }

    /// Gives permits back; the count before. Errors: 75 (EOVERFLOW) where that would be more than the maximum, and 22
    /// (EINVAL) for none: nothing is changed then.
    pub fn release(&self, permits: u32) -> Result<u32> {
        let mut before = 0;
        // SAFETY: the handle is open; the count before is stored in a variable of ours.
        check(unsafe { sys::coview_semaphore_release(self.as_raw(), permits, &mut before) })?;
        Ok(before)
    }

    /// Permits that are there now.
    pub fn count(&self) -> u32 {
        // SAFETY: the handle is open.
        unsafe { sys::coview_semaphore_count(self.as_raw()) }
    }

    /// The most there can be.
    pub fn maximum(&self) -> u32 {
        // SAFETY: the handle is open.
        unsafe { sys::coview_semaphore_maximum(self.as_raw()) }
    }
}
