// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <coview/queue.hpp>

#include "bridge/carrier.hpp"
#include "bridge/claims.hpp"
#include "bridge/disk_spool.hpp"
#include "bridge/local_topic.hpp"
#include "bridge/queue_stream.hpp"
#include "bridge/stream_publisher.hpp"
#include "bridge/streams.hpp"
#include "channel/carrying.hpp"

namespace coview::inline bridging {

/// From a queue here to the stream: the message is the server's, or the spool's on the disk, before it is dealt with
/// here. One thread receives, with a server and without.
///
/// Invariants:
/// 1. What is on its way is this process's until the server has said that it has it.
/// 2. What the server has not is left to the next receiver, or stays in the spool, and is known by the same ID.
/// 3. Nothing goes from the queue to the server while anything is in the spool.
/// 4. What was received and is neither on its way nor in the spool is in `received_`, in its order.
class queue_sender final : public carrier {
 public:
  queue_sender(bridge_channel const& channel, bridge_options const& options);
  ~queue_sender() override;

 private:
  using clock = std::chrono::steady_clock;
  // So many that waiting for answers weighs little; and no more bytes than that, which libnats copies.
  static constexpr std::size_t most_on_the_way = 1024;
  static constexpr std::size_t most_bytes_on_the_way = std::size_t{16} << 20U;
  // As many are received, or written to the disk, together.
  static constexpr std::size_t most_together = 64;
  /// One of both.
  struct sent_message {
    queue_message message;
    std::optional<disk_spool::message> kept;
    clock::time_point at;
  };
  /// What is told of either.
  struct outgoing_message {
    std::uint64_t stream;
    std::uint64_t sequence;
    std::span<std::byte const> bytes;
    local_type const& type;
  };
  /// One of the spool that is on its way.
  struct kept_message {
    std::uint64_t end;
    std::uint64_t lost;
    bool is_stored;
  };

  void start_threads() override;
  void carry(link& over);
  void carry(link& over, stream_publisher& to);
  [[nodiscard]] bool may_go_on(link const& over) const noexcept;
  [[nodiscard]] bool try_open();
  [[nodiscard]] outgoing_message what_is_at(std::size_t place) const noexcept;
  [[nodiscard]] bool send_more(link& over, stream_publisher& to);
  [[nodiscard]] bool send_more_of_spool(link& over, stream_publisher& to);
  [[nodiscard]] bool send_more_of_queue(link& over, stream_publisher& to);
  [[nodiscard]] bool hear(link& over, stream_publisher& to, std::chrono::milliseconds time);
  void stored(sent_message& which);
  void note_handed_over();
  void expect_answers() const;
  void send_one(link& over, stream_publisher& to, std::size_t place);
  void store_parts(link& over, outgoing_message const& message, cutter& cut);
  void take_back_window();
  static void put_back(queue_message& message);

  std::size_t receive(std::size_t most, std::chrono::milliseconds time);
  void keep(std::string const& failed);
  [[nodiscard]] std::string keep_some();
  void show_spool();
  [[nodiscard]] std::string about_spool() const;
  [[nodiscard]] bool has_spooled() const noexcept { return spool_ && spool_->count() != 0; }

  std::optional<queue> from_;
  local_type type_;
  std::vector<sent_message> window_{most_on_the_way};
  std::vector<std::size_t> free_places_;
  std::size_t bytes_on_the_way_ = 0;
  std::deque<queue_message> received_;
  std::optional<disk_spool> spool_;
  std::deque<kept_message> kept_;                 // what of the spool is on its way, in order, and
  std::uint64_t first_kept_ = 0;                  // the number of the first of them
  std::map<std::size_t, std::uint64_t> kept_at_;  // by place: its number
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
  using clock = std::chrono::steady_clock;
  using hand = ledger_page::in_hand;
  /// A message of the stream: its number, and when it was stored.
  using stream_place = std::pair<std::uint64_t, std::uint64_t>;
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
  void index_hands();
  void settle(link& over);
  void acknowledge(link& over, std::vector<std::size_t> dealt_with);
  void confirmed(link& over);
  void done(std::size_t index);
  static void tell(link& over, hand const& which, char const* what, std::string const& answer_to = {});

  std::optional<queue> to_;
  local_type type_;
  nats_store parts_;
  queue_watch watch_;
  link_subscription confirmations_;
  std::string inbox_;
  std::optional<claims> claims_;
  assembly together_;
  // What the ledger's hands have, for those who look for one.
  std::map<stream_place, std::size_t> in_hand_;
  std::vector<std::size_t> free_hands_;
  clock::time_point settled_{};
  clock::time_point told_progress_{};
  std::array<clock::time_point, ledger_page::most_in_hand> told_done_{};
  /// Acknowledgements that went one after the other over one connection: the server, which takes them in order, says
  /// of the last that it heard it.
  struct acknowledged {
    std::uint64_t number;
    std::uint64_t connections;  ///< how many the link has had
    clock::time_point at;
    std::vector<std::pair<std::size_t, stream_place>> hands;
  };
  std::deque<acknowledged> unconfirmed_;
  std::uint64_t last_acknowledged_ = 0;
};

/// The key of a chunk in the bucket of parts.
[[nodiscard]] std::string part_key(std::uint64_t stream, std::uint64_t sequence, std::uint32_t chunk);

}  // namespace coview::inline bridging
