// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/futex.h>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <span>

#include "os/visibility.hpp"

/// futex(2) and futex_waitv(2), on words that several processes share.
namespace coview::os {

/// Address of a word of 32 bits, or of the lower half of one of 64; the kernel compares it, the process changes it
/// with atomics.
using futex_word = void const*;

/// When to stop waiting; empty: never.
using deadline = std::optional<std::chrono::steady_clock::time_point>;

/// As system calls take it; nothing where it is negative. A point of steady_clock, counted from its beginning, is one
/// of CLOCK_MONOTONIC.
inline timespec as_timespec(std::chrono::steady_clock::duration time) noexcept {
  if (time.count() < 0) return {0, 0};
  auto const seconds = std::chrono::floor<std::chrono::seconds>(time);
  return {static_cast<time_t>(seconds.count()), static_cast<long>(std::chrono::nanoseconds(time - seconds).count())};
}

/// Whether the deadline has come.
inline bool is_over(deadline const& until) {
  return until && std::chrono::steady_clock::now() >= *until;
}

enum class futex_answer : std::uint8_t {
  woken,      ///< by a wake-up; what it was for is not said, and it counts as used
  changed,    ///< the word was not as expected: look again
  timed_out,  ///< the deadline came
};

/// Sleeps while the word has the value. A signal handler that ran counts as `changed`. A cancellation point: the
/// thread may be unwound from here, with or without a wake-up that it used up.
futex_answer futex_wait(futex_word word, std::uint32_t expected, deadline const& until);

/// A word for futex_wait_any, and the value on which to sleep.
inline ::futex_waitv futex_entry(futex_word word, std::uint32_t expected) noexcept {
  return {expected, reinterpret_cast<std::uint64_t>(word), FUTEX_32, 0};
}

/// Sleeps while all of them, at most 128, have their values (Linux 5.16). A cancellation point, as futex_wait.
/// Where the system refuses futex_waitv, it sleeps on the first word alone, for 4 ms at most, and answers `changed`:
/// a change of another word is found that much later, at 250 looks a second.
COVIEW_PRIVATE futex_answer futex_wait_any(std::span<::futex_waitv> words, deadline const& until);
/// The same until a point of CLOCK_REALTIME, whoever sets that clock meanwhile.
futex_answer futex_wait_any_until(std::span<::futex_waitv> words, timespec const& wall_time);

/// Whether this system lets the process wait for several words at once: kernels before 5.16, some sandboxes (seccomp)
/// and emulators refuse it.
bool futex_waitv_available() noexcept;

inline constexpr int everybody = 0x7fffffff;
/// How many were woken.
COVIEW_PRIVATE int futex_wake(futex_word word, int count) noexcept;

}  // namespace coview::os
