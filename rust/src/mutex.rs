// SPDX-License-Identifier: Apache-2.0
use std::marker::PhantomData;
use std::time::Duration;

use crate::error::{c_text, check, nanoseconds};
use crate::{sys, CreateOptions, Result};

named_handle! {
    /// A named lock that one thread of all processes owns at a time, and that survives its owner.
    ///
    /// ```
    /// let lock = coview::Mutex::open_or_create("rust doc lock")?;
    /// {
    ///     let guard = lock.lock()?;
    ///     if guard.abandoned() {
    ///         // The last owner was killed: what the lock protects may be half done.
    ///     }
    /// } // released here
    /// # Ok::<(), coview::Error>(())
    /// ```
    ///
    /// It is owned by a thread, which may lock it several times; each guard gives it back once. A killed owner's lock
    /// goes to the next one, who is told. A child made by fork owns nothing of what its parent owned. Of async tasks,
    /// those of one thread share it: do not keep a guard across an await.
    ///
    /// Several threads may use one at once; that is what it is for.
    Mutex, coview_mutex, coview_mutex_close, coview_mutex_name, coview_mutex_created, coview_mutex_still_named
}

impl Mutex {
    /// A new one, owned by nobody. Errors: `AlreadyExists`; 22 (EINVAL) for a name that cannot be.
    pub fn create(name: &str) -> Result<Self> {
        Self::create_with(name, &CreateOptions::new())
    }

    /// As [`create`](Self::create), with options.
    pub fn create_with(name: &str, options: &CreateOptions) -> Result<Self> {
        let (name, options) = (c_text(name)?, options.raw());
        // SAFETY: name and options are good during the call.
        Self::made(|result| unsafe { sys::coview_mutex_create(name.as_ptr(), &options, result) })
    }

    /// What somebody holds. Errors: `NotFound` where nobody does; 95 (ENOTSUP) where it is of another pid namespace.
    pub fn open(name: &str) -> Result<Self> {
        let name = c_text(name)?;
        // SAFETY: the name is good during the call.
        Self::made(|result| unsafe { sys::coview_mutex_open(name.as_ptr(), result) })
    }

    /// Opens it where somebody holds it, and creates it otherwise.
    pub fn open_or_create(name: &str) -> Result<Self> {
        Self::open_or_create_with(name, &CreateOptions::new())
    }

    /// As [`open_or_create`](Self::open_or_create), with options, which an existing one ignores.
    pub fn open_or_create_with(name: &str, options: &CreateOptions) -> Result<Self> {
        let (name, options) = (c_text(name)?, options.raw());
        // SAFETY: name and options are good during the call.
        Self::made(|result| unsafe { sys::coview_mutex_open_or_create(name.as_ptr(), &options, result) })
    }

    /// Waits until this thread owns it. Errors: 12 (ENOMEM) where it owns more than 40 locks, and there is no memory to
    /// note another.
    pub fn lock(&self) -> Result<MutexGuard<'_>> {
        Ok(self.acquire(None)?.expect("a wait for ever ends with the lock"))
    }

    /// Owns it, or says at once that somebody else does: None.
    pub fn try_lock(&self) -> Result<Option<MutexGuard<'_>>> {
        self.acquire(Some(Duration::ZERO))
    }

    /// Waits for so long at most: None where the time was up.
    pub fn lock_timeout(&self, timeout: Duration) -> Result<Option<MutexGuard<'_>>> {
        self.acquire(Some(timeout))
    }

    fn acquire(&self, timeout: Option<Duration>) -> Result<Option<MutexGuard<'_>>> {
        // SAFETY: the handle is open.
        let status = check(unsafe { sys::coview_mutex_acquire(self.as_raw(), nanoseconds(timeout)) })?;
        Ok((status != sys::COVIEW_TIMED_OUT).then(|| MutexGuard::owned(self, status == sys::COVIEW_ABANDONED)))
    }
}

/// This thread owns the mutex, until the guard is dropped. It cannot go to another thread.
///
/// ```compile_fail,E0277
/// let lock = coview::Mutex::open_or_create("rust doc guard").unwrap();
/// let guard = lock.lock().unwrap();
/// std::thread::scope(|scope| { scope.spawn(move || drop(guard)); });
/// ```
#[must_use = "the mutex is released when the guard is dropped"]
pub struct MutexGuard<'a> {
    mutex: &'a Mutex,
    abandoned: bool,
    _of_this_thread: PhantomData<*mut ()>,
}

// SAFETY: what other threads can do with a reference is to read these members, all of which are Sync.
unsafe impl Sync for MutexGuard<'_> {}

impl<'a> MutexGuard<'a> {
    /// Of one acquire of this thread, which the guard undoes.
    pub(crate) fn owned(mutex: &'a Mutex, abandoned: bool) -> Self {
        Self { mutex, abandoned, _of_this_thread: PhantomData }
    }

    /// Whether the last owner died while it had it: what the lock protects may be half done. The next ones are not told.
    pub fn abandoned(&self) -> bool {
        self.abandoned
    }

    /// Which mutex that is.
    pub fn mutex(&self) -> &'a Mutex {
        self.mutex
    }
}

impl Drop for MutexGuard<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle is open, since it is borrowed.
        let _released = unsafe { sys::coview_mutex_release(self.mutex.as_raw()) };
        // Of a forked child, which owns nothing: refused, and nothing to do. Otherwise this thread owns it.
    }
}

impl std::fmt::Debug for MutexGuard<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MutexGuard").field("mutex", &self.mutex).field("abandoned", &self.abandoned).finish()
    }
}
