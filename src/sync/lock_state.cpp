// SPDX-License-Identifier: Apache-2.0
#include "sync/lock_state.hpp"

#include "sync/spin.hpp"

namespace coview {
namespace {

constexpr std::uint32_t abandoned_bit = 1U << 31U;  // of `recursion`
constexpr std::uint32_t depth_mask = abandoned_bit - 1;

constexpr std::uint32_t owner_of(std::uint64_t state) {
  return static_cast<std::uint32_t>(state) & owner_mask;
}

bool owns(this_thread const& self, robust_node const& node, std::uint64_t state) {
  return owner_of(state) == self.id() && node.owner_cookie.load(std::memory_order_relaxed) == self.cookie();
}

/// L1 with the node pending. `keep` is SLEEPERS for a thread that was woken: others may still sleep.
lock_outcome take(this_thread& self, robust_node& node, std::uint64_t seen, std::uint32_t keep) {
  while (owner_of(seen) == 0) {
    std::uint64_t const mine = self.id() | keep | (seen & sleepers);
    // Pairs with the release in `unlock`, and with the kernel's store of OWNER_DIED.
    if (!node.state.compare_exchange_weak(seen, mine, std::memory_order_acquire, std::memory_order_relaxed)) continue;
    self.push(node);
    bool const abandoned = (seen & owner_died) != 0;
    node.owner_cookie.store(self.cookie(), std::memory_order_relaxed);
    node.recursion = abandoned ? 1 | abandoned_bit : 1;
    return abandoned ? lock_outcome::taken_abandoned : lock_outcome::taken;
  }
  return lock_outcome::refused;
}

lock_outcome once_more(robust_node& node) {
  if ((node.recursion & depth_mask) == depth_mask) return lock_outcome::refused;
  ++node.recursion;
  return lock_outcome::taken;
}

/// L2: sleeps until the word changes. Invariant 2 holds at each return.
os::futex_answer sleep_on(robust_node& node, os::deadline const& until) {
  auto const value = announce_sleeper(node);
  return value == 0 ? os::futex_answer::changed : os::futex_wait(node.word(), value, until);
}

/// `free_state` is 0, or OWNER_DIED for a lock that is to be found abandoned again.
bool release(robust_node& node, std::uint64_t free_state) {
  auto& self = this_thread::get();
  if (!owns(self, node, node.state.load(std::memory_order_relaxed))) return false;
  if ((node.recursion & depth_mask) > 1) {
    --node.recursion;
    return true;
  }
  node.owner_cookie.store(0, std::memory_order_relaxed);
  node.recursion = 0;
  pending_guard const guard(self, node);
  self.remove(node);
  // Sequentially consistent with `wake_all` in announce_sleeper: whoever set that before SLEEPERS is seen here.
  auto const before = node.state.exchange(free_state, std::memory_order_seq_cst);
  if ((before & sleepers) != 0) {
    bool const all = node.wake_all.exchange(0, std::memory_order_seq_cst) != 0;
    os::futex_wake(node.word(), all ? os::everybody : 1);
  }
  return true;
}

}  // namespace

lock_outcome try_lock(robust_node& node) {
  auto& self = this_thread::get();
  auto const seen = node.state.load(std::memory_order_relaxed);
  if (owns(self, node, seen)) return once_more(node);
  if (owner_of(seen) != 0) return lock_outcome::refused;
  pending_guard const guard(self, node);
  return take(self, node, seen, 0);
}

lock_outcome lock(robust_node& node, os::deadline const& until) {
  if (auto const outcome = try_lock(node); outcome != lock_outcome::refused) return outcome;
  spinner spin;
  while (spin.pause()) {
    if (owner_of(node.state.load(std::memory_order_relaxed)) != 0) continue;
    if (auto const outcome = try_lock(node); outcome != lock_outcome::refused) {
      spin.rewarded();
      return outcome;
    }
  }
  spin.in_vain();

  auto& self = this_thread::get();
  // From here to the end: killed at any moment, the kernel wakes another sleeper in this one's place.
  pending_guard const guard(self, node);
  std::uint32_t keep = 0;
  for (;;) {
    auto const outcome = take(self, node, node.state.load(std::memory_order_relaxed), keep);
    if (outcome != lock_outcome::refused) return outcome;
    if (until && std::chrono::steady_clock::now() >= *until) {
      // The wake-up that was used up on the way belongs to another sleeper: let the owner wake that one.
      if (keep != 0 && announce_sleeper(node) == 0) os::futex_wake(node.word(), 1);
      return lock_outcome::refused;
    }
    if (sleep_on(node, until) == os::futex_answer::woken) keep = sleepers;
  }
}

bool unlock(robust_node& node) {
  return release(node, 0);
}

bool give_back(robust_node& node) {
  return release(node, found_abandoned(node) ? std::uint64_t{owner_died} : 0);
}

bool owned_by_this_thread(robust_node const& node) {
  return owns(this_thread::get(), node, node.state.load(std::memory_order_relaxed));
}

bool found_abandoned(robust_node const& node) noexcept {
  return (node.recursion & abandoned_bit) != 0;
}

std::uint32_t announce_sleeper(robust_node& node) noexcept {
  auto seen = node.state.load(std::memory_order_relaxed);
  do {
    if (owner_of(seen) == 0) return 0;
  } while (
      (seen & sleepers) == 0 &&
      !node.state.compare_exchange_weak(seen, seen | sleepers, std::memory_order_seq_cst, std::memory_order_relaxed));
  return static_cast<std::uint32_t>(seen) | sleepers;
}

}  // namespace coview
