// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "channel/stock.hpp"
#include "sync/spin.hpp"

/// The units of a channel and the blocks that they form: steps A1 and A2 of docs/channels.md.
///
/// Invariants, as long as only this code writes there:
/// 1. The blocks follow one another from unit 0 to the last; a state that is `free` stands at a block's beginning.
/// 2. Units change only under the channel's lock, and only of blocks that are this participant's (`loaned`).
/// 3. Killed between any two steps, 1 holds, and what was this participant's is found by whoever walks the blocks.
///
/// Thread safety: all functions may be called by several threads. Whatever others write: every function ends, and
/// nothing outside the mapping is touched.
namespace coview::inline channel {

/// The channel's lock, for as long as it lives; `held` is false where the deadline came first.
class channel_lock {
 public:
  channel_lock(segment const& where, os::deadline const& until) : ref_(where.lock_ref()) {
    held_ = lock(ref_, until) != lock_outcome::refused;
  }
  channel_lock(channel_lock const&) = delete;
  channel_lock& operator=(channel_lock const&) = delete;
  ~channel_lock() {
    if (held_) unlock(ref_);
  }
  [[nodiscard]] bool held() const noexcept { return held_; }

 private:
  node_ref ref_;
  bool held_ = false;
};

/// For those who do not wait: the lock is held for less than a microsecond, unless its thread has no processor.
[[nodiscard]] os::deadline at_least_a_moment(os::deadline const& until);
/// For those who have no deadline of their own: whoever stopped with the lock, or wrote that somebody has it, keeps
/// nobody for ever.
[[nodiscard]] os::deadline a_while();
/// Whether this thread waits for channels' locks, as it does unless told otherwise: an event loop does not. What was
/// before.
bool be_patient(bool wanted) noexcept;
[[noreturn]] void fail_without_lock(operation_context const& context);

class arena {
 public:
  arena(segment& where, participant const& me) noexcept : where_(where), me_(me) {}

  /// A1. Nothing where none of those that this participant had lately has come back.
  std::optional<std::uint32_t> take_recent(std::uint32_t units);
  /// A2, under the lock. Nothing where no gap is large enough.
  std::optional<std::uint32_t> carve(std::uint32_t units);
  /// The same of what lies from one block on; the block may be anybody's.
  std::optional<std::uint32_t> carve_at(std::uint32_t block, std::uint32_t units);
  /// Whether most units are those that this thread has used: what it misses is likely to come back.
  [[nodiscard]] bool has_most() noexcept { return is_home() && stock_.front().used.size() > where_.units() / 2; }
  /// Whether this thread is the one whose the stock is.
  [[nodiscard]] bool is_home() noexcept { return me_.has_barriers_made() && home_.claim(); }
  /// The same, where it was before.
  [[nodiscard]] bool is_home_already() const noexcept { return home_.is_this(); }
  /// What is this participant's is so no more.
  void give_back(std::uint32_t block) noexcept;

  /// For the home thread: what was used before, and may have come back.
  [[nodiscard]] block_ring& used(std::uint32_t rounded_units) noexcept {
    return stock_[class_of(rounded_units)].used;
  }
  /// The lines that a later message will need, once one block of a ring was used.
  void fetch_later(block_ring const& ring) const noexcept {
    auto const next = ring.peek(std::min<std::size_t>(look_ahead, ring.size() - 1));
    fetch_to_write(where_.entry(next));
    fetch_to_write(*where_.data(next));
  }

  static constexpr std::uint32_t largest_small = 8;  // units; smaller ones are rounded up to a power of two
  [[nodiscard]] static std::uint32_t rounded(std::uint32_t units) noexcept {
    return units <= largest_small ? std::bit_ceil(units) : units;
  }
  [[nodiscard]] std::uint32_t units_at(std::uint32_t block) const noexcept {
    return where_.units_of(block, {where_.shape(block).load(std::memory_order_relaxed)});
  }

 private:
  static constexpr std::size_t classes = 5;
  static constexpr std::uint32_t cut_at_once = 16;
  struct stock {
    block_ring used;   // before, and may have come back
    block_ring fresh;  // cut off, and never used
  };
  enum class use : std::uint8_t { now, later };

  [[nodiscard]] static std::size_t class_of(std::uint32_t rounded_units) noexcept {
    return rounded_units <= largest_small ? static_cast<std::size_t>(std::countr_zero(rounded_units)) : classes - 1;
  }
  std::optional<std::uint32_t> take_kept(std::uint32_t wanted);
  std::optional<std::uint32_t> take_from_ring(block_ring& ring, std::uint32_t wanted, bool& recalled);
  std::optional<std::uint32_t> take_free(std::uint32_t wanted);
  void answer_recall();
  std::optional<std::uint32_t> walk(std::uint32_t wanted);
  [[nodiscard]] bool may_claim(block_state seen) noexcept;
  bool claim(std::uint32_t block) noexcept;
  void adopt(std::uint32_t block, std::uint32_t units, use how);
  std::uint32_t gather(std::uint32_t block, std::uint32_t wanted) noexcept;
  std::optional<std::uint32_t> take_from(std::uint32_t block, std::uint32_t wanted, std::uint32_t& passed);
  void cut(std::uint32_t first, std::uint32_t has, std::uint32_t wanted);

  segment& where_;
  participant const& me_;
  home_thread home_;                  // whose the stock is
  std::array<stock, classes> stock_;  // of that thread; the blocks' home is this participant
  unsigned in_vain_ = 0;
  std::atomic<bool> busy_{false};           // a thread is in `recent_`; others do without it
  std::array<block_ring, classes> recent_;  // of the other threads; what is in it comes back as free
  bool saw_others_stock_ = false;           // under the lock: what was missing may be there
};

/// What a block becomes that is not needed any more.
[[nodiscard]] inline block_state given_back(block_shape shape) noexcept {
  return shape.has_home() ? block_state::of(block_kind::kept, shape.home()) : block_state{};
}

/// Whether some participant has the block pinned (H1): pins are looked at after the place has changed.
[[nodiscard]] bool is_pinned(segment const& where, std::uint32_t block) noexcept;

/// Whether some participant is just displacing what was published at a position (W0), and will
/// store what becomes of it.
[[nodiscard]] bool is_being_displaced(segment const& where, std::uint64_t position) noexcept;

}  // namespace coview::inline channel
