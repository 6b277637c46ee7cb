// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

/// Spinning before sleeping: a spinning waiter is reached in a fraction of a microsecond, a sleeping one in 2 to 40.
/// How long it pays is learnt from how it went: a thread whose spinning was in vain spins half as long the next time,
/// down to almost nothing, and one whose spinning was rewarded twice as long, up to what a wake-up costs on this
/// machine, which is learnt from the sleeps. Never on one CPU, never when switched off.
namespace coview::inline sync {

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

/// What lies there is about to be looked at and then written: its cache line comes for writing at once, where it
/// would otherwise come for reading, and then once more.
template <class T>
inline void fetch_to_write(T const& there) noexcept {
#if defined(__x86_64__)
  asm volatile("prefetchw %0" : : "m"(there));  // does nothing where a CPU does not know it
#else
  __builtin_prefetch(&there, 1);
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
  /// The same for a lock: the longer it takes already, the longer the pause. Each look takes the cache line from the
  /// one who is working with it, and so much less gets done where two fight; it costs a quarter of the wait at most.
  bool pause_longer() noexcept {
    if (left_ == 0) return false;
    constexpr std::uint32_t longest = 64;
    auto const gap = std::min({1 + (begun_with_ - left_) / 4, longest, left_});
    left_ -= gap;
    for (std::uint32_t i = 0; i < gap; ++i) relax();
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

}  // namespace coview::inline sync
