// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <coview/queue.hpp>

#include "bridge/answers.hpp"
#include "bridge/carrier.hpp"
#include "bridge/claims.hpp"
#include "bridge/local_topic.hpp"
#include "bridge/streams.hpp"
#include "channel/carrying.hpp"

namespace coview::inline bridging {

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
  void deliver_all(link& over, async_publisher& to, std::span<queue_message> messages);
  void deliver(link& over, async_publisher& to, std::span<queue_message> messages);
  void send_one(link& over, async_publisher& to, queue_message const& message, std::size_t index);
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
/// 3. Where messages are claimed, what is delivered here has this host's claim.
class queue_receiver final : public carrier {
 public:
  queue_receiver(bridge_channel const& channel, bridge_options const& options);

 private:
  using hand = ledger_page::in_hand;
  /// A message of the stream that was looked at, and may be delivered.
  struct arrival {
    natsMsg* message;
    std::uint64_t number, time;
    read_envelope seen;
  };

  void start_threads() override;
  void carry(link& over);
  void open(envelope const* type);
  void recover();
  void drop_all_in_hand();
  void take(link& over, std::span<nats_message const> messages);
  [[nodiscard]] std::optional<arrival> look_at(link& over, natsMsg* message);
  [[nodiscard]] bool had(link& over, arrival const& which);
  [[nodiscard]] bool deliver(link& over, arrival const& which);
  [[nodiscard]] std::optional<std::span<std::byte const>> whole(read_envelope const& seen);
  [[nodiscard]] hand* free_hand() noexcept;
  [[nodiscard]] hand* hand_with(arrival const& which) noexcept;
  void settle(link& over);
  void confirmed();
  void done(hand& which);
  void tell(link& over, hand& which, char const* what, std::string const& answer_to = {});

  std::optional<queue> to_;
  local_type type_;
  nats_store parts_;
  nats_subscription confirmations_;
  std::string inbox_;
  answers claims_heard_;
  std::optional<claims> claims_;
  assembly together_;
  std::chrono::steady_clock::time_point told_progress_{};
  std::array<std::chrono::steady_clock::time_point, ledger_page::most_in_hand> told_done_{};
};

/// The key of a chunk in the bucket of parts.
[[nodiscard]] std::string part_key(std::uint64_t stream, std::uint64_t sequence, std::uint32_t chunk);

}  // namespace coview::inline bridging
