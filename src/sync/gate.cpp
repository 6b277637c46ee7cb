// SPDX-License-Identifier: Apache-2.0
#include "sync/gate.hpp"

#include <sched.h>

#include "sync/courtesy.hpp"
#include "sync/spin.hpp"

namespace coview {
namespace {

constexpr std::uint64_t low_half = 0xffffffffU;
constexpr unsigned high_shift = 32;
constexpr std::uint64_t granted = std::uint64_t{1} << high_shift;
constexpr unsigned pulse_shift = 33;
constexpr std::uint64_t one_pulse = std::uint64_t{1} << pulse_shift;

constexpr std::uint32_t count_of(std::uint64_t state) {
  return static_cast<std::uint32_t>((state & ~wake_all) >> high_shift);
}
constexpr std::uint32_t pulses_of(std::uint64_t state) {
  return static_cast<std::uint32_t>((state & ~wake_all) >> pulse_shift);
}
constexpr bool is_reserved(std::uint64_t state) {
  return (state & owner_mask) != 0;
}
constexpr bool is_available(std::uint64_t state) {
  return (state & available) != 0;
}
constexpr bool has_sleepers(std::uint64_t state) {
  return (state & sleepers) != 0;
}

/// The state without one of it; SLEEPERS kept.
constexpr std::uint64_t without_one(std::uint64_t state, gate_kind kind) {
  if (kind == gate_kind::manual) return state;
  if (kind == gate_kind::automatic) return state & ~std::uint64_t{available};
  std::uint64_t const left = count_of(state) - 1;
  return (left << high_shift) | (state & sleeper_bits) | (left > 0 ? available : 0);
}

bool exchange(robust_node& node, std::uint64_t& seen, std::uint64_t wanted) noexcept {
  return node.state.compare_exchange_weak(seen, wanted, std::memory_order_seq_cst, std::memory_order_relaxed);
}

/// Wakes for a state whose sleeper bits were cleared.
void wake(robust_node& node, gate_kind kind, std::uint64_t cleared, std::uint32_t count) noexcept {
  bool const all = kind == gate_kind::manual || (cleared & wake_all) != 0;
  constexpr auto most = static_cast<std::uint32_t>(os::everybody);
  os::futex_wake(node.word(), all || count > most ? os::everybody : static_cast<int>(count));
}

/// Invariant 2: it is still there after one was taken, and others may sleep. The node is pending.
void wake_rest(robust_node& node, gate_kind kind) noexcept {
  auto seen = node.state.load(std::memory_order_seq_cst);
  while (is_available(seen) && has_sleepers(seen)) {
    if (exchange(node, seen, seen & ~std::uint64_t{sleepers})) {
      wake(node, kind, seen, kind == gate_kind::counting ? count_of(seen) : 1);
      return;
    }
  }
}

/// G1. `keep` is SLEEPERS for a thread that was woken (invariant 3).
gate_outcome take_one(robust_node& node, gate_kind kind, std::uint64_t keep) noexcept {
  auto seen = node.state.load(std::memory_order_seq_cst);
  for (;;) {
    if (is_reserved(seen)) return gate_outcome::reserved;
    if (!is_available(seen)) return gate_outcome::not_there;
    if (exchange(node, seen, without_one(seen, kind) | keep)) return gate_outcome::taken;
  }
}

bool is_over(os::deadline const& until) {
  return until && std::chrono::steady_clock::now() >= *until;
}

/// A reservation lasts for some hundred nanoseconds, unless its thread is stopped just then: what it would then take
/// too long to find out is answered as it looks. The state at the end.
std::uint64_t after_reservation(robust_node const& node) noexcept {
  constexpr int yields = 1000;
  auto seen = node.state.load(std::memory_order_seq_cst);
  for (int i = 0; i < yields && is_reserved(seen); ++i) {
    ::sched_yield();
    seen = node.state.load(std::memory_order_seq_cst);
  }
  return seen;
}

/// Waits until it is settled, however long that takes. True where this thread slept, and may have used up a wake-up.
bool wait_out_reservation(robust_node& node) noexcept {
  bool slept = false;
  while (is_reserved(after_reservation(node))) {
    auto const value = announce_gate_sleeper(node, alone::yes);
    if ((value & owner_mask) == 0) return true;
    os::futex_wait(node.word(), value, {});
    slept = true;
  }
  return slept;
}

/// Changes the state of an event to what `change` makes of it, once it is not reserved. Gives the state before.
template <class Change>
std::uint64_t change_settled(robust_node& node, Change change) {
  std::uint64_t keep = 0;
  auto seen = node.state.load(std::memory_order_seq_cst);
  for (;;) {
    if (is_reserved(seen)) {
      if (wait_out_reservation(node)) keep = sleepers;
      seen = node.state.load(std::memory_order_seq_cst);
    } else if (exchange(node, seen, change(seen) | keep)) {
      return seen;
    }
  }
}

bool spin_for(robust_node& node, gate_kind kind, spinner& spin) {
  while (spin.pause()) {
    if (!is_available(node.state.load(std::memory_order_relaxed)) || is_overtaking(node)) continue;
    if (try_take(node, kind, 0)) {
      spin.rewarded();
      return true;
    }
  }
  spin.in_vain();
  return false;
}

}  // namespace

bool try_take(robust_node& node, gate_kind kind, std::uint64_t keep) {
  if (!is_available(after_reservation(node))) return false;
  pending_guard const guard(this_thread::get(), node);
  for (;;) {
    auto const outcome = take_one(node, kind, keep);
    if (outcome == gate_outcome::taken) {
      wake_rest(node, kind);
      return true;
    }
    if (outcome == gate_outcome::not_there || is_reserved(after_reservation(node))) return false;
  }
}

bool take(robust_node& node, gate_kind kind, os::deadline const& until) {
  auto const pulses_before = pulses(node);
  if (is_overtaking(node)) [[unlikely]]
    step_back(node);
  if (try_take(node, kind, 0)) return true;
  if (is_over(until)) return false;
  spinner spin;
  if (spin_for(node, kind, spin)) return true;

  // From here to the end: killed at any moment, the kernel wakes another sleeper in this one's place.
  pending_guard const guard(this_thread::get(), node);
  std::uint64_t keep = 0;
  patience_of_a_sleeper patience;
  auto const leave = [&](bool taken) {
    if (patience.was_told()) thank(node);
    return taken;
  };
  for (;;) {
    if (take_one(node, kind, keep) == gate_outcome::taken) {
      wake_rest(node, kind);
      return leave(true);
    }
    if (take_pulsed(node, kind, pulses_before, keep != 0)) return leave(true);
    auto const value = announce_gate_sleeper(node, alone::yes);  // also for one that leaves: invariant 3
    if (value == 0) continue;
    if (is_over(until)) return leave(false);
    if (os::futex_wait(node.word(), value, until) != os::futex_answer::woken) continue;
    spin.woken();
    keep = sleepers;
    if (!is_available(node.state.load(std::memory_order_relaxed)) && patience.overtaken_again())
      ask_for_courtesy(node);
  }
}

bool put(robust_node& node, gate_kind kind, std::uint32_t count, std::uint32_t most, std::uint32_t& previous) {
  pending_guard const guard(this_thread::get(), node);
  auto seen = node.state.load(std::memory_order_seq_cst);
  std::uint64_t wanted = 0;
  do {
    if (kind == gate_kind::counting) {
      previous = count_of(seen);
      if (count > most - previous) return false;
      std::uint64_t const more = (std::uint64_t{previous + count} << high_shift) | (seen & wake_all);
      wanted = is_reserved(seen) ? more | (seen & low_half) : more | available;
    } else {
      previous = is_available(seen) || is_reserved(seen) ? 1 : 0;
      // A reserved one is there, and about to be taken: setting it before that changes nothing.
      wanted = is_reserved(seen) ? seen : (seen & ~(low_half | granted)) | available;
    }
    // Also where nothing changes: what was written before must be seen by whoever takes it next.
  } while (!exchange(node, seen, wanted));
  if (has_sleepers(seen) && !is_reserved(seen)) wake(node, kind, seen, count);
  return true;
}

void withdraw(robust_node& node) {
  pending_guard const guard(this_thread::get(), node);
  change_settled(node, [](std::uint64_t seen) { return seen & ~(std::uint64_t{available} | granted); });
}

void pulse(robust_node& node, gate_kind kind) {
  pending_guard const guard(this_thread::get(), node);
  // Not there afterwards; what sleeps now is let through by the number (all), or by the grant (one).
  auto const before = change_settled(node, [&](std::uint64_t seen) {
    std::uint64_t const numbered = (seen & ~(std::uint64_t{available} | sleepers | granted)) + one_pulse;
    std::uint64_t const grant = kind == gate_kind::automatic && has_sleepers(seen) ? granted : 0;
    return (numbered & ~wake_all) | (seen & wake_all) | grant;
  });
  if (has_sleepers(before)) wake(node, kind, before, 1);
}

std::uint32_t amount(robust_node const& node, gate_kind kind) noexcept {
  auto const seen = after_reservation(node);
  if (kind == gate_kind::counting) return count_of(seen);
  return is_available(seen) || is_reserved(seen) ? 1 : 0;
}

gate_outcome reserve(robust_node& node) {
  auto& self = this_thread::get();
  pending_guard const guard(self, node);
  auto seen = node.state.load(std::memory_order_seq_cst);
  for (;;) {
    if (is_reserved(seen)) return gate_outcome::reserved;
    if (!is_available(seen)) return gate_outcome::not_there;
    // With SLEEPERS: a woken thread that is killed now is not replaced by the kernel, which sees a foreign owner, nor
    // is one that was just about to wake somebody; so whoever settles, or the kernel after this thread's death,
    // wakes.
    if (exchange(node, seen, (seen & ~std::uint64_t{available}) | sleepers | self.id())) break;
  }
  self.push(node);
  return gate_outcome::taken;
}

void settle_reservation(robust_node& node, gate_kind kind, bool taken) {
  pending_guard const guard(this_thread::get(), node);
  this_thread::remove(node);
  auto seen = node.state.load(std::memory_order_seq_cst);
  std::uint64_t wanted = 0;
  do {
    wanted = (seen & ~low_half) | available;
    if (taken) wanted = without_one(wanted, kind);
  } while (!exchange(node, seen, wanted));
  // SLEEPERS says nothing here. Whoever is not seen to have slept on it yet looks at the state after it was settled.
  if (node.slept_on.load(std::memory_order_seq_cst) != 0) os::futex_wake(node.word(), os::everybody);
}

std::uint32_t announce_gate_sleeper(robust_node& node, alone how) noexcept {
  std::uint64_t const bits = how == alone::yes ? std::uint64_t{sleepers} : sleeper_bits;
  // Before the look at the state: whoever settles a reservation that is seen there must see this.
  if (node.slept_on.load(std::memory_order_acquire) == 0) node.slept_on.store(1, std::memory_order_seq_cst);
  auto seen = node.state.load(std::memory_order_seq_cst);
  do {
    if (is_available(seen)) return 0;
  } while ((seen & bits) != bits && !exchange(node, seen, seen | bits));
  return static_cast<std::uint32_t>(seen) | sleepers;
}

void pass_on_gate(robust_node& node) noexcept {
  if (announce_gate_sleeper(node, alone::yes) == 0) os::futex_wake(node.word(), os::everybody);
}

std::uint32_t pulses(robust_node const& node) noexcept {
  return pulses_of(node.state.load(std::memory_order_seq_cst));
}

bool take_pulsed(robust_node& node, gate_kind kind, std::uint32_t before, bool woken) {
  if (kind == gate_kind::counting) return false;
  if (kind == gate_kind::manual) return pulses(node) != before;
  // A grant that nobody took is for nobody who came later.
  auto seen = node.state.load(std::memory_order_seq_cst);
  while (woken && (seen & granted) != 0 && pulses_of(seen) != before) {
    if (exchange(node, seen, (seen & ~granted) | sleepers)) return true;
  }
  return false;
}

}  // namespace coview
