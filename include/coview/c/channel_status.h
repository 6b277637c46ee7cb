/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COVIEW_C_CHANNEL_STATUS_H
#define COVIEW_C_CHANNEL_STATUS_H

/* Looking at queues and topics from outside: coview/channel_status.hpp. Part of coview.h, which says what
 * holds for all calls. */

#include <coview.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t coview_role;
enum { COVIEW_ROLE_QUEUE_USER = 0, COVIEW_ROLE_PUBLISHER = 1, COVIEW_ROLE_SUBSCRIBER = 2 };

/* Who takes part in a channel: an open queue, a publisher, or a subscription. */
typedef struct coview_participant {
  uint32_t struct_size; /* as the library has it: members beyond it are not there */
  uint32_t number;      /* its place in the channel; what coview_topic_evict_one takes */
  coview_role role;
  int32_t process; /* as it numbered itself */
  uint32_t user;
  uint32_t held;      /* messages that it has in hand */
  uint64_t received;  /* of a subscriber, as those that follow */
  uint64_t lost;      /* as it was told */
  uint64_t lag;       /* messages that were published and that it has not received */
  uint8_t alive;      /* 0: it died, and nobody has cleared up after it yet */
  uint8_t blocks;     /* publishers may have to wait for it */
  uint8_t holds_back; /* they do, or would with the next message */
  uint8_t reserved[5];
} coview_participant;

/* A channel's counters. */
typedef struct coview_channel_counts {
  uint32_t struct_size; /* as the library has it */
  coview_kind kind;     /* COVIEW_KIND_QUEUE or COVIEW_KIND_TOPIC */
  uint64_t capacity;    /* bytes */
  uint64_t largest;     /* bytes that a message can have */
  uint64_t most_messages;
  uint64_t sent;         /* messages published since it was made */
  uint64_t depth;        /* messages that are there */
  uint64_t deepest;      /* of a queue: the most that were there, looked at now and then */
  uint64_t to_redeliver; /* of a queue: what the dead had, to be received once more */
  uint64_t redelivered;  /* of a queue: so far */
  uint64_t dropped;      /* of a queue: so far */
  uint64_t lost;         /* of a topic: by all subscribers, those included that have left */
  coview_type type;      /* what it carries; a name "": bytes */
  uint32_t most_participants;
  uint8_t drops_of_the_dead;
  uint8_t subscribers_may_block;
  uint8_t same_pid_namespace; /* whether `process` means the same here */
  uint8_t reserved;
} coview_channel_counts;

/* A snapshot whose parts were read one after another: good for showing and not for deciding. */
typedef struct coview_channel_status coview_channel_status;

/* Looks at a queue or topic without touching it; needs the right to read. -ENOENT where nobody holds it; -EINVAL of
 * another kind of object; -EBADMSG (damaged). */
COVIEW_API coview_status coview_channel_look(char const* name, coview_channel_status** result);
COVIEW_API coview_channel_counts const* coview_channel_status_counts(coview_channel_status const* status);
COVIEW_API size_t coview_channel_status_participant_count(coview_channel_status const* status);
/* By number. NULL beyond the end. */
COVIEW_API coview_participant const* coview_channel_status_participant_at(coview_channel_status const* status,
                                                                          size_t index);
COVIEW_API void coview_channel_status_free(coview_channel_status* status);

#ifdef __cplusplus
}
#endif

#endif
