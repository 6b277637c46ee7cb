/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COVIEW_H
#define COVIEW_H

/*
 * coview for C11, and for whatever language calls C: named memory, locks, events, semaphores, timers, queues and
 * topics that several processes see at once; listing and removing them; copying files.
 *
 *     coview_mapping *memory;
 *     coview_view *view;
 *     if (coview_mapping_open_or_create("MySharedMem", 4096, NULL, &memory) < 0 ||
 *         coview_view_map(memory, COVIEW_READ_WRITE, 0, COVIEW_TO_END, NULL, &view) < 0)
 *       fprintf(stderr, "%s\n", coview_last_error());
 *
 * What an object is and promises stands in the header of the same name in coview/: mapping.hpp, mutex.hpp, event.hpp,
 * semaphore.hpp, timer.hpp, wait.hpp, queue.hpp, topic.hpp, channel_status.hpp, object.hpp, copy.hpp, copy_tree.hpp.
 * Here, and in coview/c/, which this header includes, stands what is particular to C. Beside the errors that those
 * headers list for a call, every call here can answer -EINVAL (a null pointer, a value that is none of its
 * enumeration), -E2BIG (see Options) and -ENOMEM.
 *
 * Results. A call that can fail returns a coview_status: 0 or more where it did what it says, the negative errno of
 * errno(3) where it did not. coview_last_error() then has the whole sentence: operation, object, cause, remedy. On
 * failure nothing is stored through the pointers for results, but that pointers to handles become NULL. Calls that
 * cannot fail return their value; given NULL, they return what an empty handle has: 0, NULL, "" or -1.
 *
 * Handles. A `T **result` gets a handle, which is the caller's until it gives it to the call of its type that ends in
 * _close, _release or _free. These take NULL and do nothing then. A view keeps its mapping's name; a slot, a message,
 * a publisher and a subscription keep what they came from, so handles may be given back in any order.
 *
 * Times. Nanoseconds from now: 0 asks without waiting, a negative one (COVIEW_FOREVER) waits for ever.
 *
 * Options. NULL: the defaults. Structures of options and results begin with their size, as this header has it, so
 * that they can grow: initialise them with the macro beside them. Members that a newer program sets and an older
 * library does not know are refused with -E2BIG, unless they are zero.
 *
 * Enumerations are of 32 bits, whatever the compiler makes of enum.
 *
 * Names and texts are UTF-8 and end in a zero byte. What calls return as `char const *` belongs to the handle.
 *
 * Threads and processes. There is no initialisation. Any call may be made from any thread, and not in a signal
 * handler. One handle may be used by several threads at once, but for closing it, and but for slots, messages,
 * publishers and subscriptions, which are for one thread at a time. After fork a child uses mappings, views, events
 * and semaphores of its parent on; it owns no mutex, and opens queues and topics anew. Waits are cancellation
 * points (pthread_cancel).
 *
 * Stability. Until 1.0 a minor version may change this interface, and the library's name says so. tests/packaging has
 * the list of its symbols, and what is added gets into it; and the interface as programs have been compiled with,
 * with which abidiff compares this header: what changes, or goes, is seen.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COVIEW_API __attribute__((visibility("default")))

/* Results -------------------------------------------------------------------------------------------------------- */

/* 0 or more: done, and how; negative: an errno, negated. */
typedef int32_t coview_status;

#define COVIEW_OK 0
#define COVIEW_TIMED_OUT 1 /* the time was up; nothing was taken, sent or received */
#define COVIEW_ABANDONED 2 /* the mutex is owned now, and its last owner died while it had it */
#define COVIEW_ABSENT 3    /* there is none: what was asked for is not there, and that is no error here */
#define COVIEW_PARTIAL 4   /* some of it was done, and some could not be: the report has what */

/* The sentence about the last call of this thread that failed; "" before the first one. Valid until the next one
 * fails. At most 1023 bytes; what is longer ends in an ellipsis. */
COVIEW_API char const* coview_last_error(void);

/* The library's version, such as "0.2.0". */
COVIEW_API char const* coview_version(void);
/* The same as a number, to compare: major * 65536 + minor * 256 + patch. */
COVIEW_API uint32_t coview_version_number(void);

#define COVIEW_FOREVER INT64_C(-1)
#define COVIEW_TO_END UINT64_MAX

typedef int32_t coview_access;
enum { COVIEW_READ_ONLY = 0, COVIEW_READ_WRITE = 1, COVIEW_COPY_ON_WRITE = 2 };

/* Mappings and views: coview/mapping.hpp ------------------------------------------------------------------------- */

typedef struct coview_mapping coview_mapping;
typedef struct coview_view coview_view;

/* How a mapping, mutex, event, semaphore or timer is created. */
typedef struct coview_create_options {
  uint32_t struct_size;
  uint32_t mode;      /* permission bits, 0 to 0777; 0600 */
  uint8_t permanent;  /* keep the name without a handle, until coview_remove */
  uint8_t reserve;    /* of a mapping: take memory at the first touch */
  uint8_t huge_pages; /* of a mapping: ask for them */
  uint8_t reserved[5];
} coview_create_options;
#define COVIEW_CREATE_OPTIONS_INIT                  \
  {                                                 \
    sizeof(coview_create_options), 0600, 0, 0, 0, { \
      0                                             \
    }                                               \
  }

/* How a file is mapped. */
typedef struct coview_file_options {
  uint32_t struct_size;
  uint32_t mode;    /* of the name */
  uint64_t size;    /* bytes to map; 0: the file's length */
  char const* name; /* give the mapping this name; NULL: none */
  uint8_t reserve;  /* let the file grow sparse */
  uint8_t reserved[7];
} coview_file_options;
#define COVIEW_FILE_OPTIONS_INIT                     \
  {                                                  \
    sizeof(coview_file_options), 0600, 0, NULL, 0, { \
      0                                              \
    }                                                \
  }

/* How a view is placed. */
typedef struct coview_map_options {
  uint32_t struct_size;
  uint8_t prefault;           /* bring every page in now */
  uint8_t does_not_keep_name; /* the view counts as no handle */
  uint8_t reserved[2];
  void* address; /* here and nowhere else; NULL: anywhere */
} coview_map_options;
#define COVIEW_MAP_OPTIONS_INIT \
  { sizeof(coview_map_options), 0, 0, {0}, NULL }

COVIEW_API coview_status coview_mapping_create(char const* name, uint64_t size, coview_create_options const* options,
                                               coview_mapping** result);
/* -ENOENT where nobody holds it. */
COVIEW_API coview_status coview_mapping_open(char const* name, coview_access rights, coview_mapping** result);
COVIEW_API coview_status coview_mapping_open_or_create(char const* name, uint64_t size,
                                                       coview_create_options const* options, coview_mapping** result);
COVIEW_API coview_status coview_mapping_file(char const* path, coview_access rights,
                                             coview_file_options const* options, coview_mapping** result);
COVIEW_API coview_status coview_mapping_anonymous(uint64_t size, coview_create_options const* options,
                                                  coview_mapping** result);
COVIEW_API uint64_t coview_mapping_size(coview_mapping const* mapping);
COVIEW_API char const* coview_mapping_name(coview_mapping const* mapping);
COVIEW_API coview_access coview_mapping_rights(coview_mapping const* mapping);
/* Whether the call that gave this handle made the object: 1 or 0. */
COVIEW_API int coview_mapping_created(coview_mapping const* mapping);
/* Whether the name still leads to this object: 1 or 0. */
COVIEW_API int coview_mapping_still_named(coview_mapping const* mapping);
/* The descriptor behind it, which stays the mapping's; -1 for NULL. */
COVIEW_API int coview_mapping_native_handle(coview_mapping const* mapping);
/* Where its bytes begin in that descriptor's file. */
COVIEW_API uint64_t coview_mapping_payload_offset(coview_mapping const* mapping);
/* Views of it keep their handle. */
COVIEW_API void coview_mapping_close(coview_mapping* mapping);

/* Any offset and length; COVIEW_TO_END for all that follows. */
COVIEW_API coview_status coview_view_map(coview_mapping const* mapping, coview_access rights, uint64_t offset,
                                         uint64_t length, coview_map_options const* options, coview_view** result);
COVIEW_API void* coview_view_data(coview_view const* view);
COVIEW_API uint64_t coview_view_size(coview_view const* view);
COVIEW_API coview_access coview_view_rights(coview_view const* view);
/* Of a file: on disk when this returns. */
COVIEW_API coview_status coview_view_flush(coview_view const* view, uint64_t offset, uint64_t length);
COVIEW_API coview_status coview_view_prefault(coview_view const* view, uint64_t offset, uint64_t length);
COVIEW_API coview_status coview_view_protect(coview_view* view, coview_access rights);
/* Unmaps: the pointer that coview_view_data gave leads nowhere afterwards. */
COVIEW_API void coview_view_close(coview_view* view);

/* Mutexes: coview/mutex.hpp -------------------------------------------------------------------------------------- */

typedef struct coview_mutex coview_mutex;

COVIEW_API coview_status coview_mutex_create(char const* name, coview_create_options const* options,
                                             coview_mutex** result);
COVIEW_API coview_status coview_mutex_open(char const* name, coview_mutex** result);
COVIEW_API coview_status coview_mutex_open_or_create(char const* name, coview_create_options const* options,
                                                     coview_mutex** result);
/* COVIEW_OK or COVIEW_ABANDONED: this thread owns it. COVIEW_TIMED_OUT. As often as it was acquired it is to be
 * released, by the same thread. */
COVIEW_API coview_status coview_mutex_acquire(coview_mutex const* mutex, int64_t timeout);
/* -EPERM where this thread does not own it. */
COVIEW_API coview_status coview_mutex_release(coview_mutex const* mutex);
COVIEW_API char const* coview_mutex_name(coview_mutex const* mutex);
COVIEW_API int coview_mutex_created(coview_mutex const* mutex);
COVIEW_API int coview_mutex_still_named(coview_mutex const* mutex);
COVIEW_API void coview_mutex_close(coview_mutex* mutex);

/* Events: coview/event.hpp --------------------------------------------------------------------------------------- */

typedef struct coview_event coview_event;
typedef int32_t coview_reset;
enum { COVIEW_RESET_AUTOMATIC = 0, COVIEW_RESET_MANUAL = 1 };

COVIEW_API coview_status coview_event_create(char const* name, coview_reset kind, int set,
                                             coview_create_options const* options, coview_event** result);
COVIEW_API coview_status coview_event_open(char const* name, coview_event** result);
COVIEW_API coview_status coview_event_open_or_create(char const* name, coview_reset kind, int set,
                                                     coview_create_options const* options, coview_event** result);
COVIEW_API coview_status coview_event_set(coview_event const* event);
COVIEW_API coview_status coview_event_clear(coview_event const* event);
COVIEW_API coview_status coview_event_pulse(coview_event const* event);
/* COVIEW_OK: it was set. COVIEW_TIMED_OUT. */
COVIEW_API coview_status coview_event_wait(coview_event const* event, int64_t timeout);
COVIEW_API coview_reset coview_event_kind(coview_event const* event);
COVIEW_API char const* coview_event_name(coview_event const* event);
COVIEW_API int coview_event_created(coview_event const* event);
COVIEW_API int coview_event_still_named(coview_event const* event);
COVIEW_API void coview_event_close(coview_event* event);

/* Semaphores: coview/semaphore.hpp ------------------------------------------------------------------------------- */

typedef struct coview_semaphore coview_semaphore;

/* `initial` permits of at most `maximum`, 1 to 2 147 483 647. */
COVIEW_API coview_status coview_semaphore_create(char const* name, uint32_t initial, uint32_t maximum,
                                                 coview_create_options const* options, coview_semaphore** result);
COVIEW_API coview_status coview_semaphore_open(char const* name, coview_semaphore** result);
COVIEW_API coview_status coview_semaphore_open_or_create(char const* name, uint32_t initial, uint32_t maximum,
                                                         coview_create_options const* options,
                                                         coview_semaphore** result);
/* COVIEW_OK: a permit was taken. COVIEW_TIMED_OUT. */
COVIEW_API coview_status coview_semaphore_acquire(coview_semaphore const* semaphore, int64_t timeout);
/* Gives `count` permits back. -EOVERFLOW where that would be more than the maximum. `before`, unless NULL, gets the
 * count before. */
COVIEW_API coview_status coview_semaphore_release(coview_semaphore const* semaphore, uint32_t count,
                                                  uint32_t* before);
COVIEW_API uint32_t coview_semaphore_count(coview_semaphore const* semaphore);
COVIEW_API uint32_t coview_semaphore_maximum(coview_semaphore const* semaphore);
COVIEW_API char const* coview_semaphore_name(coview_semaphore const* semaphore);
COVIEW_API int coview_semaphore_created(coview_semaphore const* semaphore);
COVIEW_API int coview_semaphore_still_named(coview_semaphore const* semaphore);
COVIEW_API void coview_semaphore_close(coview_semaphore* semaphore);

/* Timers: coview/timer.hpp --------------------------------------------------------------------------------------- */

typedef struct coview_timer coview_timer;

COVIEW_API coview_status coview_timer_create(char const* name, coview_reset kind,
                                             coview_create_options const* options, coview_timer** result);
COVIEW_API coview_status coview_timer_open(char const* name, coview_timer** result);
COVIEW_API coview_status coview_timer_open_or_create(char const* name, coview_reset kind,
                                                     coview_create_options const* options, coview_timer** result);
/* Due `after` nanoseconds from now, and then every `period`; 0: once. -EINVAL where one of them is negative. */
COVIEW_API coview_status coview_timer_set(coview_timer const* timer, int64_t after, int64_t period);
/* Due at a point of the wall clock, in nanoseconds since 1970, UTC. */
COVIEW_API coview_status coview_timer_set_at(coview_timer const* timer, int64_t when, int64_t period);
COVIEW_API coview_status coview_timer_cancel(coview_timer const* timer);
/* COVIEW_OK: it was due. COVIEW_TIMED_OUT. */
COVIEW_API coview_status coview_timer_wait(coview_timer const* timer, int64_t timeout);
/* How long until it is due (again). COVIEW_ABSENT where it does not run. */
COVIEW_API coview_status coview_timer_due_in(coview_timer const* timer, int64_t* nanoseconds);
COVIEW_API coview_reset coview_timer_kind(coview_timer const* timer);
COVIEW_API char const* coview_timer_name(coview_timer const* timer);
COVIEW_API int coview_timer_created(coview_timer const* timer);
COVIEW_API int coview_timer_still_named(coview_timer const* timer);
COVIEW_API void coview_timer_close(coview_timer* timer);

/* Channels of both kinds ----------------------------------------------------------------------------------------- */

/* Whether calls of this thread wait for a channel's lock where somebody is slow with it, or has stopped with it: for
 * 20 ms where they were given no time, and for two seconds to join and to leave. They do, unless told otherwise. With
 * 0, for an event loop, they never do: to send and to receive end as if time was up, opening fails with -EBUSY, and
 * closing leaves the place to whoever comes next, as a process does that dies. Returns what it was before. */
COVIEW_API int coview_thread_patience(int patient);

/* Queues: coview/queue.hpp --------------------------------------------------------------------------------------- */

typedef struct coview_queue coview_queue;
typedef struct coview_slot coview_slot;       /* memory for one message, to be filled in place */
typedef struct coview_message coview_message; /* a received message, in place */

/* What a channel carries. Compared when it is opened; a NULL name: bytes, and whatever a channel has is right. */
typedef struct coview_type {
  char const* name; /* at most 255 bytes */
  uint64_t size;    /* bytes of each message; 0: they vary */
  uint32_t version;
  uint32_t reserved;
} coview_type;

/* How a queue or topic is created. */
typedef struct coview_channel_options {
  uint32_t struct_size;
  uint32_t mode;                 /* 0600 */
  uint64_t capacity;             /* bytes of messages; more than 0 */
  uint64_t messages;             /* how many at most; 0: what fits */
  uint32_t participants;         /* at a time, 2 to 100; 0: 16 */
  uint8_t permanent;             /* keep name and messages without a handle, until coview_remove */
  uint8_t lock_in_memory;        /* never swapped out, for this handle */
  uint8_t drop_on_death;         /* of a queue: drop what a dead receiver had, instead of delivering it again */
  uint8_t subscribers_may_block; /* of a topic */
  coview_type type;
} coview_channel_options;
#define COVIEW_CHANNEL_OPTIONS_INIT                              \
  {                                                              \
    sizeof(coview_channel_options), 0600, 0, 0, 0, 0, 0, 0, 0, { \
      NULL, 0, 0, 0                                              \
    }                                                            \
  }

COVIEW_API coview_status coview_queue_create(char const* name, coview_channel_options const* options,
                                             coview_queue** result);
/* `type`: what it has to carry; NULL: anything. */
COVIEW_API coview_status coview_queue_open(char const* name, coview_type const* type, coview_queue** result);
COVIEW_API coview_status coview_queue_open_or_create(char const* name, coview_channel_options const* options,
                                                     coview_queue** result);
/* Copies the bytes. COVIEW_OK or COVIEW_TIMED_OUT. */
COVIEW_API coview_status coview_queue_send(coview_queue const* queue, void const* bytes, size_t size,
                                           int64_t timeout);
COVIEW_API coview_status coview_queue_loan(coview_queue const* queue, size_t size, int64_t timeout,
                                           coview_slot** result);
COVIEW_API coview_status coview_queue_receive(coview_queue const* queue, int64_t timeout, coview_message** result);
/* A descriptor that is readable while it has a message, for poll, epoll and event loops; it stays the queue's. A
 * negative status where there is none. The first call starts a thread that serves it. */
COVIEW_API int32_t coview_queue_native_wait_handle(coview_queue const* queue);
COVIEW_API uint64_t coview_queue_largest(coview_queue const* queue);
COVIEW_API uint64_t coview_queue_capacity(coview_queue const* queue);
COVIEW_API uint64_t coview_queue_depth(coview_queue const* queue);
COVIEW_API char const* coview_queue_name(coview_queue const* queue);
COVIEW_API int coview_queue_created(coview_queue const* queue);
COVIEW_API int coview_queue_still_named(coview_queue const* queue);
COVIEW_API void coview_queue_close(coview_queue* queue);

COVIEW_API void* coview_slot_data(coview_slot const* slot);
COVIEW_API size_t coview_slot_size(coview_slot const* slot);
/* Sends its first `length` bytes. COVIEW_OK: it is empty now, and still to be released.
 * COVIEW_TIMED_OUT: as before. */
COVIEW_API coview_status coview_slot_publish(coview_slot* slot, size_t length, int64_t timeout);
/* Gives its memory back where it was not published. */
COVIEW_API void coview_slot_release(coview_slot* slot);

COVIEW_API void const* coview_message_data(coview_message const* message);
COVIEW_API size_t coview_message_size(coview_message const* message);
/* Its place in the order of publication, from 0. */
COVIEW_API uint64_t coview_message_sequence(coview_message const* message);
/* Of a queue: how many receivers had it before, and died with it. */
COVIEW_API uint32_t coview_message_deaths(coview_message const* message);
/* Of a topic: how many messages the subscription lost between the one before and this one. */
COVIEW_API uint64_t coview_message_lost(coview_message const* message);
/* Of a queue: it was dealt with; until then, the death of this process has it delivered again. */
COVIEW_API void coview_message_release(coview_message* message);

/* Topics: coview/topic.hpp --------------------------------------------------------------------------------------- */

typedef struct coview_topic coview_topic;
typedef struct coview_publisher coview_publisher;
typedef struct coview_subscription coview_subscription;
typedef int32_t coview_from;
enum { COVIEW_FROM_NOW = 0, COVIEW_FROM_OLDEST = 1 };
typedef int32_t coview_slow;
enum { COVIEW_SLOW_LAGS = 0, COVIEW_SLOW_BLOCKS = 1 };

COVIEW_API coview_status coview_topic_create(char const* name, coview_channel_options const* options,
                                             coview_topic** result);
COVIEW_API coview_status coview_topic_open(char const* name, coview_type const* type, coview_topic** result);
COVIEW_API coview_status coview_topic_open_or_create(char const* name, coview_channel_options const* options,
                                                     coview_topic** result);
/* The newest message; waits for nobody. COVIEW_ABSENT where nothing was published yet. */
COVIEW_API coview_status coview_topic_latest(coview_topic const* topic, coview_message** result);
/* Frees the publishers from all subscribers that block: they lag from now on. `count`, unless NULL, gets how many. */
COVIEW_API coview_status coview_topic_evict(coview_topic const* topic, uint64_t* count);
/* The same of one participant, by its number (coview/c/channel_status.h). COVIEW_ABSENT where it did not
 * block; -EINVAL where there is no such place. */
COVIEW_API coview_status coview_topic_evict_one(coview_topic const* topic, uint32_t participant);
/* Messages published so far. */
COVIEW_API uint64_t coview_topic_published(coview_topic const* topic);
COVIEW_API uint64_t coview_topic_largest(coview_topic const* topic);
COVIEW_API uint64_t coview_topic_capacity(coview_topic const* topic);
COVIEW_API char const* coview_topic_name(coview_topic const* topic);
COVIEW_API int coview_topic_created(coview_topic const* topic);
COVIEW_API int coview_topic_still_named(coview_topic const* topic);
/* Publishers and subscriptions may outlive it. */
COVIEW_API void coview_topic_close(coview_topic* topic);

COVIEW_API coview_status coview_publisher_open(coview_topic const* topic, coview_publisher** result);
COVIEW_API coview_status coview_publisher_publish(coview_publisher const* publisher, void const* bytes, size_t size,
                                                  int64_t timeout);
COVIEW_API coview_status coview_publisher_loan(coview_publisher const* publisher, size_t size, int64_t timeout,
                                               coview_slot** result);
COVIEW_API void coview_publisher_close(coview_publisher* publisher);

COVIEW_API coview_status coview_subscription_open(coview_topic const* topic, coview_from from, coview_slow slow,
                                                  coview_subscription** result);
COVIEW_API coview_status coview_subscription_receive(coview_subscription const* subscription, int64_t timeout,
                                                     coview_message** result);
/* As of a queue. */
COVIEW_API int32_t coview_subscription_native_wait_handle(coview_subscription const* subscription);
COVIEW_API uint64_t coview_subscription_lost(coview_subscription const* subscription);
/* Whether publishers still wait for it: 1 or 0. */
COVIEW_API int coview_subscription_blocks(coview_subscription const* subscription);
COVIEW_API void coview_subscription_close(coview_subscription* subscription);

/* Waiting for several: coview/wait.hpp --------------------------------------------------------------------------- */

/* One object to wait for: exactly one of the pointers is set. */
typedef struct coview_waitable {
  coview_mutex const* mutex;
  coview_event const* event;
  coview_semaphore const* semaphore;
  coview_queue const* queue;
  coview_subscription const* subscription;
  coview_timer const* timer;
  void const* reserved[2];
} coview_waitable;

/* Takes the first of 1 to 64 objects that is there; `index`, unless NULL, gets its place. COVIEW_OK, COVIEW_ABANDONED
 * or COVIEW_TIMED_OUT. */
COVIEW_API coview_status coview_wait_any(coview_waitable const* objects, size_t count, int64_t timeout,
                                         size_t* index);
/* Takes all of them at the moment when all are there. */
COVIEW_API coview_status coview_wait_all(coview_waitable const* objects, size_t count, int64_t timeout);

/* Looking from outside: coview/object.hpp ------------------------------------------------------------------------ */

typedef struct coview_object_list coview_object_list;
typedef struct coview_holder_list coview_holder_list;

typedef int32_t coview_kind;
enum {
  COVIEW_KIND_MAPPING = 1,
  COVIEW_KIND_MUTEX = 2,
  COVIEW_KIND_EVENT = 3,
  COVIEW_KIND_SEMAPHORE = 4,
  COVIEW_KIND_QUEUE = 5,
  COVIEW_KIND_TOPIC = 6,
  COVIEW_KIND_TIMER = 7
};
typedef int32_t coview_state;
enum {
  COVIEW_STATE_HELD = 0,
  COVIEW_STATE_PERMANENT = 1,
  COVIEW_STATE_UNREADABLE = 2,
  COVIEW_STATE_INCOMPATIBLE = 3
};

/* What is known of an object. Texts belong to the list. */
typedef struct coview_object {
  uint32_t struct_size; /* as the library has it: members beyond it are not there */
  coview_kind kind;
  coview_state state;
  uint32_t mode;
  uint64_t size;
  uint64_t resident;
  uint64_t handles; /* at least; exactly, where handles_known */
  uint32_t owner;
  int32_t creator;
  int64_t created; /* nanoseconds since 1970, UTC */
  uint8_t handles_known;
  uint8_t global;
  uint8_t permanent;
  uint8_t reserved[5];
  char const* name;
  char const* file;
  char const* target;
  char const* problem;
} coview_object;

typedef struct coview_holder {
  uint32_t struct_size;
  int32_t pid;
  uint32_t user; /* UINT32_MAX where it is not known */
  uint32_t reserved;
  char const* command;
} coview_holder;

/* All objects, by name. */
COVIEW_API coview_status coview_list(coview_object_list** result);
/* One: a list of length 1. -ENOENT where nobody holds it. */
COVIEW_API coview_status coview_stat(char const* name, coview_object_list** result);
COVIEW_API size_t coview_object_list_count(coview_object_list const* list);
/* NULL beyond the end. */
COVIEW_API coview_object const* coview_object_list_at(coview_object_list const* list, size_t index);
COVIEW_API void coview_object_list_free(coview_object_list* list);

/* The processes that hold an object. */
COVIEW_API coview_status coview_find_holders(char const* name, coview_holder_list** result);
COVIEW_API size_t coview_holder_list_count(coview_holder_list const* list);
COVIEW_API coview_holder const* coview_holder_list_at(coview_holder_list const* list, size_t index);
/* Whether somebody has a handle, seen or not; and whether the list accounts for every handle. 1 or 0. */
COVIEW_API int coview_holder_list_held(coview_holder_list const* list);
COVIEW_API int coview_holder_list_complete(coview_holder_list const* list);
COVIEW_API void coview_holder_list_free(coview_holder_list* list);

/* Ends a permanent object, or any object by `force`. `goes_later`, unless NULL, gets 1 where the name goes with the
 * last handle, and 0 where it is gone. */
COVIEW_API coview_status coview_remove(char const* name, int force, int* goes_later);
/* Gives back what killed holders left. `objects` and `bytes`, unless NULL, get how much. */
COVIEW_API coview_status coview_reclaim(uint64_t* objects, uint64_t* bytes);

#ifdef __cplusplus
}
#endif

#include <coview/c/channel_status.h>
#include <coview/c/copy.h>

#endif
