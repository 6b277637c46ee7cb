// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "win32/core/sync/local_futex.hpp"

/// The locks of one process, each on a word of 32 bits that is 0 when free: under critical sections, slim
/// reader/writer locks and condition variables. Not robust, as those are not: they belong to threads that end
/// together.
namespace coview::win32 {

/// 0 free, 1 owned, 2 owned and somebody sleeps.
class plain_lock {
 public:
  explicit plain_lock(std::atomic<std::uint32_t>& word) noexcept : word_(word) {}

  bool try_take() noexcept {
    std::uint32_t seen = 0;
    return word_.compare_exchange_strong(seen, 1, std::memory_order_acquire, std::memory_order_relaxed);
  }
  /// `spins`: how often to look before sleeping.
  void take(std::uint32_t spins) noexcept {
    if (!try_take()) [[unlikely]]
      take_slowly(spins);
  }
  void give_back() noexcept {
    if (word_.exchange(0, std::memory_order_release) == 2) [[unlikely]]
      wake(word_, 1);
  }

 private:
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
