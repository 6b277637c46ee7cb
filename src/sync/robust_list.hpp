// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "os/futex.hpp"

/// The kernel's part in surviving a death: set_robust_list(2), and the list that glibc keeps for each thread.
///
/// When a thread ends, however it ends, the kernel walks the thread's list. To each word on it that has the thread's
/// ID in its low 30 bits it gives the value OWNER_DIED (keeping WAITERS), and wakes one sleeper if WAITERS was set.
/// One more word, the *pending* one, is looked at in the same way; where its low 30 bits are 0, one sleeper is woken
/// and the word left alone (Linux 5.6). So:
/// - what a thread owns is on the list;
/// - a thread that is about to wake others, or was woken and has not acted yet, has the word as pending: whenever it
/// is
///   killed, the kernel wakes the next one in its place.
///
/// glibc's own robust mutexes are on the same list, so nodes have the layout of its mutexes: that is the one way to
/// share it.
namespace coview {

inline constexpr std::uint32_t owner_mask = FUTEX_TID_MASK;
inline constexpr std::uint32_t owner_died = FUTEX_OWNER_DIED;  ///< bit 30
inline constexpr std::uint32_t sleepers = FUTEX_WAITERS;       ///< bit 31: somebody may sleep on the word

/// Bit 63 of a state: somebody has waited for this and other things at once, so waking one sleeper is not enough. Set
/// with SLEEPERS and never cleared: it is no part of the word that the kernel compares, so it must not change while
/// anybody sleeps.
inline constexpr std::uint64_t wake_all = std::uint64_t{1} << 63U;
inline constexpr std::uint64_t sleeper_bits = wake_all | sleepers;

/// A state and its place in a list. The lower half of the state is the word that the kernel looks at and on which
/// threads sleep. The links belong to the process whose thread owns the word; in named objects they lie in a page
/// that is not shared, so that no other process can lead this one astray.
struct robust_node {
  std::atomic<std::uint64_t> state;
  std::atomic<std::uint64_t> owner_cookie;  // which thread owns it: IDs alone repeat
  std::uint32_t recursion;                  // only its owner looks at it
  std::atomic<std::uint16_t> slept_on;      // 1: somebody has slept on it, ever
  std::atomic<std::uint16_t> overtaken;     // 1: newcomers step back (sync/courtesy.hpp); a hint
  void* previous;
  void* next;

  /// For system calls only.
  [[nodiscard]] os::futex_word word() const noexcept { return &state; }
};
static_assert(std::endian::native == std::endian::little, "word() is the lower half of the state");
static_assert(offsetof(robust_node, state) == 0);
static_assert(offsetof(robust_node, previous) == 24);
static_assert(offsetof(robust_node, next) == 32);
static_assert(sizeof(robust_node) == 40);

/// What a thread needs to own something: its ID, a number that no other thread has, and its list. Made at a thread's
/// first use, and anew in a forked child, which owns nothing its parent owned: the number of this life lies in a page
/// that the kernel gives to no child, however it was forked (_Fork and clone run no handlers).
class this_thread {
 public:
  /// Errors: errc::not_supported where the C library keeps no list of the expected layout.
  static this_thread& get() {
    auto& self = current_;
    // Pairs with the release that hands the page to the other threads.
    if (self.life_ != life_of_process_.load(std::memory_order_acquire)->load(std::memory_order_relaxed)) [[unlikely]]
      self.refresh();
    return self;
  }

  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
  [[nodiscard]] std::uint64_t cookie() const noexcept { return cookie_; }

  /// Says which word the kernel is to look after if the thread dies now; nullptr: none.
  void set_pending(robust_node* node) noexcept;
  /// Puts an owned word on the list, and takes it off.
  void push(robust_node& node) noexcept;
  static void remove(robust_node& node) noexcept;

 private:
  struct list_head {  // struct robust_list_head of the kernel
    void* first;
    long futex_offset;
    void* pending;
  };

  using life_number = std::atomic<std::uint32_t>;  // 0: nobody has asked in this process
  static constexpr std::uint32_t no_life = ~0U;

  void refresh();
  static std::uint32_t this_life();

  static std::atomic<life_number*> life_of_process_;
  // At a fixed distance from the thread's pointer: to ask the loader where it is would take longer than the lock.
  // There is room for it also where this library is loaded late: glibc keeps some for such.
  [[gnu::tls_model("initial-exec")]] static constinit thread_local this_thread current_;

  std::uint32_t id_ = 0;
  std::uint32_t life_ = no_life;
  std::uint64_t cookie_ = 0;
  list_head* list_ = nullptr;
};

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

}  // namespace robust_entries

inline void this_thread::set_pending(robust_node* node) noexcept {
  robust_entries::in_this_order();
  list_->pending = node != nullptr ? &node->next : nullptr;
  robust_entries::in_this_order();
}

inline void this_thread::push(robust_node& node) noexcept {
  void* const first = list_->first;
  robust_entries::previous_of(first) = &node.next;
  node.next = first;
  node.previous = list_;
  robust_entries::in_this_order();
  list_->first = &node.next;
  robust_entries::in_this_order();
}

inline void this_thread::remove(robust_node& node) noexcept {
  robust_entries::in_this_order();
  robust_entries::previous_of(node.next) = node.previous;
  robust_entries::next_of(node.previous) = node.next;
  robust_entries::in_this_order();
  node.next = nullptr;
  node.previous = nullptr;
}

/// Says what is pending for as long as it lives.
class pending_guard {
 public:
  pending_guard(this_thread& self, robust_node& node) noexcept : self_(self) { self_.set_pending(&node); }
  ~pending_guard() { self_.set_pending(nullptr); }
  pending_guard(pending_guard const&) = delete;
  pending_guard& operator=(pending_guard const&) = delete;

 private:
  this_thread& self_;
};

}  // namespace coview
