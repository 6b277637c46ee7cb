// SPDX-License-Identifier: Apache-2.0
#include "channel/stock.hpp"

#include <array>
#include <utility>

#include "os/memory_barrier.hpp"

namespace coview::inline channel {

void block_ring::push(std::uint32_t block) {
  if (count_ == ring_.size()) {
    std::vector<std::uint16_t> larger(ring_.size() * 2);
    for (std::size_t i = 0; i < count_; ++i) larger[i] = static_cast<std::uint16_t>(peek(i));
    ring_.swap(larger);
    mask_ = ring_.size() - 1;
    first_ = 0;
  }
  ring_[(first_ + count_) & mask_] = static_cast<std::uint16_t>(block);
  ++count_;
}

void block_ring::use(std::size_t i) noexcept {
  std::swap(ring_[(first_ + i) & mask_], ring_[first_ & mask_]);
  use_first();
}

void block_ring::forget(std::size_t i) noexcept {
  ring_[(first_ + i) & mask_] = ring_[first_ & mask_];
  ++first_;
  --count_;
}

void free_stocks(segment const& where, std::uint32_t but_of) {
  for (std::uint32_t i = 0; i < where.participants(); ++i) {
    if (i != but_of) where.participant(i).recall.fetch_or(layout::recalls_stock, std::memory_order_seq_cst);  // K3
  }
  if (!os::global_barrier()) return;  // K4
  std::array<std::uint32_t, layout::most_participants> busy{};
  for (std::uint32_t i = 0; i < where.participants(); ++i)
    busy[i] = where.participant(i).busy.load(std::memory_order_seq_cst);
  where.for_each_block([&](std::uint32_t block, block_state state) {  // K5
    auto const who = state.who();
    if (state.kind() != block_kind::kept || who == but_of) return;
    if (who < where.participants() && busy[who] == block + 1) return;
    auto seen = state.bits;
    auto& shape = where.shape(block);
    shape.store(block_shape::of(block_shape{shape.load(std::memory_order_relaxed)}.raw_units()).bits,
                std::memory_order_relaxed);
    where.state(block).compare_exchange_strong(seen, block_state::free_bits, std::memory_order_seq_cst);
  });
}

}  // namespace coview::inline channel
