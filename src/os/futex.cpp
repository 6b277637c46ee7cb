// SPDX-License-Identifier: Apache-2.0
#include "os/futex.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>

namespace coview::os {
namespace {

/// A system call during which the thread can be cancelled, which syscall(2) is not. Cancelled, it is unwound from
/// whichever instruction it has come to, so nothing in here may need cleaning up (a function with cleanups can be
/// left from its calls only, and ends the process elsewhere); and the compiler must not know that syscall(2) promises
/// never to be left so.
template <class... Arguments>
[[gnu::noinline]] long cancellable(long number, Arguments... arguments) {
  long (*call)(long, ...) = &::syscall;
  asm volatile("" : "+r"(call));
  int before = PTHREAD_CANCEL_DEFERRED;
  // NOLINTNEXTLINE(concurrency-thread-canceltype-asynchronous): for one call alone, as said above
  ::pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
  long const returned = call(number, arguments...);
  ::pthread_setcanceltype(before, nullptr);
  return returned;
}

futex_answer answer_of(long returned, int error) noexcept {
  if (returned >= 0) return futex_answer::woken;
  return error == ETIMEDOUT ? futex_answer::timed_out : futex_answer::changed;
}

/// What stands in a word: the value is not believed, only compared.
std::uint32_t value_of(::futex_waitv const& entry) noexcept {
  return __atomic_load_n(std::bit_cast<std::uint32_t const*>(entry.uaddr), __ATOMIC_RELAXED);
}

constinit std::atomic<bool> waitv_refused{false};

/// Where there is no way to sleep on several words.
futex_answer wait_without_waitv(std::span<::futex_waitv> words, deadline const& until) {
  constexpr std::chrono::milliseconds slice(4);
  for (auto const& one : words) {
    if (value_of(one) != static_cast<std::uint32_t>(one.val)) return futex_answer::changed;
  }
  auto const soon = std::chrono::steady_clock::now() + slice;
  bool const last = until && *until <= soon;
  auto const& first = words.front();
  auto const answer =
      futex_wait(std::bit_cast<futex_word>(first.uaddr), static_cast<std::uint32_t>(first.val), last ? *until : soon);
  return answer == futex_answer::timed_out && !last ? futex_answer::changed : answer;
}

futex_answer wait_with_waitv(std::span<::futex_waitv> words, timespec const* time, clockid_t clock,
                             deadline const& until) {
  auto const returned = cancellable(SYS_futex_waitv, words.data(), words.size(), 0, time, clock);
  int const error = errno;
  if (returned < 0 && error != EAGAIN && error != ETIMEDOUT && error != EINTR) {
    if (!futex_waitv_available()) waitv_refused.store(true, std::memory_order_relaxed);
    return wait_without_waitv(words, until);
  }
  return answer_of(returned, error);
}

}  // namespace

futex_answer futex_wait(futex_word word, std::uint32_t expected, deadline const& until) {
  timespec time{};
  if (until) time = as_timespec(until->time_since_epoch());
  void const* const nothing = nullptr;
  auto const returned = cancellable(SYS_futex, word, FUTEX_WAIT_BITSET, expected, until ? &time : nullptr, nothing,
                                    FUTEX_BITSET_MATCH_ANY);
  return answer_of(returned, errno);
}

futex_answer futex_wait_any(std::span<::futex_waitv> words, deadline const& until) {
  if (waitv_refused.load(std::memory_order_relaxed)) [[unlikely]]
    return wait_without_waitv(words, until);
  timespec time{};
  if (until) time = as_timespec(until->time_since_epoch());
  return wait_with_waitv(words, until ? &time : nullptr, CLOCK_MONOTONIC, until);
}

futex_answer futex_wait_any_until(std::span<::futex_waitv> words, timespec const& wall_time) {
  if (waitv_refused.load(std::memory_order_relaxed)) [[unlikely]]
    return wait_without_waitv(words, {});  // a moment, after which the caller looks at the clock
  return wait_with_waitv(words, &wall_time, CLOCK_REALTIME, {});
}

bool futex_waitv_available() noexcept {
  // Without any word it is refused with EINVAL, by a kernel that has it.
  return ::syscall(SYS_futex_waitv, nullptr, 0, 0, nullptr, CLOCK_MONOTONIC) == 0 || errno == EINVAL;
}

int futex_wake(futex_word word, int count) noexcept {
  auto const woken = ::syscall(SYS_futex, word, FUTEX_WAKE, count, nullptr, nullptr, 0);
  return woken > 0 ? static_cast<int>(woken) : 0;
}

}  // namespace coview::os
