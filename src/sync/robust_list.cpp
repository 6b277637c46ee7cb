// SPDX-License-Identifier: Apache-2.0
#include "sync/robust_list.hpp"

#include <pthread.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "object/fail.hpp"

namespace coview {
namespace {

#ifdef __GLIBC__
static_assert(offsetof(pthread_mutex_t, __data.__list.__prev) == offsetof(robust_node, previous));
static_assert(offsetof(pthread_mutex_t, __data.__list.__next) == offsetof(robust_node, next));
#endif

// Entries of the list point at a node's `next`; the lowest bit marks a priority-inheriting mutex of glibc's.
constexpr auto link_offset = static_cast<long>(offsetof(robust_node, next));
constexpr std::uintptr_t flag_bit = 1;

std::byte* entry_address(void* entry) noexcept {
  return static_cast<std::byte*>(entry) - (reinterpret_cast<std::uintptr_t>(entry) & flag_bit);
}

/// glibc keeps a field for `previous` right before the head too, so every entry has one at the same distance.
void*& previous_of(void* entry) noexcept {
  return *reinterpret_cast<void**>(entry_address(entry) - sizeof(void*));
}
void*& next_of(void* entry) noexcept {
  return *reinterpret_cast<void**>(entry_address(entry));
}

/// The kernel looks at the list when the thread is gone, between any two of its instructions: the compiler must not
/// reorder.
void in_this_order() noexcept {
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

std::atomic<unsigned> fork_count{0};

std::uint64_t unique_number() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    number = (static_cast<std::uint64_t>(now.tv_nsec) << 32U) ^ static_cast<std::uint64_t>(now.tv_sec);
    number ^= static_cast<std::uint64_t>(::syscall(SYS_gettid)) << 16U;
  }
  return number | 1U;  // never 0, which means nobody
}

}  // namespace

unsigned this_thread::forks() noexcept {
  return fork_count.load(std::memory_order_relaxed);
}

void this_thread::refresh() {
  static int const registered =
      ::pthread_atfork(nullptr, nullptr, [] { fork_count.fetch_add(1, std::memory_order_relaxed); });
  errand const asked{"use", "synchronisation objects"};
  if (registered != 0) asked.refuse(registered);
  void* head = nullptr;
  std::size_t length = 0;
  if (::syscall(SYS_get_robust_list, 0, &head, &length) != 0) asked.refuse(errno);
  list_ = static_cast<list_head*>(head);
  if (list_ == nullptr || length != sizeof(list_head) || list_->futex_offset != -link_offset) {
    asked.refuse(ENOTSUP, "the C library keeps no robust list of the layout that is expected", "coview needs glibc");
  }
  id_ = static_cast<std::uint32_t>(::syscall(SYS_gettid));
  cookie_ = unique_number();
  generation_ = forks();
}

void this_thread::set_pending(robust_node* node) noexcept {
  in_this_order();
  list_->pending = node != nullptr ? &node->next : nullptr;
  in_this_order();
}

void this_thread::push(robust_node& node) noexcept {
  void* const first = list_->first;
  previous_of(first) = &node.next;
  node.next = first;
  node.previous = list_;
  in_this_order();
  list_->first = &node.next;
  in_this_order();
}

void this_thread::remove(robust_node& node) noexcept {
  in_this_order();
  previous_of(node.next) = node.previous;
  next_of(node.previous) = node.next;
  in_this_order();
  node.next = nullptr;
  node.previous = nullptr;
}

}  // namespace coview
