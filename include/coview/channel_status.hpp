// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <coview/debug_mode.hpp>
#include <coview/export.hpp>
#include <coview/object.hpp>

/// Looking at a queue or topic from outside, without touching it: a snapshot whose parts were read one after another,
/// good for showing and not for deciding. Needs the right to read, takes no place for a participant, and believes
/// nothing that stands there more than its numbers are worth.
namespace coview {

enum class participant_role : std::uint8_t { queue_user, publisher, subscriber };

/// Who takes part in a channel: an open queue, a publisher, or a subscription.
struct channel_participant {
  std::uint32_t number = 0;  ///< its place in the channel; what topic::evict takes
  participant_role role{};
  pid_t process = 0;  ///< as it numbered itself: in the pid namespace of whoever made the channel
  uid_t user = 0;
  bool alive = false;          ///< false: it died, and nobody has cleared up after it yet
  bool blocks = false;         ///< of a subscriber: publishers may have to wait for it
  bool holds_back = false;     ///< of one that blocks: publishers wait for it now, or would with the next message
  std::uint64_t received = 0;  ///< of a subscriber: messages so far
  std::uint64_t lost = 0;      ///< of a subscriber: messages so far, as it was told
  std::uint64_t lag = 0;       ///< of a subscriber: messages that were published and that it has not received
  std::uint32_t held = 0;      ///< messages that it has in hand, to be read or filled in place
};

struct channel_status {
  object_kind kind{};          ///< queue or topic
  std::uint64_t capacity = 0;  ///< bytes of messages
  std::uint64_t largest = 0;   ///< bytes that a message can have
  std::uint64_t most_messages = 0;
  std::uint32_t most_participants = 0;
  bool drops_of_the_dead = false;      ///< of a queue: as created
  bool subscribers_may_block = false;  ///< of a topic: as created
  std::string type_name;               ///< what it carries; empty: bytes
  std::uint64_t type_size = 0;         ///< 0: any
  std::uint32_t type_version = 0;
  std::uint64_t sent = 0;          ///< messages published since it was made
  std::uint64_t depth = 0;         ///< messages that are there: of a queue, to be received; of a topic, kept
  std::uint64_t deepest = 0;       ///< of a queue: the most that were there, looked at now and then
  std::uint64_t to_redeliver = 0;  ///< of a queue: what the dead had, to be received once more
  std::uint64_t redelivered = 0;   ///< of a queue: so far
  std::uint64_t dropped = 0;       ///< of a queue: so far
  std::uint64_t lost = 0;          ///< of a topic: by all subscribers, those included that have left
  bool same_pid_namespace = true;  ///< whether `process` means the same here
  std::vector<channel_participant> participants;  ///< by number
};

/// Errors: as `stat`; errc::invalid_argument where the name belongs to an object of another kind; errc::bad_message
/// (damaged).
[[nodiscard]] COVIEW_EXPORT channel_status status_of_channel(std::string_view name);

}  // namespace coview
