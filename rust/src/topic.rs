// SPDX-License-Identifier: Apache-2.0
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::mem::size_of;
use std::os::unix::io::BorrowedFd;
use std::ptr;
use std::time::Duration;

use crate::channel::{RawMessage, RawSlot, RawTag, Slot, TopicMessage, TopicOptions, TypeTag};
use crate::error::{c_text, check, nanoseconds};
use crate::shared::{bytes_of, Plain};
use crate::{sys, Result};

/// With which message a subscription begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// The next one that is published.
    Now,
    /// The oldest that is still there.
    Oldest,
}

/// What becomes of a subscriber that is slower than the publishers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slow {
    /// It loses the oldest messages, and is told how many.
    Lags,
    /// Publishers wait for it, where the topic allows that.
    Blocks,
}

named_handle! {
    /// A named topic: many publishers, many subscribers, and each of them sees every message, in one order.
    ///
    /// ```
    /// use coview::{Since, Slow, Topic, TopicOptions};
    /// let news = Topic::open_or_create("rust doc news", &TopicOptions::capacity(1 << 16))?;
    /// let reader = news.subscribe(Since::Now, Slow::Lags)?;
    /// news.publisher()?.publish(b"it rains")?;
    /// let message = reader.receive()?;
    /// assert_eq!((message.to_vec().as_slice(), message.lost()), (&b"it rains"[..], 0));
    /// # Ok::<(), coview::Error>(())
    /// ```
    ///
    /// It keeps as many messages as fit; a subscriber that lags is told how many it lost. Publishers and subscriptions
    /// may outlive it. A child made by fork opens it itself. Several threads may use one at once.
    Topic, coview_topic, coview_topic_close, coview_topic_name, coview_topic_created, coview_topic_still_named
}

channel_openers! {
    Topic, TopicOptions, coview_topic_create, coview_topic_open, coview_topic_open_or_create,
    /// Errors: `NotFound`.
}

impl Topic {
    /// A publisher. Errors: 11 (EAGAIN) where all places for participants are taken.
    pub fn publisher(&self) -> Result<Publisher> {
        // SAFETY: the handle is open.
        let raw = RawPublisher::made(|result| unsafe { sys::coview_publisher_open(self.as_raw(), result) })?;
        Ok(Publisher { raw, _for_one_thread_at_a_time: PhantomData })
    }

    /// A subscription. Errors: as [`publisher`](Self::publisher); `PermissionDenied` for [`Slow::Blocks`] where the topic
    /// does not allow it.
    pub fn subscribe(&self, from: Since, slow: Slow) -> Result<Subscription> {
        let from = match from {
            Since::Now => sys::COVIEW_FROM_NOW,
            Since::Oldest => sys::COVIEW_FROM_OLDEST,
        };
        let slow = match slow {
            Slow::Lags => sys::COVIEW_SLOW_LAGS,
            Slow::Blocks => sys::COVIEW_SLOW_BLOCKS,
        };
        // SAFETY: the handle is open.
        let raw = RawSubscription::made(|result| unsafe {
            sys::coview_subscription_open(self.as_raw(), from, slow, result)
        })?;
        Ok(Subscription { raw, _for_one_thread_at_a_time: PhantomData })
    }

    /// A copy of the newest message; None where nothing was published yet. Waits for nobody, and is never torn.
    pub fn latest(&self) -> Result<Option<TopicMessage>> {
        // SAFETY: the handle is open.
        let message = RawMessage::received(|result| unsafe { sys::coview_topic_latest(self.as_raw(), result) })?;
        Ok(message.map(TopicMessage::of))
    }

    /// Frees the publishers from all subscribers that block: they lag from now on. How many there were.
    pub fn evict(&self) -> Result<u64> {
        let mut count = 0;
        // SAFETY: the handle is open; the count is stored in a variable of ours.
        check(unsafe { sys::coview_topic_evict(self.as_raw(), &mut count) })?;
        Ok(count)
    }

    /// Messages published so far.
    pub fn published(&self) -> u64 {
        // SAFETY: the handle is open.
        unsafe { sys::coview_topic_published(self.as_raw()) }
    }

    /// The most that a message can have: a quarter of the capacity.
    pub fn largest(&self) -> u64 {
        // SAFETY: the handle is open.
        unsafe { sys::coview_topic_largest(self.as_raw()) }
    }

    /// Bytes of messages that it keeps.
    pub fn capacity(&self) -> u64 {
        // SAFETY: the handle is open.
        unsafe { sys::coview_topic_capacity(self.as_raw()) }
    }
}

owned_handle! {
    /// Closes it.
    RawPublisher, coview_publisher, coview_publisher_close
}

/// Publishes to a topic. Any thread may have it, one at a time: give each its own.
pub struct Publisher {
    raw: RawPublisher,
    _for_one_thread_at_a_time: PhantomData<Cell<()>>,
}

impl Publisher {
    /// Copies the bytes into the topic. Waits while a blocking subscriber, or messages that are kept in place, leave no
    /// room. Errors: 90 (EMSGSIZE) for more than a quarter of the capacity.
    pub fn publish(&self, bytes: &[u8]) -> Result<()> {
        self.publish_for(bytes, None).map(drop)
    }

    /// The same within a time: false where there was no room until then.
    pub fn publish_timeout(&self, bytes: &[u8], timeout: Duration) -> Result<bool> {
        self.publish_for(bytes, Some(timeout))
    }

    fn publish_for(&self, bytes: &[u8], timeout: Option<Duration>) -> Result<bool> {
        // SAFETY: the handle is open, and the bytes are there during the call.
        let status = check(unsafe {
            sys::coview_publisher_publish(self.raw.as_raw(), bytes.as_ptr().cast(), bytes.len(), nanoseconds(timeout))
        })?;
        Ok(status != sys::COVIEW_TIMED_OUT)
    }

    /// Publishes a value as its bytes.
    pub fn publish_value<T: Plain>(&self, value: &T) -> Result<()> {
        self.publish(bytes_of(value))
    }

    /// Memory for a message, to be filled in place, for as long as that takes.
    pub fn loan(&self, bytes: usize) -> Result<Slot<'_>> {
        Ok(self.loan_for(bytes, None)?.expect("a wait for ever ends with a slot"))
    }

    /// The same within a time: None where there was no room until then.
    pub fn loan_timeout(&self, bytes: usize, timeout: Duration) -> Result<Option<Slot<'_>>> {
        self.loan_for(bytes, Some(timeout))
    }

    fn loan_for(&self, bytes: usize, timeout: Option<Duration>) -> Result<Option<Slot<'_>>> {
        // SAFETY: the handle is open.
        RawSlot::lent(|result| unsafe {
            sys::coview_publisher_loan(self.raw.as_raw(), bytes, nanoseconds(timeout), result)
        })
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher").finish_non_exhaustive()
    }
}

owned_handle! {
    /// Closes it.
    RawSubscription, coview_subscription, coview_subscription_close
}

/// A subscriber's place in a topic. Any thread may have it, one at a time: give each its own.
///
/// As an iterator, it gives the messages as they come, without end.
pub struct Subscription {
    raw: RawSubscription,
    _for_one_thread_at_a_time: PhantomData<Cell<()>>,
}

impl Subscription {
    /// The next message, when it comes. Errors: 105 (ENOBUFS) where 16 large messages are in hand.
    pub fn receive(&self) -> Result<TopicMessage> {
        Ok(self.receive_for(None)?.expect("a wait for ever ends with a message"))
    }

    /// The next message, or None where there is none.
    pub fn try_receive(&self) -> Result<Option<TopicMessage>> {
        self.receive_for(Some(Duration::ZERO))
    }

    /// The next message, if it comes within a time.
    pub fn receive_timeout(&self, timeout: Duration) -> Result<Option<TopicMessage>> {
        self.receive_for(Some(timeout))
    }

    fn receive_for(&self, timeout: Option<Duration>) -> Result<Option<TopicMessage>> {
        // SAFETY: the handle is open.
        let message = RawMessage::received(|result| unsafe {
            sys::coview_subscription_receive(self.as_raw(), nanoseconds(timeout), result)
        })?;
        Ok(message.map(TopicMessage::of))
    }

    /// A descriptor that is readable while it has a message, for event loops: receive until there is none, then wait for
    /// it. The first call starts a thread.
    pub fn wait_handle(&self) -> Result<BorrowedFd<'_>> {
        // SAFETY: the handle is open.
        let descriptor = check(unsafe { sys::coview_subscription_native_wait_handle(self.as_raw()) })?;
        // SAFETY: it stays open as long as the subscription, which is borrowed.
        Ok(unsafe { BorrowedFd::borrow_raw(descriptor) })
    }

    /// Messages lost so far, those included that the next one will tell of.
    pub fn lost(&self) -> u64 {
        // SAFETY: the handle is open.
        unsafe { sys::coview_subscription_lost(self.as_raw()) }
    }

    /// Whether publishers still wait for it.
    pub fn blocks(&self) -> bool {
        // SAFETY: the handle is open.
        unsafe { sys::coview_subscription_blocks(self.as_raw()) != 0 }
    }

    /// The handle, for calls of [`sys`](crate::sys); it stays this object's.
    pub fn as_raw(&self) -> *mut sys::coview_subscription {
        self.raw.as_raw()
    }
}

impl Iterator for Subscription {
    type Item = Result<TopicMessage>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.receive())
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("lost", &self.lost()).finish_non_exhaustive()
    }
}

/// A topic of values of one type; C++ has the same as `topic_of`.
///
/// [`plain_struct!`](crate::plain_struct) makes such types, and has an example.
#[derive(Debug)]
pub struct TopicOf<T: Plain> {
    topic: Topic,
    _of: PhantomData<fn(T) -> T>,
}

impl<T: Plain> TopicOf<T> {
    /// Opens or creates it, to keep `history` values, up to 16384; `type_name` is what all languages call T. Errors: as
    /// [`Topic`]; 22 (EINVAL) where it carries another type.
    pub fn open_or_create(name: &str, type_name: &str, history: u64) -> Result<Self> {
        Self::open_or_create_as(name, TypeTag::of::<T>(type_name), history)
    }

    /// The same of a version of the type.
    pub fn open_or_create_version(name: &str, type_name: &str, version: u32, history: u64) -> Result<Self> {
        Self::open_or_create_as(name, TypeTag::of::<T>(type_name).version(version), history)
    }

    fn open_or_create_as(name: &str, tag: TypeTag, history: u64) -> Result<Self> {
        // As topic_of in C++: what is kept, and what is being filled or read in place.
        const IN_HAND: u64 = 64;
        let unit = size_of::<T>().max(64).next_power_of_two() as u64;
        let places = history.clamp(2, 1 << 20).next_power_of_two();
        let options = TopicOptions::capacity((places + IN_HAND) * unit).messages(places).carries(tag);
        Ok(Self { topic: Topic::open_or_create(name, &options)?, _of: PhantomData })
    }

    /// A publisher of values.
    pub fn publisher(&self) -> Result<PublisherOf<T>> {
        Ok(PublisherOf { publisher: self.topic.publisher()?, _of: PhantomData })
    }

    /// A subscription, whose messages [`read`](TopicMessage::read) as T.
    pub fn subscribe(&self, from: Since) -> Result<Subscription> {
        self.topic.subscribe(from, Slow::Lags)
    }

    /// The newest value; None where nothing was published yet. Waits for nobody, and is never torn.
    pub fn latest(&self) -> Result<Option<T>> {
        self.topic.latest()?.map(|message| message.read()).transpose()
    }

    /// The topic itself.
    pub fn topic(&self) -> &Topic {
        &self.topic
    }
}

/// Publishes values of one type. Any thread may have it, one at a time.
#[derive(Debug)]
pub struct PublisherOf<T: Plain> {
    publisher: Publisher,
    _of: PhantomData<fn(T) -> T>,
}

impl<T: Plain> PublisherOf<T> {
    /// Publishes a value.
    pub fn publish(&self, value: &T) -> Result<()> {
        self.publisher.publish_value(value)
    }
}
