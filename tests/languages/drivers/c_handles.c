/* SPDX-License-Identifier: Apache-2.0 */
#include "c_handles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static handle handles[most_handles];

void answer(char const* result) {
  answer_begin(result);
  answer_end();
}

void answer_status(coview_status status) {
  if (status < 0)
    answer_error(-status, coview_last_error());
  else
    answer(status == COVIEW_TIMED_OUT   ? "timed out"
           : status == COVIEW_ABANDONED ? "abandoned"
           : status == COVIEW_ABSENT    ? "absent"
                                        : "ok");
}

handle* handle_find(char const* label, size_t length) {
  for (size_t i = 0; i < most_handles; ++i)
    if (handles[i].kind != NOTHING && strlen(handles[i].label) == length &&
        strncmp(handles[i].label, label, length) == 0)
      return &handles[i];
  return NULL;
}

handle* handle_wanted(request const* asked, char const* key, kind of) {
  char const* const label = request_text(asked, key);
  handle* const found = label == NULL ? NULL : handle_find(label, strlen(label));
  if (found != NULL && found->kind == of) return found;
  answer_error(EINVAL, "there is no handle of that kind with that label");
  return NULL;
}

handle* handle_place(char const* label, kind of) {
  for (size_t i = 0; i < most_handles; ++i) {
    if (handles[i].kind != NOTHING) continue;
    memset(&handles[i], 0, sizeof handles[i]);
    handles[i].kind = of;
    snprintf(handles[i].label, sizeof handles[i].label, "%s", label);
    return &handles[i];
  }
  fputs("there are too many handles\n", stderr);
  exit(1);
}

void handle_give_back(handle* which) {
  switch (which->kind) {
    case MAPPING:
      coview_view_close(which->with.view);
      coview_mapping_close(which->of.mapping);
      break;
    case MUTEX:
      coview_mutex_close(which->of.mutex);
      break;
    case EVENT:
      coview_event_close(which->of.event);
      break;
    case SEMAPHORE:
      coview_semaphore_close(which->of.semaphore);
      break;
    case QUEUE:
      coview_queue_close(which->of.queue);
      break;
    case TOPIC:
      coview_publisher_close(which->with.publisher);
      coview_topic_close(which->of.topic);
      break;
    case SUBSCRIPTION:
      coview_subscription_close(which->of.subscription);
      break;
    case MESSAGE:
      coview_message_release(which->of.message);
      break;
    case NOTHING:
      break;
  }
  which->kind = NOTHING;
}

void handle_give_back_all(void) {
  for (size_t i = 0; i < most_handles; ++i) handle_give_back(&handles[i]);
}

/* Which of create, open and open_or_create a request is. */
typedef enum way { CREATE, OPEN, OPEN_OR_CREATE } way;

static void open_mapping(request const* asked, way how, handle* into) {
  char const* const name = request_text(asked, "name");
  char const* const access = request_text(asked, "access");
  coview_access const rights = access != NULL && strcmp(access, "r") == 0 ? COVIEW_READ_ONLY : COVIEW_READ_WRITE;
  uint64_t const size = (uint64_t)request_number(asked, "size", 0);
  coview_status status = how == CREATE ? coview_mapping_create(name, size, NULL, &into->of.mapping)
                         : how == OPEN ? coview_mapping_open(name, rights, &into->of.mapping)
                                       : coview_mapping_open_or_create(name, size, NULL, &into->of.mapping);
  if (status == COVIEW_OK)
    status = coview_view_map(into->of.mapping, rights, 0, COVIEW_TO_END, NULL, &into->with.view);
  if (status < 0) {
    answer_status(status);
    handle_give_back(into);
    return;
  }
  answer_begin("ok");
  answer_number("created", coview_mapping_created(into->of.mapping));
  answer_number("size", (int64_t)coview_mapping_size(into->of.mapping));
  answer_end();
}

static void open_mutex(request const* asked, way how, handle* into) {
  char const* const name = request_text(asked, "name");
  coview_mutex** const result = &into->of.mutex;
  coview_status const status = how == CREATE ? coview_mutex_create(name, NULL, result)
                               : how == OPEN ? coview_mutex_open(name, result)
                                             : coview_mutex_open_or_create(name, NULL, result);
  if (status < 0) {
    handle_give_back(into);
    answer_status(status);
    return;
  }
  answer_begin("ok");
  answer_number("created", coview_mutex_created(*result));
  answer_end();
}

static void open_event(request const* asked, way how, handle* into) {
  char const* const name = request_text(asked, "name");
  char const* const text = request_text(asked, "kind");
  coview_reset const reset =
      text != NULL && strcmp(text, "manual") == 0 ? COVIEW_RESET_MANUAL : COVIEW_RESET_AUTOMATIC;
  int const set = request_number(asked, "set", 0) != 0;
  coview_event** const result = &into->of.event;
  coview_status const status = how == CREATE ? coview_event_create(name, reset, set, NULL, result)
                               : how == OPEN ? coview_event_open(name, result)
                                             : coview_event_open_or_create(name, reset, set, NULL, result);
  if (status < 0) {
    handle_give_back(into);
    answer_status(status);
    return;
  }
  answer_begin("ok");
  answer_number("created", coview_event_created(*result));
  answer_text("kind", coview_event_kind(*result) == COVIEW_RESET_MANUAL ? "manual" : "auto");
  answer_end();
}

static void open_semaphore(request const* asked, way how, handle* into) {
  char const* const name = request_text(asked, "name");
  uint32_t const initial = (uint32_t)request_number(asked, "initial", 0);
  uint32_t const maximum = (uint32_t)request_number(asked, "maximum", 0);
  coview_semaphore** const result = &into->of.semaphore;
  coview_status const status = how == CREATE ? coview_semaphore_create(name, initial, maximum, NULL, result)
                               : how == OPEN ? coview_semaphore_open(name, result)
                                             : coview_semaphore_open_or_create(name, initial, maximum, NULL, result);
  if (status < 0) {
    handle_give_back(into);
    answer_status(status);
    return;
  }
  answer_begin("ok");
  answer_number("created", coview_semaphore_created(*result));
  answer_number("maximum", coview_semaphore_maximum(*result));
  answer_end();
}

static coview_channel_options channel_options_of(request const* asked) {
  coview_channel_options options = COVIEW_CHANNEL_OPTIONS_INIT;
  options.capacity = (uint64_t)request_number(asked, "capacity", 0);
  options.messages = (uint64_t)request_number(asked, "messages", 0);
  options.type.name = request_text(asked, "type");
  options.type.size = (uint64_t)request_number(asked, "type_size", 0);
  options.type.version = (uint32_t)request_number(asked, "type_version", 0);
  return options;
}

static void open_channel(request const* asked, way how, handle* into) {
  char const* const name = request_text(asked, "name");
  coview_channel_options const options = channel_options_of(asked);
  int const queue = into->kind == QUEUE;
  coview_status status;
  if (queue)
    status = how == CREATE ? coview_queue_create(name, &options, &into->of.queue)
             : how == OPEN ? coview_queue_open(name, &options.type, &into->of.queue)
                           : coview_queue_open_or_create(name, &options, &into->of.queue);
  else
    status = how == CREATE ? coview_topic_create(name, &options, &into->of.topic)
             : how == OPEN ? coview_topic_open(name, &options.type, &into->of.topic)
                           : coview_topic_open_or_create(name, &options, &into->of.topic);
  if (status < 0) {
    handle_give_back(into);
    answer_status(status);
    return;
  }
  answer_begin("ok");
  answer_number("created", queue ? coview_queue_created(into->of.queue) : coview_topic_created(into->of.topic));
  answer_end();
}

int handle_open(request const* asked, char const* what) {
  static struct {
    char const* name;
    kind of;
    void (*open)(request const* asked, way how, handle* into);
  } const openers[] = {{"mapping.", MAPPING, open_mapping}, {"mutex.", MUTEX, open_mutex},
                       {"event.", EVENT, open_event},       {"semaphore.", SEMAPHORE, open_semaphore},
                       {"queue.", QUEUE, open_channel},     {"topic.", TOPIC, open_channel}};
  char const* const verb = strchr(what, '.');
  if (verb == NULL) return 0;
  way how = CREATE;
  if (strcmp(verb, ".open") == 0)
    how = OPEN;
  else if (strcmp(verb, ".open_or_create") == 0)
    how = OPEN_OR_CREATE;
  else if (strcmp(verb, ".create") != 0)
    return 0;
  for (size_t i = 0; i < sizeof openers / sizeof openers[0]; ++i) {
    if (strncmp(what, openers[i].name, strlen(openers[i].name)) != 0) continue;
    openers[i].open(asked, how, handle_place(request_text(asked, "as"), openers[i].of));
    return 1;
  }
  return 0;
}
