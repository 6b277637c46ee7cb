// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include <coview/queue.hpp>

#include "bridge/carrier.hpp"
#include "bridge/local_topic.hpp"
#include "bridge/streams.hpp"
#include "channel/carrying.hpp"

namespace coview::inline bridging {

/// Answers of the server to messages that were sent without waiting for each. Thread safety: all functions.
class answers {
 public:
  enum class answer : unsigned char { none, stored, had_it, failed };
  /// Forgets everything, and expects answers to so many.
  void expect(std::size_t count);
  /// The answer to this one is number `index`'s.
  void sent(natsMsg const* message, std::size_t index);
  void failed(std::size_t index, std::string why);
  /// Until all that were expected are there; false when time is up.
  bool wait(std::chrono::milliseconds time);
  [[nodiscard]] answer of(std::size_t index);
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

/// From a queue here to the stream: the message is the server's before it is dealt with here.
class queue_sender final : public carrier {
 public:
  queue_sender(bridge_channel const& channel, bridge_options const& options);

 private:
  // So many that the wait for the last answer weighs little; and no more bytes than that, which libnats copies.
  static constexpr std::size_t most_at_once = 1024;
  static constexpr std::size_t most_bytes_at_once = std::size_t{16} << 20U;

  void start_threads() override;
  void carry(link& over);
  void deliver_all(link& over, jsCtx* js, std::span<queue_message> messages);
  void deliver(link& over, jsCtx* js, std::span<queue_message> messages);
  void send_one(link& over, jsCtx* js, queue_message const& message, std::size_t index);
  void store_parts(link& over, jsCtx* js, queue_message const& message, cutter& cut);

  std::optional<queue> from_;
  local_type type_;
  answers answers_;
};

/// From the stream to a queue here: the server hears that a message is dealt with when a receiver has destroyed it.
///
/// Invariants:
/// 1. What is in hand is in the ledger before it is in the queue, and until the server has confirmed that it heard.
/// 2. A number of the stream that is in hand, or was lately, is not delivered again.
class queue_receiver final : public carrier {
 public:
  queue_receiver(bridge_channel const& channel, bridge_options const& options);

 private:
  using hand = ledger_page::in_hand;

  void start_threads() override;
  void carry(link& over);
  void open(envelope const* type);
  void recover();
  void drop_all_in_hand();
  void take(link& over, natsMsg* message);
  [[nodiscard]] bool deliver(link& over, natsMsg* message, jsMsgMetaData const& about, read_envelope const& seen);
  [[nodiscard]] std::optional<std::span<std::byte const>> whole(read_envelope const& seen);
  [[nodiscard]] hand* free_hand() noexcept;
  [[nodiscard]] hand* hand_with(jsMsgMetaData const& about) noexcept;
  void settle(link& over);
  void confirmed();
  void done(hand& which);
  void tell(link& over, hand& which, char const* what, std::string const& answer_to = {});

  std::optional<queue> to_;
  local_type type_;
  nats_store parts_;
  nats_subscription confirmations_;
  std::string inbox_;
  assembly together_;
  std::chrono::steady_clock::time_point told_progress_{};
  std::array<std::chrono::steady_clock::time_point, ledger_page::most_in_hand> told_done_{};
};

/// The key of a chunk in the bucket of parts.
[[nodiscard]] std::string part_key(std::uint64_t stream, std::uint64_t sequence, std::uint32_t chunk);

}  // namespace coview::inline bridging
