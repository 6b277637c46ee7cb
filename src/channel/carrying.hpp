// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "os/visibility.hpp"

/// What a bridge to other machines has to know of a channel beyond the public headers: where exactly something was
/// published, so that it is told from what others publish, and found again after a kill -9.
namespace coview::detail {

/// Where a message stands, or stood: its position, and the block that has its bytes.
struct message_place {
  std::uint64_t position = 0;
  std::uint32_t block = 0;
};

class carrying {
 public:
  /// The last one that was published by this publisher, or by this handle of a queue. For the one thread that does.
  [[nodiscard]] COVIEW_PRIVATE static message_place last(topic const& where, publisher const& by);
  [[nodiscard]] COVIEW_PRIVATE static message_place last(queue const& by);
  /// The position after the last message.
  [[nodiscard]] COVIEW_PRIVATE static std::uint64_t end(topic const& where);
  [[nodiscard]] COVIEW_PRIVATE static std::uint64_t end(queue const& where);
  /// The first message from `begin` on that `is_it`. What it is shown may be changing. What it does not find will not
  /// be there later, of a sender that is dead. Errors: errc::timed_out (the channel's lock is not to be had).
  using test = std::function<bool(std::span<std::byte const>)>;
  [[nodiscard]] COVIEW_PRIVATE static std::optional<message_place> find(topic const& where, std::uint64_t begin,
                                                                        test const& is_it);
  [[nodiscard]] COVIEW_PRIVATE static std::optional<message_place> find(queue const& where, std::uint64_t begin,
                                                                        test const& is_it);
  /// Whether a message of a queue was received and dealt with.
  [[nodiscard]] COVIEW_PRIVATE static bool is_settled(queue const& where, message_place which);
  /// Leaves a received message to the next receiver, as if this process had died with it. False where that cannot be
  /// done just now: it is still this process's.
  COVIEW_PRIVATE static bool put_back(queue_message& message);
};

}  // namespace coview::detail
