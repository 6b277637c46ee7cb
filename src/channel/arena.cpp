// SPDX-License-Identifier: Apache-2.0
#include "channel/arena.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <utility>

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

/// Of each thread: whether it waits for a channel's lock at all.
thread_local bool patient = true;

/// Long ago: the lock is tried, and not waited for.
constexpr std::chrono::steady_clock::time_point at_once{};

}  // namespace

bool be_patient(bool wanted) noexcept {
  return std::exchange(patient, wanted);
}

os::deadline at_least_a_moment(os::deadline const& until) {
  if (!patient) return at_once;
  constexpr std::chrono::milliseconds moment(20);
  auto const soon = std::chrono::steady_clock::now() + moment;
  return until && *until < soon ? soon : until;
}

os::deadline a_while() {
  if (!patient) return at_once;
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

bool is_being_displaced(segment const& where, std::uint64_t position) noexcept {
  for (std::uint32_t i = 0; i < where.participants(); ++i) {
    if (where.life(i).load(std::memory_order_relaxed) == 0) continue;
    auto const displacing = where.participant(i).displacing.load(std::memory_order_seq_cst);
    if (displacing != 0 && ((displacing - 1) & block_state::position_mask) == position) return true;
  }
  return false;
}

/// Under the lock. Of a stock: this thread's own, or one whose participant is gone.
bool arena::may_claim(block_state seen) noexcept {
  switch (seen.kind()) {
    case block_kind::free:
      return true;
    case block_kind::kept:
      if (seen.who() == me_.index() && is_home()) return true;
      // Of this participant, but another thread's, it is another's too.
      if (seen.who() >= where_.participants() || where_.life(seen.who()).load(std::memory_order_acquire) == 0)
        return true;
      saw_others_stock_ = true;
      return false;
    default:
      return false;
  }
}

bool arena::claim(std::uint32_t block) noexcept {
  auto seen = where_.state(block).load(std::memory_order_acquire);
  block_state const state{seen};
  if (state.kind() == block_kind::retired) {
    if (is_pinned(where_, block) || is_being_displaced(where_, state.position())) return false;
  } else if (!may_claim(state)) {
    return false;
  }
  return where_.state(block).compare_exchange_strong(seen, block_state::of(block_kind::loaned, me_.index()).bits,
                                                     std::memory_order_seq_cst);
}

std::optional<std::uint32_t> arena::take_recent(std::uint32_t units) {
  auto const wanted = rounded(units);
  return is_home() ? take_kept(wanted) : take_free(wanted);
}

/// K1 and K2.
std::optional<std::uint32_t> arena::take_kept(std::uint32_t wanted) {
  auto& sizes = stock_[class_of(wanted)];
  bool recalled = false;
  auto const used = take_from_ring(sizes.used, wanted, recalled);
  if (used) [[likely]]
    return used;
  auto const fresh = recalled ? std::nullopt : take_from_ring(sizes.fresh, wanted, recalled);
  if (fresh) {
    sizes.used.push(*fresh);
    sizes.fresh.forget_last();  // where it was put by its use
  }
  if (recalled) answer_recall();
  return fresh;
}

/// One of the first few, if it came back.
std::optional<std::uint32_t> arena::take_from_ring(block_ring& ring, std::uint32_t wanted, bool& recalled) {
  constexpr std::size_t look_at = 4;
  constexpr unsigned patience = 8;
  auto const kept = block_state::of(block_kind::kept, me_.index()).bits;
  busy_section busy(me_.page());
  for (std::size_t i = 0; i < std::min(look_at, ring.size());) {
    auto const block = ring.peek(i);
    recalled = !busy.begins_with(block);
    if (recalled) [[unlikely]]
      return {};
    auto& entry = where_.entry(block);
    auto const state = entry.state.load(std::memory_order_acquire);
    block_shape const shape{entry.shape.load(std::memory_order_relaxed)};
    auto const has = where_.units_of(block, shape);
    if (state == kept && shape.is_home_of(me_.index()) && has >= wanted && has <= wanted + wanted / 2) [[likely]] {
      entry.state.store(block_state::of(block_kind::loaned, me_.index()).bits, std::memory_order_release);
      ring.use(i);
      fetch_later(ring);  // while this one is filled
      return block;
    }
    if (!shape.is_home_of(me_.index())) {
      ring.forget(i);  // somebody else needed it
    } else {
      ++i;  // on its way still, or of another size
    }
  }
  // Where the first few stay away, later ones may have come back.
  if (ring.size() > look_at && ++in_vain_ % patience == 0) ring.use(0);
  return {};
}

/// Who recalled it has the lock until it is done.
void arena::answer_recall() {
  channel_lock const lock(where_, at_least_a_moment(std::chrono::steady_clock::now()));
  if (lock.held()) me_.page().recall.fetch_and(~layout::recalls_stock, std::memory_order_seq_cst);
}

std::optional<std::uint32_t> arena::take_free(std::uint32_t wanted) {
  try_guard const only(busy_);
  if (!only.held()) return {};
  auto& ring = recent_[class_of(wanted)];
  constexpr std::size_t look_at = 4;
  for (std::size_t i = 0; i < std::min(look_at, ring.size());) {
    auto const block = ring.peek(i);
    auto seen = where_.state(block).load(std::memory_order_relaxed);
    bool gone = block_state{seen}.kind() == block_kind::merged;
    if (seen == block_state::free_bits &&
        where_.state(block).compare_exchange_strong(seen, block_state::of(block_kind::loaned, me_.index()).bits,
                                                    std::memory_order_acq_rel, std::memory_order_relaxed)) {
      auto const has = units_at(block);
      if (has >= wanted && has <= wanted + wanted / 2) {
        where_.shape(block).store(block_shape::of(has).bits, std::memory_order_relaxed);
        ring.use(i);
        return block;
      }
      where_.state(block).store(block_state::free_bits, std::memory_order_release);
      gone = true;  // of another size by now
    }
    if (gone) {
      ring.forget(i);
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

/// A block that is loaned to this participant comes back to it from now on.
void arena::adopt(std::uint32_t block, std::uint32_t units, use how) {
  auto const size_class = class_of(units <= largest_small ? std::bit_floor(units) : units);
  if (is_home()) {
    where_.shape(block).store(block_shape::of(units, me_.index()).bits, std::memory_order_release);
    if (how == use::now) {
      stock_[size_class].used.push(block);
    } else {
      stock_[size_class].fresh.push(block);
    }
    return;
  }
  where_.shape(block).store(block_shape::of(units).bits, std::memory_order_release);
  try_guard const only(busy_);
  if (only.held()) recent_[size_class].push(block);
}

/// The first `wanted` units stay this participant's. Of the rest become its stock: as many blocks of the same size as
/// may soon be wanted; and free: one of what is then left. Each is cut off while all of it is `loaned`: killed in
/// between, nothing overlaps.
void arena::cut(std::uint32_t const first, std::uint32_t has, std::uint32_t wanted) {
  std::uint32_t const most = wanted <= largest_small ? cut_at_once : 1;
  auto block = first;
  for (std::uint32_t cuts = 0; cuts < most && has > wanted; ++cuts) {
    auto const rest = block + wanted;
    where_.shape(rest).store(block_shape::of(has - wanted).bits, std::memory_order_relaxed);
    where_.state(rest).store(block_state::of(block_kind::loaned, me_.index()).bits, std::memory_order_release);
    adopt(block, wanted, block == first ? use::now : use::later);
    if (block != first) give_back(block);
    block = rest;
    has -= wanted;
  }
  where_.control().next_fit.store(block, std::memory_order_release);
  where_.state(block).store(block_state::free_bits, std::memory_order_release);
}

void arena::give_back(std::uint32_t block) noexcept {
  auto& entry = where_.entry(block);
  entry.state.store(given_back({entry.shape.load(std::memory_order_relaxed)}).bits, std::memory_order_release);
}

/// What is needed, from this block on; `passed` is how many units were looked at.
std::optional<std::uint32_t> arena::take_from(std::uint32_t block, std::uint32_t wanted, std::uint32_t& passed) {
  passed = units_at(block);
  auto const one = passed;
  block_shape const before{where_.shape(block).load(std::memory_order_relaxed)};
  if (passed == 0 || !claim(block)) return {};
  passed = gather(block, wanted);
  if (passed < wanted) {
    where_.state(block).store(block_state::free_bits, std::memory_order_release);
    return {};
  }
  if (passed > wanted) {
    cut(block, passed, wanted);
  } else if (passed != one || !before.is_home_of(me_.index()) || !is_home()) {
    adopt(block, passed, use::now);  // otherwise it is in the stock already
  }
  return block;
}

std::optional<std::uint32_t> arena::carve_at(std::uint32_t block, std::uint32_t units) {
  std::uint32_t passed = 0;
  return take_from(block, rounded(units), passed);
}

std::optional<std::uint32_t> arena::carve(std::uint32_t units) {
  auto const wanted = rounded(units);
  saw_others_stock_ = false;
  auto found = walk(wanted);
  if (!found && saw_others_stock_) {
    free_stocks(where_, is_home() ? me_.index() : layout::most_participants);
    found = walk(wanted);
  }
  return found;
}

std::optional<std::uint32_t> arena::walk(std::uint32_t wanted) {
  auto const all = where_.units();
  // The large ones lie from the front on: begun anywhere, four of the largest would not fit where nothing else is.
  constexpr std::uint32_t share_of_large = 8;
  bool from_the_beginning = wanted >= all / share_of_large;
  std::uint32_t block = 0;
  if (!from_the_beginning) {
    block = static_cast<std::uint32_t>(where_.control().next_fit.load(std::memory_order_relaxed) % all);
    from_the_beginning = block == 0;
  }
  for (;;) {
    std::uint32_t passed = 0;
    if (auto const found = take_from(block, wanted, passed)) {
      // From here on next time, so that those that were passed now are not passed again for each message. What is cut
      // off has said so itself.
      if (units_at(block) == passed) {
        where_.control().next_fit.store((block + passed) % all, std::memory_order_release);
      }
      return found;
    }
    if (passed == 0) return {};
    block += passed;
    if (block >= all) {
      if (from_the_beginning) return {};
      from_the_beginning = true;
      block = 0;
    }
  }
}

}  // namespace coview::inline channel
