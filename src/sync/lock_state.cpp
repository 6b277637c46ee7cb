// SPDX-License-Identifier: Apache-2.0
#include "sync/lock_state.hpp"

#include "sync/courtesy.hpp"
#include "sync/spin.hpp"

namespace coview {
namespace {

constexpr std::uint32_t abandoned_bit = 1U << 31U;  // of `recursion`
constexpr std::uint32_t depth_mask = abandoned_bit - 1;
constexpr std::uint64_t one_version = std::uint64_t{1} << 32U;
constexpr std::uint64_t version_mask = ~(wake_all | 0xffffffffU);

constexpr std::uint64_t next_version(std::uint64_t state) {
  return (state & ~version_mask) | ((state + one_version) & version_mask);
}

constexpr std::uint32_t owner_of(std::uint64_t state) {
  return static_cast<std::uint32_t>(state) & owner_mask;
}

bool owns(this_thread const& self, robust_node const& node, std::uint64_t state) {
  return owner_of(state) == self.id() && node.owner_cookie.load(std::memory_order_relaxed) == self.cookie();
}

/// L1 with the node pending. Everything but the ID and OWNER_DIED stays as it is, SLEEPERS above all (invariant 2).
lock_outcome take(this_thread& self, robust_node& node, std::uint64_t seen) {
  while (owner_of(seen) == 0) {
    // A new version also where the last owner died: its unlock may still be about to clear SLEEPERS in the state it
    // left.
    std::uint64_t const base = (seen & owner_died) != 0 ? next_version(seen) : seen;
    std::uint64_t const mine = (base & ~std::uint64_t{owner_died}) | self.id();
    // Pairs with the release in `release`, and with the kernel's store of OWNER_DIED.
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

bool is_over(os::deadline const& until) {
  return until && std::chrono::steady_clock::now() >= *until;
}

/// Free, but with SLEEPERS still set: its last owner is finding out whether anybody sleeps, which takes a system
/// call. Whoever spins leaves it alone for that long: taken in between, it would keep SLEEPERS for nobody, and with
/// two that take turns each unlock would make a system call.
void let_settle(robust_node const& node) noexcept {
  constexpr int a_system_call = 32;
  for (int i = 0; i < a_system_call; ++i) {
    auto const seen = node.state.load(std::memory_order_relaxed);
    if (owner_of(seen) != 0 || (seen & sleepers) == 0) return;
    relax();
  }
}

/// L2. True where it was taken meanwhile, or its owner died.
lock_outcome spin_for(robust_node& node, spinner& spin) {
  while (spin.pause()) {
    if (owner_of(node.state.load(std::memory_order_relaxed)) != 0 || is_overtaking(node)) continue;
    let_settle(node);
    if (auto const outcome = try_lock(node); outcome != lock_outcome::refused) {
      spin.rewarded();
      return outcome;
    }
  }
  spin.in_vain();
  return lock_outcome::refused;
}

/// U2: wakes a sleeper, or all. SLEEPERS stays until nobody was there to be woken: whoever takes the lock meanwhile,
/// and whoever is killed meanwhile, the next unlock wakes another. The version makes sure that the state is still the
/// one that was left.
void wake(robust_node& node, std::uint64_t left) {
  bool const all = (left & wake_all) != 0;
  int const woken = os::futex_wake(node.word(), all ? os::everybody : 1);
  if (woken == 0 || all) {
    node.state.compare_exchange_strong(left, left & ~std::uint64_t{sleepers}, std::memory_order_relaxed);
  }
}

/// `free_word` is 0, or OWNER_DIED for a lock that is to be found abandoned again.
bool release(robust_node& node, std::uint32_t free_word) {
  auto& self = this_thread::get();
  auto seen = node.state.load(std::memory_order_relaxed);
  if (!owns(self, node, seen)) return false;
  if ((node.recursion & depth_mask) > 1) {
    --node.recursion;
    return true;
  }
  pending_guard const guard(self, node);
  this_thread::remove(node);
  std::uint64_t left = 0;
  do {
    left = (seen & (version_mask | sleeper_bits)) | free_word;
    if ((seen & sleepers) != 0) left = next_version(left);
  } while (!node.state.compare_exchange_weak(seen, left, std::memory_order_release, std::memory_order_relaxed));
  if ((left & sleepers) != 0) wake(node, left);
  return true;
}

}  // namespace

lock_outcome try_lock(robust_node& node) {
  auto& self = this_thread::get();
  auto const seen = node.state.load(std::memory_order_relaxed);
  if (owns(self, node, seen)) return once_more(node);
  if (owner_of(seen) != 0) return lock_outcome::refused;
  pending_guard const guard(self, node);
  return take(self, node, seen);
}

lock_outcome lock(robust_node& node, os::deadline const& until) {
  if (is_overtaking(node) && !owned_by_this_thread(node)) [[unlikely]]
    step_back(node);
  if (auto const outcome = try_lock(node); outcome != lock_outcome::refused) return outcome;
  if (is_over(until)) return lock_outcome::refused;
  spinner spin;
  if (auto const outcome = spin_for(node, spin); outcome != lock_outcome::refused) return outcome;

  auto& self = this_thread::get();
  // From here to the end: killed at any moment, the kernel wakes another sleeper in this one's place.
  pending_guard const guard(self, node);
  patience_of_a_sleeper patience;
  for (;;) {
    auto const outcome = take(self, node, node.state.load(std::memory_order_relaxed));
    bool const over = outcome == lock_outcome::refused && is_over(until);
    if ((outcome != lock_outcome::refused || over) && patience.was_told()) thank(node);
    if (outcome != lock_outcome::refused) return outcome;
    if (over) {
      pass_on(node);  // a wake-up that was used up on the way
      return lock_outcome::refused;
    }
    auto const value = announce_sleeper(node, alone::yes);
    auto const answer = value == 0 ? os::futex_answer::changed : os::futex_wait(node.word(), value, until);
    if (answer == os::futex_answer::changed) let_settle(node);
    if (answer != os::futex_answer::woken) continue;
    spin.woken();
    if (owner_of(node.state.load(std::memory_order_relaxed)) != 0 && patience.overtaken_again())
      ask_for_courtesy(node);
  }
}

bool unlock(robust_node& node) {
  return release(node, 0);
}

bool give_back(robust_node& node) {
  return release(node, found_abandoned(node) ? owner_died : 0);
}

bool owned_by_this_thread(robust_node const& node) {
  return owns(this_thread::get(), node, node.state.load(std::memory_order_relaxed));
}

bool found_abandoned(robust_node const& node) noexcept {
  return (node.recursion & abandoned_bit) != 0;
}

std::uint32_t announce_sleeper(robust_node& node, alone how) noexcept {
  std::uint64_t const bits = how == alone::yes ? std::uint64_t{sleepers} : sleeper_bits;
  auto seen = node.state.load(std::memory_order_relaxed);
  do {
    if (owner_of(seen) == 0) return 0;
  } while ((seen & bits) != bits && !node.state.compare_exchange_weak(seen, seen | bits, std::memory_order_relaxed,
                                                                      std::memory_order_relaxed));
  return static_cast<std::uint32_t>(seen) | sleepers;
}

void pass_on(robust_node& node) noexcept {
  auto const seen = node.state.load(std::memory_order_seq_cst);
  if (owner_of(seen) != 0 || (seen & sleepers) == 0) return;  // its owner will wake the next one
  os::futex_wake(node.word(), (seen & wake_all) != 0 ? os::everybody : 1);
}

}  // namespace coview
