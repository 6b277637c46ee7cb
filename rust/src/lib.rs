// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]
#![deny(unsafe_op_in_unsafe_fn, missing_docs, rust_2018_idioms)]

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
compile_error!("coview is for 64-bit Linux");

#[macro_use]
mod handle;

#[macro_use]
mod channel;
mod error;
mod event;
mod mapping;
mod mutex;
mod object;
mod queue;
mod semaphore;
mod shared;
pub mod sys;
mod timer;
mod topic;
mod wait;

pub use channel::{QueueMessage, QueueOptions, Slot, TopicMessage, TopicOptions, TypeTag};
pub use error::{version, Error, Result};
pub use event::{Event, Reset};
pub use handle::CreateOptions;
pub use mapping::{Access, Mapping, ReadView, View};
pub use mutex::{Mutex, MutexGuard};
pub use object::{
    holders, list, reclaim, remove, remove_by_force, stat, Holder, Holders, Kind, Object, Reclaimed, Removed, State,
};
pub use queue::{Queue, QueueOf};
pub use semaphore::Semaphore;
pub use shared::{Plain, ReadOnly, Shared};
pub use timer::Timer;
pub use topic::{Publisher, PublisherOf, Since, Slow, Subscription, Topic, TopicOf};
pub use wait::{wait_all, wait_any, Waitable, Waited, WaitedForAll};

/// What the first member of a struct of options says.
pub(crate) const fn struct_size<T>() -> u32 {
    std::mem::size_of::<T>() as u32
}
