// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "bridge/ledger.hpp"
#include "bridge/pull.hpp"

/// A log's stream keeps every message until all hosts that read it have it. Those who write it see to that, and not
/// the server by its policy for that ("interest"): a server that was started a moment ago and does not know its
/// consumers yet would confirm what comes and drop it (nats-server 2.9.10, processJetStreamMsg: `noInterest`).
namespace coview::inline bridging {

/// How long a host may have messages of a log in hand.
inline constexpr std::chrono::seconds log_ack_wait{5};

/// One host's place in a log. A host that is new begins with what comes next; one that the server has forgotten goes
/// on where `place` says that it was. `made`: when the stream was made, which tells it from another one of its name.
[[nodiscard]] std::unique_ptr<pull> log_consumer(link& over, jsCtx* js, std::string const& subject,
                                                 std::uint64_t host, std::uint64_t made,
                                                 ledger_page::log_place& place);
/// How far a host has dealt with a log, without a gap: its number in the stream. Throws `trouble`.
[[nodiscard]] std::uint64_t log_settled(jsCtx* js, std::string const& subject, std::uint64_t host);

/// Removes from a log's stream what all hosts have. For one thread. Any number of hosts may do so.
class log_trimmer {
 public:
  /// Looks, where some time has gone by since it did. What fails is tried the next time.
  void look(link& over, jsCtx* js, std::string const& subject);

 private:
  using clock = std::chrono::steady_clock;

  clock::time_point next_{};
  std::uint64_t unread_end_ = 0;  // the last number when nobody was found to read, and
  clock::time_point unread_since_{};
};

}  // namespace coview::inline bridging
