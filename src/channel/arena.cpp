// SPDX-License-Identifier: Apache-2.0
#include "channel/arena.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>

namespace coview::inline channel {
namespace {

/// One thread at a time, without waiting.
class try_guard {
 public:
  explicit try_guard(std::atomic<bool>& busy) noexcept
      : busy_(busy), held_(!busy.exchange(true, std::memory_order_acquire)) {}
  try_guard(try_guard const&) = delete;
  try_guard& operator=(try_guard const&) = delete;
  ~try_guard() {
    if (held_) busy_.store(false, std::memory_order_release);
  }
  [[nodiscard]] bool held() const noexcept { return held_; }

 private:
  std::atomic<bool>& busy_;
  bool held_;
};

}  // namespace

os::deadline at_least_a_moment(os::deadline const& until) {
  constexpr std::chrono::milliseconds moment(20);
  auto const soon = std::chrono::steady_clock::now() + moment;
  return until && *until < soon ? soon : until;
}

os::deadline a_while() {
  constexpr std::chrono::seconds patience(2);
  return std::chrono::steady_clock::now() + patience;
}

void fail_without_lock(operation_context const& context) {
  context.fail(EBUSY, "somebody has its lock and does not go on",
               "see with 'coview who' whether one of them has stopped");
}

bool is_pinned(segment const& where, std::uint32_t block) noexcept {
  for (std::uint32_t i = 0; i < where.participants(); ++i) {
    if (where.life(i).load(std::memory_order_relaxed) == 0) continue;
    for (auto const& pin : where.participant(i).pins) {
      if (pin.load(std::memory_order_seq_cst) == std::uint64_t{block} + 1) return true;
    }
  }
  return false;
}

void recent_blocks::push(std::uint32_t block) {
  if (count_ == ring_.size()) {
    std::vector<std::uint16_t> larger(ring_.size() * 2);
    for (std::size_t i = 0; i < count_; ++i) larger[i] = static_cast<std::uint16_t>(peek(i));
    ring_.swap(larger);
    first_ = 0;
  }
  ring_[(first_ + count_) & (ring_.size() - 1)] = static_cast<std::uint16_t>(block);
  ++count_;
}

void recent_blocks::use(std::size_t i) noexcept {
  auto const mask = ring_.size() - 1;
  std::swap(ring_[(first_ + i) & mask], ring_[first_ & mask]);
  auto const block = ring_[first_ & mask];
  ++first_;
  ring_[(first_ + count_ - 1) & mask] = block;
}

void recent_blocks::forget(std::size_t i) noexcept {
  auto const mask = ring_.size() - 1;
  ring_[(first_ + i) & mask] = ring_[first_ & mask];
  ++first_;
  --count_;
}

std::uint32_t arena::rounded(std::uint32_t units) noexcept {
  return units <= largest_small ? std::bit_ceil(units) : units;
}

std::size_t arena::class_of(std::uint32_t rounded_units) noexcept {
  return rounded_units <= largest_small ? static_cast<std::size_t>(std::countr_zero(rounded_units)) : classes - 1;
}

bool arena::claim(std::uint32_t block) noexcept {
  auto seen = where_.state(block).load(std::memory_order_relaxed);
  auto const kind = block_state{seen}.kind();
  if (kind == block_kind::retired && is_pinned(block)) return false;
  if (kind != block_kind::free && kind != block_kind::retired) return false;
  return where_.state(block).compare_exchange_strong(seen, block_state::of(block_kind::loaned, me_.index()).bits,
                                                     std::memory_order_seq_cst);
}

bool arena::is_pinned(std::uint32_t block) const noexcept {
  return coview::is_pinned(where_, block);
}

std::optional<std::uint32_t> arena::take_recent(std::uint32_t units) {
  auto const wanted = rounded(units);
  try_guard const only(busy_);
  if (!only.held()) return {};
  auto& recent = recent_[class_of(wanted)];
  constexpr std::size_t look_at = 4;
  for (std::size_t i = 0; i < std::min(look_at, recent.size());) {
    auto const block = recent.peek(i);
    auto seen = where_.state(block).load(std::memory_order_relaxed);
    bool gone = block_state{seen}.kind() == block_kind::merged;
    if (seen == block_state::free_bits &&
        where_.state(block).compare_exchange_strong(seen, block_state::of(block_kind::loaned, me_.index()).bits,
                                                    std::memory_order_acq_rel, std::memory_order_relaxed)) {
      auto const has = units_at(block);
      if (has >= wanted && has <= wanted + wanted / 2) {
        recent.use(i);
        // What a later one needs, while this one is filled.
        auto const next = recent.peek(std::min<std::size_t>(3, recent.size() - 1));
        __builtin_prefetch(&where_.entry(next), 1);
        __builtin_prefetch(where_.data(next), 1);
        return block;
      }
      where_.state(block).store(block_state::free_bits, std::memory_order_release);
      gone = true;  // of another size by now
    }
    if (gone) {
      recent.forget(i);
    } else {
      ++i;
    }
  }
  return {};
}

std::uint32_t arena::gather(std::uint32_t block, std::uint32_t wanted) noexcept {
  auto& next_fit = where_.control().next_fit;
  auto has = units_at(block);
  while (has != 0 && has < wanted && block + has < where_.units()) {
    auto const next = block + has;
    if (!claim(next)) break;
    auto const more = units_at(next);
    if (more == 0) break;
    if (next_fit.load(std::memory_order_relaxed) == next) next_fit.store(block, std::memory_order_release);
    where_.shape(block).store(block_shape::of(has + more).bits, std::memory_order_release);
    where_.state(next).store(block_state::of(block_kind::merged).bits, std::memory_order_release);
    has += more;
  }
  return has;
}

/// The first `wanted` units stay this participant's. Of the rest become free: as many blocks of the same size as may soon be
/// wanted, and one of what is then left. Each is cut off while all of it is `loaned`: killed in between, nothing overlaps.
void arena::cut(std::uint32_t const first, std::uint32_t has, std::uint32_t wanted) {
  std::uint32_t const most = wanted <= largest_small ? cut_at_once : 1;
  try_guard const only(busy_);
  auto block = first;
  for (std::uint32_t cuts = 0; cuts < most && has > wanted; ++cuts) {
    auto const rest = block + wanted;
    where_.shape(rest).store(block_shape::of(has - wanted).bits, std::memory_order_relaxed);
    where_.state(rest).store(block_state::of(block_kind::loaned, me_.index()).bits, std::memory_order_release);
    where_.shape(block).store(block_shape::of(wanted).bits, std::memory_order_release);
    if (block != first) where_.state(block).store(block_state::free_bits, std::memory_order_release);
    if (only.held()) recent_[class_of(wanted)].push(block);
    block = rest;
    has -= wanted;
  }
  where_.control().next_fit.store(block, std::memory_order_release);
  where_.state(block).store(block_state::free_bits, std::memory_order_release);
}

/// What is needed, from this block on; `passed` is how many units were looked at.
std::optional<std::uint32_t> arena::take_from(std::uint32_t block, std::uint32_t wanted, std::uint32_t& passed) {
  passed = units_at(block);
  if (passed == 0 || !claim(block)) return {};
  passed = gather(block, wanted);
  if (passed < wanted) {
    where_.state(block).store(block_state::free_bits, std::memory_order_release);
    return {};
  }
  if (passed > wanted) {
    cut(block, passed, wanted);
  } else {
    remember(block);
  }
  return block;
}

std::optional<std::uint32_t> arena::carve_at(std::uint32_t block, std::uint32_t units) {
  std::uint32_t passed = 0;
  return take_from(block, rounded(units), passed);
}

std::optional<std::uint32_t> arena::carve(std::uint32_t units) {
  auto const wanted = rounded(units);
  auto const all = where_.units();
  auto block = static_cast<std::uint32_t>(where_.control().next_fit.load(std::memory_order_relaxed) % all);
  bool from_the_beginning = block == 0;
  for (;;) {
    std::uint32_t passed = 0;
    if (auto const found = take_from(block, wanted, passed)) return found;
    if (passed == 0) return {};
    block += passed;
    if (block >= all) {
      if (from_the_beginning) return {};
      from_the_beginning = true;
      block = 0;
    }
  }
}

void arena::remember(std::uint32_t block) {
  try_guard const only(busy_);
  auto const units = units_at(block);
  if (only.held() && units != 0)
    recent_[class_of(units <= largest_small ? std::bit_floor(units) : units)].push(block);
}

}  // namespace coview::inline channel
