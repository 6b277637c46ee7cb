// SPDX-License-Identifier: Apache-2.0
#include "sync/starvation.hpp"

#include <sched.h>

#include <chrono>

namespace coview::inline sync {

void step_back(robust_node& node) noexcept {
  // A wake-up takes 2 to 50 us; where every CPU is busy, yielding gives it one.
  constexpr std::chrono::microseconds longest(100);
  auto const until = std::chrono::steady_clock::now() + longest;
  while (is_starving(node)) {
    if (std::chrono::steady_clock::now() >= until) {
      end_hand_off(node);  // it left, or was killed; if it only waits for the owner, it asks again
      return;
    }
    ::sched_yield();
  }
}

}  // namespace coview::inline sync
