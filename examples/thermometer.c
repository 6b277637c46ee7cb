/* SPDX-License-Identifier: Apache-2.0 */
/* Publishes ten readings for a reader in another language (rust/examples, go/examples, java/examples), and waits
 * until they were read. Both may be started first.
 *
 *     cc thermometer.c $(pkg-config --cflags --libs coview) -o thermometer && ./thermometer
 */
#include <coview.h>
#include <stdio.h>

/* Every language has the same members at the same offsets, and no gaps. */
struct reading {
  uint64_t number;
  double celsius;
};

static int failed(void) {
  fprintf(stderr, "%s\n", coview_last_error());
  return 1;
}

int main(void) {
  coview_channel_options options = COVIEW_CHANNEL_OPTIONS_INIT;
  options.messages = 64; /* it keeps, and as many are in hand */
  options.capacity = (64 + 64) * 64;
  options.type = (coview_type){.name = "reading", .size = sizeof(struct reading), .version = 1};
  coview_topic* topic;
  coview_publisher* publisher;
  coview_event* read;
  if (coview_topic_open_or_create("thermometer", &options, &topic) < 0 ||
      coview_event_open_or_create("thermometer.read", COVIEW_RESET_MANUAL, 0, NULL, &read) < 0 ||
      coview_publisher_open(topic, &publisher) < 0)
    return failed();
  for (uint64_t i = 0; i < 10; ++i) {
    struct reading const reading = {i, 20.0 + (double)i / 2};
    if (coview_publisher_publish(publisher, &reading, sizeof reading, COVIEW_FOREVER) < 0) return failed();
  }
  coview_status const status = coview_event_wait(read, INT64_C(30000000000));
  coview_publisher_close(publisher);
  coview_event_close(read);
  coview_topic_close(topic);
  if (status < 0) return failed();
  puts(status == COVIEW_TIMED_OUT ? "nobody read them within half a minute" : "they were read");
  return status == COVIEW_TIMED_OUT;
}
