// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include <coview/win32/minwinbase.h>

#include "sync/timer_state.hpp"

/// Windows' times of a timer, in units of 100 ns, and those of `timer_setting`.
namespace coview::win32 {

inline constexpr std::uint64_t nanoseconds_in_a_tick = 100;
inline constexpr std::uint64_t ticks_from_1601_to_1970 = 116'444'736'000'000'000;

/// Negative: from now on. Else a point of time since 1601; what was before 1970 is past.
inline timer_setting setting_of(std::int64_t due, std::uint64_t period_in_nanoseconds) noexcept {
  constexpr std::uint64_t most = latest_due / nanoseconds_in_a_tick;
  timer_setting out{timer_clock::monotonic, 0, period_in_nanoseconds, new_setting_id()};
  if (due <= 0) {
    auto const ticks = std::min(std::uint64_t{0} - static_cast<std::uint64_t>(due), most);
    out.due = std::min(now_of(timer_clock::monotonic) + ticks * nanoseconds_in_a_tick, latest_due);
  } else {
    auto const since_1601 = static_cast<std::uint64_t>(due);
    out.clock = timer_clock::wall;
    out.due = std::min(since_1601 - std::min(since_1601, ticks_from_1601_to_1970), most) * nanoseconds_in_a_tick;
  }
  return out;
}

/// When it was due, now that it is.
inline FILETIME filetime_of(timer_setting const& due, std::uint64_t now) noexcept {
  constexpr unsigned half = 32;
  auto const when = now_of(timer_clock::wall) - (now - due.due);
  auto const ticks = when / nanoseconds_in_a_tick + ticks_from_1601_to_1970;
  return {static_cast<DWORD>(ticks), static_cast<DWORD>(ticks >> half)};
}

}  // namespace coview::win32
