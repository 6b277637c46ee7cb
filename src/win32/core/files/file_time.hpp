// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <ctime>

#include <coview/win32/minwindef.h>

/// File times: units of 100 ns since 1601, and the clocks of Linux.
namespace coview::win32 {

inline constexpr std::int64_t ticks_per_second = 10'000'000;
inline constexpr std::int64_t ticks_from_1601_to_1970 = 116'444'736'000'000'000;

constexpr std::int64_t ticks_from(timespec const& time) noexcept {
  return (time.tv_sec * ticks_per_second) + (time.tv_nsec / 100) + ticks_from_1601_to_1970;
}

constexpr timespec timespec_from(std::int64_t ticks) noexcept {
  std::int64_t const since_1970 = ticks - ticks_from_1601_to_1970;
  std::int64_t seconds = since_1970 / ticks_per_second;
  std::int64_t rest = since_1970 % ticks_per_second;
  if (rest < 0) {
    --seconds;
    rest += ticks_per_second;
  }
  return {seconds, rest * 100};
}

constexpr std::int64_t ticks_from(FILETIME const& time) noexcept {
  return static_cast<std::int64_t>((std::uint64_t{time.dwHighDateTime} << 32U) | time.dwLowDateTime);
}

constexpr FILETIME filetime_from(std::int64_t ticks) noexcept {
  return {static_cast<DWORD>(ticks), static_cast<DWORD>(static_cast<std::uint64_t>(ticks) >> 32U)};
}

/// For calls that fill what the caller may have left out.
inline void fill(FILETIME* out, std::int64_t ticks) noexcept {
  if (out != nullptr) *out = filetime_from(ticks);
}

}  // namespace coview::win32
