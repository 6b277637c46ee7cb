// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "os/sanitizer.hpp"
#include "os/visibility.hpp"
#include "sync/robust_list.hpp"

/// What a thread knows of itself: its ID, its robust list, and which locks it owns. All of it is this process's own
/// memory: what others write into a shared word never changes what a thread owns, how deep, or what is on its list.
///
/// Invariants:
/// 1. A node is on the thread's robust list exactly while it is in `owned` (between the two, it is pending).
/// 2. The record's own node `life` is the last of the list: the kernel writes OWNER_DIED there when the thread has
///    ended and everything else on the list was dealt with. Until then nobody reuses the record, and no page with a
///    node of this thread is unmapped.
/// 3. Records lie in memory that the kernel hands to no child as it is, however it was forked (MADV_WIPEONFORK; _Fork
///    and clone run no handlers): a child finds zeros, which is a thread that has not been seen yet and owns nothing.
///
/// Thread safety: a record belongs to its thread; `is_alive` may be asked by any.
namespace coview::inline sync {

/// A lock that this thread owns.
struct owned_lock {
  robust_node* node;
  std::uint32_t depth;
  bool abandoned;  // its last owner died: what the first lock found
};

/// Which thread of this process has a node on its list: a place in the table of threads, and how often that place was
/// used before. 0: none.
using holder_id = std::uint64_t;

class this_thread {
 public:
  /// Errors: errc::not_supported where the C library keeps no list of the expected layout; errc::not_enough_memory.
  static this_thread& get() {
    auto* const self = current_;
    if (self->id() == 0) [[unlikely]]
      return first_use();
    return *self;
  }

  /// The same, or nullptr where this is its first use.
  static this_thread* seen_before() noexcept {
    auto* const self = current_;
    return self->id() != 0 ? self : nullptr;
  }

  [[nodiscard]] std::uint32_t id() const noexcept { return id_.load(std::memory_order_relaxed); }
  [[nodiscard]] holder_id holder() const noexcept { return holder_.load(std::memory_order_relaxed); }

  /// Whether the thread behind it may still have its nodes listed. Sure in one direction: false is for ever.
  static bool is_alive(holder_id holder) noexcept;
  /// Sleeps until that thread has ended, for a moment at most.
  static void await_end(holder_id holder, os::deadline const& until);

  /// The entry of a lock that this thread owns, or nullptr. The last one first: locks are mostly
  /// undone in that order.
  owned_lock* find(robust_node const& node) noexcept {
    for (std::size_t i = count(); i > 0; --i) {
      if (owned_[i - 1].node == &node) return &owned_[i - 1];
    }
    return nullptr;
  }
  /// The one that was taken last, or nullptr.
  owned_lock* last() noexcept { return count() != 0 ? &owned_[count() - 1] : nullptr; }
  [[nodiscard]] bool has_room() const noexcept { return count() != capacity_; }
  /// Before a lock is taken, so that noting it cannot fail. Errors: errc::not_enough_memory.
  void make_room() {
    if (count() == capacity_) [[unlikely]]
      grow();
  }
  /// Taken: onto the list and into the table.
  void add(robust_node& node, bool abandoned) noexcept {
    robust_entries::push(*list_, node);
    auto const last = count();
    owned_[last] = {&node, 1, abandoned};
    count_.store(last + 1, std::memory_order_relaxed);
  }
  /// Undone: out of both.
  void drop(owned_lock& entry) noexcept {
    robust_entries::remove(*entry.node);
    auto const last = count() - 1;
    // Not onto itself: to load as a whole what was just stored in parts makes the CPU wait for all of them.
    if (&entry != &owned_[last]) entry = owned_[last];
    count_.store(last, std::memory_order_relaxed);
  }

  /// A reservation of a wait for all: on the list, and nobody's lock.
  void list(robust_node& node) noexcept { robust_entries::push(*list_, node); }

  /// Says which word the kernel is to look after if the thread dies now.
  void set_pending(robust_node& node) noexcept { set_pending_entry(&node.next); }
  void end_pending() noexcept { set_pending_entry(nullptr); }

  constexpr this_thread() noexcept = default;
  this_thread(this_thread const&) = delete;
  this_thread& operator=(this_thread const&) = delete;

 private:
  friend class thread_table;

  static constexpr std::size_t at_first = 40;

  void set_pending_entry(void* entry) noexcept {
    robust_entries::in_this_order();
    list_->pending = entry;
    robust_entries::in_this_order();
    os::tell_sanitizer_released(list_);
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
  COVIEW_PRIVATE static this_thread& first_use();
  void grow();

  // At a fixed distance from the thread's pointer: to ask the loader where it is would take longer than the lock.
  // There is room for it also where this library is loaded late: glibc keeps some for such.
  [[gnu::tls_model("initial-exec")]] COVIEW_PRIVATE static constinit thread_local this_thread* current_;
  static this_thread nobody_;

  // Atomic where other threads look at it too.
  std::atomic<std::uint32_t> id_{0};  // 0: not seen yet in this process
  std::uint32_t uses_ = 0;
  robust_list_head* list_ = nullptr;
  owned_lock* owned_ = nullptr;
  std::atomic<std::size_t> count_{0};
  std::size_t capacity_ = 0;
  std::atomic<holder_id> holder_{0};
  robust_node life_{};
  std::array<owned_lock, at_first> first_{};
};

/// Says what is pending for as long as it lives.
class pending_guard {
 public:
  pending_guard(this_thread& self, robust_node& node) noexcept : self_(self) { self_.set_pending(node); }
  ~pending_guard() { self_.end_pending(); }
  pending_guard(pending_guard const&) = delete;
  pending_guard& operator=(pending_guard const&) = delete;

 private:
  this_thread& self_;
};

/// The pid namespace that thread IDs of this process belong to, as the inode of it; 0 where nothing tells.
std::uint64_t pid_namespace() noexcept;

}  // namespace coview::inline sync
