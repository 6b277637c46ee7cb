/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COVIEW_C_HANDLES_H
#define COVIEW_C_HANDLES_H

/* The handles that a driver has under their labels. */

#include <coview.h>

#include "c_driver.h"

enum { most_handles = 64 };

typedef enum kind { NOTHING, MAPPING, MUTEX, EVENT, SEMAPHORE, QUEUE, TOPIC, SUBSCRIPTION, MESSAGE } kind;

/* A handle under its label. */
typedef struct handle {
  kind kind;
  char label[32];
  union {
    coview_mapping* mapping;
    coview_mutex* mutex;
    coview_event* event;
    coview_semaphore* semaphore;
    coview_queue* queue;
    coview_topic* topic;
    coview_subscription* subscription;
    coview_message* message;
  } of;
  union {
    coview_view* view;           /* of a mapping */
    coview_publisher* publisher; /* of a topic; NULL until it is used */
  } with;
} handle;

/* The handle of this label, whose length is given; NULL where there is none. */
handle* handle_find(char const* label, size_t length);
/* The handle that a request names, of this kind; NULL after an error. */
handle* handle_wanted(request const* asked, char const* key, kind of);
/* A new one, to be filled. */
handle* handle_place(char const* label, kind of);
void handle_give_back(handle* which);
void handle_give_back_all(void);
/* Serves `mapping.create` and its like. 0 where it is another request. */
int handle_open(request const* asked, char const* what);

/* Answers what a call gave that can be late. */
void answer(char const* result);
void answer_status(coview_status status);

#endif
