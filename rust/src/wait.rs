// SPDX-License-Identifier: Apache-2.0
use std::ptr;
use std::time::Duration;

use crate::error::{check, nanoseconds};
use crate::{sys, Event, Mutex, MutexGuard, Queue, Result, Semaphore, Subscription, Timer};

/// One object to wait for. A queue and a subscription are there while they have a message; the wait takes none of it.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // each is what it says
pub enum Waitable<'a> {
    Mutex(&'a Mutex),
    Event(&'a Event),
    Semaphore(&'a Semaphore),
    Timer(&'a Timer),
    Queue(&'a Queue),
    Subscription(&'a Subscription),
}

macro_rules! waitable_from {
    ($($type:ident)*) => {$(
        impl<'a> From<&'a $type> for Waitable<'a> {
            fn from(object: &'a $type) -> Self {
                Waitable::$type(object)
            }
        }
    )*};
}
waitable_from! { Mutex Event Semaphore Timer Queue Subscription }

impl<'a> Waitable<'a> {
    fn raw(self) -> sys::coview_waitable {
        let mut raw = sys::coview_waitable {
            mutex: ptr::null(),
            event: ptr::null(),
            semaphore: ptr::null(),
            queue: ptr::null(),
            subscription: ptr::null(),
            timer: ptr::null(),
            reserved: [ptr::null(); 2],
        };
        match self {
            Waitable::Mutex(object) => raw.mutex = object.as_raw(),
            Waitable::Event(object) => raw.event = object.as_raw(),
            Waitable::Semaphore(object) => raw.semaphore = object.as_raw(),
            Waitable::Timer(object) => raw.timer = object.as_raw(),
            Waitable::Queue(object) => raw.queue = object.as_raw(),
            Waitable::Subscription(object) => raw.subscription = object.as_raw(),
        }
        raw
    }

    fn guard(self, abandoned: bool) -> Option<MutexGuard<'a>> {
        match self {
            Waitable::Mutex(mutex) => Some(MutexGuard::owned(mutex, abandoned)),
            _ => None,
        }
    }
}

/// Which object a [`wait_any`] took.
#[derive(Debug)]
pub struct Waited<'a> {
    /// Its place in the list; of several that were there, the lowest.
    pub index: usize,
    /// Of a mutex: this thread owns it until the guard is dropped.
    pub guard: Option<MutexGuard<'a>>,
}

/// Takes the first of 1 to 64 objects that is there, and waits for so long at most; `None` waits for ever. None where
/// the time was up.
///
/// ```
/// use coview::{wait_any, Event, Mutex, Reset};
/// let ready = Event::open_or_create("rust doc any event", Reset::Automatic, false)?;
/// let lock = Mutex::open_or_create("rust doc any lock")?;
/// let first = wait_any(&[(&ready).into(), (&lock).into()], None)?.expect("no time was given");
/// assert_eq!(first.index, 1); // nobody has the lock: now it is ours, until `first` goes
/// # Ok::<(), coview::Error>(())
/// ```
///
/// Errors: 22 (EINVAL) for none, or more than 64.
pub fn wait_any<'a>(objects: &[Waitable<'a>], timeout: Option<Duration>) -> Result<Option<Waited<'a>>> {
    let raw: Vec<_> = objects.iter().map(|object| object.raw()).collect();
    let mut index = 0;
    // SAFETY: `raw` has as many entries, each with one open handle, which stays so while it is borrowed.
    let status = check(unsafe { sys::coview_wait_any(raw.as_ptr(), raw.len(), nanoseconds(timeout), &mut index) })?;
    if status == sys::COVIEW_TIMED_OUT {
        return Ok(None);
    }
    let guard = objects[index].guard(status == sys::COVIEW_ABANDONED);
    Ok(Some(Waited { index, guard }))
}

/// What a [`wait_all`] took.
#[derive(Debug)]
pub struct WaitedForAll<'a> {
    /// Of each mutex among them, in their order: this thread owns it until the guard is dropped. Where
    /// [`abandoned`](Self::abandoned) is true, each of them says so.
    pub guards: Vec<MutexGuard<'a>>,
    /// Whether the last owner of one of the mutexes died while it had it.
    pub abandoned: bool,
}

/// Takes all of the objects at the moment when all are there. None, and nothing taken, where the time was up.
///
/// Errors: 22 (EINVAL) for none, more than 64, or one that is there twice.
pub fn wait_all<'a>(objects: &[Waitable<'a>], timeout: Option<Duration>) -> Result<Option<WaitedForAll<'a>>> {
    let raw: Vec<_> = objects.iter().map(|object| object.raw()).collect();
    // SAFETY: as in wait_any.
    let status = check(unsafe { sys::coview_wait_all(raw.as_ptr(), raw.len(), nanoseconds(timeout)) })?;
    if status == sys::COVIEW_TIMED_OUT {
        return Ok(None);
    }
    let abandoned = status == sys::COVIEW_ABANDONED;
    let guards = objects.iter().filter_map(|object| object.guard(abandoned)).collect();
    Ok(Some(WaitedForAll { guards, abandoned }))
}
