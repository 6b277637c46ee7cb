// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "bridge/connection.hpp"

namespace coview::inline bridging {

/// Finds a queue's message that its consumer has passed without giving it to anybody, and has the consumer made anew.
///
/// A server that was away when the consumer was made, or lost what it knew of it, takes the stream's first message at
/// the time when it hears of it for the consumer's place; where it leads it later, what stands before that is never
/// given out (seen with nats-server 2.9.10: 5943 messages in the stream, "0 to come"). What was acknowledged leaves
/// the stream, so a message that stays there below the place up to which all is acknowledged was passed.
class queue_watch {
 public:
  /// Looks, where some time has gone by since it did. True where the consumer was removed: whoever receives makes
  /// another one, which begins with what is there. What fails is looked at the next time.
  [[nodiscard]] bool look(link& over, jsCtx* js, std::string const& subject);

 private:
  using clock = std::chrono::steady_clock;

  clock::time_point next_ = clock::now() + between;
  std::uint64_t passed_ = 0;  // the message that was found so the last time; 0: none
  static constexpr std::chrono::seconds between{5};
};

}  // namespace coview::inline bridging
