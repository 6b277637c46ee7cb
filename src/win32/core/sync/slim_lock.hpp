// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "win32/core/sync/local_futex.hpp"

/// The locks of one process, each on a word of 32 bits: under critical sections, slim
/// reader/writer locks and condition variables. Not robust, as those are not: they belong to threads that end
/// together.
namespace coview::win32 {

/// A critical section's count, as programs look at it: bit 0 says that it is free, and who waits is counted from the
/// third bit downwards; here there are only none and some.
class plain_lock {
 public:
  static constexpr std::uint32_t untouched = 0;  ///< as free: zeroed and never initialised
  static constexpr std::uint32_t free = static_cast<std::uint32_t>(-1);
  static constexpr std::uint32_t owned = static_cast<std::uint32_t>(-2);
  static constexpr std::uint32_t awaited = static_cast<std::uint32_t>(-6);  ///< owned, and somebody sleeps

  explicit plain_lock(std::atomic<std::uint32_t>& word) noexcept : word_(word) {}

  bool try_take() noexcept {
    std::uint32_t seen = free;
    return word_.compare_exchange_strong(seen, owned, std::memory_order_acquire, std::memory_order_relaxed) ||
           (seen == untouched &&
            word_.compare_exchange_strong(seen, owned, std::memory_order_acquire, std::memory_order_relaxed));
  }
  /// `spins`: how often to look before sleeping.
  void take(std::uint32_t spins) noexcept {
    if (!try_take()) [[unlikely]]
      take_slowly(spins);
  }
  void give_back() noexcept {
    if (word_.exchange(free, std::memory_order_release) == awaited) [[unlikely]]
      wake(word_, 1);
  }

 private:
  static bool is_taken(std::uint32_t word) noexcept { return word != free && word != untouched; }
  void take_slowly(std::uint32_t spins) noexcept;
  std::atomic<std::uint32_t>& word_;
};

/// Readers and writers. The lower 30 bits count readers, or are all set: a writer. Bit 30: a writer sleeps or is
/// about to; readers that come then stand back. Bit 31: a reader sleeps.
class shared_lock_word {
 public:
  explicit shared_lock_word(std::atomic<std::uint32_t>& word) noexcept : word_(word) {}

  bool try_write() noexcept;
  bool try_read() noexcept;
  void write() noexcept;
  void read() noexcept;
  void end_write() noexcept;
  void end_read() noexcept;

 private:
  std::atomic<std::uint32_t>& word_;
};

}  // namespace coview::win32
