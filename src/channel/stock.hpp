// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "channel/participant.hpp"

/// The blocks that a participant keeps for its next messages: steps K of docs/channels.md.
namespace coview::inline channel {

/// Its address tells this thread from all others that live.
[[gnu::tls_model("initial-exec")]] inline constinit thread_local char this_threads_mark = 0;

/// The one thread of a process that may use plain stores: the first that asks.
class home_thread {
 public:
  [[nodiscard]] bool is_this() const noexcept { return mark_.load(std::memory_order_relaxed) == &this_threads_mark; }
  bool claim() noexcept {
    void const* mark = mark_.load(std::memory_order_relaxed);
    if (mark == &this_threads_mark) [[likely]]
      return true;
    return mark == nullptr && mark_.compare_exchange_strong(mark, &this_threads_mark, std::memory_order_relaxed);
  }

 private:
  std::atomic<void const*> mark_{nullptr};
};

/// How many messages ahead lines are fetched: as long as it takes to get one from another processor.
inline constexpr std::uint64_t look_ahead = 16;

/// Makes a line this processor's own, without a change of what lies there, also while others write it: whoever writes
/// it next gets it sooner than one that it would share. A processor cannot fetch for writing what it shares: each
/// store into such a line waits for all others to give it up, and those behind it wait as well.
inline void take_line(void* there) noexcept {
#if defined(__x86_64__)
  asm volatile("lock orq $0, %0" : "+m"(*static_cast<std::uint64_t*>(there)) : : "cc");
#else
  static_cast<void>(there);
#endif
}

/// Blocks in the order in which they are used. They may have become another one's since.
class block_ring {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] std::uint32_t peek(std::size_t i) const noexcept { return ring_[(first_ + i) & mask_]; }
  /// What is used some time after the first.
  [[nodiscard]] std::uint32_t peek_far() const noexcept {
    return peek(count_ > look_ahead ? static_cast<std::size_t>(look_ahead) : count_ - 1);
  }
  /// The first goes to the end.
  void use_first() noexcept {
    ring_[(first_ + count_) & mask_] = ring_[first_ & mask_];
    ++first_;
  }
  void push(std::uint32_t block);
  /// The i-th goes to the end, and the first, where that is another, takes its place.
  void use(std::size_t i) noexcept;
  void forget_last() noexcept { --count_; }
  /// The i-th goes, and the first takes its place.
  void forget(std::size_t i) noexcept;

 private:
  std::vector<std::uint16_t> ring_ = std::vector<std::uint16_t>(64);
  std::size_t mask_ = 63;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

/// Whoever is `busy` with a block of its stock may turn it into something else with plain stores; whoever wants
/// the stock sets `recall`, has all processes make a barrier, and leaves that block alone. Belongs to one
/// thread of the participant.
class busy_section {
 public:
  explicit busy_section(layout::participant_page& page) noexcept : page_(page) {}
  busy_section(busy_section const&) = delete;
  busy_section& operator=(busy_section const&) = delete;
  ~busy_section() { page_.busy.store(0, std::memory_order_release); }
  /// K1: with this block, from now on; false where something was recalled of what `bits` say.
  [[nodiscard]] bool begins_with(std::uint32_t block, std::uint32_t bits = layout::recalls_stock) noexcept {
    page_.busy.store(block + 1, std::memory_order_relaxed);
    // For the compiler; the processor's order is the recaller's barrier.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    return (page_.recall.load(std::memory_order_relaxed) & bits) == 0;
  }

 private:
  layout::participant_page& page_;
};

/// K3 to K5, under the channel's lock: the stocks of all but one are free, but for what somebody is just busy with.
void free_stocks(segment const& where, std::uint32_t but_of);

}  // namespace coview::inline channel
