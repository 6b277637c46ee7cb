// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use crate::error::{c_text, check, nanoseconds};
use crate::{sys, CreateOptions, Result};

/// What happens to a set event, or a timer that is due, when a waiter was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// It is reset: one waiter for each time.
    Automatic,
    /// It stays set: all waiters, until it is cleared or set anew.
    Manual,
}

impl Reset {
    pub(crate) fn raw(self) -> sys::coview_reset {
        match self {
            Reset::Automatic => sys::COVIEW_RESET_AUTOMATIC,
            Reset::Manual => sys::COVIEW_RESET_MANUAL,
        }
    }

    pub(crate) fn from_raw(raw: sys::coview_reset) -> Self {
        if raw == sys::COVIEW_RESET_AUTOMATIC {
            Reset::Automatic
        } else {
            Reset::Manual
        }
    }
}

named_handle! {
    /// A named flag that threads of any process set and wait for.
    ///
    /// ```
    /// use coview::{Event, Reset};
    /// let ready = Event::open_or_create("rust doc ready", Reset::Manual, false)?;
    /// ready.set()?;
    /// ready.wait()?;
    /// # Ok::<(), coview::Error>(())
    /// ```
    ///
    /// Several threads may use one at once.
    Event, coview_event, coview_event_close, coview_event_name, coview_event_created, coview_event_still_named
}

impl Event {
    /// A new one, set or not. Errors: `AlreadyExists`; 22 (EINVAL) for a name that cannot be.
    pub fn create(name: &str, reset: Reset, set: bool) -> Result<Self> {
        Self::create_with(name, reset, set, &CreateOptions::new())
    }

    /// As [`create`](Self::create), with options.
    pub fn create_with(name: &str, reset: Reset, set: bool, options: &CreateOptions) -> Result<Self> {
        let (name, options) = (c_text(name)?, options.raw());
        // SAFETY: name and options are good during the call.
        Self::made(|result| unsafe {
            sys::coview_event_create(name.as_ptr(), reset.raw(), set.into(), &options, result)
        })
    }

    /// What somebody holds. Errors: `NotFound` where nobody does.
    pub fn open(name: &str) -> Result<Self> {
        let name = c_text(name)?;
        // SAFETY: the name is good during the call.
        Self::made(|result| unsafe { sys::coview_event_open(name.as_ptr(), result) })
    }

    /// Opens it where somebody holds it, as it is, and creates it otherwise.
    pub fn open_or_create(name: &str, reset: Reset, set: bool) -> Result<Self> {
        Self::open_or_create_with(name, reset, set, &CreateOptions::new())
    }

    /// As [`open_or_create`](Self::open_or_create), with options, which an existing one ignores.
    pub fn open_or_create_with(name: &str, reset: Reset, set: bool, options: &CreateOptions) -> Result<Self> {
        let (name, options) = (c_text(name)?, options.raw());
        // SAFETY: name and options are good during the call.
        Self::made(|result| unsafe {
            sys::coview_event_open_or_create(name.as_ptr(), reset.raw(), set.into(), &options, result)
        })
    }

    /// Lets one waiter through, or all; now or when they come. Two sets with nobody waiting are one.
    pub fn set(&self) -> Result<()> {
        // SAFETY: the handle is open.
        check(unsafe { sys::coview_event_set(self.as_raw()) }).map(drop)
    }

    /// Not set from now on.
    pub fn clear(&self) -> Result<()> {
        // SAFETY: the handle is open.
        check(unsafe { sys::coview_event_clear(self.as_raw()) }).map(drop)
    }

    /// Lets those through that wait now, and is not set afterwards; lost where nobody waits.
    pub fn pulse(&self) -> Result<()> {
        // SAFETY: the handle is open.
        check(unsafe { sys::coview_event_pulse(self.as_raw()) }).map(drop)
    }

    /// Waits until it is set. Of an automatic one, one waiter returns for each set.
    pub fn wait(&self) -> Result<()> {
        self.wait_for(None).map(drop)
    }

    /// Whether it is set; an automatic one is reset then.
    pub fn try_wait(&self) -> Result<bool> {
        self.wait_for(Some(Duration::ZERO))
    }

    /// Waits for so long at most: false where the time was up.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool> {
        self.wait_for(Some(timeout))
    }

    fn wait_for(&self, timeout: Option<Duration>) -> Result<bool> {
        // SAFETY: the handle is open.
        let status = check(unsafe { sys::coview_event_wait(self.as_raw(), nanoseconds(timeout)) })?;
        Ok(status != sys::COVIEW_TIMED_OUT)
    }

    /// What happens to it when a waiter was let through.
    pub fn reset(&self) -> Reset {
        // SAFETY: the handle is open.
        Reset::from_raw(unsafe { sys::coview_event_kind(self.as_raw()) })
    }
}
