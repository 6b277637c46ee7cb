// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "channel/participant.hpp"

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
/// For those who have no deadline of their own: whoever stopped with the lock, or wrote that somebody has it, keeps nobody
/// for ever.
[[nodiscard]] os::deadline a_while();
[[noreturn]] void fail_without_lock(operation_context const& context);

/// Blocks that this participant had lately, in the order in which it had them.
class recent_blocks {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] std::uint32_t peek(std::size_t i) const noexcept { return ring_[(first_ + i) & (ring_.size() - 1)]; }
  void push(std::uint32_t block);
  /// The i-th goes to the end, and the first, where that is another, takes its place.
  void use(std::size_t i) noexcept;
  /// The i-th goes, and the first takes its place.
  void forget(std::size_t i) noexcept;

 private:
  std::vector<std::uint16_t> ring_ = std::vector<std::uint16_t>(64);
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

class arena {
 public:
  arena(segment& where, participant const& me) noexcept : where_(where), me_(me) {}

  /// A1. Nothing where none of those that this participant had lately is free.
  std::optional<std::uint32_t> take_recent(std::uint32_t units);
  /// A2, under the lock. Nothing where no gap is large enough.
  std::optional<std::uint32_t> carve(std::uint32_t units);
  /// The same of what lies from one block on; the block may be anybody's.
  std::optional<std::uint32_t> carve_at(std::uint32_t block, std::uint32_t units);
  /// So that A1 finds it.
  void remember(std::uint32_t block);

  [[nodiscard]] std::uint32_t units_at(std::uint32_t block) const noexcept {
    return where_.units_of(block, {where_.shape(block).load(std::memory_order_relaxed)});
  }

 private:
  static constexpr std::uint32_t largest_small = 8;  // units; smaller ones are rounded up to a power of two
  static constexpr std::size_t classes = 5;
  static constexpr std::uint32_t cut_at_once = 16;

  [[nodiscard]] static std::uint32_t rounded(std::uint32_t units) noexcept;
  [[nodiscard]] static std::size_t class_of(std::uint32_t rounded_units) noexcept;
  bool claim(std::uint32_t block) noexcept;
  std::uint32_t gather(std::uint32_t block, std::uint32_t wanted) noexcept;
  std::optional<std::uint32_t> take_from(std::uint32_t block, std::uint32_t wanted, std::uint32_t& passed);
  void cut(std::uint32_t block, std::uint32_t has, std::uint32_t wanted);
  [[nodiscard]] bool is_pinned(std::uint32_t block) const noexcept;

  segment& where_;
  participant const& me_;
  std::atomic<bool> busy_{false};  // a thread is in `recent_`; others do without it
  std::array<recent_blocks, classes> recent_;
};

/// Whether some participant has the block pinned (H1): pins are looked at after the place has changed.
[[nodiscard]] bool is_pinned(segment const& where, std::uint32_t block) noexcept;

}  // namespace coview::inline channel
