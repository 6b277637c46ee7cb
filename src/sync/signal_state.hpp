// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "os/visibility.hpp"
#include "sync/lock_state.hpp"
#include "sync/spin.hpp"

/// The state of events and semaphores: what can be acquired while it is available, on one node.
///
/// The lower half of the state is the word: bit 30 *available*; bit 31 WAITERS; the lower 30 bits a thread's ID
/// while a wait for all of that thread has it *reserved*. The upper half: of a semaphore the count; of an event bit 0
/// *granted* (a pulse for one waiter), from bit 1 to 29 the number of pulses, bit 30 *reset while reserved*; its bit
/// 31 wake_all.
///
/// Why bit 30: it is what the kernel sets in the words of a thread that dies. So a reservation whose thread is killed
/// turns back into *available* by itself, and a waiter is woken: a half-done wait for all is undone without anybody's
/// help.
///
/// Invariants, as long as only this code writes there:
/// 1. *available* and a reservation exclude one another; a semaphore is one or the other exactly while its count is
///    not 0.
/// 2. While it is available, nobody sleeps, or somebody who changed it or was woken has the node as pending and will
///    wake the others.
/// 3. Whoever was woken and leaves without it, or takes the last of it, sets WAITERS again: others may sleep. So does
///    whoever reserves it, in the same step, and who ends that wakes everybody.
///
/// Whatever else others write there: every function but `acquire` ends after a bounded number of steps of its own,
/// and `acquire` at its deadline. A state that contradicts itself is not available; no count is ever more than the
/// maximum.
namespace coview::inline sync {

enum class state_kind : std::uint8_t { automatic, manual, counting };

/// What never changes of an event or semaphore.
struct state_rules {
  state_kind kind = state_kind::manual;
  std::uint32_t maximum = 1;  ///< of a semaphore

  constexpr state_rules() noexcept = default;
  constexpr state_rules(state_kind what, std::uint32_t most = 1) noexcept : kind(what), maximum(most) {}
};

inline constexpr std::uint32_t available = owner_died;
inline constexpr std::uint64_t granted = std::uint64_t{1} << 32U;
/// Of an event: reset after a wait for all had reserved it. Where that one dies, the kernel makes it available again,
/// and this says that it is not.
inline constexpr std::uint64_t reset_meanwhile = std::uint64_t{1} << 62U;

/// Whether it can be acquired: what everything in here means by available.
[[nodiscard]] bool is_available_in(std::uint64_t state, state_rules rules) noexcept;
[[nodiscard]] inline bool is_available(robust_node const& node, state_rules rules) noexcept {
  auto const state = node.state.load(std::memory_order_seq_cst);
  return (state & available) != 0 && is_available_in(state, rules);
}

/// G1 in one step, for an event: it is there, nobody is to be let past, and nobody sleeps who would have to be woken
/// for it, so that nothing needs to be pending. False: nothing has happened.
[[gnu::always_inline]] inline bool acquire_at_once(robust_node& node, state_kind kind) noexcept {
  auto seen = node.state.load(std::memory_order_relaxed);
  constexpr std::uint64_t low_half = 0xffffffffU;
  if ((seen & low_half) != available || (seen & reset_meanwhile) != 0 || is_starving(node)) return false;
  auto const left = kind == state_kind::automatic ? seen & ~std::uint64_t{available} : seen;
  return node.state.compare_exchange_strong(seen, left, std::memory_order_seq_cst, std::memory_order_relaxed);
}

/// P1 in one step, for an event, where WAITERS is not set: nobody has to be woken.
[[gnu::always_inline]] inline bool set_at_once(robust_node& node) noexcept {
  fetch_to_write(node.state);
  auto seen = node.state.load(std::memory_order_relaxed);
  if ((seen & (owner_mask | waiters)) != 0) return false;
  auto const wanted = (seen & ~(granted | reset_meanwhile)) | available;
  return node.state.compare_exchange_strong(seen, wanted, std::memory_order_seq_cst, std::memory_order_relaxed);
}

/// Takes it where it is available: an automatic event is reset, a semaphore counted down. Never sleeps. `keep` is
/// WAITERS for a thread that was woken, else 0.
bool try_acquire(robust_node& node, state_rules rules, std::uint64_t keep = 0);

/// Spins, then sleeps; false at the deadline. A cancellation point where it sleeps.
bool acquire(robust_node& node, state_rules rules, os::deadline const& until);

/// Sets an event, or adds to a semaphore. False where that would be more than its maximum: nothing is changed then.
COVIEW_PRIVATE bool signal(robust_node& node, state_rules rules, std::uint32_t count, std::uint32_t& previous);

/// An event: not set.
COVIEW_PRIVATE void reset_event(robust_node& node);

/// An event: lets all present waiters of a manual one through, or one of an automatic one, and is not set then; lost
/// where nobody waits.
COVIEW_PRIVATE void pulse_event(robust_node& node, state_kind kind);

/// What is there now: the count, or 1 and 0.
[[nodiscard]] std::uint32_t amount(robust_node const& node, state_rules rules) noexcept;
[[nodiscard]] std::uint32_t amount_in(std::uint64_t state, state_rules rules) noexcept;

/// A1, for a wait for all: keeps it from everybody else until `end_reservation`, or this thread's death. False where
/// it is not available, or reserved by another.
bool reserve(node_ref ref, state_rules rules);
/// Whether it is still there for the taking: an event may have been reset since it was reserved.
[[nodiscard]] bool is_still_available(robust_node const& node, state_rules rules) noexcept;
/// A2: acquired, or given back.
void end_reservation(node_ref ref, state_rules rules, bool acquired);

/// For a thread that is going to sleep on the word: the value to sleep on, or 0 where it is available.
std::uint32_t announce_state_waiter(robust_node& node, state_rules rules, sleeps_on what) noexcept;

/// For a thread that was woken and does not take it (invariant 3): it is available, so others must wake; or not, so
/// WAITERS must be set.
void pass_on_state(robust_node& node, state_rules rules) noexcept;

/// The number of pulses so far, for `acquire_pulsed`.
[[nodiscard]] std::uint32_t pulses(robust_node const& node) noexcept;
/// Whether a waiter that slept since `before` was let through by a pulse: of a manual event by the number, of an
/// automatic one by the grant, which one of those takes who waited when it was given.
bool acquire_pulsed(robust_node& node, state_kind kind, std::uint32_t before, bool woken);

}  // namespace coview::inline sync
