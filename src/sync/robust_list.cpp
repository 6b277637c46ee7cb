// SPDX-License-Identifier: Apache-2.0
#include "sync/robust_list.hpp"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "object/fail.hpp"
#include "os/virtual_memory.hpp"

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

constinit thread_local this_thread this_thread::current_;

namespace {
constinit std::atomic<std::uint32_t> nobody_asked{0};
}
constinit std::atomic<this_thread::life_number*> this_thread::life_of_process_{&nobody_asked};

/// The number of this process's life among those of its ancestors: every thread of theirs has another one.
std::uint32_t this_thread::this_life() {
  static constinit std::atomic<std::uint32_t> lives{0};  // a child inherits it
  auto* number = life_of_process_.load(std::memory_order_acquire);
  if (number == &nobody_asked) {
    operation_context const context{"use", "synchronisation objects"};
    // No guarded static: a fork in the middle of its making would leave the child waiting for ever.
    void* const page = ::mmap(nullptr, os::page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) context.fail(errno);
    if (::madvise(page, os::page_size(), MADV_WIPEONFORK) != 0) {
      int const failure = errno;
      ::munmap(page, os::page_size());
      context.fail(failure, "the kernel cannot keep memory from a forked child");
    }
    auto* const fresh = new (page) life_number(0);
    if (life_of_process_.compare_exchange_strong(number, fresh, std::memory_order_acq_rel)) {
      number = fresh;
    } else {
      ::munmap(page, os::page_size());
    }
  }
  auto known = number->load(std::memory_order_relaxed);
  while (known == 0) {
    auto const next = lives.fetch_add(1, std::memory_order_relaxed) + 1;
    if (number->compare_exchange_strong(known, next, std::memory_order_relaxed)) known = next;
  }
  return known;
}

void this_thread::refresh() {
  operation_context const context{"use", "synchronisation objects"};
  auto const life = this_life();
  void* head = nullptr;
  std::size_t length = 0;
  if (::syscall(SYS_get_robust_list, 0, &head, &length) != 0) context.fail(errno);
  list_ = static_cast<list_head*>(head);
  if (list_ == nullptr || length != sizeof(list_head) ||
      list_->futex_offset != -static_cast<long>(offsetof(robust_node, next))) {
    context.fail(ENOTSUP, "the C library keeps no robust list of the layout that is expected", "coview needs glibc");
  }
  id_ = static_cast<std::uint32_t>(::syscall(SYS_gettid));
  cookie_ = unique_number();
  life_ = life;
}

}  // namespace coview
