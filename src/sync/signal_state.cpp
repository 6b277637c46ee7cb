// SPDX-License-Identifier: Apache-2.0
#include "sync/signal_state.hpp"

#include <algorithm>

#include "sync/retry_pause.hpp"
#include "sync/spin.hpp"
#include "sync/starvation.hpp"

namespace coview::inline sync {
namespace {

constexpr std::uint64_t low_half = 0xffffffffU;
constexpr unsigned high_shift = 32;
constexpr unsigned pulse_shift = 33;
constexpr std::uint64_t one_pulse = std::uint64_t{1} << pulse_shift;
constexpr std::uint64_t pulse_mask = (reset_meanwhile - 1) & ~(one_pulse - 1);

constexpr std::uint32_t count_of(std::uint64_t state) {
  return static_cast<std::uint32_t>((state & ~wake_all) >> high_shift);
}
constexpr std::uint32_t pulses_of(std::uint64_t state) {
  return static_cast<std::uint32_t>((state & pulse_mask) >> pulse_shift);
}
constexpr bool is_reserved(std::uint64_t state) {
  return owner_of(state) != 0;
}
constexpr bool has_waiters(std::uint64_t state) {
  return (state & waiters) != 0;
}
/// There, or it will be if its reservation is undone.
constexpr bool is_set(std::uint64_t state, state_rules rules) {
  if (rules.kind == state_kind::counting) return count_of(state) != 0;
  return (state & reset_meanwhile) == 0;
}
constexpr bool is_available(std::uint64_t state, state_rules rules) {
  return (state & available) != 0 && !is_reserved(state) && is_set(state, rules);
}

/// The state of a semaphore with that many, reserved by nobody; WAITERS kept.
constexpr std::uint64_t with_count(std::uint64_t state, std::uint32_t count) {
  return (std::uint64_t{count} << high_shift) | (state & waiter_bits) | (count > 0 ? available : 0);
}

/// The state without one of it; WAITERS kept. It is available.
constexpr std::uint64_t without_one(std::uint64_t state, state_rules rules) {
  if (rules.kind == state_kind::manual) return state;
  if (rules.kind == state_kind::automatic) return state & ~std::uint64_t{available};
  return with_count(state, std::min(count_of(state), rules.maximum) - 1);
}

/// G1, P1, A1 and A2 all change the state through here. Sequentially consistent, as are the loads before it:
/// its acquire half pairs with the release half of whoever changed the state last (what was written before a P1 is
/// seen after the G1 that takes it), and one order of all changes is what WAITERS and the wake-ups after them rely
/// on.
bool exchange(robust_node& node, std::uint64_t& seen, std::uint64_t wanted) noexcept {
  return node.state.compare_exchange_weak(seen, wanted, std::memory_order_seq_cst, std::memory_order_relaxed);
}

/// Wakes for a state whose WAITERS was cleared.
void wake(robust_node& node, state_kind kind, std::uint64_t cleared, std::uint32_t count) noexcept {
  bool const all = kind == state_kind::manual || (cleared & wake_all) != 0;
  constexpr auto most = static_cast<std::uint32_t>(os::everybody);
  os::futex_wake(node.word(), all || count > most ? os::everybody : static_cast<int>(count));
}

/// Invariant 2: it is still there after one was taken, and others may sleep. The node is pending.
void wake_rest(robust_node& node, state_rules rules) noexcept {
  auto seen = node.state.load(std::memory_order_seq_cst);
  while (is_available(seen, rules) && has_waiters(seen)) {
    if (exchange(node, seen, seen & ~std::uint64_t{waiters})) {
      wake(node, rules.kind, seen, rules.kind == state_kind::counting ? count_of(seen) : 1);
      return;
    }
  }
}

enum class attempt : std::uint8_t { acquired, not_available, reserved };

/// G1. `keep` is WAITERS for a thread that was woken (invariant 3).
attempt acquire_one(robust_node& node, state_rules rules, std::uint64_t keep) noexcept {
  auto seen = node.state.load(std::memory_order_seq_cst);
  for (;;) {
    if (is_reserved(seen)) return attempt::reserved;
    if (!is_available(seen, rules)) return attempt::not_available;
    if (exchange(node, seen, without_one(seen, rules) | keep)) return attempt::acquired;
  }
}

/// A reservation lasts for some hundred nanoseconds, unless its thread is stopped just then: what it would then take
/// too long to find out is answered as it looks. False where it is still reserved at the end.
bool await_reservation_end(robust_node const& node) noexcept {
  for (moment undecided;;) {
    if (!is_reserved(node.state.load(std::memory_order_seq_cst))) return true;
    if (!undecided.lasts()) return false;
  }
}

/// G2, awake. Relaxed: a hint, which try_acquire looks at again.
bool spin_for(robust_node& node, state_rules rules, spinner& spin) {
  while (spin.pause()) {
    if (!is_available(node.state.load(std::memory_order_relaxed), rules) || is_starving(node)) continue;
    if ((rules.kind != state_kind::counting && acquire_at_once(node, rules.kind)) || try_acquire(node, rules)) {
      spin.rewarded();
      return true;
    }
  }
  spin.in_vain();
  return false;
}

/// G2, asleep, and G3. However it is left (with it, without it, cancelled), others are told what they need.
class sleep_for_state {
 public:
  sleep_for_state(robust_node& node, state_rules rules, std::uint32_t pulses_before)
      : node_(node), rules_(rules), pulses_before_(pulses_before), pending_(this_thread::get(), node) {}
  sleep_for_state(sleep_for_state const&) = delete;
  sleep_for_state& operator=(sleep_for_state const&) = delete;
  ~sleep_for_state() {
    if (overtaken_.was_told()) end_hand_off(node_);
    if (!done_) pass_on_state(node_, rules_);
  }

  bool operator()(spinner& spin, os::deadline const& until) {
    std::uint64_t keep = 0;
    for (retry_pause pause;;) {
      if (acquire_one(node_, rules_, keep) == attempt::acquired) {
        wake_rest(node_, rules_);
        return done_ = true;
      }
      if (acquire_pulsed(node_, rules_.kind, pulses_before_, keep != 0)) return done_ = true;
      // Also where it leaves: invariant 3.
      auto const value = announce_state_waiter(node_, rules_, sleeps_on::one_word);
      if (os::is_over(until)) {
        done_ = value != 0;
        return false;
      }
      if (value == 0) {
        pause(until);
        continue;
      }
      auto const answer = os::futex_wait(node_.word(), value, until);
      pause.reset();
      if (answer != os::futex_answer::woken) continue;
      spin.woken();
      keep = waiters;
      if (!is_available(node_.state.load(std::memory_order_relaxed), rules_) && overtaken_.overtaken_again())
        ask_for_hand_off(node_);
    }
  }

 private:
  robust_node& node_;
  state_rules rules_;
  std::uint32_t pulses_before_;
  // From here to the end: killed at any moment, the kernel wakes another waiter in this one's place.
  pending_guard pending_;
  overtaken_count overtaken_;
  bool done_ = false;  // it has nothing left to pass on
};

}  // namespace

bool is_available_in(std::uint64_t state, state_rules rules) noexcept {
  return is_available(state, rules);
}

bool try_acquire(robust_node& node, state_rules rules, std::uint64_t keep) {
  auto const seen = node.state.load(std::memory_order_relaxed);
  if (!is_available(seen, rules) && !(is_reserved(seen) && await_reservation_end(node))) return false;
  pending_guard const guard(this_thread::get(), node);
  for (;;) {
    switch (acquire_one(node, rules, keep)) {
      case attempt::acquired:
        wake_rest(node, rules);
        return true;
      case attempt::not_available:
        return false;
      case attempt::reserved:
        if (!await_reservation_end(node)) return false;
    }
  }
}

bool acquire(robust_node& node, state_rules rules, os::deadline const& until) {
  auto const pulses_before = pulses(node);
  if (!is_starving(node)) [[likely]] {
    if (try_acquire(node, rules)) return true;
    if (os::is_over(until)) return false;
  } else {
    if (os::is_over(until)) return try_acquire(node, rules);
    step_back(node);
    if (try_acquire(node, rules)) return true;
  }
  spinner spin;
  if (spin_for(node, rules, spin)) return true;
  return sleep_for_state(node, rules, pulses_before)(spin, until);
}

bool signal(robust_node& node, state_rules rules, std::uint32_t count, std::uint32_t& previous) {
  fetch_to_write(node.state);
  pending_guard const guard(this_thread::get(), node);  // P1
  auto seen = node.state.load(std::memory_order_seq_cst);
  std::uint64_t wanted = 0;
  do {
    previous = amount_in(seen, rules);
    if (rules.kind == state_kind::counting) {
      if (count > rules.maximum - previous) return false;
      auto const more = previous + count;
      wanted = is_reserved(seen) ? (with_count(seen, more) & ~low_half) | (seen & low_half)
                                 : with_count(seen, more) & ~std::uint64_t{waiters};
    } else {
      // A reserved one is there, and about to be acquired: to set it before that changes nothing. With WAITERS, which
      // a pulse may have cleared: the kernel wakes by it where the one that reserved it dies.
      wanted = is_reserved(seen) ? (seen & ~reset_meanwhile) | waiters
                                 : (seen & ~(low_half | granted | reset_meanwhile)) | available;
    }
    // Also where nothing changes: what was written before must be seen by whoever acquires it next.
  } while (!exchange(node, seen, wanted));
  if (has_waiters(seen) && !is_reserved(seen)) wake(node, rules.kind, seen, count);
  return true;
}

void reset_event(robust_node& node) {
  auto seen = node.state.load(std::memory_order_seq_cst);
  std::uint64_t wanted = 0;
  do {
    wanted = is_reserved(seen) ? (seen & ~granted) | reset_meanwhile
                               : seen & ~(std::uint64_t{available} | granted | reset_meanwhile);
  } while (!exchange(node, seen, wanted));
}

void pulse_event(robust_node& node, state_kind kind) {
  pending_guard const guard(this_thread::get(), node);
  // Not set afterwards; what sleeps now is let through by the number (all), or by the grant (one).
  auto seen = node.state.load(std::memory_order_seq_cst);
  std::uint64_t wanted = 0;
  do {
    std::uint64_t const number = (seen + one_pulse) & pulse_mask;
    std::uint64_t const grant = kind == state_kind::automatic && has_waiters(seen) ? granted : 0;
    std::uint64_t const word = is_reserved(seen) ? (seen & owner_mask) | reset_meanwhile : 0;
    wanted = number | grant | word | (seen & wake_all);
  } while (!exchange(node, seen, wanted));
  if (has_waiters(seen)) wake(node, kind, seen, 1);
}

std::uint32_t amount_in(std::uint64_t state, state_rules rules) noexcept {
  if (rules.kind == state_kind::counting) return std::min(count_of(state), rules.maximum);
  return ((state & available) != 0 || is_reserved(state)) && is_set(state, rules) ? 1 : 0;
}

std::uint32_t amount(robust_node const& node, state_rules rules) noexcept {
  return amount_in(node.state.load(std::memory_order_seq_cst), rules);
}

bool reserve(node_ref ref, state_rules rules) {
  auto& node = ref.node;
  auto& self = this_thread::get();
  pending_guard const guard(self, node);
  auto seen = node.state.load(std::memory_order_seq_cst);
  std::uint64_t mine = 0;
  do {
    if (!is_available(seen, rules)) return false;
    // With WAITERS: a woken thread that is killed now is not replaced by the kernel, which sees a foreign owner, nor
    // is one that was just about to wake somebody; so whoever ends it, or the kernel after this thread's death,
    // wakes.
    mine = (seen & ~std::uint64_t{available}) | waiters | self.id();
  } while (!exchange(node, seen, mine));
  if (!claim_listing(ref, self)) {
    node.state.compare_exchange_strong(mine, seen | waiters);
    return false;
  }
  self.list(node);
  return true;
}

bool is_still_available(robust_node const& node, state_rules rules) noexcept {
  return is_set(node.state.load(std::memory_order_seq_cst), rules);
}

void end_reservation(node_ref ref, state_rules rules, bool acquired) {
  auto& node = ref.node;
  auto& self = this_thread::get();
  pending_guard const guard(self, node);
  robust_entries::remove(node);
  end_listing(ref);
  auto seen = node.state.load(std::memory_order_seq_cst);
  std::uint64_t wanted = 0;
  do {
    if (owner_of(seen) != self.id()) break;  // a peer wrote there
    wanted = seen & ~(low_half | reset_meanwhile);
    if (rules.kind == state_kind::counting) {
      wanted = with_count(wanted, std::min(count_of(seen), rules.maximum));
    } else if (is_set(seen, rules)) {
      wanted |= available;
    }
    if (acquired && is_available(wanted, rules)) wanted = without_one(wanted, rules);
  } while (!exchange(node, seen, wanted));
  // WAITERS says nothing here. Whoever is not seen to have slept on it yet looks at the state after
  // the reservation ended.
  if (node.slept_on.load(std::memory_order_seq_cst) != 0) os::futex_wake(node.word(), os::everybody);
}

std::uint32_t announce_state_waiter(robust_node& node, state_rules rules, sleeps_on what) noexcept {
  std::uint64_t const bits = what == sleeps_on::one_word ? std::uint64_t{waiters} : waiter_bits;
  // Before the look at the state: whoever ends a reservation that is seen there must see this.
  if (node.slept_on.load(std::memory_order_acquire) == 0) node.slept_on.store(1, std::memory_order_seq_cst);
  auto seen = node.state.load(std::memory_order_seq_cst);
  do {
    if (is_available(seen, rules)) return 0;
  } while ((seen & bits) != bits && !exchange(node, seen, seen | bits));
  return static_cast<std::uint32_t>(seen) | waiters;
}

void pass_on_state(robust_node& node, state_rules rules) noexcept {
  if (announce_state_waiter(node, rules, sleeps_on::one_word) == 0) os::futex_wake(node.word(), os::everybody);
}

std::uint32_t pulses(robust_node const& node) noexcept {
  return pulses_of(node.state.load(std::memory_order_seq_cst));
}

bool acquire_pulsed(robust_node& node, state_kind kind, std::uint32_t before, bool woken) {
  if (kind == state_kind::counting) return false;
  if (kind == state_kind::manual) return pulses(node) != before;
  // A grant that nobody took is for nobody who came later.
  auto seen = node.state.load(std::memory_order_seq_cst);
  while (woken && (seen & granted) != 0 && pulses_of(seen) != before) {
    if (exchange(node, seen, (seen & ~granted) | waiters)) return true;
  }
  return false;
}

}  // namespace coview::inline sync
