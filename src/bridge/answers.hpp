// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "bridge/connection.hpp"
#include "bridge/nats_call.hpp"

/// Storing many messages in streams without waiting for each.
namespace coview::inline bridging {

/// Answers of the server to messages that were sent so. Lives longer than any connection that it hears of: libnats
/// may still be calling. Thread safety: all functions.
class answers {
 public:
  enum class answer : unsigned char {
    none,
    stored,
    had_it,  ///< the stream has one of this ID
    taken,   ///< the key has a value already
    failed,
  };
  /// Forgets everything, and expects answers to so many.
  void expect(std::size_t count);
  /// The answer to this one is number `index`'s.
  void sent(natsMsg const* message, std::size_t index);
  void failed(std::size_t index, std::string why);
  /// Until all that were expected are there; false when time is up.
  bool wait(std::chrono::milliseconds time);
  [[nodiscard]] answer of(std::size_t index);
  /// The last failure, in the server's words.
  [[nodiscard]] std::string why();

  /// What libnats calls.
  static void heard(jsCtx* js, natsMsg* message, jsPubAck* stored, jsPubAckErr* failed, void* of);

 private:
  void note(std::size_t index, answer what);

  std::mutex lock_;
  std::condition_variable changed_;
  std::unordered_map<natsMsg const*, std::size_t> pending_;
  std::vector<answer> answers_;
  std::size_t missing_ = 0;
  std::string why_;
};

/// Sends what `answers` expects over one link. For one thread.
class async_publisher {
 public:
  /// How long the server may take for each.
  static constexpr std::chrono::milliseconds patience{3000};
  /// Throws `trouble`. `most`: how many may be on their way.
  async_publisher(link& over, answers& to, std::size_t most);
  async_publisher(async_publisher const&) = delete;
  async_publisher& operator=(async_publisher const&) = delete;
  /// What has no answer yet gets none.
  ~async_publisher();

  /// One that has an ID, by which the server knows it again.
  void send(std::size_t index, std::string const& subject, std::string const& id, std::span<std::byte const> bytes);
  /// One under a key of a bucket that has nothing yet.
  void create(std::size_t index, std::string const& subject, std::string const& value);
  [[nodiscard]] jsCtx* get() const noexcept { return js_.get(); }

 private:
  void hand_over(std::size_t index, nats_message message, natsStatus status, bool only_if_new);

  answers& to_;
  nats_stream_context js_;
  bool has_sent_ = false;
};

}  // namespace coview::inline bridging
