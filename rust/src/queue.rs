// SPDX-License-Identifier: Apache-2.0
use std::marker::PhantomData;
use std::os::unix::io::BorrowedFd;
use std::ptr;
use std::time::Duration;

use crate::channel::{QueueMessage, QueueOptions, RawMessage, RawSlot, RawTag, Slot, TypeTag};
use crate::error::{c_text, check, nanoseconds};
use crate::shared::{bytes_of, Plain};
use crate::{sys, Result};

named_handle! {
    /// A named queue: many senders, many receivers, each message to one of them, in order.
    ///
    /// ```
    /// use coview::{Queue, QueueOptions};
    /// let jobs = Queue::open_or_create("rust doc jobs", &QueueOptions::capacity(1 << 16))?;
    /// jobs.send(b"a job")?;
    /// let job = jobs.receive()?;
    /// assert_eq!(job.to_vec(), b"a job");
    /// drop(job); // only now is it dealt with
    /// # Ok::<(), coview::Error>(())
    /// ```
    ///
    /// It lives as long as somebody has it open: what was sent to nobody is gone with the last handle. A message is
    /// delivered at least once: what a receiver had when it died goes to the next one, which can ask
    /// [`deaths`](QueueMessage::deaths). Messages may outlive it. A child made by fork opens it itself.
    /// Several threads may use one at once.
    Queue, coview_queue, coview_queue_close, coview_queue_name, coview_queue_created, coview_queue_still_named
}

channel_openers! {
    Queue, QueueOptions, coview_queue_create, coview_queue_open, coview_queue_open_or_create,
    /// Errors: `NotFound`; 11 (EAGAIN) where all places for participants are taken.
}

impl Queue {
    /// Copies the bytes into it, and waits while it is full. Errors: 90 (EMSGSIZE) for more than
    /// [`largest`](Self::largest).
    pub fn send(&self, bytes: &[u8]) -> Result<()> {
        self.send_for(bytes, None).map(drop)
    }

    /// The same, or says at once that it is full: false.
    pub fn try_send(&self, bytes: &[u8]) -> Result<bool> {
        self.send_for(bytes, Some(Duration::ZERO))
    }

    /// The same within a time: false where it was full until then.
    pub fn send_timeout(&self, bytes: &[u8], timeout: Duration) -> Result<bool> {
        self.send_for(bytes, Some(timeout))
    }

    /// Sends a value as its bytes.
    pub fn send_value<T: Plain>(&self, value: &T) -> Result<()> {
        self.send(bytes_of(value))
    }

    fn send_for(&self, bytes: &[u8], timeout: Option<Duration>) -> Result<bool> {
        // SAFETY: the handle is open, and the bytes are there during the call.
        let status = check(unsafe {
            sys::coview_queue_send(self.as_raw(), bytes.as_ptr().cast(), bytes.len(), nanoseconds(timeout))
        })?;
        Ok(status != sys::COVIEW_TIMED_OUT)
    }

    /// Memory for a message, to be filled in place, for as long as that takes. Waits while it is full.
    pub fn loan(&self, bytes: usize) -> Result<Slot<'_>> {
        Ok(self.loan_for(bytes, None)?.expect("a wait for ever ends with a slot"))
    }

    /// The same within a time: None where it was full until then.
    pub fn loan_timeout(&self, bytes: usize, timeout: Duration) -> Result<Option<Slot<'_>>> {
        self.loan_for(bytes, Some(timeout))
    }

    fn loan_for(&self, bytes: usize, timeout: Option<Duration>) -> Result<Option<Slot<'_>>> {
        // SAFETY: the handle is open.
        RawSlot::lent(|result| unsafe { sys::coview_queue_loan(self.as_raw(), bytes, nanoseconds(timeout), result) })
    }

    /// The next message, when it comes.
    pub fn receive(&self) -> Result<QueueMessage> {
        Ok(self.receive_for(None)?.expect("a wait for ever ends with a message"))
    }

    /// The next message, or None where there is none.
    pub fn try_receive(&self) -> Result<Option<QueueMessage>> {
        self.receive_for(Some(Duration::ZERO))
    }

    /// The next message, if it comes within a time.
    pub fn receive_timeout(&self, timeout: Duration) -> Result<Option<QueueMessage>> {
        self.receive_for(Some(timeout))
    }

    fn receive_for(&self, timeout: Option<Duration>) -> Result<Option<QueueMessage>> {
        // SAFETY: the handle is open.
        let message = RawMessage::received(|result| unsafe {
            sys::coview_queue_receive(self.as_raw(), nanoseconds(timeout), result)
        })?;
        Ok(message.map(QueueMessage::of))
    }

    /// A descriptor that is readable while it has a message, for event loops: receive until there is none, then wait for
    /// it. The first call starts a thread.
    pub fn wait_handle(&self) -> Result<BorrowedFd<'_>> {
        // SAFETY: the handle is open.
        let descriptor = check(unsafe { sys::coview_queue_native_wait_handle(self.as_raw()) })?;
        // SAFETY: it stays open as long as the queue, which is borrowed.
        Ok(unsafe { BorrowedFd::borrow_raw(descriptor) })
    }

    /// The most that a message can have: a quarter of the capacity.
    pub fn largest(&self) -> u64 {
        // SAFETY: the handle is open.
        unsafe { sys::coview_queue_largest(self.as_raw()) }
    }

    /// Bytes of messages that it holds.
    pub fn capacity(&self) -> u64 {
        // SAFETY: the handle is open.
        unsafe { sys::coview_queue_capacity(self.as_raw()) }
    }

    /// Messages that are there now, about.
    pub fn depth(&self) -> u64 {
        // SAFETY: the handle is open.
        unsafe { sys::coview_queue_depth(self.as_raw()) }
    }
}

/// A queue of values of one type.
///
/// ```
/// use coview::{QueueOf, QueueOptions};
/// let numbers = QueueOf::<u64>::open_or_create("rust doc numbers", "u64", &QueueOptions::capacity(1 << 12))?;
/// numbers.send(&7)?;
/// assert_eq!(numbers.receive()?, 7);
/// # Ok::<(), coview::Error>(())
/// ```
#[derive(Debug)]
pub struct QueueOf<T: Plain> {
    queue: Queue,
    _of: PhantomData<fn(T) -> T>,
}

impl<T: Plain> QueueOf<T> {
    /// Opens or creates it; `type_name` is what all languages call T. Errors: as [`Queue`]; 22 (EINVAL) where it carries
    /// another type.
    pub fn open_or_create(name: &str, type_name: &str, options: &QueueOptions) -> Result<Self> {
        let options = options.clone().carries(TypeTag::of::<T>(type_name));
        Ok(Self { queue: Queue::open_or_create(name, &options)?, _of: PhantomData })
    }

    /// Sends a value, and waits while the queue is full.
    pub fn send(&self, value: &T) -> Result<()> {
        self.queue.send_value(value)
    }

    /// The next value, when it comes; it is dealt with then.
    pub fn receive(&self) -> Result<T> {
        self.queue.receive()?.read()
    }

    /// The next value, if it comes within a time.
    pub fn receive_timeout(&self, timeout: Duration) -> Result<Option<T>> {
        self.queue.receive_timeout(timeout)?.map(|message| message.read()).transpose()
    }

    /// The queue itself, for its messages.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }
}
