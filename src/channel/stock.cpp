// SPDX-License-Identifier: Apache-2.0
#include "channel/stock.hpp"

#include <bitset>
#include <utility>

#include "os/memory_barrier.hpp"

namespace coview::inline channel {

void block_ring::push(std::uint32_t block) {
  if (count_ == ring_.size()) {
    std::vector<std::uint16_t> larger(ring_.size() * 2);
    for (std::size_t i = 0; i < count_; ++i) larger[i] = static_cast<std::uint16_t>(peek(i));
    ring_.swap(larger);
    first_ = 0;
  }
  ring_[(first_ + count_) & (ring_.size() - 1)] = static_cast<std::uint16_t>(block);
  ++count_;
}

void block_ring::use(std::size_t i) noexcept {
  auto const mask = ring_.size() - 1;
  auto& first = ring_[first_ & mask];
  std::swap(ring_[(first_ + i) & mask], first);
  auto const block = first;
  ++first_;
  ring_[(first_ + count_ - 1) & mask] = block;
}

void block_ring::forget(std::size_t i) noexcept {
  auto const mask = ring_.size() - 1;
  ring_[(first_ + i) & mask] = ring_[first_ & mask];
  ++first_;
  --count_;
}

void free_stocks(segment const& where, std::uint32_t but_of) {
  for (std::uint32_t i = 0; i < where.participants(); ++i) {
    if (i != but_of) where.participant(i).recall.store(1, std::memory_order_seq_cst);  // K3
  }
  if (!os::global_barrier()) return;  // K4
  std::bitset<layout::most_participants> idle;
  for (std::uint32_t i = 0; i < where.participants(); ++i) {
    idle[i] = i != but_of && where.participant(i).busy.load(std::memory_order_seq_cst) == 0;
  }
  where.for_each_block([&](std::uint32_t block, block_state state) {  // K5
    if (state.kind() != block_kind::kept || (state.who() < where.participants() && !idle[state.who()])) return;
    auto seen = state.bits;
    auto& shape = where.shape(block);
    shape.store(block_shape::of(block_shape{shape.load(std::memory_order_relaxed)}.raw_units()).bits,
                std::memory_order_relaxed);
    where.state(block).compare_exchange_strong(seen, block_state::free_bits, std::memory_order_seq_cst);
  });
}

}  // namespace coview::inline channel
