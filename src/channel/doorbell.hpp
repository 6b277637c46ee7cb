// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include "os/futex.hpp"

/// A word to sleep on that costs nothing while nobody sleeps: docs/channels.md, "Sleeping and waking". Bit 0 says that
/// somebody may sleep; above it is a number that changes with each ring.
namespace coview::inline channel {

using doorbell = std::atomic<std::uint32_t>;
inline constexpr std::uint32_t somebody_sleeps = 1;
inline constexpr std::uint32_t one_ring = 2;

/// S1: the value to sleep on.
inline std::uint32_t announce(doorbell& bell) noexcept {
  // A full barrier: pairs with the one of whoever publishes before it looks at bit 0.
  return bell.fetch_or(somebody_sleeps, std::memory_order_seq_cst) | somebody_sleeps;
}

/// R2 and R3. Bit 0 stays until a ring finds nobody: whoever is woken and then stopped takes nobody else's with it.
void ring_now(doorbell& bell, int how_many) noexcept;

/// R1.
inline void ring(doorbell& bell, int how_many) noexcept {
  if ((bell.load(std::memory_order_seq_cst) & somebody_sleeps) != 0) [[unlikely]]
    ring_now(bell, how_many);
}

}  // namespace coview::inline channel
