/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of coview.h as Go needs them. A goroutine may go on in another thread after each call, and the sentence about
 * an error belongs to the thread of the call: so each of these returns both at once. */
#ifndef COVIEW_GO_SHIM_H
#define COVIEW_GO_SHIM_H

#include <coview.h>
#include <stdlib.h>
#include <string.h>

typedef struct shim_done {
  coview_status status;
  char* sentence; /* of an error, the caller's to free */
} shim_done;

typedef struct shim_made {
  shim_done done;
  void* handle;
} shim_made;

static inline shim_done shim_check(coview_status status) {
  shim_done const done = {status, status < 0 ? strdup(coview_last_error()) : NULL};
  return done;
}

/* A call that gives a handle: its parameters, and its arguments with `&handle` for the handle. */
#define SHIM_MAKES(function, type, parameters, arguments)           \
  static inline shim_made shim_##function parameters {              \
    type* handle = NULL;                                            \
    shim_done const done = shim_check(coview_##function arguments); \
    shim_made const made = {done, handle};                          \
    return made;                                                    \
  }

/* A call that gives a status only. */
#define SHIM_DOES(function, parameters, arguments)     \
  static inline shim_done shim_##function parameters { \
    return shim_check(coview_##function arguments);    \
  }

SHIM_MAKES(mapping_create, coview_mapping, (char const* name, uint64_t size, coview_create_options const* options),
           (name, size, options, &handle))
SHIM_MAKES(mapping_open, coview_mapping, (char const* name, coview_access rights), (name, rights, &handle))
SHIM_MAKES(mapping_open_or_create, coview_mapping,
           (char const* name, uint64_t size, coview_create_options const* options), (name, size, options, &handle))
SHIM_MAKES(mapping_file, coview_mapping, (char const* path, coview_access rights, coview_file_options const* options),
           (path, rights, options, &handle))
SHIM_MAKES(mapping_anonymous, coview_mapping, (uint64_t size, coview_create_options const* options),
           (size, options, &handle))
SHIM_MAKES(view_map, coview_view,
           (coview_mapping const* mapping, coview_access rights, uint64_t offset, uint64_t length),
           (mapping, rights, offset, length, NULL, &handle))
SHIM_DOES(view_flush, (coview_view const* view), (view, 0, COVIEW_TO_END))

SHIM_MAKES(mutex_create, coview_mutex, (char const* name, coview_create_options const* options),
           (name, options, &handle))
SHIM_MAKES(mutex_open, coview_mutex, (char const* name), (name, &handle))
SHIM_MAKES(mutex_open_or_create, coview_mutex, (char const* name, coview_create_options const* options),
           (name, options, &handle))
SHIM_DOES(mutex_acquire, (coview_mutex const* mutex, int64_t timeout), (mutex, timeout))
SHIM_DOES(mutex_release, (coview_mutex const* mutex), (mutex))

SHIM_MAKES(event_create, coview_event,
           (char const* name, coview_reset kind, int set, coview_create_options const* options),
           (name, kind, set, options, &handle))
SHIM_MAKES(event_open, coview_event, (char const* name), (name, &handle))
SHIM_MAKES(event_open_or_create, coview_event,
           (char const* name, coview_reset kind, int set, coview_create_options const* options),
           (name, kind, set, options, &handle))
SHIM_DOES(event_set, (coview_event const* event), (event))
SHIM_DOES(event_clear, (coview_event const* event), (event))
SHIM_DOES(event_pulse, (coview_event const* event), (event))
SHIM_DOES(event_wait, (coview_event const* event, int64_t timeout), (event, timeout))

SHIM_MAKES(semaphore_create, coview_semaphore,
           (char const* name, uint32_t initial, uint32_t maximum, coview_create_options const* options),
           (name, initial, maximum, options, &handle))
SHIM_MAKES(semaphore_open, coview_semaphore, (char const* name), (name, &handle))
SHIM_MAKES(semaphore_open_or_create, coview_semaphore,
           (char const* name, uint32_t initial, uint32_t maximum, coview_create_options const* options),
           (name, initial, maximum, options, &handle))
SHIM_DOES(semaphore_acquire, (coview_semaphore const* semaphore, int64_t timeout), (semaphore, timeout))
SHIM_DOES(semaphore_release, (coview_semaphore const* semaphore, uint32_t count, uint32_t* before),
          (semaphore, count, before))

SHIM_MAKES(timer_create, coview_timer, (char const* name, coview_reset kind, coview_create_options const* options),
           (name, kind, options, &handle))
SHIM_MAKES(timer_open, coview_timer, (char const* name), (name, &handle))
SHIM_MAKES(timer_open_or_create, coview_timer,
           (char const* name, coview_reset kind, coview_create_options const* options),
           (name, kind, options, &handle))
SHIM_DOES(timer_set, (coview_timer const* timer, int64_t after, int64_t period), (timer, after, period))
SHIM_DOES(timer_set_at, (coview_timer const* timer, int64_t when, int64_t period), (timer, when, period))
SHIM_DOES(timer_cancel, (coview_timer const* timer), (timer))
SHIM_DOES(timer_wait, (coview_timer const* timer, int64_t timeout), (timer, timeout))
SHIM_DOES(timer_due_in, (coview_timer const* timer, int64_t* nanoseconds), (timer, nanoseconds))

SHIM_MAKES(queue_create, coview_queue, (char const* name, coview_channel_options const* options),
           (name, options, &handle))
SHIM_MAKES(queue_open, coview_queue, (char const* name, coview_type const* type), (name, type, &handle))
SHIM_MAKES(queue_open_or_create, coview_queue, (char const* name, coview_channel_options const* options),
           (name, options, &handle))
SHIM_DOES(queue_send, (coview_queue const* queue, void const* bytes, size_t size, int64_t timeout),
          (queue, bytes, size, timeout))
SHIM_MAKES(queue_loan, coview_slot, (coview_queue const* queue, size_t size, int64_t timeout),
           (queue, size, timeout, &handle))
SHIM_MAKES(queue_receive, coview_message, (coview_queue const* queue, int64_t timeout), (queue, timeout, &handle))
SHIM_DOES(queue_native_wait_handle, (coview_queue const* queue), (queue))
SHIM_DOES(subscription_native_wait_handle, (coview_subscription const* subscription), (subscription))
SHIM_DOES(slot_publish, (coview_slot * slot, size_t length, int64_t timeout), (slot, length, timeout))

SHIM_MAKES(topic_create, coview_topic, (char const* name, coview_channel_options const* options),
           (name, options, &handle))
SHIM_MAKES(topic_open, coview_topic, (char const* name, coview_type const* type), (name, type, &handle))
SHIM_MAKES(topic_open_or_create, coview_topic, (char const* name, coview_channel_options const* options),
           (name, options, &handle))
SHIM_MAKES(topic_latest, coview_message, (coview_topic const* topic), (topic, &handle))
SHIM_DOES(topic_evict, (coview_topic const* topic, uint64_t* count), (topic, count))
SHIM_MAKES(publisher_open, coview_publisher, (coview_topic const* topic), (topic, &handle))
SHIM_DOES(publisher_publish, (coview_publisher const* publisher, void const* bytes, size_t size, int64_t timeout),
          (publisher, bytes, size, timeout))
SHIM_MAKES(publisher_loan, coview_slot, (coview_publisher const* publisher, size_t size, int64_t timeout),
           (publisher, size, timeout, &handle))
SHIM_MAKES(subscription_open, coview_subscription, (coview_topic const* topic, coview_from from, coview_slow slow),
           (topic, from, slow, &handle))
SHIM_MAKES(subscription_receive, coview_message, (coview_subscription const* subscription, int64_t timeout),
           (subscription, timeout, &handle))

SHIM_DOES(wait_any, (coview_waitable const* objects, size_t count, int64_t timeout, size_t* index),
          (objects, count, timeout, index))
SHIM_DOES(wait_all, (coview_waitable const* objects, size_t count, int64_t timeout), (objects, count, timeout))

SHIM_MAKES(list, coview_object_list, (void), (&handle))
SHIM_MAKES(stat, coview_object_list, (char const* name), (name, &handle))
SHIM_MAKES(find_holders, coview_holder_list, (char const* name), (name, &handle))
SHIM_DOES(remove, (char const* name, int force, int* goes_later), (name, force, goes_later))
SHIM_DOES(reclaim, (uint64_t * objects, uint64_t* bytes), (objects, bytes))

/* Macros with a cast, and unions, are nothing that Go sees. */
static inline coview_create_options shim_create_options(void) {
  coview_create_options const options = COVIEW_CREATE_OPTIONS_INIT;
  return options;
}

static inline coview_file_options shim_file_options(void) {
  coview_file_options const options = COVIEW_FILE_OPTIONS_INIT;
  return options;
}

static inline coview_channel_options shim_channel_options(void) {
  coview_channel_options const options = COVIEW_CHANNEL_OPTIONS_INIT;
  return options;
}

#endif
