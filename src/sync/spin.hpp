// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

/// Spinning before sleeping: a spinning waiter is reached in a fraction of a microsecond, a sleeping one in 2 to 40.
/// How long it pays is learnt from how it went: a thread whose spinning was in vain spins half as long the next time,
/// down to almost nothing, and one whose spinning was rewarded twice as long, up to what a wake-up costs at worst.
/// Never on one CPU, never when switched off.
namespace coview {

/// Switches spinning off or on in this process; COVIEW_SPIN=0 in the environment has it off from the start.
void allow_spinning(bool allowed) noexcept;

/// One wait's spinning.
class spinner {
 public:
  spinner() noexcept;
  /// Pauses a little; false when it is time to sleep.
  bool pause() noexcept;
  /// Tells how it went.
  static void rewarded() noexcept;
  static void in_vain() noexcept;

 private:
  std::uint32_t left_;
};

}  // namespace coview
