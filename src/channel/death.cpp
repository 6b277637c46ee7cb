// SPDX-License-Identifier: Apache-2.0
#include "channel/death.hpp"

namespace coview::inline channel {
namespace {

/// Whether a block is what its place has at this position.
bool stands_in_its_place(segment const& where, std::uint32_t block, std::uint64_t position) {
  auto const seen = where.place(position, std::memory_order_seq_cst);
  return seen.is_of(where.lap(position), block);
}

void clear_up_block(segment const& where, std::uint32_t block, block_state state) {
  auto wanted = block_state::of(block_kind::free);
  switch (state.kind()) {
    case block_kind::loaned:
    case block_kind::kept:
      break;
    case block_kind::queued:
      if (stands_in_its_place(where, block, state.position())) return;  // it was published
      // Of a topic it may have been displaced, and be pinned: whoever takes retired blocks looks at the pins.
      if (where.kind() == object_kind::topic) wanted = block_state::of(block_kind::retired, 0, state.position());
      break;
    case block_kind::held:
      if (where.drops_of_the_dead()) {
        where.control().dropped.fetch_add(1, std::memory_order_relaxed);
      } else {
        wanted = block_state::of(block_kind::orphan, 0, state.position());
      }
      break;
    default:
      return;
  }
  // Compared: a receiver may have taken what was queued since it was seen.
  auto seen = state.bits;
  where.state(block).compare_exchange_strong(seen, wanted.bits, std::memory_order_seq_cst);
}

}  // namespace

void clear_up_after(segment const& where, std::uint32_t i) {
  auto& page = where.participant(i);
  auto& control = where.control();
  auto const displacing = page.displacing.load(std::memory_order_relaxed);
  std::uint64_t orphans = 0;
  where.for_each_block([&](std::uint32_t block, block_state state) {
    bool const was_displaced = displacing != 0 && state.is_queued_at(displacing - 1);
    if (was_displaced || state.who() == i) clear_up_block(where, block, state);
    auto const now = block_state{where.state(block).load(std::memory_order_relaxed)};
    if (now.kind() == block_kind::orphan) ++orphans;
  });
  control.orphans.store(orphans, std::memory_order_seq_cst);
  control.lost.fetch_add(page.lost.exchange(0, std::memory_order_relaxed), std::memory_order_relaxed);
  for (auto& pin : page.pins) pin.store(0, std::memory_order_seq_cst);
  page.received.store(0, std::memory_order_relaxed);
  page.cursor.store(0, std::memory_order_relaxed);
  page.displacing.store(0, std::memory_order_relaxed);
  page.recall.store(0, std::memory_order_relaxed);
  page.busy.store(0, std::memory_order_relaxed);
  page.role.store(0, std::memory_order_relaxed);
  page.others_sending.store(0, std::memory_order_relaxed);
  page.others_receiving.store(0, std::memory_order_relaxed);
  page.intent.store(0, std::memory_order_relaxed);
  page.taking.store(0, std::memory_order_relaxed);
  page.helped.store(0, std::memory_order_relaxed);
  for (auto* const lease : {&control.sender_lease, &control.receiver_lease}) {
    for (auto mine : {i + 1, (i + 1) | layout::lease_asked_for})
      lease->compare_exchange_strong(mine, 0, std::memory_order_seq_cst);
  }
  if (page.blocks.exchange(0, std::memory_order_seq_cst) != 0) control.rules.fetch_add(1, std::memory_order_seq_cst);
}

}  // namespace coview::inline channel
