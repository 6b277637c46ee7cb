// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sync/lock_state.hpp"

/// Events and semaphores: something that can be taken when it is there, on one node.
///
/// The lower half of the state is the word: bit 30 *available*; bit 31 SLEEPERS; the lower 30 bits a thread's ID
/// while a wait-all of that thread has it *reserved*. The upper half: of a semaphore the count; of an event bit 0
/// *granted* (a pulse for one waiter), and from bit 1 on the number of pulses; its bit 31 wake_all.
///
/// Why bit 30: it is what the kernel sets in the words of a thread that dies. So a reservation whose thread is killed
/// turns back into *available* by itself, and a sleeper is woken: a half-done wait-all is undone without anybody's
/// help.
///
/// Invariants:
/// 1. *available* and a reservation exclude one another; a semaphore is one or the other exactly while its count is
/// not 0.
/// 2. While it is available, nobody sleeps, or somebody who changed it or was woken has the node as pending and will
/// wake
///    the others.
/// 3. Whoever was woken and leaves without it, or takes the last of it, sets SLEEPERS again: others may sleep. So
/// does
///    whoever reserves it, in the same step, and who settles that wakes everybody.
namespace coview {

enum class gate_kind : std::uint8_t { automatic, manual, counting };

inline constexpr std::uint32_t available = owner_died;

enum class gate_outcome : std::uint8_t { taken, not_there, reserved };

/// Takes it where it is there: an automatic event is reset, a semaphore counted down. Never sleeps. `keep` is
/// SLEEPERS for a thread that was woken, else 0.
bool try_take(robust_node& node, gate_kind kind, std::uint64_t keep);

/// Spins, then sleeps; false at the deadline.
bool take(robust_node& node, gate_kind kind, os::deadline const& until);

/// Sets an event, or adds to a semaphore. False where that would be more than `most`: nothing is changed then.
bool put(robust_node& node, gate_kind kind, std::uint32_t count, std::uint32_t most, std::uint32_t& previous);

/// An event: not there.
void withdraw(robust_node& node);

/// An event: all present waiters of a manual one, or one of an automatic one, and then not there; lost where nobody
/// waits.
void pulse(robust_node& node, gate_kind kind);

/// What is there now: the count, or 1 and 0.
[[nodiscard]] std::uint32_t amount(robust_node const& node, gate_kind kind) noexcept;

/// For a wait-all: keeps it from everybody else until `settle_reservation`, or this thread's death.
gate_outcome reserve(robust_node& node);
void settle_reservation(robust_node& node, gate_kind kind, bool taken);

/// For a thread that is going to sleep on the word: the value to sleep on, or 0 where it is there.
std::uint32_t announce_gate_sleeper(robust_node& node, alone how) noexcept;

/// For a thread that was woken and does not take it (invariant 3): it is there, so others must wake; or not, so
/// SLEEPERS must be set.
void pass_on_gate(robust_node& node) noexcept;

/// The number of pulses so far, for `take_pulsed`.
[[nodiscard]] std::uint32_t pulses(robust_node const& node) noexcept;
/// Whether a waiter that slept since `before` was let through by a pulse: of a manual event by the number, of an
/// automatic one by the grant, which one of those takes who waited when it was given.
bool take_pulsed(robust_node& node, gate_kind kind, std::uint32_t before, bool woken);

}  // namespace coview
