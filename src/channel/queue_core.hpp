// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <coview/queue.hpp>

#include "channel/channel_core.hpp"
#include "channel/lease.hpp"
#include "channel/likely_block.hpp"
#include "channel/sending.hpp"
#include "channel/wait_handle.hpp"

namespace coview::detail {

/// A process's end of a queue: the steps of docs/channels.md, with their names.
///
/// Invariants, over all processes:
/// 1. The places from the first that is full to the last follow one another without a gap, and so do laps.
/// 2. A message is somebody's from T2 to T3, and is queued, an orphan, or that somebody's at each instant.
class queue_core final : public channel_core, public sending {
 public:
  queue_core(std::shared_ptr<segment> where, operation_context const& context);
  ~queue_core();

  /// What is likely: quick.hpp. False: nothing has happened.
  bool send_at_once(std::span<std::byte const> bytes) noexcept;
  bool receive_at_once(queue_message& out) noexcept;

  bool send(std::span<std::byte const> bytes, os::deadline const& until);
  std::size_t send_many(std::span<std::span<std::byte const> const> messages, os::deadline const& until);
  std::optional<slot> loan(std::size_t bytes, os::deadline const& until);
  bool publish(std::uint32_t block, std::size_t length, os::deadline const& until) override;
  void give_back(std::uint32_t block) noexcept override;

  /// False when time is up.
  bool receive(queue_message& out, os::deadline const& until);
  std::size_t receive_many(std::span<queue_message> out, os::deadline const& until);
  void release(std::uint32_t block) noexcept;

  /// Where this handle published last; for the one thread that sends with it.
  [[nodiscard]] std::uint64_t last_position() const noexcept { return tail_.load(std::memory_order_relaxed) - 1; }
  /// As if this process had died with it. False where somebody had the lock for long: it is still this process's.
  bool put_back(std::uint32_t block, std::uint64_t position) noexcept;

  [[nodiscard]] bool has_news();
  [[nodiscard]] std::uint64_t depth() const noexcept;
  [[nodiscard]] wait_point const& point() const noexcept { return point_; }
  [[nodiscard]] wait_handle_on_request& handle() noexcept { return handle_; }

 private:
  void require_size(std::size_t bytes) const;
  bool take(std::size_t bytes, os::deadline const& until, std::uint32_t& block);
  bool take_or_carve(std::uint32_t units, os::deadline const& until, std::uint32_t& block);
  enum class how_sent : std::uint8_t { yes, no, full };
  how_sent send_leased(std::span<std::byte const> bytes) noexcept;
  bool send_recalled(std::uint64_t p, place_word word) noexcept;
  bool try_publish(std::uint32_t block, std::size_t length);
  bool publish_at_end(std::uint32_t block, std::size_t length, bool leased, bool& alone);
  bool publish_quietly(std::uint32_t block, std::size_t length, os::deadline const& until);
  [[nodiscard]] std::uint64_t first_guess() const noexcept;
  bool is_received(place_word seen, std::uint64_t earlier) noexcept;
  void fetch_ahead(std::uint64_t h) noexcept;
  void told_news(std::size_t messages) noexcept;

  bool try_receive(queue_message& out);
  bool look_again(queue_message& out);
  bool receive_leased(queue_message& out, std::uint32_t block, std::uint64_t h) noexcept;
  enum class took : std::uint8_t { yes, no, not_now };
  took take_at(std::uint32_t block, std::uint64_t h);
  bool take_orphan(queue_message& out);
  void hand_out(queue_message& out, std::uint32_t block, std::uint64_t position) noexcept;
  [[nodiscard]] std::uint64_t first_place() const noexcept;
  void now_and_then();

  std::atomic<std::uint64_t> tail_{0};  // where this process published last, and one more
  std::atomic<std::uint64_t> head_{0};  // what this process received last, and one more
  std::atomic<std::uint64_t> known_head_{0};
  std::atomic<std::uint64_t> known_tail_{0};
  lease sending_{where(), me(), lease_of::sending};
  lease receiving_{where(), me(), lease_of::receiving};
  home_thread receivers_home_;
  likely_block likely_;  // of the receivers' home thread
  pace pace_;
  std::atomic<std::uint32_t> turns_{0};
  std::atomic<bool> lock_in_vain_{false};  // somebody had the lock for long when an orphan was to be taken
  channel_source<queue_core> source_{*this};
  wait_point point_;
  wait_handle_on_request handle_;
};

}  // namespace coview::detail
