// SPDX-License-Identifier: Apache-2.0
#include "sync/gate.hpp"

#include <sched.h>

#include "sync/spin.hpp"

namespace coview {
namespace {

constexpr std::uint64_t low_half = 0xffffffffU;
constexpr unsigned high_shift = 32;
constexpr std::uint64_t granted = std::uint64_t{1} << high_shift;
constexpr unsigned pulse_shift = 33;
constexpr std::uint64_t one_pulse = std::uint64_t{1} << pulse_shift;

constexpr std::uint32_t count_of(std::uint64_t state) {
  return static_cast<std::uint32_t>(state >> high_shift);
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
  return (left << high_shift) | (state & sleepers) | (left > 0 ? available : 0);
}

/// All orders are sequentially consistent where SLEEPERS and `wake_all` meet: a sleeper sets the second, then the
/// first, then looks; whoever changes the state does that, then looks at both.
bool exchange(robust_node& node, std::uint64_t& seen, std::uint64_t wanted) noexcept {
  return node.state.compare_exchange_weak(seen, wanted, std::memory_order_seq_cst, std::memory_order_relaxed);
}

void wake(robust_node& node, gate_kind kind, std::uint32_t count) noexcept {
  bool const all = kind == gate_kind::manual || node.wake_all.exchange(0, std::memory_order_seq_cst) != 0;
  constexpr auto most = static_cast<std::uint32_t>(os::everybody);
  os::futex_wake(node.word(), all || count > most ? os::everybody : static_cast<int>(count));
}

/// Invariant 2: it is still there after one was taken, and others may sleep. The node is pending.
void pass_on(robust_node& node, gate_kind kind) noexcept {
  auto seen = node.state.load(std::memory_order_seq_cst);
  while (is_available(seen) && has_sleepers(seen)) {
    if (exchange(node, seen, seen & ~std::uint64_t{sleepers})) {
      wake(node, kind, kind == gate_kind::counting ? count_of(seen) : 1);
      return;
    }
  }
}

/// Takes one where it is there. `keep` is SLEEPERS for a thread that was woken (invariant 3).
gate_outcome take_one(robust_node& node, gate_kind kind, std::uint32_t keep) noexcept {
  auto seen = node.state.load(std::memory_order_seq_cst);
  for (;;) {
    if (is_reserved(seen)) return gate_outcome::reserved;
    if (!is_available(seen)) return gate_outcome::not_there;
    if (exchange(node, seen, without_one(seen, kind) | keep)) return gate_outcome::taken;
  }
}

/// Invariant 3, for a waiter that leaves empty-handed. False where it is there after all.
bool leave(robust_node& node) noexcept {
  auto seen = node.state.load(std::memory_order_seq_cst);
  do {
    if (is_available(seen)) return false;
  } while (!has_sleepers(seen) && !exchange(node, seen, seen | sleepers));
  return true;
}

/// A reservation lasts for some hundred nanoseconds, unless its thread is stopped just then.
void wait_out_reservation(robust_node& node) noexcept {
  spinner spin;
  while (is_reserved(node.state.load(std::memory_order_acquire))) {
    if (spin.pause()) continue;
    auto const value = announce_gate_sleeper(node);
    if ((value & owner_mask) == 0) return;
    os::futex_wait(node.word(), value, {});
  }
}

}  // namespace

bool try_take(robust_node& node, gate_kind kind) {
  auto& self = this_thread::get();
  for (;;) {
    auto const seen = node.state.load(std::memory_order_relaxed);
    if (!is_available(seen) && !is_reserved(seen)) return false;
    pending_guard const guard(self, node);
    auto const outcome = take_one(node, kind, 0);
    if (outcome == gate_outcome::taken) pass_on(node, kind);
    if (outcome != gate_outcome::reserved) return outcome == gate_outcome::taken;
    wait_out_reservation(node);
  }
}

bool take(robust_node& node, gate_kind kind, os::deadline const& until) {
  auto const pulses_before = pulses(node);
  if (try_take(node, kind)) return true;
  spinner spin;
  while (spin.pause()) {
    if (!is_available(node.state.load(std::memory_order_relaxed))) continue;
    if (try_take(node, kind)) {
      spin.rewarded();
      return true;
    }
  }
  spin.in_vain();

  // From here to the end: killed at any moment, the kernel wakes another sleeper in this one's place.
  pending_guard const guard(this_thread::get(), node);
  std::uint32_t keep = 0;
  bool slept = false;
  for (;;) {
    if (take_one(node, kind, keep) == gate_outcome::taken) {
      pass_on(node, kind);
      return true;
    }
    if (take_pulsed(node, kind, pulses_before, slept)) return true;
    if (until && std::chrono::steady_clock::now() >= *until) {
      if (keep == 0 || leave(node)) return false;
      continue;
    }
    auto const value = announce_gate_sleeper(node);
    if (value == 0) continue;
    slept = true;
    if (os::futex_wait(node.word(), value, until) == os::futex_answer::woken) keep = sleepers;
  }
}

bool put(robust_node& node, gate_kind kind, std::uint32_t count, std::uint32_t most, std::uint32_t& previous) {
  auto& self = this_thread::get();
  pending_guard const guard(self, node);
  auto seen = node.state.load(std::memory_order_seq_cst);
  for (;;) {
    previous = amount(node, kind);
    std::uint64_t wanted = 0;
    if (kind == gate_kind::counting) {
      previous = count_of(seen);
      if (count > most - previous) return false;
      wanted = std::uint64_t{previous + count} << high_shift;
      wanted |= is_reserved(seen) ? seen & low_half : std::uint64_t{available};
    } else {
      if (is_reserved(seen))
        return true;  // it is there, and about to be taken: setting it before that changes nothing
      wanted = (seen & ~low_half & ~granted) | available;
    }
    if (wanted == seen) return true;
    if (exchange(node, seen, wanted)) break;
  }
  if (has_sleepers(seen) && !is_reserved(seen)) wake(node, kind, count);
  return true;
}

void withdraw(robust_node& node) {
  auto seen = node.state.load(std::memory_order_seq_cst);
  for (;;) {
    if (is_reserved(seen)) {
      wait_out_reservation(node);
      seen = node.state.load(std::memory_order_seq_cst);
    } else if (!is_available(seen) && (seen & granted) == 0) {
      return;
    } else if (exchange(node, seen, seen & ~(std::uint64_t{available} | granted))) {
      return;
    }
  }
}

void pulse(robust_node& node, gate_kind kind) {
  pending_guard const guard(this_thread::get(), node);
  auto seen = node.state.load(std::memory_order_seq_cst);
  for (;;) {
    if (is_reserved(seen)) {
      wait_out_reservation(node);
      seen = node.state.load(std::memory_order_seq_cst);
      continue;
    }
    // Not there afterwards; what sleeps now is let through by the number (all), or by the grant (one).
    std::uint64_t wanted = (seen & ~(std::uint64_t{available} | sleepers | granted)) + one_pulse;
    if (kind == gate_kind::automatic && has_sleepers(seen)) wanted |= granted;
    if (exchange(node, seen, wanted)) break;
  }
  if (has_sleepers(seen)) wake(node, kind, 1);
}

std::uint32_t amount(robust_node const& node, gate_kind kind) noexcept {
  auto const seen = node.state.load(std::memory_order_relaxed);
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
    if (exchange(node, seen, (seen & ~std::uint64_t{available}) | self.id())) break;
  }
  self.push(node);
  return gate_outcome::taken;
}

void settle_reservation(robust_node& node, gate_kind kind, bool taken) {
  auto& self = this_thread::get();
  pending_guard const guard(self, node);
  self.remove(node);
  auto seen = node.state.load(std::memory_order_seq_cst);
  std::uint64_t wanted = 0;
  do {
    wanted = (seen & ~low_half) | available;
    if (taken) wanted = without_one(wanted, kind);
  } while (!exchange(node, seen, wanted));
  if (has_sleepers(seen))
    wake(node, kind, os::everybody);  // they wait for the reservation to end, or for it to be there
}

std::uint32_t announce_gate_sleeper(robust_node& node) noexcept {
  auto seen = node.state.load(std::memory_order_seq_cst);
  do {
    if (is_available(seen)) return 0;
  } while (!has_sleepers(seen) && !exchange(node, seen, seen | sleepers));
  return static_cast<std::uint32_t>(seen) | sleepers;
}

std::uint32_t pulses(robust_node const& node) noexcept {
  return static_cast<std::uint32_t>(node.state.load(std::memory_order_seq_cst) >> pulse_shift);
}

bool take_pulsed(robust_node& node, gate_kind kind, std::uint32_t before, bool slept) {
  if (kind == gate_kind::counting) return false;
  if (kind == gate_kind::manual) return pulses(node) != before;
  auto seen = node.state.load(std::memory_order_seq_cst);
  while (slept && (seen & granted) != 0) {
    if (exchange(node, seen, (seen & ~granted) | sleepers)) return true;
  }
  return false;
}

}  // namespace coview
