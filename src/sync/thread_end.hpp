// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "os/futex.hpp"
#include "os/visibility.hpp"
#include "sync/robust_list.hpp"

/// A thread's end, told by the kernel.
///
/// Whoever waits for a thread must find its mutexes abandoned afterwards (MX-03), so nothing that the thread itself
/// does can say that it has ended. Instead it owns a node as it would a lock, and never gives it back: when it ends,
/// the kernel writes OWNER_DIED there and wakes a waiter. The node stands last on the thread's robust list, which
/// the kernel walks from the front, so that everything else that the thread owned has been dealt with by then.
///
/// Crash behaviour: within one process; all its threads end together.
namespace coview::inline sync {

/// For the thread itself: it lives. Before that, the node's state is `unborn`.
COVIEW_PRIVATE void begin_life(robust_node& life);
inline constexpr std::uint64_t unborn = 1;

[[nodiscard]] inline bool has_ended(robust_node const& life) noexcept {
  // Acquire: pairs with the kernel's store of OWNER_DIED.
  return (life.state.load(std::memory_order_acquire) & owner_died) != 0;
}

/// For a thread that is going to sleep until the end: the value to sleep on, or 0 where it has come.
std::uint32_t announce_end_waiter(robust_node& life) noexcept;
/// The kernel wakes one; it wakes the others.
void wake_end_waiters(robust_node& life) noexcept;

}  // namespace coview::inline sync
