// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "channel/queue_core.hpp"
#include "channel/racing_copy.hpp"
#include "channel/topic_core.hpp"

/// What a message costs where nothing is in its way: of at most a unit, under a lease, the lines it needs here.
/// The steps are those of docs/channels.md; whatever is otherwise is left to the functions of the same purpose
/// beside, which begin anew.
namespace coview::detail {

/// A1, K, P1 to P4.
[[gnu::always_inline]] inline bool queue_core::send_at_once(std::span<std::byte const> bytes) noexcept {
  auto const& at = addresses();
  auto const size = bytes.size();
  if (size > quick_size || !memory().is_home_already() || !sending_.is_held()) [[unlikely]]
    return false;
  auto const p = tail_.load(std::memory_order_relaxed);
  auto const lap = at.lap(p);
  auto& place = at.leased[p & at.place_mask];
  auto& ring = memory().used(1);
  place_word const before{place.load(std::memory_order_relaxed)};
  if (before.ahead_of(lap) != -1 || p - at.place_mask > known_head_.load(std::memory_order_relaxed) ||
      ring.size() == 0) [[unlikely]]
    return false;
  auto const block = ring.peek(0);
  auto& entry = at.blocks[block];
  fetch_to_write(place);
  fetch_to_write(entry);
  fetch_to_write(*at.bytes(block));
  auto& page = *at.page;
  busy_section busy(page);
  if (!busy.begins_with(block, recalls_what_sends)) [[unlikely]]  // K1 and L2
    return false;
  block_shape const shape{entry.shape.load(std::memory_order_relaxed)};
  if (entry.state.load(std::memory_order_acquire) != at.kept ||
      ((shape.bits ^ at.one_unit) & block_shape::kept_bits) != 0) [[unlikely]]
    return false;
  copy_small(at.bytes(block), bytes.data(), size);
  auto const word = place_word::full_of_few(lap, block, size);
  entry.shape.store(at.one_unit | size, std::memory_order_relaxed);
  page.intent.store(word.bits, std::memory_order_release);
  entry.state.store(at.queued | (p & block_state::position_mask), std::memory_order_release);  // P1
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if ((page.recall.load(std::memory_order_relaxed) & layout::recalls_sending) != 0) [[unlikely]] {
    return send_recalled(p, word);
  }
  place.store(word.bits, std::memory_order_release);  // P2
  page.intent.store(0, std::memory_order_release);
  tail_.store(p + 1, std::memory_order_relaxed);
  at.control->tail.store(p + 1, std::memory_order_relaxed);  // P3
  auto const next = ring.peek_far();
  ring.use_first();
  fetch_to_write(at.blocks[next]);
  fetch_to_write(*at.bytes(next));
  fetch_to_write(at.leased[(p + look_ahead) & at.place_mask]);
  ring_after_store(at.control->news, 1);  // P4
  return true;
}

/// T1 and T2.
[[gnu::always_inline]] inline bool queue_core::receive_at_once(queue_message& out) noexcept {
  auto const& at = addresses();
  if (!receivers_home_.is_this() || !receiving_.is_held()) [[unlikely]]
    return false;
  auto const h = head_.load(std::memory_order_relaxed);
  place_word const seen{at.leased[h & at.place_mask].load(std::memory_order_acquire)};
  auto const block = seen.block();
  if (seen.lap() != at.lap(h) || !at.is_told(seen)) [[unlikely]]
    return false;
  auto& state = at.blocks[block].state;
  __builtin_prefetch(at.bytes(block));  // with the entry, not after it
  auto& page = *at.page;
  page.taking.store(h + 1, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  bool const taken = (page.recall.load(std::memory_order_relaxed) & layout::recalls_receiving) == 0 &&
                     at.control->orphans.load(std::memory_order_relaxed) == 0 &&
                     block_state{state.load(std::memory_order_acquire)}.is_queued_at(h);
  if (!taken) [[unlikely]]
    return receive_leased(out, block, h);
  state.store(at.held | (h & block_state::position_mask), std::memory_order_release);
  page.taking.store(0, std::memory_order_release);
  out.from_ = this;
  out.data_ = at.bytes(block);
  out.size_ = seen.length();
  out.sequence_ = h;
  out.block_ = block;  // deliveries: none, since what was delivered before is no longer queued
  head_.store(h + 1, std::memory_order_relaxed);
  at.control->head.store(h + 1, std::memory_order_relaxed);
  pace_.received();
  constexpr std::uint64_t some = 4;  // as many entries lie in a line
  constexpr std::uint64_t turns = 256;
  if (h % some == 0) {
    if (pace_.streak() > look_ahead) fetch_ahead(h);
    if (h % turns == 0) [[unlikely]]
      now_and_then();
  }
  return true;
}

/// A1, K, W0 to W1, P4.
[[gnu::always_inline]] inline bool publisher_core::send_at_once(std::span<std::byte const> bytes) noexcept {
  auto const& at = addresses();
  auto const size = bytes.size();
  if (size > quick_size || !memory().is_home_already() || !sending_.is_held()) [[unlikely]]
    return false;
  auto const p = tail_;
  auto const lap = at.lap(p);
  auto& place = at.leased[p & at.place_mask];
  auto& ring = memory().used(1);
  place_word const before{place.load(std::memory_order_relaxed)};
  auto const displaces = before.block();
  if (before.ahead_of(lap) != -1 || displaces >= at.units || ring.size() == 0) [[unlikely]]
    return false;
  auto const earlier = p - at.place_mask - 1;
  bool const nobody_waits =
      !blocking_allowed_ ||
      (at.control->rules.load(std::memory_order_seq_cst) == known_rules_ && earlier < known_floor_);
  if (!nobody_waits) [[unlikely]]
    return false;
  auto const block = ring.peek(0);
  auto& entry = at.blocks[block];
  auto& gone = at.blocks[displaces];
  fetch_to_write(place);
  fetch_to_write(entry);
  fetch_to_write(*at.bytes(block));
  auto& page = *at.page;
  busy_section busy(page);
  if (!busy.begins_with(block, recalls_what_sends)) [[unlikely]]  // K1 and L2
    return false;
  block_shape const shape{entry.shape.load(std::memory_order_relaxed)};
  block_shape const its{gone.shape.load(std::memory_order_relaxed)};
  if (entry.state.load(std::memory_order_acquire) != at.kept ||
      gone.state.load(std::memory_order_acquire) != (at.queued | (earlier & block_state::position_mask)) ||
      (((shape.bits ^ at.one_unit) | (its.bits ^ at.one_unit)) & block_shape::kept_bits) != 0 ||
      its.length() > topic_message::most_copied) [[unlikely]]
    return false;
  std::atomic_thread_fence(std::memory_order_release);  // as after A
  copy_to_shared(at.bytes(block), bytes.data(), size);
  auto const word = place_word::full_of_few(lap, block, size);
  entry.shape.store(at.one_unit | size, std::memory_order_relaxed);
  page.displacing.store(earlier + 1, std::memory_order_release);  // W0
  page.intent.store(word.bits, std::memory_order_release);
  entry.state.store(at.queued | (p & block_state::position_mask), std::memory_order_release);  // P1
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if ((page.recall.load(std::memory_order_relaxed) & layout::recalls_sending) != 0) [[unlikely]] {
    return send_recalled(p, word, displaces);
  }
  place.store(word.bits, std::memory_order_release);  // P2
  page.intent.store(0, std::memory_order_release);
  tail_ = p + 1;
  at.control->tail.store(p + 1, std::memory_order_release);  // P3
  gone.state.store(at.kept, std::memory_order_release);      // W1: its own, and nobody takes it meanwhile
  page.displacing.store(0, std::memory_order_release);
  auto const next = ring.peek_far();
  ring.use_first();
  fetch_to_write(at.blocks[next]);
  fetch_to_write(*at.bytes(next));
  fetch_to_write(at.leased[(p + look_ahead) & at.place_mask]);
  ring_after_store(at.control->news, os::everybody);  // P4
  return true;
}

/// V1 and V2.
[[gnu::always_inline]] inline bool subscription_core::receive_at_once(topic_message& out) noexcept {
  auto const& at = addresses();
  std::uint64_t const p = cursor_;
  auto const lap = at.lap(p);
  auto& place = at.leased[p & at.place_mask];
  place_word const seen{place.load(std::memory_order_acquire)};
  if (seen.lap() != lap || !at.is_told(seen) || lost_ != 0) [[unlikely]]
    return false;
  auto* const bytes = at.bytes(seen.block());
  constexpr std::uint32_t a_few = 4;
  bool const takes = takes_lines_ && pace_.streak() >= a_few;  // a single one's sender is not waiting
  if (takes) take_line(bytes);
  copy_from_shared(out.small_.data(), bytes, seen.length());
  std::atomic_thread_fence(std::memory_order_acquire);  // pairs with the release fence after A
  place_word const common{at.common[p & at.place_mask].load(std::memory_order_relaxed)};
  if (place.load(std::memory_order_relaxed) != seen.bits || common.ahead_of(lap) >= 0) [[unlikely]]
    return false;
  constexpr std::uint64_t some = 8;  // as many places lie in a line
  constexpr std::uint64_t turns = 4096;
  if (p % some == some - 1) {
    if (takes) take_line(&place);
    if (p % turns == turns - 1) [[unlikely]]
      now_and_then();
  }
  out.data_ = out.small_.data();
  out.size_ = seen.length();
  out.sequence_ = p;
  cursor_ = p + 1;
  begun_ = true;
  pace_.received();
  auto& page = *at.page;
  page.received.store(page.received.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  page.cursor.store(p + 1, std::memory_order_release);
  if (blocking_) ring_after_store(at.control->room, os::everybody);
  return true;
}

}  // namespace coview::detail
