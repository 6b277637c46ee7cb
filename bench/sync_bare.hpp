// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

/// What a lock and an event cost with nothing but a futex beneath: no owner, no recursion, no death, no name. The
/// least that is possible, so the measure for everybody else. All lie in memory that processes share, and are free or
/// not set when they are zero.
namespace bench::bare {

class word {
 public:
  std::atomic<std::uint32_t> value{0};

  void sleep_while(std::uint32_t expected) noexcept {
    ::syscall(SYS_futex, &value, FUTEX_WAIT, expected, nullptr, nullptr, 0);
  }
  void wake_one() noexcept { wake(1); }
  void wake(int count) noexcept { ::syscall(SYS_futex, &value, FUTEX_WAKE, count, nullptr, nullptr, 0); }
};

inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// As many pauses as coview makes at most before it sleeps.
inline constexpr std::uint32_t patient = 1024;

/// 0 free, 1 locked, 2 locked and somebody may sleep.
template <std::uint32_t Spins>
class futex_mutex {
 public:
  void lock() noexcept {
    std::uint32_t seen = 0;
    if (word_.value.compare_exchange_strong(seen, 1, std::memory_order_acquire)) return;
    for (std::uint32_t i = 0; i < Spins; ++i) {
      relax();
      seen = 0;
      if (word_.value.load(std::memory_order_relaxed) != 0) continue;
      if (word_.value.compare_exchange_strong(seen, 1, std::memory_order_acquire)) return;
    }
    while (word_.value.exchange(2, std::memory_order_acquire) != 0) word_.sleep_while(2);
  }
  void unlock() noexcept {
    if (word_.value.exchange(0, std::memory_order_release) == 2) word_.wake_one();
  }

 private:
  word word_;
};

/// 0 not set, 1 set, 2 not set and its one waiter may sleep. Resets itself.
template <std::uint32_t Spins>
class futex_event {
 public:
  void set() noexcept {
    if (word_.value.exchange(1, std::memory_order_release) == 2) word_.wake_one();
  }
  void wait() noexcept {
    if (take()) return;
    for (std::uint32_t i = 0; i < Spins; ++i) {
      relax();
      if (take()) return;
    }
    for (;;) {
      std::uint32_t seen = 0;
      if (word_.value.compare_exchange_strong(seen, 2, std::memory_order_relaxed) || seen == 2) word_.sleep_while(2);
      if (take()) return;
    }
  }
  void clear() noexcept { word_.value.store(0, std::memory_order_relaxed); }

  /// For whoever waits for several: takes it where it is set.
  bool take() noexcept {
    std::uint32_t seen = 1;
    return word_.value.load(std::memory_order_relaxed) == 1 &&
           word_.value.compare_exchange_strong(seen, 0, std::memory_order_acquire);
  }
  /// The word and the value to sleep on; false where it is set.
  bool announce(::futex_waitv& entry) noexcept {
    std::uint32_t seen = 0;
    if (!word_.value.compare_exchange_strong(seen, 2, std::memory_order_relaxed) && seen == 1) return false;
    entry = {2, reinterpret_cast<std::uint64_t>(&word_.value), FUTEX_32, 0};
    return true;
  }

 private:
  word word_;
};

}  // namespace bench::bare
