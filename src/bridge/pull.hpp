// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/connection.hpp"
#include "bridge/nats_call.hpp"

namespace coview::inline bridging {

/// Messages of a stream's consumer, asked for a few at a time.
///
/// By hand, and not by natsSubscription_Fetch: that of libnats 3.4.1 takes what had already arrived off the number
/// that it asks for, and then goes on until it has exactly that many. Where more than half had arrived it never stops
/// at it, and with a message from an earlier request it writes beyond the list. No size asked for is safe from that.
///
/// Invariants:
/// 1. One request is open at a time, until what it asked for is here, or the server, time or a lost link has ended
///    it.
/// 2. `fetch` returns at most what it was asked for; what came beside that waits for the next one.
class pull {
 public:
  pull(link& over, std::string const& stream, std::string const& consumer);
  pull(pull const&) = delete;
  pull& operator=(pull const&) = delete;
  /// What nobody fetched is another's at once.
  ~pull();

  /// Waits for the first message, and takes what is there with it; none when time is up, or sooner. Throws `trouble`.
  [[nodiscard]] std::vector<nats_message> fetch(std::size_t most, std::chrono::milliseconds time);

 private:
  void ask(std::size_t most);
  void ended(natsMsg* status, bool is_all);

  link& over_;
  std::string const request_;
  std::string const inbox_;
  link_subscription from_;
  std::uint64_t number_ = 0;  // of the request, and
  std::size_t left_ = 0;      // what is missing of it
  std::chrono::steady_clock::time_point until_{};
  unsigned losses_ = 0;
};

/// What the server is told of a message that it sent; a stream's messages say where.
void answer(link& over, natsMsg const* message, std::string_view what);
inline constexpr std::string_view says_done = "+ACK";
inline constexpr std::string_view says_in_progress = "+WPI";
inline constexpr std::string_view says_never = "+TERM";
/// Again, and not before that.
[[nodiscard]] std::string says_later(std::chrono::milliseconds delay);

}  // namespace coview::inline bridging
