// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "channel/participant.hpp"

/// The blocks that a participant keeps for its next messages: steps K of docs/channels.md.
namespace coview::inline channel {

/// Blocks in the order in which they are used. They may have become another one's since.
class block_ring {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] std::uint32_t peek(std::size_t i) const noexcept { return ring_[(first_ + i) & (ring_.size() - 1)]; }
  void push(std::uint32_t block);
  /// The i-th goes to the end, and the first, where that is another, takes its place.
  void use(std::size_t i) noexcept;
  void forget_last() noexcept { --count_; }
  /// The i-th goes, and the first takes its place.
  void forget(std::size_t i) noexcept;

 private:
  std::vector<std::uint16_t> ring_ = std::vector<std::uint16_t>(64);
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

/// Whoever is `busy` may turn what it keeps into something else with plain stores; whoever wants it sets `recall`, has all
/// processes make a barrier, and leaves alone who is busy still. Belongs to one thread of the participant.
class busy_section {
 public:
  explicit busy_section(layout::participant_page& page) noexcept : page_(page) {
    page_.busy.store(1, std::memory_order_relaxed);
    // For the compiler; the processor's order is the recaller's barrier.
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  busy_section(busy_section const&) = delete;
  busy_section& operator=(busy_section const&) = delete;
  ~busy_section() { page_.busy.store(0, std::memory_order_release); }
  [[nodiscard]] bool is_recalled() const noexcept { return page_.recall.load(std::memory_order_relaxed) != 0; }

 private:
  layout::participant_page& page_;
};

/// K3 to K5, under the channel's lock: the stocks of all but one who are not busy are free.
void free_stocks(segment const& where, std::uint32_t but_of);

}  // namespace coview::inline channel
