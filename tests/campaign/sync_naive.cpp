// SPDX-License-Identifier: Apache-2.0
#include "sync_naive.hpp"

#include <unistd.h>

namespace sync_campaign::naive {

using coview::owner_died;
using coview::waiters;
namespace os = coview::os;

void lock(coview::robust_node& node) {
  auto const mine = static_cast<std::uint64_t>(::getpid());
  for (std::uint64_t wanted = mine;; wanted = mine | waiters) {
    std::uint64_t seen = 0;
    if (node.state.compare_exchange_strong(seen, wanted)) return;
    if ((seen & waiters) != 0 || node.state.compare_exchange_strong(seen, seen | waiters))
      os::futex_wait(node.word(), static_cast<std::uint32_t>(seen) | waiters, {});
  }
}

void unlock(coview::robust_node& node) {
  if ((node.state.exchange(0) & waiters) != 0) os::futex_wake(node.word(), 1);
}

void set(coview::robust_node& node) {
  auto const before = node.state.exchange(owner_died);
  if ((before & waiters) == 0) return;
  ::usleep(300);  // makes the window as wide as a busy machine makes it
  os::futex_wake(node.word(), 1);
}

bool try_take(coview::robust_node& node) {
  auto seen = node.state.load();
  while ((seen & owner_died) != 0) {
    if (node.state.compare_exchange_strong(seen, seen & ~std::uint64_t{owner_died})) return true;
  }
  return false;
}

void wait(coview::robust_node& node) {
  while (!try_take(node)) {
    auto seen = node.state.load();
    if ((seen & owner_died) != 0) continue;
    if ((seen & waiters) != 0 || node.state.compare_exchange_strong(seen, seen | waiters))
      os::futex_wait(node.word(), static_cast<std::uint32_t>(seen) | waiters, {});
    node.state.fetch_or(waiters);  // whoever was woken must not hide the others
  }
}

}  // namespace sync_campaign::naive
