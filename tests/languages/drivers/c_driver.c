/* SPDX-License-Identifier: Apache-2.0 */
/* The driver of C for tests/languages/conform; README.md beside this folder has the protocol. */
#include <coview.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "c_handles.h"

static unsigned char bytes[longest_line];

static int64_t timeout_of(request const* asked) {
  int64_t const milliseconds = request_number(asked, "timeout", -1);
  return milliseconds < 0 ? COVIEW_FOREVER : milliseconds * 1000000;
}

static void do_hello(request const* asked) {
  (void)asked;
  answer_begin("ok");
  answer_text("language", "c");
  answer_text("version", coview_version());
  answer_number("pid", getpid());
  answer_end();
}

static void do_reset(request const* asked) {
  (void)asked;
  handle_give_back_all();  // the library keeps what a message comes from
  answer("ok");
}

static void do_close(request const* asked) {
  char const* const label = request_text(asked, "as");
  handle* const found = handle_find(label, strlen(label));
  if (found == NULL) {
    answer_error(EINVAL, "there is no handle with that label");
    return;
  }
  handle_give_back(found);
  answer("ok");
}

static void do_exists(request const* asked) {
  static char const* const kinds[] = {"", "mapping", "mutex", "event", "semaphore", "queue", "topic", "timer"};
  coview_object_list* list = NULL;
  coview_status const status = coview_stat(request_text(asked, "name"), &list);
  if (status == -ENOENT) {
    answer("absent");
  } else if (status < 0) {
    answer_status(status);
  } else {
    answer_begin("ok");
    answer_text("kind", kinds[coview_object_list_at(list, 0)->kind]);
    answer_end();
  }
  coview_object_list_free(list);
}

static void do_remove(request const* asked) {
  answer_status(coview_remove(request_text(asked, "name"), 1, NULL));
}

static void do_reclaim(request const* asked) {
  (void)asked;
  answer_status(coview_reclaim(NULL, NULL));
}

/* `length` bytes of a mapping from the offset that is asked for; NULL after an error. */
static unsigned char* memory_of(request const* asked, size_t length, int to_write) {
  handle* const mapping = handle_wanted(asked, "as", MAPPING);
  if (mapping == NULL) return NULL;
  uint64_t const offset = (uint64_t)request_number(asked, "offset", 0);
  uint64_t const size = coview_view_size(mapping->with.view);
  if (length > size || offset > size - length) {
    answer_error(EINVAL, "these bytes are not in the mapping");
    return NULL;
  }
  if (to_write && coview_view_rights(mapping->with.view) == COVIEW_READ_ONLY) {
    answer_error(EACCES, "the mapping was opened to read");
    return NULL;
  }
  return (unsigned char*)coview_view_data(mapping->with.view) + offset;
}

static void do_write(request const* asked) {
  size_t const size = bytes_of(request_text(asked, "bytes"), bytes, sizeof bytes);
  unsigned char* const memory = memory_of(asked, size, 1);
  if (memory == NULL) return;
  memcpy(memory, bytes, size);
  answer("ok");
}

static void do_read(request const* asked) {
  size_t const length = (size_t)request_number(asked, "length", 0);
  unsigned char const* const memory = memory_of(asked, length, 0);
  if (memory == NULL) return;
  answer_begin("ok");
  answer_bytes("bytes", memory, length);
  answer_end();
}

/* The bytes to send: given as such, or as values of a schema. Their number, or SIZE_MAX after an error. */
static size_t content_of(request const* asked) {
  char const* const schema = request_text(asked, "schema");
  if (schema == NULL) return bytes_of(request_text(asked, "bytes"), bytes, sizeof bytes);
  if (schema_size(schema) > sizeof bytes || !schema_pack(schema, request_text(asked, "values"), bytes)) {
    answer_error(EINVAL, "the values do not fit the schema");
    return SIZE_MAX;
  }
  return schema_size(schema);
}

static void do_put(request const* asked) {
  size_t const size = content_of(asked);
  if (size == SIZE_MAX) return;
  unsigned char* const memory = memory_of(asked, size, 1);
  if (memory == NULL) return;
  memcpy(memory, bytes, size);
  answer("ok");
}

static void do_get(request const* asked) {
  char const* const schema = request_text(asked, "schema");
  unsigned char const* const memory = memory_of(asked, schema_size(schema), 0);
  if (memory == NULL) return;
  answer_begin("ok");
  answer_values(schema, memory);
  answer_end();
}

static void do_count(request const* asked) {
  handle* const mutex = handle_wanted(asked, "mutex", MUTEX);
  if (mutex == NULL) return;
  unsigned char* const memory = memory_of(asked, sizeof(uint64_t), 1);
  if (memory == NULL) return;
  for (int64_t left = request_number(asked, "times", 0); left > 0; --left) {
    coview_status const status = coview_mutex_acquire(mutex->of.mutex, COVIEW_FOREVER);
    if (status < 0) {
      answer_status(status);
      return;
    }
    uint64_t number;
    memcpy(&number, memory, sizeof number);
    ++number;
    memcpy(memory, &number, sizeof number);
    coview_mutex_release(mutex->of.mutex);
  }
  answer("ok");
}

static void do_mutex_lock(request const* asked) {
  handle* const mutex = handle_wanted(asked, "as", MUTEX);
  if (mutex != NULL) answer_status(coview_mutex_acquire(mutex->of.mutex, timeout_of(asked)));
}

static void do_mutex_unlock(request const* asked) {
  handle* const mutex = handle_wanted(asked, "as", MUTEX);
  if (mutex != NULL) answer_status(coview_mutex_release(mutex->of.mutex));
}

static void do_event_set(request const* asked) {
  handle* const event = handle_wanted(asked, "as", EVENT);
  if (event != NULL) answer_status(coview_event_set(event->of.event));
}

static void do_event_clear(request const* asked) {
  handle* const event = handle_wanted(asked, "as", EVENT);
  if (event != NULL) answer_status(coview_event_clear(event->of.event));
}

static void do_event_wait(request const* asked) {
  handle* const event = handle_wanted(asked, "as", EVENT);
  if (event != NULL) answer_status(coview_event_wait(event->of.event, timeout_of(asked)));
}

static void do_semaphore_acquire(request const* asked) {
  handle* const semaphore = handle_wanted(asked, "as", SEMAPHORE);
  if (semaphore != NULL) answer_status(coview_semaphore_acquire(semaphore->of.semaphore, timeout_of(asked)));
}

static void do_semaphore_release(request const* asked) {
  handle* const semaphore = handle_wanted(asked, "as", SEMAPHORE);
  if (semaphore == NULL) return;
  uint32_t before = 0;
  uint32_t const count = (uint32_t)request_number(asked, "count", 1);
  coview_status const status = coview_semaphore_release(semaphore->of.semaphore, count, &before);
  if (status < 0) {
    answer_status(status);
    return;
  }
  answer_begin("ok");
  answer_number("before", before);
  answer_end();
}

/* The objects of a wait for several; how many. 0 after an error. */
static size_t objects_of(request const* asked, coview_waitable* into) {
  size_t count = 0;
  for (char const* at = request_text(asked, "objects"); *at != '\0'; at += strspn(at, " ")) {
    size_t const length = strcspn(at, " ");
    handle const* const found = handle_find(at, length);
    coview_waitable* const one = &into[count++];
    memset(one, 0, sizeof *one);
    switch (found == NULL ? NOTHING : found->kind) {
      case MUTEX:
        one->mutex = found->of.mutex;
        break;
      case EVENT:
        one->event = found->of.event;
        break;
      case SEMAPHORE:
        one->semaphore = found->of.semaphore;
        break;
      case QUEUE:
        one->queue = found->of.queue;
        break;
      case SUBSCRIPTION:
        one->subscription = found->of.subscription;
        break;
      default:
        answer_error(EINVAL, "one of these cannot be waited for");
        return 0;
    }
    at += length;
  }
  return count;
}

static void do_wait_any(request const* asked) {
  coview_waitable objects[most_handles];
  size_t const count = objects_of(asked, objects);
  if (count == 0) return;
  size_t index = 0;
  coview_status const status = coview_wait_any(objects, count, timeout_of(asked), &index);
  if (status != COVIEW_OK && status != COVIEW_ABANDONED) {
    answer_status(status);
    return;
  }
  answer_begin(status == COVIEW_OK ? "ok" : "abandoned");
  answer_number("index", (int64_t)index);
  answer_end();
}

static void do_wait_all(request const* asked) {
  coview_waitable objects[most_handles];
  size_t const count = objects_of(asked, objects);
  if (count != 0) answer_status(coview_wait_all(objects, count, timeout_of(asked)));
}

static void do_queue_send(request const* asked) {
  handle* const queue = handle_wanted(asked, "as", QUEUE);
  if (queue == NULL) return;
  size_t const size = content_of(asked);
  if (size != SIZE_MAX) answer_status(coview_queue_send(queue->of.queue, bytes, size, timeout_of(asked)));
}

/* Answers with a message, or why there is none, and gives it back. */
static void answer_message(request const* asked, coview_status status, coview_message* message) {
  char const* const schema = request_text(asked, "schema");
  char const* const keep = request_text(asked, "keep");
  size_t const size = coview_message_size(message);
  if (status != COVIEW_OK) {
    answer_status(status);
  } else if (schema != NULL && schema_size(schema) != size) {
    answer_error(EBADMSG, "the message has another size");
  } else {
    answer_begin("ok");
    answer_number("sequence", (int64_t)coview_message_sequence(message));
    answer_number("deaths", coview_message_deaths(message));
    answer_number("lost", (int64_t)coview_message_lost(message));
    if (schema != NULL)
      answer_values(schema, coview_message_data(message));
    else
      answer_bytes("bytes", coview_message_data(message), size);
    answer_end();
  }
  if (keep != NULL && message != NULL)
    handle_place(keep, MESSAGE)->of.message = message;
  else
    coview_message_release(message);
}

static void do_queue_receive(request const* asked) {
  handle* const queue = handle_wanted(asked, "as", QUEUE);
  if (queue == NULL) return;
  coview_message* message = NULL;
  coview_status const status = coview_queue_receive(queue->of.queue, timeout_of(asked), &message);
  answer_message(asked, status, message);
}

static void do_topic_publish(request const* asked) {
  handle* const topic = handle_wanted(asked, "as", TOPIC);
  if (topic == NULL) return;
  size_t const size = content_of(asked);
  if (size == SIZE_MAX) return;
  coview_status status = COVIEW_OK;
  if (topic->with.publisher == NULL) status = coview_publisher_open(topic->of.topic, &topic->with.publisher);
  if (status == COVIEW_OK) status = coview_publisher_publish(topic->with.publisher, bytes, size, timeout_of(asked));
  answer_status(status);
}

static void do_topic_subscribe(request const* asked) {
  handle* const topic = handle_wanted(asked, "topic", TOPIC);
  if (topic == NULL) return;
  char const* const from = request_text(asked, "from");
  coview_from const first = from != NULL && strcmp(from, "oldest") == 0 ? COVIEW_FROM_OLDEST : COVIEW_FROM_NOW;
  coview_subscription* subscription = NULL;
  coview_status const status = coview_subscription_open(topic->of.topic, first, COVIEW_SLOW_LAGS, &subscription);
  if (status == COVIEW_OK) handle_place(request_text(asked, "as"), SUBSCRIPTION)->of.subscription = subscription;
  answer_status(status);
}

static void do_subscription_receive(request const* asked) {
  handle* const from = handle_wanted(asked, "as", SUBSCRIPTION);
  if (from == NULL) return;
  coview_message* message = NULL;
  coview_status const status = coview_subscription_receive(from->of.subscription, timeout_of(asked), &message);
  answer_message(asked, status, message);
}

static void do_topic_latest(request const* asked) {
  handle* const topic = handle_wanted(asked, "as", TOPIC);
  if (topic == NULL) return;
  coview_message* message = NULL;
  coview_status const status = coview_topic_latest(topic->of.topic, &message);
  answer_message(asked, status, message);
}

static void serve(request const* asked) {
  static struct {
    char const* name;
    void (*serve)(request const* asked);
  } const all[] = {{"hello", do_hello},
                   {"reset", do_reset},
                   {"close", do_close},
                   {"exists", do_exists},
                   {"remove", do_remove},
                   {"reclaim", do_reclaim},
                   {"write", do_write},
                   {"read", do_read},
                   {"put", do_put},
                   {"get", do_get},
                   {"count", do_count},
                   {"mutex.lock", do_mutex_lock},
                   {"mutex.unlock", do_mutex_unlock},
                   {"event.set", do_event_set},
                   {"event.clear", do_event_clear},
                   {"event.wait", do_event_wait},
                   {"semaphore.acquire", do_semaphore_acquire},
                   {"semaphore.release", do_semaphore_release},
                   {"wait_any", do_wait_any},
                   {"wait_all", do_wait_all},
                   {"queue.send", do_queue_send},
                   {"queue.receive", do_queue_receive},
                   {"topic.publish", do_topic_publish},
                   {"topic.subscribe", do_topic_subscribe},
                   {"topic.latest", do_topic_latest},
                   {"subscription.receive", do_subscription_receive}};
  char const* const what = request_text(asked, "do");
  for (size_t i = 0; what != NULL && i < sizeof all / sizeof all[0]; ++i) {
    if (strcmp(all[i].name, what) != 0) continue;
    all[i].serve(asked);
    return;
  }
  if (what == NULL || !handle_open(asked, what)) answer_error(ENOSYS, "there is no such request");
}

int main(void) {
  static char line[longest_line];
  while (fgets(line, sizeof line, stdin) != NULL) {
    request asked;
    if (request_parse(&asked, line))
      serve(&asked);
    else
      answer_error(EINVAL, "this is no request");
  }
  do_reset(NULL);
  return 0;
}
