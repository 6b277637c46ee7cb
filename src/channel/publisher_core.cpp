// SPDX-License-Identifier: Apache-2.0
// Publishing to a topic: to find room, which may mean to displace the oldest message, and to append.
#include <algorithm>
#include <cerrno>

#include "channel/racing_copy.hpp"
#include "channel/topic_core.hpp"

namespace coview::detail {
namespace {

constexpr std::uint64_t nobody_waits = ~std::uint64_t{0};

/// The lowest position that a blocking subscriber has still before it.
std::uint64_t lowest_cursor(segment const& where) noexcept {
  auto lowest = nobody_waits;
  for (std::uint32_t i = 0; i < where.participants(); ++i) {
    auto const& page = where.participant(i);
    if (page.blocks.load(std::memory_order_seq_cst) == 0) continue;
    lowest = std::min(lowest, page.cursor.load(std::memory_order_seq_cst));
  }
  return lowest;
}

}  // namespace

publisher_core::publisher_core(std::shared_ptr<segment> where, operation_context const& context)
    : channel_core(std::move(where), channel_role::publisher, context) {}

publisher_core::~publisher_core() {
  leave();
}

/// Whether a blocking subscriber has this position still before it. What was read stays true until the rules change:
/// cursors only grow.
bool publisher_core::is_waited_for(std::uint64_t position) noexcept {
  if (!where().may_block()) return false;
  auto const rules = where().control().rules.load(std::memory_order_seq_cst);
  if (rules == known_rules_ && position < known_floor_) return false;
  known_floor_ = lowest_cursor(where());
  known_rules_ = rules;
  return position >= known_floor_;
}

/// W1.
void publisher_core::displaced(std::uint32_t block, std::uint64_t position) noexcept {
  auto seen = where().state(block).load(std::memory_order_acquire);
  if (!block_state{seen}.is_queued_at(position)) return;
  block_shape const shape{where().shape(block).load(std::memory_order_relaxed)};
  bool const pinned = shape.length() > topic_message::most_copied && is_pinned(where(), block);
  auto const wanted = pinned ? block_state::of(block_kind::retired, 0, position) : given_back(shape);
  if (block_state{seen}.who() == me().index() && !pinned) {
    // Nobody else changes it but to RETIRED, which nobody takes while it is being displaced.
    where().state(block).store(wanted.bits, std::memory_order_release);
  } else {
    where().state(block).compare_exchange_strong(seen, wanted.bits, std::memory_order_seq_cst);
  }
}

/// E, under the lock. False where there is none that may go: the newest stays.
bool publisher_core::displace_oldest(std::uint32_t& freed) {
  auto& control = where().control();
  auto const end = end_of(where(), tail_);
  auto oldest = control.oldest.load(std::memory_order_relaxed);
  if (end > where().places()) oldest = std::max(oldest, end - where().places());
  for (; oldest + 1 < end; ++oldest) {
    auto const seen = where().place(oldest);
    auto const lap = where().lap(oldest);
    if (where().laps_ahead(seen, oldest) != 0 || seen.is_gone() || seen.block() >= where().units()) continue;
    if (is_waited_for(oldest)) return false;
    auto& displacing = me().page().displacing;
    displacing.store(oldest + 1, std::memory_order_seq_cst);  // W0
    // Whoever has the lease displaces with plain stores.
    if (!sending_.enter_locked()) {
      displacing.store(0, std::memory_order_release);
      return false;
    }
    auto common = where().common_place(oldest).load(std::memory_order_acquire);
    bool const still_there = where().place(oldest).bits == seen.bits;
    bool const mine = still_there && where().common_place(oldest).compare_exchange_strong(
                                         common, place_word::gone(lap).bits, std::memory_order_seq_cst);
    if (mine) {
      freed = seen.block();
      displaced(freed, oldest);
      control.oldest.store(oldest + 1, std::memory_order_release);
    }
    sending_.leave(true);
    displacing.store(0, std::memory_order_release);
    if (mine) return true;
  }
  return false;
}

/// Displaces the oldest until what they leave is large enough. Under the lock.
bool publisher_core::displace_for(std::uint32_t units, std::uint32_t& block) {
  constexpr unsigned now_and_then = 8;
  std::uint32_t freed = 0;
  std::optional<std::uint32_t> first;
  for (unsigned count = 1; displace_oldest(freed); ++count) {
    // Those that were published one after another mostly lie behind one another.
    if (!first) first = freed;
    auto found = memory().carve_at(*first, units);
    if (!found && freed != *first) found = memory().carve_at(freed, units);
    if (!found && freed != *first) first = freed < *first ? freed : *first;
    if (!found && count % now_and_then == 0) found = memory().carve(units);
    if (found) {
      block = *found;
      return true;
    }
  }
  auto const found = memory().carve(units);
  if (found) block = *found;
  return found.has_value();
}

bool publisher_core::try_take(std::uint32_t units, os::deadline const& until, std::uint32_t& block) {
  if (auto const recent = memory().take_recent(units)) {  // A1
    block = *recent;
    return true;
  }
  channel_lock const lock(where(), at_least_a_moment(until));
  if (!lock.held()) return false;
  if (!memory_is_short_) {
    if (auto const carved = memory().carve(units)) {  // A2
      block = *carved;
      return true;
    }
    memory_is_short_ = true;
  }
  return displace_for(units, block);
}

bool publisher_core::take(std::size_t bytes, os::deadline const& until, std::uint32_t& block) {
  if (auto const recent = bytes <= where().largest() ? memory().take_recent(where().units_for(bytes)) : std::nullopt)
      [[likely]] {
    block = *recent;
    std::atomic_thread_fence(std::memory_order_release);  // as below
    return true;
  }
  if (bytes > where().largest()) {
    operation_context{"publish to", "topic", where().name()}.fail(EMSGSIZE,
                                                                  "the message has " + std::to_string(bytes) +
                                                                      " bytes, and the largest can have " +
                                                                      std::to_string(where().largest()),
                                                                  "create the topic with a larger capacity");
  }
  auto const units = where().units_for(bytes);
  bool taken = try_take(units, until, block);
  bool dying = false;
  if (!taken && look_after_the_dead(dying)) taken = try_take(units, until, block);
  if (!taken && !os::is_over(until)) {
    auto const attempt = [&] { return try_take(units, until, block); };
    taken = wait(
        where().control().room, until, [] { return false; }, attempt);
  }
  // Whoever still reads what stood here must see the place change before the bytes do (V2).
  std::atomic_thread_fence(std::memory_order_release);
  return taken;
}

/// The rest of `send_at_once` where the lease was recalled after P1.
bool publisher_core::send_recalled(std::uint64_t p, place_word word, std::uint32_t displaces) noexcept {
  auto const common = where().common_place(p).load(std::memory_order_acquire);
  bool const published = where().laps_ahead({common}, p) < 0 ? sending_.publish(true, p, common, word)
                                                             : sending_.is_published(p, common, word);
  if (published) {
    tail_ = p + 1;
    where().control().tail.store(p + 1, std::memory_order_release);  // P3
    displaced(displaces, p - where().places());
    ring_after_store(where().control().news, os::everybody);  // P4
  } else {
    where().state(word.block()).store(addresses().kept, std::memory_order_release);
  }
  auto& page = me().page();
  page.intent.store(0, std::memory_order_release);
  page.displacing.store(0, std::memory_order_release);
  return published;
}

bool publisher_core::try_publish(std::uint32_t block, std::size_t length) {
  auto& shape = where().shape(block);
  block_shape const before{shape.load(std::memory_order_relaxed)};
  shape.store(before.with_length(length).bits, std::memory_order_relaxed);
  bool const leased = sending_.is_held() && sending_.begin(tail_);
  if (!leased && !sending_.enter(true)) {
    look_again_soon();
    return false;
  }
  bool alone = false;
  bool const published = publish_at_end(block, length, leased, alone);
  if (leased) {
    sending_.end();
  } else {
    sending_.leave(true);
    if (published) sending_.stepped(true, alone, tail_);
  }
  return published;
}

bool publisher_core::publish_at_end(std::uint32_t block, std::size_t length, bool leased, bool& alone) {
  auto& state = where().state(block);
  auto& displacing = me().page().displacing;
  bool published = false;
  for (auto steps = where().most_steps(); steps != 0 && !published; --steps) {
    auto const t = end_of(where(), tail_);
    alone = t == tail_;
    tail_ = t;
    auto const common = where().common_place(t).load(std::memory_order_acquire);
    auto const seen = where().place(t);
    auto const lap = where().lap(t);
    auto const ahead = where().laps_ahead(seen, t);
    if (ahead >= 0) continue;                   // somebody was faster
    if (seen.was_used() && ahead != -1) break;  // nonsense
    bool const displaces = seen.was_used() && !seen.is_gone() && seen.block() < where().units();
    auto const earlier = t - where().places();
    if (displaces) {
      if (is_waited_for(earlier)) break;
      displacing.store(earlier + 1, std::memory_order_release);  // W0
    }
    auto const word = place_word::full(lap, block, length);
    if (leased) sending_.intend(word);
    state.store(block_state::of(block_kind::queued, me().index(), t).bits, std::memory_order_release);  // P1
    published = sending_.publish(leased, t, common, word);                                              // P2
    leased = leased && sending_.is_held();
    if (published) {
      tail_ = t + 1;
      where().control().tail.store(t + 1, std::memory_order_release);  // P3
      if (displaces) displaced(seen.block(), earlier);
    }
    if (displaces) displacing.store(0, std::memory_order_release);
  }
  if (!published) state.store(block_state::of(block_kind::loaned, me().index()).bits, std::memory_order_release);
  return published;
}

bool publisher_core::publish(std::uint32_t block, std::size_t length, os::deadline const& until) {
  if (!try_publish(block, length)) {
    bool dying = false;
    look_after_the_dead(dying);
    auto const attempt = [&] { return try_publish(block, length); };
    if (!attempt() && (os::is_over(until) || !wait(where().control().room, until, attempt, attempt))) return false;
  }
  ring_after_store(where().control().news, os::everybody);  // P4
  return true;
}

void publisher_core::give_back(std::uint32_t block) noexcept {
  if (!me().is_this_process()) return;
  memory().give_back(block);
  ring_after_store(where().control().room, os::everybody);
}

std::optional<slot> publisher_core::loan(std::size_t bytes, os::deadline const& until) {
  std::uint32_t block = 0;
  if (!take(bytes, until, block)) return {};
  return slot_on(block, where().data(block), bytes);
}

bool publisher_core::send(std::span<std::byte const> bytes, os::deadline const& until) {
  std::uint32_t block = 0;
  if (!take(bytes.size(), until, block)) return false;
  // Somebody may still be reading the small messages that lay there before, and will find that they went.
  copy_to_shared(where().data(block), bytes.data(), bytes.size());
  if (publish(block, bytes.size(), until)) return true;
  give_back(block);
  return false;
}

}  // namespace coview::detail
