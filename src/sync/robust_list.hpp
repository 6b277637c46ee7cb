// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "object/fail.hpp"
#include "os/futex.hpp"

/// The kernel's part in surviving a death: set_robust_list(2), and the list that glibc keeps for each thread.
///
/// When a thread ends, however it ends, the kernel walks the thread's list. To each word on it that has the thread's
/// ID in its low 30 bits it gives the value OWNER_DIED (keeping WAITERS), and wakes one waiter if WAITERS was set.
/// One more word, the *pending* one, is looked at in the same way; where its low 30 bits are 0, one waiter is woken
/// and the word left alone (Linux 5.6). So:
/// - what a thread owns is on the list;
/// - a thread that is about to wake others, or was woken and has not acted yet, has the word as pending: whenever it
///   is killed, the kernel wakes the next one in its place.
///
/// glibc's own robust mutexes are on the same list, so nodes have the layout of its mutexes: that is the one way to
/// share it.
namespace coview::inline sync {

inline constexpr std::uint32_t owner_mask = FUTEX_TID_MASK;
inline constexpr std::uint32_t owner_died = FUTEX_OWNER_DIED;  ///< bit 30
inline constexpr std::uint32_t waiters = FUTEX_WAITERS;        ///< bit 31: somebody may sleep on the word

/// Bit 63 of a state: somebody has waited for this and other things at once, so waking one waiter is not enough. Set
/// with WAITERS and never cleared: it is no part of the word that the kernel compares, so it must not change while
/// anybody sleeps.
inline constexpr std::uint64_t wake_all = std::uint64_t{1} << 63U;
inline constexpr std::uint64_t waiter_bits = wake_all | waiters;

constexpr std::uint32_t owner_of(std::uint64_t state) {
  return static_cast<std::uint32_t>(state) & owner_mask;
}

/// A state and its place in a list. The lower half of the state is the word that the kernel looks at and on which
/// threads sleep. The links belong to the process whose thread owns the word; in named objects they lie in a page
/// that is not shared, so that no other process can lead this one astray. Nothing in the shared part says who owns it
/// but to others: an owner knows it from its own table (this_thread.hpp).
struct robust_node {
  std::atomic<std::uint64_t> state;
  std::uint64_t unused;
  std::uint32_t unused_too;
  std::atomic<std::uint16_t> slept_on;   // 1: somebody has slept on it, ever
  std::atomic<std::uint16_t> overtaken;  // 1: newcomers step back (sync/starvation.hpp); a hint
  void* previous;
  void* next;

  /// For system calls only.
  [[nodiscard]] os::futex_word word() const noexcept { return &state; }
};
static_assert(std::endian::native == std::endian::little, "word() is the lower half of the state");
static_assert(offsetof(robust_node, state) == 0);
static_assert(offsetof(robust_node, slept_on) == 20);
static_assert(offsetof(robust_node, previous) == 24);
static_assert(offsetof(robust_node, next) == 32);
static_assert(sizeof(robust_node) == 40);

/// struct robust_list_head of the kernel.
struct robust_list_head {
  void* first;
  long futex_offset;
  void* pending;
};

/// The list that the C library keeps for the calling thread. Nullptr where it keeps none of the expected layout.
robust_list_head* list_of_this_thread() noexcept;

/// Why there is none, as an error: the C library, or a sandbox that refuses one of the two system calls.
[[noreturn]] void fail_without_list(operation_context const& context);

namespace robust_entries {

// Entries of the list point at a node's `next`; the lowest bit marks a priority-inheriting mutex of glibc's.
inline std::byte* address(void* entry) noexcept {
  constexpr std::uintptr_t flag_bit = 1;
  return static_cast<std::byte*>(entry) - (reinterpret_cast<std::uintptr_t>(entry) & flag_bit);
}

/// glibc keeps a field for `previous` right before the head too, so every entry has one at the same distance.
inline void*& previous_of(void* entry) noexcept {
  return *reinterpret_cast<void**>(address(entry) - sizeof(void*));
}
inline void*& next_of(void* entry) noexcept {
  return *reinterpret_cast<void**>(address(entry));
}

/// The kernel looks at the list when the thread is gone, between any two of its instructions: the compiler must not
/// reorder.
inline void in_this_order() noexcept {
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

/// In front: the kernel comes to it before anything that is there already.
inline void push(robust_list_head& list, robust_node& node) noexcept {
  void* const first = list.first;
  previous_of(first) = &node.next;
  node.next = first;
  in_this_order();  // not both at once, which takes a compiler the way through a vector register
  node.previous = &list;
  in_this_order();
  list.first = &node.next;
  in_this_order();
}

/// At the end: the kernel comes to it after everything that was or will be pushed.
void append(robust_list_head& list, robust_node& node) noexcept;

inline void remove(robust_node& node) noexcept {
  in_this_order();
  previous_of(node.next) = node.previous;
  next_of(node.previous) = node.next;
  in_this_order();
  node.next = nullptr;
  node.previous = nullptr;
}

}  // namespace robust_entries
}  // namespace coview::inline sync
