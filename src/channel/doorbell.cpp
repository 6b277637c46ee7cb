// SPDX-License-Identifier: Apache-2.0
#include "channel/doorbell.hpp"

namespace coview::inline channel {

void ring_now(doorbell& bell, int how_many) noexcept {
  auto rung = (bell.fetch_add(one_ring, std::memory_order_seq_cst) + one_ring) | somebody_sleeps;
  if (os::futex_wake(&bell, how_many) == 0) {
    // Nobody slept. With another number: who has announced itself since and is about to sleep must not find the same
    // word again, once somebody else has set bit 0.
    bell.compare_exchange_strong(rung, (rung + one_ring) & ~somebody_sleeps, std::memory_order_seq_cst);
  }
}

}  // namespace coview::inline channel
