// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/connection.hpp"
#include "bridge/nats_call.hpp"

namespace coview::inline bridging {

/// Stores many messages in streams without waiting for each: the answers come to an inbox, and are taken from there.
/// For one thread.
///
/// By hand, and not by js_PublishMsgAsync: what a server that was gone has not answered counts for libnats 3.4.1 as
/// on its way for ever, until nothing more can be sent; and each answer takes a thread of libnats, which tells this
/// one.
class stream_publisher {
 public:
  /// How long the server may take for an answer.
  static constexpr std::chrono::milliseconds patience{3000};
  enum class answer : unsigned char {
    stored,
    had_it,  ///< the stream has one of this ID
    taken,   ///< the key has a value already
    failed,
  };
  struct answered {
    std::size_t place;
    answer what;
  };

  /// `places`: how many may be on their way. Throws `trouble`.
  stream_publisher(link& over, std::size_t places);
  /// One that has an ID, by which the server knows it again. The answer is the place's, and one to what the place had
  /// before is none.
  void send(std::size_t place, std::string const& subject, std::string const& id, std::span<std::byte const> bytes);
  /// One under a key of a bucket that has nothing yet.
  void create(std::size_t place, std::string const& subject, std::string const& value);
  /// Those that came since; waits for the first. None when time is up. Throws `trouble` where the link ends, or where
  /// the server has no such stream: it was started with nothing, and the stream has to be made again.
  [[nodiscard]] std::vector<answered> take(std::chrono::milliseconds time);
  /// The last failure, in the server's words.
  [[nodiscard]] std::string const& why() const noexcept { return why_; }

 private:
  struct header {
    char const* name;
    char const* value;
  };
  void publish(std::size_t place, std::string const& subject, header with, std::span<std::byte const> bytes);
  [[nodiscard]] std::optional<answered> answer_in(natsMsg* message);
  [[nodiscard]] answer read(std::string_view text);

  link& over_;
  std::string const inbox_;
  link_subscription answers_;
  std::uint64_t last_ = 0;
  std::vector<std::uint64_t> sent_;  // by place: the number of the last one
  std::vector<answered> failed_;     // what could not even be sent
  std::string why_;
};

}  // namespace coview::inline bridging
