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

constinit std::atomic<unsigned> this_thread::forks_{0};
constinit thread_local this_thread this_thread::current_;

void this_thread::refresh() {
  errand const asked{"use", "synchronisation objects"};
  // No guarded static: a fork in the middle of its making would leave the child waiting for ever. Where two threads
  // register it, a fork counts twice.
  static constinit std::atomic<bool> registered{false};
  if (!registered.load(std::memory_order_relaxed)) {
    int const failure = ::pthread_atfork(nullptr, nullptr, [] { forks_.fetch_add(1, std::memory_order_relaxed); });
    if (failure != 0) asked.refuse(failure);
    registered.store(true, std::memory_order_relaxed);
  }
  void* head = nullptr;
  std::size_t length = 0;
  if (::syscall(SYS_get_robust_list, 0, &head, &length) != 0) asked.refuse(errno);
  list_ = static_cast<list_head*>(head);
  if (list_ == nullptr || length != sizeof(list_head) ||
      list_->futex_offset != -static_cast<long>(offsetof(robust_node, next))) {
    asked.refuse(ENOTSUP, "the C library keeps no robust list of the layout that is expected", "coview needs glibc");
  }
  id_ = static_cast<std::uint32_t>(::syscall(SYS_gettid));
  cookie_ = unique_number();
  generation_ = forks_.load(std::memory_order_relaxed);
}

}  // namespace coview
