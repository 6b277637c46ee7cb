// SPDX-License-Identifier: Apache-2.0
use std::time::{Duration, SystemTime};

use crate::error::{c_text, check, nanoseconds};
use crate::{sys, CreateOptions, Reset, Result};

named_handle! {
    /// A named flag that is set at a point of time, once or again and again, and that threads of any process wait for.
    ///
    /// ```
    /// use std::time::Duration;
    /// let tick = coview::Timer::open_or_create("rust doc tick", coview::Reset::Automatic)?;
    /// tick.set(Duration::from_millis(1), Duration::from_millis(1))?;
    /// tick.wait()?;
    /// tick.wait()?;
    /// # Ok::<(), coview::Error>(())
    /// ```
    ///
    /// A period that nobody looked at is not made up for: of several, one is left. Several threads may use one at once.
    Timer, coview_timer, coview_timer_close, coview_timer_name, coview_timer_created, coview_timer_still_named
}

impl Timer {
    /// A new one, which does not run. Errors: `AlreadyExists`; 22 (EINVAL) for a name that cannot be.
    pub fn create(name: &str, reset: Reset) -> Result<Self> {
        Self::create_with(name, reset, &CreateOptions::new())
    }

    /// As [`create`](Self::create), with options.
    pub fn create_with(name: &str, reset: Reset, options: &CreateOptions) -> Result<Self> {
        let (name, options) = (c_text(name)?, options.raw());
        // SAFETY: name and options are good during the call.
        Self::made(|result| unsafe { sys::coview_timer_create(name.as_ptr(), reset.raw(), &options, result) })
    }

    /// What somebody holds. Errors: `NotFound` where nobody does.
    pub fn open(name: &str) -> Result<Self> {
        let name = c_text(name)?;
        // SAFETY: the name is good during the call.
        Self::made(|result| unsafe { sys::coview_timer_open(name.as_ptr(), result) })
    }

    /// Opens it where somebody holds it, as it is, and creates it otherwise.
    pub fn open_or_create(name: &str, reset: Reset) -> Result<Self> {
        Self::open_or_create_with(name, reset, &CreateOptions::new())
    }

    /// As [`open_or_create`](Self::open_or_create), with options, which an existing one ignores.
    pub fn open_or_create_with(name: &str, reset: Reset, options: &CreateOptions) -> Result<Self> {
        let (name, options) = (c_text(name)?, options.raw());
        // SAFETY: name and options are good during the call.
        Self::made(|result| unsafe { sys::coview_timer_open_or_create(name.as_ptr(), reset.raw(), &options, result) })
    }

    /// Due after a time, by a clock that nobody sets; and then after every period, or once where that is zero.
    pub fn set(&self, after: Duration, period: Duration) -> Result<()> {
        // SAFETY: the handle is open.
        check(unsafe { sys::coview_timer_set(self.as_raw(), whole(after), whole(period)) }).map(drop)
    }

    /// Due at a point of the wall clock, whoever sets that clock meanwhile. What is past is due at once.
    pub fn set_at(&self, when: SystemTime, period: Duration) -> Result<()> {
        let when = when.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        // SAFETY: the handle is open.
        check(unsafe { sys::coview_timer_set_at(self.as_raw(), whole(when), whole(period)) }).map(drop)
    }

    /// Not running from now on. What has become due stays there for the taking.
    pub fn cancel(&self) -> Result<()> {
        // SAFETY: the handle is open.
        check(unsafe { sys::coview_timer_cancel(self.as_raw()) }).map(drop)
    }

    /// Waits until it is due. Of an automatic one, one waiter returns each time.
    pub fn wait(&self) -> Result<()> {
        self.wait_for(None).map(drop)
    }

    /// Waits for so long at most: false where the time was up.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool> {
        self.wait_for(Some(timeout))
    }

    fn wait_for(&self, timeout: Option<Duration>) -> Result<bool> {
        // SAFETY: the handle is open.
        let status = check(unsafe { sys::coview_timer_wait(self.as_raw(), nanoseconds(timeout)) })?;
        Ok(status != sys::COVIEW_TIMED_OUT)
    }

    /// How long until it is due (again); None where it does not run.
    pub fn due_in(&self) -> Result<Option<Duration>> {
        let mut left = 0;
        // SAFETY: the handle is open; the time is stored in a variable of ours.
        let status = check(unsafe { sys::coview_timer_due_in(self.as_raw(), &mut left) })?;
        Ok((status == sys::COVIEW_OK).then(|| Duration::from_nanos(u64::try_from(left).unwrap_or(0))))
    }

    /// What happens to it when a waiter was let through.
    pub fn reset(&self) -> Reset {
        // SAFETY: the handle is open.
        Reset::from_raw(unsafe { sys::coview_timer_kind(self.as_raw()) })
    }
}

/// Nanoseconds, or as many as there can be.
fn whole(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}
