// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

/// Spinning before sleeping: a spinning waiter is reached in a fraction of a microsecond, a sleeping one in 2 to 40.
/// How long it pays is learnt from how it went: a thread whose spinning was in vain spins half as long the next time,
/// down to almost nothing, and one whose spinning was rewarded twice as long, up to what a wake-up costs on this
/// machine, which is learnt from the sleeps. Never on one CPU, never when switched off.
namespace coview {

/// Switches spinning off or on in this process. COVIEW_SPIN=0 in the environment has it off from the start, and
/// COVIEW_SPIN=1 on, also where this process may use one CPU only.
void allow_spinning(bool allowed) noexcept;

/// A turn of a loop that waits for another CPU.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// One wait's spinning.
/// Lives until the wait is over, so that it sees how long the sleep after it took.
class spinner {
 public:
  spinner() noexcept;
  ~spinner();
  spinner(spinner const&) = delete;
  spinner& operator=(spinner const&) = delete;
  /// Pauses a little; false when it is time to sleep.
  bool pause() noexcept {
    if (left_ == 0) return false;
    --left_;
    relax();
    return true;
  }
  /// Tells how it went.
  void rewarded() noexcept;
  void in_vain() noexcept;
  /// The sleep after it was ended by a wake-up.
  void woken() noexcept { woken_ = true; }

 private:
  std::uint32_t left_;
  std::uint32_t begun_with_;
  bool woken_ = false;
  std::optional<std::chrono::steady_clock::time_point> gave_up_;
};

}  // namespace coview
