// SPDX-License-Identifier: Apache-2.0
#include "channel/lease.hpp"

#include <algorithm>
#include <thread>

#include "channel/arena.hpp"
#include "os/memory_barrier.hpp"

namespace coview::inline channel {
namespace {

/// Where the barrier is refused: what a processor has stored is seen by everybody long before that.
constexpr std::chrono::milliseconds long_enough(10);
/// Others may get it again and again; or store it again and again, and mean no good.
constexpr int most_attempts = 8;

/// L5, of a message: what is published under the lease is filled, and a state says where it belongs. Where
/// that is the end, it is put there; its sender stores the same word into the leased place, or does not,
/// at some later moment.
void publish_for(segment const& where, std::uint32_t i) noexcept {
  auto const& page = where.participant(i);
  if (page.busy.load(std::memory_order_seq_cst) == 0) return;
  place_word const word{page.intent.load(std::memory_order_seq_cst)};
  if (!word.was_used() || word.is_gone() || word.block() >= where.units()) return;
  block_state const state{where.state(word.block()).load(std::memory_order_seq_cst)};
  if (state.kind() != block_kind::queued || state.who() != i) return;
  auto& common = where.common_place(state.position());
  auto before = common.load(std::memory_order_seq_cst);
  if (word.ahead_of(where.place(state.position()).lap()) != 1) return;  // it is there already
  common.compare_exchange_strong(before, word.bits, std::memory_order_seq_cst);
}

/// L5, of what is being received: it is the holder's.
void take_for(segment const& where, std::uint32_t i) noexcept {
  auto& page = where.participant(i);
  auto const taking = page.taking.load(std::memory_order_seq_cst);
  auto const h = taking - 1;
  if (taking == 0 || taking == lease::inside) return;
  auto const seen = where.place(h);
  if (where.laps_ahead(seen, h) != 0 || seen.is_gone() || seen.block() >= where.units()) return;
  auto& state = where.state(seen.block());
  auto has = state.load(std::memory_order_seq_cst);
  if (!block_state{has}.is_queued_at(h)) return;
  page.helped.store(taking, std::memory_order_seq_cst);
  if (!state.compare_exchange_strong(has, block_state::of(block_kind::held, i, h).bits, std::memory_order_seq_cst))
    page.helped.store(0, std::memory_order_seq_cst);
}

}  // namespace

bool revoke(segment const& where, lease_of what) {
  channel_lock const lock(where, at_least_a_moment(std::chrono::steady_clock::now()));
  if (lock.held()) revoke_now(where, what);
  return lock.held();
}

void revoke_now(segment const& where, lease_of what) {
  bool const sending = what == lease_of::sending;
  auto& word = sending ? where.control().sender_lease : where.control().receiver_lease;
  auto seen = word.load(std::memory_order_seq_cst);
  // Who asks for it does so without the lock, and may have it, or not, once we are through.
  for (int i = 0; seen != 0 && i < most_attempts; ++i) {
    auto const holder = (seen & ~layout::lease_asked_for) - 1;
    if (holder < where.participants()) {
      auto& page = where.participant(holder);
      page.recall.fetch_or(sending ? layout::recalls_sending : layout::recalls_receiving,
                           std::memory_order_seq_cst);                      // L3
      if (!os::global_barrier()) std::this_thread::sleep_for(long_enough);  // L4
      if (sending) {
        publish_for(where, holder);
      } else {
        take_for(where, holder);
      }
    }
    if (word.compare_exchange_strong(seen, 0, std::memory_order_seq_cst)) return;  // L6
  }
}

bool lease::enter_locked() {
  for (int i = 0; i < most_attempts; ++i) {
    set_mark(true, inside);
    if (word().load(std::memory_order_relaxed) == 0 || (held_ && !is_recalled())) return true;
    clear_mark(true);
    revoke_now(where_, what_);
  }
  return false;
}

bool lease::enter_slowly(bool home) {
  for (int i = 0; i < most_attempts; ++i) {
    clear_mark(home);
    if (!revoke(where_, what_)) return false;
    set_mark(home, inside);
    if (word().load(std::memory_order_relaxed) == 0) return true;
  }
  clear_mark(home);
  return false;
}

/// Somebody has recalled it: perhaps took this one for us, or is about to; or that is long over,
/// and another one has it.
bool lease::take_recalled(std::atomic<std::uint64_t>& state, std::uint64_t held, std::uint64_t h) noexcept {
  lost(h);
  if (word().load(std::memory_order_seq_cst) == me_.index() + 1) {  // nobody else takes anything yet
    auto seen = state.load(std::memory_order_acquire);
    if (block_state{seen}.is_queued_at(h) && state.compare_exchange_strong(seen, held, std::memory_order_seq_cst))
      return true;
  }
  return is_helped(state, held, h);
}

/// It pays where it is kept for long.
void lease::lost(std::uint64_t position) noexcept {
  constexpr std::uint64_t long_kept = 1024;
  held_ = false;
  streak_ = 0;
  needed_ = position - since_ >= long_kept ? at_first : std::min(2 * needed_, most_needed);
}

bool lease::is_anybody_inside() const noexcept {
  for (std::uint32_t i = 0; i < where_.participants(); ++i) {
    auto& page = where_.participant(i);
    if (others_of(page).load(std::memory_order_seq_cst) != 0) return true;
    if (i != me_.index() && is_inside(page)) return true;
  }
  return false;
}

/// Who sends under the lease looks at the leased place alone: what somebody published between our last step and this
/// one stands in the common place, and would be covered by it.
bool lease::is_at_end(std::uint64_t position) const noexcept {
  return what_ == lease_of::receiving || where_.laps_ahead(where_.place(position), position) < 0;
}

/// L0. Tries: it is for speed only. Without the lock, so that who is stopped here keeps nobody waiting.
void lease::acquire(std::uint64_t position) {
  streak_ = 0;
  needed_ = std::min(2 * needed_, most_needed);
  if (!me_.has_barriers_made()) return;
  auto& page = me_.page();
  page.recall.fetch_and(~bit(), std::memory_order_seq_cst);
  std::uint32_t nobody = 0;
  auto asks = (me_.index() + 1) | layout::lease_asked_for;
  if (!word().compare_exchange_strong(nobody, asks, std::memory_order_seq_cst)) return;
  bool const alone = os::global_barrier() && !is_anybody_inside() && is_at_end(position);
  since_ = position;
  held_ = word().compare_exchange_strong(asks, alone ? me_.index() + 1 : 0, std::memory_order_seq_cst) && alone;
}

}  // namespace coview::inline channel
