// SPDX-License-Identifier: Apache-2.0
#include "sync/thread_end.hpp"

#include "sync/this_thread.hpp"

namespace coview::inline sync {

void begin_life(robust_node& life) {
  auto& self = this_thread::get();  // refuses a C library whose list looks otherwise
  auto seen = life.state.load(std::memory_order_relaxed);
  while (!life.state.compare_exchange_weak(seen, (seen & waiters) | self.id())) {
  }
  robust_entries::append(*list_of_this_thread(), life);
}

std::uint32_t announce_end_waiter(robust_node& life) noexcept {
  auto seen = life.state.load(std::memory_order_seq_cst);
  do {
    if ((seen & owner_died) != 0) return 0;
  } while ((seen & waiters) == 0 && !life.state.compare_exchange_weak(seen, seen | waiters));
  return static_cast<std::uint32_t>(seen) | waiters;
}

void wake_end_waiters(robust_node& life) noexcept {
  auto const seen = life.state.load(std::memory_order_seq_cst);
  if ((seen & owner_died) != 0 && (seen & waiters) != 0) os::futex_wake(life.word(), os::everybody);
}

}  // namespace coview::inline sync
