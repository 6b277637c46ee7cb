// SPDX-License-Identifier: Apache-2.0
#include "channel/queue_core.hpp"

#include <cerrno>
#include <cstring>

#include "channel/positions.hpp"
#include "channel/quick.hpp"

namespace coview::detail {
queue_core::queue_core(std::shared_ptr<segment> where, operation_context const& context)
    : channel_core(std::move(where), channel_role::queue_user, context) {
  point_.kind = wait_kind::source;
  point_.source = &source_;
}

queue_core::~queue_core() {
  handle_.end();
  leave();
}

// Sending.

bool queue_core::take_or_carve(std::uint32_t units, os::deadline const& until, std::uint32_t& block) {
  if (auto const recent = memory().take_recent(units)) {  // A1
    block = *recent;
    return true;
  }
  channel_lock const lock(where(), at_least_a_moment(until));
  auto const carved = lock.held() ? memory().carve(units) : std::nullopt;  // A2
  if (carved) block = *carved;
  return carved.has_value();
}

/// Errors: errc::message_size.
void queue_core::require_size(std::size_t bytes) const {
  if (bytes <= where().largest()) [[likely]]
    return;
  operation_context{"send to", "queue", where().name()}.fail(EMSGSIZE,
                                                             "the message has " + std::to_string(bytes) +
                                                                 " bytes, and the largest can have " +
                                                                 std::to_string(where().largest()),
                                                             "create the queue with a larger capacity");
}

bool queue_core::take(std::size_t bytes, os::deadline const& until, std::uint32_t& block) {
  require_size(bytes);
  auto const units = where().units_for(bytes);
  if (memory().has_most()) {
    // It is full. Whoever receives is left alone for a moment, and not followed closely.
    pace::step_back_now();
    if (auto const recent = memory().take_recent(units)) {
      block = *recent;
      return true;
    }
  }
  if (take_or_carve(units, until, block)) return true;
  bool dying = false;
  if (look_after_the_dead(dying) && take_or_carve(units, until, block)) return true;
  if (os::is_over(until)) return false;
  return wait(
      where().control().room, until,
      [&, turn = 0U]() mutable {
        constexpr unsigned some = 16;  // whoever gives it back needs its entry more
        if (++turn % some != 0) return false;
        auto const recent = memory().take_recent(units);
        if (recent) block = *recent;
        return recent.has_value();
      },
      [&] { return take_or_carve(units, until, block); });
}

/// A position that is not behind the first that is empty, or close to it.
std::uint64_t queue_core::first_guess() const noexcept {
  auto const own = tail_.load(std::memory_order_relaxed);
  auto const hint = where().control().tail.load(std::memory_order_relaxed);
  if (hint <= own) return own;
  // The hint is believed where what is before it was published.
  auto const before = where().place(hint - 1);
  return where().laps_ahead(before, hint - 1) >= 0 ? hint : own;
}

/// Whether what a place of the lap before has was received.
bool queue_core::is_received(place_word seen, std::uint64_t earlier) noexcept {
  if (earlier < known_head_.load(std::memory_order_relaxed)) return true;
  auto const head = where().control().head.load(std::memory_order_acquire);
  known_head_.store(head, std::memory_order_relaxed);
  if (earlier < head) return true;
  return seen.block() < where().units() &&
         !block_state{where().state(seen.block()).load(std::memory_order_acquire)}.is_queued_at(earlier);
}

/// A1, K, P1 to P3 of a small message under the lease. Full: the block that is next has not come back yet.
queue_core::how_sent queue_core::send_leased(std::span<std::byte const> bytes) noexcept {
  auto const at = addresses();
  auto const size = bytes.size();
  if (size > most_sent_at_once) return how_sent::no;
  auto const wanted = size <= at.unit() ? 1 : arena::rounded(where().units_for(size));
  auto& ring = memory().used(wanted);
  auto const p = tail_.load(std::memory_order_relaxed);
  auto const lap = at.lap(p);
  auto& place = at.leased[p & at.place_mask];
  auto const common = at.common[p & at.place_mask].load(std::memory_order_relaxed);
  auto const before = later_of({place.load(std::memory_order_relaxed)}, {common});
  auto const ahead = before.ahead_of(lap);
  if (ring.size() == 0 || ahead >= 0 || (before.was_used() && ahead != -1)) [[unlikely]]
    return how_sent::no;
  if (p - at.place_mask >= known_head_.load(std::memory_order_relaxed) + 1 && before.was_used() &&
      !is_received(before, p - at.place_mask - 1)) [[unlikely]]
    return how_sent::full;
  auto const block = ring.peek(0);
  auto const next = ring.peek_far();
  auto& entry = at.blocks[block];
  busy_section busy(*at.page);
  if (!busy.begins_with(block, recalls_what_sends)) [[unlikely]]  // K1 and L2
    return how_sent::no;
  auto const kept = block_state::of(block_kind::kept, at.index).bits;
  block_state const state{entry.state.load(std::memory_order_acquire)};
  if (state.bits != kept) [[unlikely]]
    return state.kind() == block_kind::queued || state.kind() == block_kind::held ? how_sent::full : how_sent::no;
  block_shape const shape{entry.shape.load(std::memory_order_relaxed)};
  if (!shape.is_home_of(at.index) || shape.raw_units() != wanted) [[unlikely]]
    return how_sent::no;
  copy_small(at.bytes(block), bytes.data(), size);
  entry.shape.store(shape.with_length(size).bits, std::memory_order_relaxed);
  auto const word = place_word::full(lap, block, size);
  at.page->intent.store(word.bits, std::memory_order_release);
  entry.state.store(block_state::of(block_kind::queued, at.index, p).bits, std::memory_order_release);  // P1
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if ((at.page->recall.load(std::memory_order_relaxed) & layout::recalls_sending) == 0) [[likely]] {
    place.store(word.bits, std::memory_order_release);  // P2
  } else if (!sending_.publish(true, p, common, word)) {
    entry.state.store(kept, std::memory_order_release);
    at.page->intent.store(0, std::memory_order_release);
    return how_sent::no;
  }
  at.page->intent.store(0, std::memory_order_release);
  tail_.store(p + 1, std::memory_order_relaxed);
  at.control->tail.store(p + 1, std::memory_order_relaxed);  // P3
  ring.use_first();
  fetch_to_write(at.blocks[next]);
  fetch_to_write(*at.bytes(next));
  fetch_to_write(at.leased[(p + look_ahead) & at.place_mask]);
  return how_sent::yes;
}

/// The rest of `send_at_once` where the lease was recalled after P1.
bool queue_core::send_recalled(std::uint64_t p, place_word word) noexcept {
  auto const common = where().common_place(p).load(std::memory_order_acquire);
  bool const published = where().laps_ahead({common}, p) < 0 ? sending_.publish(true, p, common, word)
                                                             : sending_.is_published(p, common, word);
  if (published) {
    tail_.store(p + 1, std::memory_order_relaxed);
    where().control().tail.store(p + 1, std::memory_order_relaxed);  // P3
    told_news(1);                                                    // P4
  } else {
    where().state(word.block()).store(addresses().kept, std::memory_order_release);
  }
  me().page().intent.store(0, std::memory_order_release);
  return published;
}

/// False where it is full: the block is this participant's.
bool queue_core::try_publish(std::uint32_t block, std::size_t length) {
  auto& shape = where().shape(block);
  block_shape const before{shape.load(std::memory_order_relaxed)};
  shape.store(before.with_length(length).bits, std::memory_order_relaxed);
  bool const home = memory().is_home();
  bool const leased = home && sending_.is_held() && sending_.begin(tail_.load(std::memory_order_relaxed));
  if (!leased && !sending_.enter(home)) {
    look_again_soon();
    return false;
  }
  bool alone = false;
  bool const published = publish_at_end(block, length, leased, alone);
  if (leased) {
    sending_.end();
  } else {
    sending_.leave(home);
    if (published) sending_.stepped(home, alone, tail_.load(std::memory_order_relaxed));
  }
  return published;
}

bool queue_core::publish_at_end(std::uint32_t block, std::size_t length, bool leased, bool& alone) {
  auto& state = where().state(block);
  auto t = first_guess();
  alone = t == tail_.load(std::memory_order_relaxed);
  for (std::uint64_t steps = where().most_steps(); steps != 0; --steps) {
    auto const common = where().common_place(t).load(std::memory_order_acquire);
    auto const seen = where().place(t);
    auto const lap = where().lap(t);
    auto const ahead = where().laps_ahead(seen, t);
    if (ahead >= 0) {
      t = where().later(t, ahead) + 1;
      alone = false;
      continue;
    }
    if (seen.was_used() && ahead != -1) break;                               // nonsense
    if (seen.was_used() && !is_received(seen, t - where().places())) break;  // full
    auto const word = place_word::full(lap, block, length);
    if (leased) sending_.intend(word);
    state.store(block_state::of(block_kind::queued, me().index(), t).bits, std::memory_order_release);  // P1
    if (sending_.publish(leased, t, common, word)) {                                                    // P2
      tail_.store(t + 1, std::memory_order_relaxed);
      where().control().tail.store(t + 1, std::memory_order_relaxed);  // P3
      fetch_to_write(leased ? where().leased_place(t + look_ahead) : where().common_place(t + look_ahead));
      return true;
    }
    leased = leased && sending_.is_held();
    alone = false;
  }
  state.store(block_state::of(block_kind::loaned, me().index()).bits, std::memory_order_release);
  return false;
}

bool queue_core::publish_quietly(std::uint32_t block, std::size_t length, os::deadline const& until) {
  if (try_publish(block, length)) [[likely]]
    return true;
  told_news(1);  // of what was published quietly before
  if (os::is_over(until)) return false;
  auto const attempt = [&] { return try_publish(block, length); };
  return wait(where().control().room, until, attempt, attempt);
}

/// P4.
void queue_core::told_news(std::size_t messages) noexcept {
  constexpr std::size_t most = 64;
  ring_after_store(where().control().news, static_cast<int>(std::min(messages, most)));
}

bool queue_core::publish(std::uint32_t block, std::size_t length, os::deadline const& until) {
  if (!publish_quietly(block, length, until)) return false;
  told_news(1);
  return true;
}

void queue_core::give_back(std::uint32_t block) noexcept {
  if (!me().is_this_process()) return;
  memory().give_back(block);                                // T3
  ring_after_store(where().control().room, os::everybody);  // T4
}

std::optional<slot> queue_core::loan(std::size_t bytes, os::deadline const& until) {
  std::uint32_t block = 0;
  if (!take(bytes, until, block)) return {};
  return slot_on(block, where().data(block), bytes);
}

bool queue_core::send(std::span<std::byte const> bytes, os::deadline const& until) {
  if (memory().is_home() && sending_.is_held()) [[likely]] {
    auto how = send_leased(bytes);
    if (how == how_sent::full) {
      pace::step_back_now();  // whoever receives is left alone for a moment, and not followed closely
      how = send_leased(bytes);
    }
    if (how == how_sent::yes) [[likely]] {
      told_news(1);
      return true;
    }
  }
  require_size(bytes.size());
  std::uint32_t block = 0;
  if (auto const recent = memory().take_recent(where().units_for(bytes.size()))) [[likely]] {
    block = *recent;
  } else if (!take(bytes.size(), until, block)) {
    return false;
  }
  if (!bytes.empty()) std::memcpy(where().data(block), bytes.data(), bytes.size());
  if (publish(block, bytes.size(), until)) [[likely]]
    return true;
  give_back(block);
  return false;
}

std::size_t queue_core::send_many(std::span<std::span<std::byte const> const> messages, os::deadline const& until) {
  std::size_t sent = 0;
  for (auto const& bytes : messages) {
    require_size(bytes.size());
    std::uint32_t block = 0;
    if (auto const recent = memory().take_recent(where().units_for(bytes.size()))) {
      block = *recent;
    } else {
      if (sent != 0) told_news(sent);  // before it may wait
      if (!take(bytes.size(), until, block)) return sent;
    }
    if (!bytes.empty()) std::memcpy(where().data(block), bytes.data(), bytes.size());
    if (!publish_quietly(block, bytes.size(), until)) {
      give_back(block);
      return sent;
    }
    ++sent;
  }
  told_news(sent);
  return sent;
}

// Receiving.

std::uint64_t queue_core::first_place() const noexcept {
  return std::max(head_.load(std::memory_order_relaxed), where().control().head.load(std::memory_order_relaxed));
}

void queue_core::hand_out(queue_message& out, std::uint32_t block, std::uint64_t position) noexcept {
  block_shape const shape{where().shape(block).load(std::memory_order_relaxed)};
  std::size_t const room = where().bytes_of(where().units_of(block, shape));
  out.from_ = this;
  out.data_ = where().data(block);
  out.size_ = std::min<std::size_t>(shape.length(), room);
  out.sequence_ = position;
  out.block_ = block;
  out.deliveries_ = static_cast<std::uint32_t>(shape.deliveries());
}

bool queue_core::try_receive(queue_message& out) {
  if (where().control().orphans.load(std::memory_order_seq_cst) != 0 && take_orphan(out)) return true;
  auto h = first_place();
  for (std::uint64_t steps = where().most_steps(); steps != 0; --steps) {
    auto const seen = where().place(h);
    auto const ahead = where().laps_ahead(seen, h);
    if (ahead < 0 || seen.block() >= where().units()) {
      return false;
    }
    if (ahead > 0) {
      h = where().later(h, ahead - 1) + 1;
      continue;
    }
    __builtin_prefetch(where().data(seen.block()));  // with the entry, not after it
    auto const how = take_at(seen.block(), h);       // T1, T2
    if (how == took::not_now) return false;
    if (how == took::yes) {
      hand_out(out, seen.block(), h);
      pace_.received();
      if (pace_.streak() > look_ahead) fetch_ahead(h);
      head_.store(h + 1, std::memory_order_relaxed);
      where().control().head.store(h + 1, std::memory_order_relaxed);
      constexpr std::uint32_t turns = 256;
      auto const turn = turns_.load(std::memory_order_relaxed);
      turns_.store(turn + 1, std::memory_order_relaxed);
      if (turn % turns == turns - 1) now_and_then();
      return true;
    }
    ++h;
  }
  return false;
}

/// The rest of `receive_at_once` where its mark was set and something is in its way.
bool queue_core::receive_leased(queue_message& out, std::uint32_t block, std::uint64_t h) noexcept {
  if (!receiving_.take(block, h)) return false;
  hand_out(out, block, h);
  head_.store(h + 1, std::memory_order_relaxed);
  where().control().head.store(h + 1, std::memory_order_relaxed);
  pace_.received();
  return true;
}

/// T2, of what is queued at a position. No: somebody else was faster.
queue_core::took queue_core::take_at(std::uint32_t block, std::uint64_t h) {
  bool const home = receivers_home_.claim();
  if (home && receiving_.is_held()) [[likely]] {
    if (receiving_.take(block, h)) [[likely]]
      return took::yes;
    if (receiving_.is_held()) return took::no;
  }
  auto& state = where().state(block);
  auto has = state.load(std::memory_order_acquire);
  if (!block_state{has}.is_queued_at(h)) return took::no;
  if (!receiving_.enter(home)) {
    look_again_soon();
    return took::not_now;
  }
  auto const held = block_state::of(block_kind::held, me().index(), h).bits;
  bool const mine = state.compare_exchange_strong(has, held, std::memory_order_seq_cst);
  receiving_.leave(home);
  if (mine) receiving_.stepped(home, h == head_.load(std::memory_order_relaxed), h);
  return mine ? took::yes : took::no;
}

/// While messages wait, the lines of later ones are fetched before it is needed. What was published just now, or is
/// not yet, is left to its sender.
void queue_core::fetch_ahead(std::uint64_t h) noexcept {
  auto const at = addresses();
  auto const next = h + look_ahead;
  if (next + look_ahead >= known_tail_.load(std::memory_order_relaxed)) {
    if (h % look_ahead == 0)
      known_tail_.store(at.control->tail.load(std::memory_order_relaxed), std::memory_order_relaxed);
    return;
  }
  auto const& leased = at.leased[next & at.place_mask];
  auto const seen = later_of({leased.load(std::memory_order_relaxed)},
                             {at.common[next & at.place_mask].load(std::memory_order_relaxed)});
  if (seen.lap() != at.lap(next) || seen.block() >= at.units) return;
  fetch_to_write(at.blocks[seen.block()]);
  __builtin_prefetch(at.bytes(seen.block()));
  __builtin_prefetch(&at.leased[(next + look_ahead / 2) & at.place_mask]);
}

/// What a dead receiver had: the oldest of it.
bool queue_core::take_orphan(queue_message& out) {
  // Who has found it held for long looks again soon (watch_lives), and does not wait here: this is part of spinning.
  auto const now = std::chrono::steady_clock::now();
  bool const in_vain = lock_in_vain_.load(std::memory_order_relaxed);
  channel_lock const lock(where(), in_vain ? os::deadline(now) : at_least_a_moment(now));
  if (lock.held() == in_vain) lock_in_vain_.store(!lock.held(), std::memory_order_relaxed);
  if (!lock.held()) return false;
  std::uint64_t orphans = 0;
  std::uint32_t oldest = 0;
  std::uint64_t position = 0;
  where().for_each_block([&](std::uint32_t block, block_state state) {
    if (state.kind() != block_kind::orphan) return;
    if (orphans++ == 0 || state.position() < position) {
      oldest = block;
      position = state.position();
    }
  });
  where().control().orphans.store(orphans == 0 ? 0 : orphans - 1, std::memory_order_seq_cst);
  if (orphans == 0) return false;
  block_shape const had{where().shape(oldest).load(std::memory_order_relaxed)};
  auto const deaths = std::min(had.deliveries() + 1, block_shape::most_deliveries);
  where().shape(oldest).store(had.with_deliveries(deaths).bits, std::memory_order_relaxed);
  auto seen = block_state::of(block_kind::orphan, 0, position).bits;
  if (!where().state(oldest).compare_exchange_strong(
          seen, block_state::of(block_kind::held, me().index(), position).bits, std::memory_order_seq_cst))
    return false;
  where().control().redelivered.fetch_add(1, std::memory_order_relaxed);
  if (orphans > 1) ring(where().control().news, 1);  // somebody may have found the lock held
  hand_out(out, oldest, position);
  return true;
}

/// What nobody waits for: deaths of others while there is always something to receive, and the deepest.
void queue_core::now_and_then() {
  bool dying = false;
  look_after_those_who_say_so(dying);
  auto& deepest = where().control().deepest;
  if (auto const now = depth(); now > deepest.load(std::memory_order_relaxed))
    deepest.store(now, std::memory_order_relaxed);
}

/// While it spins: what is likely, and the rest only where something is there.
bool queue_core::look_again(queue_message& out) {
  if (!receivers_home_.is_this() || !receiving_.is_held()) return try_receive(out);
  auto const& at = addresses();
  auto const likely = likely_.next();
  take_line(&at.leased[head_.load(std::memory_order_relaxed) & at.place_mask]);
  fetch_to_write(at.blocks[likely]);
  __builtin_prefetch(at.bytes(likely));
  if (receive_at_once(out)) {
    likely_.came(out.block_);
    return true;
  }
  auto const h = head_.load(std::memory_order_relaxed);
  bool const nothing = at.control->orphans.load(std::memory_order_seq_cst) == 0 &&
                       where().laps_ahead(where().place(h), h) < 0 && receiving_.is_held();
  return !nothing && try_receive(out);
}

bool queue_core::receive(queue_message& out, os::deadline const& until) {
  if (try_receive(out)) [[likely]]
    return true;
  if (!os::is_over(until)) {
    return wait_for_message(
        pace_, until, [&] { return look_again(out); }, [&] { return try_receive(out); });
  }
  bool dying = false;
  return look_after_those_who_say_so(dying) && try_receive(out);
}

std::size_t queue_core::receive_many(std::span<queue_message> out, os::deadline const& until) {
  if (out.empty()) return 0;
  queue_message first;
  if (!receive(first, until)) return 0;
  out.front() = std::move(first);
  std::size_t count = 1;
  for (queue_message next; count < out.size() && try_receive(next); ++count) out[count] = std::move(next);
  return count;
}

bool queue_core::put_back(std::uint32_t block, std::uint64_t position) noexcept {
  if (!me().is_this_process()) return true;
  {
    channel_lock const lock(where(), at_least_a_moment(std::chrono::steady_clock::now()));
    if (!lock.held()) return false;
    where().state(block).store(block_state::of(block_kind::orphan, 0, position).bits, std::memory_order_release);
    where().control().orphans.fetch_add(1, std::memory_order_seq_cst);
  }
  ring(where().control().news, 1);
  return true;
}

void queue_core::release(std::uint32_t block) noexcept {
  if (!me().is_this_process()) return;
  auto& entry = addresses().blocks[block];
  entry.state.store(given_back({entry.shape.load(std::memory_order_relaxed)}).bits, std::memory_order_release);  // T3
  ring_after_store(where().control().room, os::everybody);                                                       // T4
}

bool queue_core::has_news() {
  if (where().control().orphans.load(std::memory_order_seq_cst) != 0) return true;
  return front_of(mapped_words(where(), std::memory_order_seq_cst), first_place()).is_queued;
}

std::uint64_t queue_core::depth() const noexcept {
  return depth_of(mapped_words(where()), first_place());
}

}  // namespace coview::detail
