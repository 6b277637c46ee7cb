// SPDX-License-Identifier: Apache-2.0
//! `coview.h` as it is: every call, struct and constant, with its own names; but for copying files, and the status of
//! channels.
//!
//! What each of them does, who owns what, and which errors it has stands in that header. All calls are unsafe as calls
//! of C are: pointers must lead to what the header says they lead to. `tests/header.rs` has a C compiler compare this
//! file with the header.
#![allow(non_camel_case_types)]
#![allow(missing_docs)] // the header has them

use std::os::raw::{c_char, c_int, c_void};

macro_rules! opaque {
    ($($name:ident)*) => {$(
        /// A handle, only ever behind a pointer.
        #[repr(C)]
        pub struct $name {
            _private: [u8; 0],
            _neither_send_nor_sync: std::marker::PhantomData<(*mut u8, std::marker::PhantomPinned)>,
        }
    )*};
}

opaque! {
    coview_mapping coview_view coview_mutex coview_event coview_semaphore coview_queue coview_slot coview_message
    coview_timer coview_topic coview_publisher coview_subscription coview_object_list coview_holder_list
}

pub type coview_status = i32;
pub type coview_access = i32;
pub type coview_reset = i32;
pub type coview_from = i32;
pub type coview_slow = i32;
pub type coview_kind = i32;
pub type coview_state = i32;

pub const COVIEW_OK: coview_status = 0;
pub const COVIEW_TIMED_OUT: coview_status = 1;
pub const COVIEW_ABANDONED: coview_status = 2;
pub const COVIEW_ABSENT: coview_status = 3;
pub const COVIEW_FOREVER: i64 = -1;
pub const COVIEW_TO_END: u64 = u64::MAX;
pub const COVIEW_READ_ONLY: coview_access = 0;
pub const COVIEW_READ_WRITE: coview_access = 1;
pub const COVIEW_COPY_ON_WRITE: coview_access = 2;
pub const COVIEW_RESET_AUTOMATIC: coview_reset = 0;
pub const COVIEW_RESET_MANUAL: coview_reset = 1;
pub const COVIEW_FROM_NOW: coview_from = 0;
pub const COVIEW_FROM_OLDEST: coview_from = 1;
pub const COVIEW_SLOW_LAGS: coview_slow = 0;
pub const COVIEW_SLOW_BLOCKS: coview_slow = 1;
pub const COVIEW_KIND_MAPPING: coview_kind = 1;
pub const COVIEW_KIND_MUTEX: coview_kind = 2;
pub const COVIEW_KIND_EVENT: coview_kind = 3;
pub const COVIEW_KIND_SEMAPHORE: coview_kind = 4;
pub const COVIEW_KIND_QUEUE: coview_kind = 5;
pub const COVIEW_KIND_TOPIC: coview_kind = 6;
pub const COVIEW_KIND_TIMER: coview_kind = 7;
pub const COVIEW_STATE_HELD: coview_state = 0;
pub const COVIEW_STATE_PERMANENT: coview_state = 1;
pub const COVIEW_STATE_UNREADABLE: coview_state = 2;
pub const COVIEW_STATE_INCOMPATIBLE: coview_state = 3;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coview_create_options {
    pub struct_size: u32,
    pub mode: u32,
    pub permanent: u8,
    pub reserve: u8,
    pub huge_pages: u8,
    pub reserved: [u8; 5],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coview_file_options {
    pub struct_size: u32,
    pub mode: u32,
    pub size: u64,
    pub name: *const c_char,
    pub reserve: u8,
    pub reserved: [u8; 7],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coview_map_options {
    pub struct_size: u32,
    pub prefault: u8,
    pub does_not_keep_name: u8,
    pub reserved: [u8; 2],
    pub address: *mut c_void,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coview_type {
    pub name: *const c_char,
    pub size: u64,
    pub version: u32,
    pub reserved: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coview_channel_options {
    pub struct_size: u32,
    pub mode: u32,
    pub capacity: u64,
    pub messages: u64,
    pub participants: u32,
    pub permanent: u8,
    pub lock_in_memory: u8,
    pub drop_on_death: u8,
    pub subscribers_may_block: u8,
    pub r#type: coview_type,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coview_waitable {
    pub mutex: *const coview_mutex,
    pub event: *const coview_event,
    pub semaphore: *const coview_semaphore,
    pub queue: *const coview_queue,
    pub subscription: *const coview_subscription,
    pub timer: *const coview_timer,
    pub reserved: [*const c_void; 2],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coview_object {
    pub struct_size: u32,
    pub kind: coview_kind,
    pub state: coview_state,
    pub mode: u32,
    pub size: u64,
    pub resident: u64,
    pub handles: u64,
    pub owner: u32,
    pub creator: i32,
    pub created: i64,
    pub handles_known: u8,
    pub global: u8,
    pub permanent: u8,
    pub reserved: [u8; 5],
    pub name: *const c_char,
    pub file: *const c_char,
    pub target: *const c_char,
    pub problem: *const c_char,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coview_holder {
    pub struct_size: u32,
    pub pid: i32,
    pub user: u32,
    pub reserved: u32,
    pub command: *const c_char,
}

extern "C" {
    pub fn coview_last_error() -> *const c_char;
    pub fn coview_version() -> *const c_char;
    pub fn coview_version_number() -> u32;
    pub fn coview_mapping_create(
        name: *const c_char,
        size: u64,
        options: *const coview_create_options,
        result: *mut *mut coview_mapping,
    ) -> coview_status;
    pub fn coview_mapping_open(
        name: *const c_char,
        rights: coview_access,
        result: *mut *mut coview_mapping,
    ) -> coview_status;
    pub fn coview_mapping_open_or_create(
        name: *const c_char,
        size: u64,
        options: *const coview_create_options,
        result: *mut *mut coview_mapping,
    ) -> coview_status;
    pub fn coview_mapping_file(
        path: *const c_char,
        rights: coview_access,
        options: *const coview_file_options,
        result: *mut *mut coview_mapping,
    ) -> coview_status;
    pub fn coview_mapping_anonymous(
        size: u64,
        options: *const coview_create_options,
        result: *mut *mut coview_mapping,
    ) -> coview_status;
    pub fn coview_mapping_size(mapping: *const coview_mapping) -> u64;
    pub fn coview_mapping_name(mapping: *const coview_mapping) -> *const c_char;
    pub fn coview_mapping_rights(mapping: *const coview_mapping) -> coview_access;
    pub fn coview_mapping_created(mapping: *const coview_mapping) -> c_int;
    pub fn coview_mapping_still_named(mapping: *const coview_mapping) -> c_int;
    pub fn coview_mapping_native_handle(mapping: *const coview_mapping) -> c_int;
    pub fn coview_mapping_payload_offset(mapping: *const coview_mapping) -> u64;
    pub fn coview_mapping_close(mapping: *mut coview_mapping);
    pub fn coview_view_map(
        mapping: *const coview_mapping,
        rights: coview_access,
        offset: u64,
        length: u64,
        options: *const coview_map_options,
        result: *mut *mut coview_view,
    ) -> coview_status;
    pub fn coview_view_data(view: *const coview_view) -> *mut c_void;
    pub fn coview_view_size(view: *const coview_view) -> u64;
    pub fn coview_view_rights(view: *const coview_view) -> coview_access;
    pub fn coview_view_flush(view: *const coview_view, offset: u64, length: u64) -> coview_status;
    pub fn coview_view_prefault(view: *const coview_view, offset: u64, length: u64) -> coview_status;
    pub fn coview_view_protect(view: *mut coview_view, rights: coview_access) -> coview_status;
    pub fn coview_view_close(view: *mut coview_view);
    pub fn coview_mutex_create(
        name: *const c_char,
        options: *const coview_create_options,
        result: *mut *mut coview_mutex,
    ) -> coview_status;
    pub fn coview_mutex_open(name: *const c_char, result: *mut *mut coview_mutex) -> coview_status;
    pub fn coview_mutex_open_or_create(
        name: *const c_char,
        options: *const coview_create_options,
        result: *mut *mut coview_mutex,
    ) -> coview_status;
    pub fn coview_mutex_acquire(mutex: *const coview_mutex, timeout: i64) -> coview_status;
    pub fn coview_mutex_release(mutex: *const coview_mutex) -> coview_status;
    pub fn coview_mutex_name(mutex: *const coview_mutex) -> *const c_char;
    pub fn coview_mutex_created(mutex: *const coview_mutex) -> c_int;
    pub fn coview_mutex_still_named(mutex: *const coview_mutex) -> c_int;
    pub fn coview_mutex_close(mutex: *mut coview_mutex);
    pub fn coview_event_create(
        name: *const c_char,
        kind: coview_reset,
        set: c_int,
        options: *const coview_create_options,
        result: *mut *mut coview_event,
    ) -> coview_status;
    pub fn coview_event_open(name: *const c_char, result: *mut *mut coview_event) -> coview_status;
    pub fn coview_event_open_or_create(
        name: *const c_char,
        kind: coview_reset,
        set: c_int,
        options: *const coview_create_options,
        result: *mut *mut coview_event,
    ) -> coview_status;
    pub fn coview_event_set(event: *const coview_event) -> coview_status;
    pub fn coview_event_clear(event: *const coview_event) -> coview_status;
    pub fn coview_event_pulse(event: *const coview_event) -> coview_status;
    pub fn coview_event_wait(event: *const coview_event, timeout: i64) -> coview_status;
    pub fn coview_event_kind(event: *const coview_event) -> coview_reset;
    pub fn coview_event_name(event: *const coview_event) -> *const c_char;
    pub fn coview_event_created(event: *const coview_event) -> c_int;
    pub fn coview_event_still_named(event: *const coview_event) -> c_int;
    pub fn coview_event_close(event: *mut coview_event);
    pub fn coview_semaphore_create(
        name: *const c_char,
        initial: u32,
        maximum: u32,
        options: *const coview_create_options,
        result: *mut *mut coview_semaphore,
    ) -> coview_status;
    pub fn coview_semaphore_open(name: *const c_char, result: *mut *mut coview_semaphore) -> coview_status;
    pub fn coview_semaphore_open_or_create(
        name: *const c_char,
        initial: u32,
        maximum: u32,
        options: *const coview_create_options,
        result: *mut *mut coview_semaphore,
    ) -> coview_status;
    pub fn coview_semaphore_acquire(semaphore: *const coview_semaphore, timeout: i64) -> coview_status;
    pub fn coview_semaphore_release(semaphore: *const coview_semaphore, count: u32, before: *mut u32) -> coview_status;
    pub fn coview_semaphore_count(semaphore: *const coview_semaphore) -> u32;
    pub fn coview_semaphore_maximum(semaphore: *const coview_semaphore) -> u32;
    pub fn coview_semaphore_name(semaphore: *const coview_semaphore) -> *const c_char;
    pub fn coview_semaphore_created(semaphore: *const coview_semaphore) -> c_int;
    pub fn coview_semaphore_still_named(semaphore: *const coview_semaphore) -> c_int;
    pub fn coview_semaphore_close(semaphore: *mut coview_semaphore);
    pub fn coview_timer_create(
        name: *const c_char,
        kind: coview_reset,
        options: *const coview_create_options,
        result: *mut *mut coview_timer,
    ) -> coview_status;
    pub fn coview_timer_open(name: *const c_char, result: *mut *mut coview_timer) -> coview_status;
    pub fn coview_timer_open_or_create(
        name: *const c_char,
        kind: coview_reset,
        options: *const coview_create_options,
        result: *mut *mut coview_timer,
    ) -> coview_status;
    pub fn coview_timer_set(timer: *const coview_timer, after: i64, period: i64) -> coview_status;
    pub fn coview_timer_set_at(timer: *const coview_timer, when: i64, period: i64) -> coview_status;
    pub fn coview_timer_cancel(timer: *const coview_timer) -> coview_status;
    pub fn coview_timer_wait(timer: *const coview_timer, timeout: i64) -> coview_status;
    pub fn coview_timer_due_in(timer: *const coview_timer, nanoseconds: *mut i64) -> coview_status;
    pub fn coview_timer_kind(timer: *const coview_timer) -> coview_reset;
    pub fn coview_timer_name(timer: *const coview_timer) -> *const c_char;
    pub fn coview_timer_created(timer: *const coview_timer) -> c_int;
    pub fn coview_timer_still_named(timer: *const coview_timer) -> c_int;
    pub fn coview_timer_close(timer: *mut coview_timer);
    pub fn coview_thread_patience(patient: c_int) -> c_int;
    pub fn coview_queue_create(
        name: *const c_char,
        options: *const coview_channel_options,
        result: *mut *mut coview_queue,
    ) -> coview_status;
    pub fn coview_queue_open(
        name: *const c_char,
        r#type: *const coview_type,
        result: *mut *mut coview_queue,
    ) -> coview_status;
    pub fn coview_queue_open_or_create(
        name: *const c_char,
        options: *const coview_channel_options,
        result: *mut *mut coview_queue,
    ) -> coview_status;
    pub fn coview_queue_send(
        queue: *const coview_queue,
        bytes: *const c_void,
        size: usize,
        timeout: i64,
    ) -> coview_status;
    pub fn coview_queue_loan(
        queue: *const coview_queue,
        size: usize,
        timeout: i64,
        result: *mut *mut coview_slot,
    ) -> coview_status;
    pub fn coview_queue_receive(
        queue: *const coview_queue,
        timeout: i64,
        result: *mut *mut coview_message,
    ) -> coview_status;
    pub fn coview_queue_native_wait_handle(queue: *const coview_queue) -> i32;
    pub fn coview_queue_largest(queue: *const coview_queue) -> u64;
    pub fn coview_queue_capacity(queue: *const coview_queue) -> u64;
    pub fn coview_queue_depth(queue: *const coview_queue) -> u64;
    pub fn coview_queue_name(queue: *const coview_queue) -> *const c_char;
    pub fn coview_queue_created(queue: *const coview_queue) -> c_int;
    pub fn coview_queue_still_named(queue: *const coview_queue) -> c_int;
    pub fn coview_queue_close(queue: *mut coview_queue);
    pub fn coview_slot_data(slot: *const coview_slot) -> *mut c_void;
    pub fn coview_slot_size(slot: *const coview_slot) -> usize;
    pub fn coview_slot_publish(slot: *mut coview_slot, length: usize, timeout: i64) -> coview_status;
    pub fn coview_slot_release(slot: *mut coview_slot);
    pub fn coview_message_data(message: *const coview_message) -> *const c_void;
    pub fn coview_message_size(message: *const coview_message) -> usize;
    pub fn coview_message_sequence(message: *const coview_message) -> u64;
    pub fn coview_message_deaths(message: *const coview_message) -> u32;
    pub fn coview_message_lost(message: *const coview_message) -> u64;
    pub fn coview_message_release(message: *mut coview_message);
    pub fn coview_topic_create(
        name: *const c_char,
        options: *const coview_channel_options,
        result: *mut *mut coview_topic,
    ) -> coview_status;
    pub fn coview_topic_open(
        name: *const c_char,
        r#type: *const coview_type,
        result: *mut *mut coview_topic,
    ) -> coview_status;
    pub fn coview_topic_open_or_create(
        name: *const c_char,
        options: *const coview_channel_options,
        result: *mut *mut coview_topic,
    ) -> coview_status;
    pub fn coview_topic_latest(topic: *const coview_topic, result: *mut *mut coview_message) -> coview_status;
    pub fn coview_topic_evict(topic: *const coview_topic, count: *mut u64) -> coview_status;
    pub fn coview_topic_evict_one(topic: *const coview_topic, participant: u32) -> coview_status;
    pub fn coview_topic_published(topic: *const coview_topic) -> u64;
    pub fn coview_topic_largest(topic: *const coview_topic) -> u64;
    pub fn coview_topic_capacity(topic: *const coview_topic) -> u64;
    pub fn coview_topic_name(topic: *const coview_topic) -> *const c_char;
    pub fn coview_topic_created(topic: *const coview_topic) -> c_int;
    pub fn coview_topic_still_named(topic: *const coview_topic) -> c_int;
    pub fn coview_topic_close(topic: *mut coview_topic);
    pub fn coview_publisher_open(topic: *const coview_topic, result: *mut *mut coview_publisher) -> coview_status;
    pub fn coview_publisher_publish(
        publisher: *const coview_publisher,
        bytes: *const c_void,
        size: usize,
        timeout: i64,
    ) -> coview_status;
    pub fn coview_publisher_loan(
        publisher: *const coview_publisher,
        size: usize,
        timeout: i64,
        result: *mut *mut coview_slot,
    ) -> coview_status;
    pub fn coview_publisher_close(publisher: *mut coview_publisher);
    pub fn coview_subscription_open(
        topic: *const coview_topic,
        from: coview_from,
        slow: coview_slow,
        result: *mut *mut coview_subscription,
    ) -> coview_status;
    pub fn coview_subscription_receive(
        subscription: *const coview_subscription,
        timeout: i64,
        result: *mut *mut coview_message,
    ) -> coview_status;
    pub fn coview_subscription_native_wait_handle(subscription: *const coview_subscription) -> i32;
    pub fn coview_subscription_lost(subscription: *const coview_subscription) -> u64;
    pub fn coview_subscription_blocks(subscription: *const coview_subscription) -> c_int;
    pub fn coview_subscription_close(subscription: *mut coview_subscription);
    pub fn coview_wait_any(
        objects: *const coview_waitable,
        count: usize,
        timeout: i64,
        index: *mut usize,
    ) -> coview_status;
    pub fn coview_wait_all(objects: *const coview_waitable, count: usize, timeout: i64) -> coview_status;
    pub fn coview_list(result: *mut *mut coview_object_list) -> coview_status;
    pub fn coview_stat(name: *const c_char, result: *mut *mut coview_object_list) -> coview_status;
    pub fn coview_object_list_count(list: *const coview_object_list) -> usize;
    pub fn coview_object_list_at(list: *const coview_object_list, index: usize) -> *const coview_object;
    pub fn coview_object_list_free(list: *mut coview_object_list);
    pub fn coview_find_holders(name: *const c_char, result: *mut *mut coview_holder_list) -> coview_status;
    pub fn coview_holder_list_count(list: *const coview_holder_list) -> usize;
    pub fn coview_holder_list_at(list: *const coview_holder_list, index: usize) -> *const coview_holder;
    pub fn coview_holder_list_held(list: *const coview_holder_list) -> c_int;
    pub fn coview_holder_list_complete(list: *const coview_holder_list) -> c_int;
    pub fn coview_holder_list_free(list: *mut coview_holder_list);
    pub fn coview_remove(name: *const c_char, force: c_int, goes_later: *mut c_int) -> coview_status;
    pub fn coview_reclaim(objects: *mut u64, bytes: *mut u64) -> coview_status;
}
