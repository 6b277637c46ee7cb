// SPDX-License-Identifier: Apache-2.0
#include "os/futex.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace coview::os {
namespace {

/// steady_clock is CLOCK_MONOTONIC, which both calls take as an absolute time.
timespec as_timespec(std::chrono::steady_clock::time_point when) {
  auto const since = when.time_since_epoch();
  auto const seconds = std::chrono::floor<std::chrono::seconds>(since);
  if (seconds.count() < 0) return {0, 0};
  return {static_cast<time_t>(seconds.count()), static_cast<long>(std::chrono::nanoseconds(since - seconds).count())};
}

futex_answer answer_of(long returned) noexcept {
  if (returned >= 0) return futex_answer::woken;
  return errno == ETIMEDOUT ? futex_answer::timed_out : futex_answer::changed;
}

}  // namespace

futex_answer futex_wait(futex_word word, std::uint32_t expected, deadline const& until) noexcept {
  timespec time{};
  if (until) time = as_timespec(*until);
  return answer_of(::syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, until ? &time : nullptr, nullptr,
                             FUTEX_BITSET_MATCH_ANY));
}

futex_answer futex_wait_any(std::span<::futex_waitv> words, deadline const& until) noexcept {
  timespec time{};
  if (until) time = as_timespec(*until);
  return answer_of(
      ::syscall(SYS_futex_waitv, words.data(), words.size(), 0, until ? &time : nullptr, CLOCK_MONOTONIC));
}

int futex_wake(futex_word word, int count) noexcept {
  auto const woken = ::syscall(SYS_futex, word, FUTEX_WAKE, count, nullptr, nullptr, 0);
  return woken > 0 ? static_cast<int>(woken) : 0;
}

}  // namespace coview::os
