// SPDX-License-Identifier: Apache-2.0
#include "channel/doorbell.hpp"

namespace coview::inline channel {

void ring_now(doorbell& bell, int how_many) noexcept {
  auto rung = bell.fetch_add(one_ring, std::memory_order_seq_cst) + one_ring;  // R2
  if (os::futex_wake(&bell, how_many) != 0) return;                            // R3
  // R4. Somebody may have fallen asleep since: the first time, only the number changes, and nobody else can after
  // that who has not announced itself anew. Nobody slept then and nobody has since: nobody sleeps.
  auto const quiet = (rung & nobody_lately) != 0 ? rung & ~(somebody_sleeps | nobody_lately) : rung | nobody_lately;
  bell.compare_exchange_strong(rung, quiet + one_ring, std::memory_order_seq_cst);
}

}  // namespace coview::inline channel
