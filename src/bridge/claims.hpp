// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "bridge/stream_publisher.hpp"

namespace coview::inline bridging {

/// Which host delivers a message of a queue: the one that came first to put the message's key into a bucket.
///
/// A server gives a message to two hosts where its leader was killed before the others knew that it was given out,
/// and stores it twice where a server that was started anew is sent it once more, and the first is gone already. Both
/// are the same message, with the same key. The key stays for as long as servers remember IDs.
class claims {
 public:
  enum class verdict : unsigned char {
    ours,
    of_another,    ///< which is alive, and has it, or has dealt with it
    stored_twice,  ///< another one of the stream has the claim: this one is needed by nobody
    in_doubt,      ///< the server did not say
  };
  struct message {
    std::uint64_t origin, sequence;  ///< what it is
    std::uint64_t number, time;      ///< where it stands in the server's stream
  };

  /// Throws `trouble`. `host`: whose claims these are.
  claims(link& over, bridge_options const& options, std::uint64_t host);
  /// Throws `trouble` where the server has no bucket any more.
  [[nodiscard]] std::vector<verdict> claim(std::span<message const> wanted);
  /// Tells others now and then that this host is there: after `ack_wait` without that its claims are anybody's.
  void show_life();

 private:
  using clock = std::chrono::steady_clock;
  struct sign {
    std::uint64_t revision = 0;
    clock::time_point since{};
  };

  [[nodiscard]] verdict look_at(message const& wanted);
  [[nodiscard]] bool is_gone(std::string const& host);

  link& over_;
  std::chrono::seconds const ack_wait_;
  std::string const bucket_;
  std::string const host_;
  stream_publisher to_;
  nats_store store_;
  clock::time_point next_sign_{};
  std::unordered_map<std::string, sign> signs_;  // when another host was last heard of, by this one's clock
};

}  // namespace coview::inline bridging
