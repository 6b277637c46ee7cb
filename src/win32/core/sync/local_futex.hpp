// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <cstdint>
#include <ctime>

#include "os/futex.hpp"

/// Time as Win32 counts it, and futex(2) on words of this process alone, which the kernel finds without looking at
/// the memory's mapping.
namespace coview::win32 {

/// Milliseconds from now; 0xFFFFFFFF is for ever.
inline os::deadline deadline_in(std::uint32_t milliseconds) {
  constexpr std::uint32_t for_ever = 0xffffffffU;
  if (milliseconds == for_ever) return {};
  auto const now = std::chrono::steady_clock::now();
  return milliseconds == 0 ? now : now + std::chrono::milliseconds(milliseconds);
}

/// False where the deadline has come; true otherwise, whatever the reason: look again.
inline bool sleep_on(std::atomic<std::uint32_t>& word, std::uint32_t expected, os::deadline const& until) noexcept {
  timespec time{};
  if (until) time = os::as_timespec(until->time_since_epoch());
  ::syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, expected, until ? &time : nullptr, nullptr,
            FUTEX_BITSET_MATCH_ANY);
  return !os::is_over(until);
}

inline void wake(std::atomic<std::uint32_t>& word, int count) noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}
inline void wake_everybody(std::atomic<std::uint32_t>& word) noexcept {
  wake(word, INT_MAX);
}

}  // namespace coview::win32
