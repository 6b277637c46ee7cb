// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include "os/futex.hpp"

/// A word to sleep on that costs nothing while nobody sleeps: docs/channels.md, "Sleeping and waking". Bit 0 says
/// that somebody may sleep, bit 1 that a ring has found nobody and nobody has announced itself since; above them is a
/// number that changes with each ring.
namespace coview::inline channel {

using doorbell = std::atomic<std::uint32_t>;
inline constexpr std::uint32_t somebody_sleeps = 1;
inline constexpr std::uint32_t nobody_lately = 2;
inline constexpr std::uint32_t one_ring = 4;

/// S1: the value to sleep on.
inline std::uint32_t announce(doorbell& bell) noexcept {
  // A full barrier: pairs with the one of whoever publishes before it looks at bit 0.
  auto seen = bell.load(std::memory_order_relaxed);
  std::uint32_t announced = 0;
  do {
    announced = (seen | somebody_sleeps) & ~nobody_lately;
  } while (!bell.compare_exchange_weak(seen, announced, std::memory_order_seq_cst));
  return announced;
}

/// R2 to R4. Bit 0 stays until two rings find nobody: whoever is woken or rings, and is stopped just then, takes
/// nobody else's wake-up with it.
void ring_now(doorbell& bell, int how_many) noexcept;

/// R1.
inline void ring(doorbell& bell, int how_many) noexcept {
  if ((bell.load(std::memory_order_seq_cst) & somebody_sleeps) != 0) [[unlikely]]
    ring_now(bell, how_many);
}

}  // namespace coview::inline channel
