/* SPDX-License-Identifier: Apache-2.0 */
/* A program in C that shares a page and passes a message, as anybody's. */
#include <coview.h>

#include <stdio.h>
#include <string.h>

static int fail(char const *what) {
  fprintf(stderr, "%s: %s\n", what, coview_last_error());
  return 1;
}

int main(void) {
  coview_mapping *memory = NULL;
  coview_view *view = NULL;
  coview_queue *queue = NULL;
  coview_message *message = NULL;
  coview_channel_options options = COVIEW_CHANNEL_OPTIONS_INIT;
  options.capacity = 1 << 16;
  if (coview_mapping_create("of C", 4096, NULL, &memory) < 0) return fail("create");
  if (coview_view_map(memory, COVIEW_READ_WRITE, 0, COVIEW_TO_END, NULL, &view) < 0) return fail("map");
  strcpy((char *)coview_view_data(view), "hello");
  if (coview_queue_open_or_create("jobs of C", &options, &queue) < 0) return fail("queue");
  if (coview_queue_send(queue, coview_view_data(view), 6, COVIEW_FOREVER) != COVIEW_OK) return fail("send");
  if (coview_queue_receive(queue, COVIEW_FOREVER, &message) != COVIEW_OK) return fail("receive");
  if (strcmp((char const *)coview_message_data(message), "hello") != 0) return fail("another message");
  coview_message_release(message);
  coview_queue_close(queue);
  coview_view_close(view);
  coview_mapping_close(memory);
  return coview_mapping_open("of C", COVIEW_READ_ONLY, &memory) < 0 ? 0 : fail("the name is still there");
}
