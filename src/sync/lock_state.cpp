// SPDX-License-Identifier: Apache-2.0
#include "sync/lock_state.hpp"

#include "sync/retry_pause.hpp"
#include "sync/spin.hpp"
#include "sync/starvation.hpp"

namespace coview::inline sync {
namespace {

constexpr std::uint32_t deepest = 0xffffffffU;
constexpr std::uint64_t one_version = std::uint64_t{1} << 32U;
constexpr std::uint64_t version_mask = ~(wake_all | 0xffffffffU);

constexpr std::uint64_t next_version(std::uint64_t state) {
  return (state & ~version_mask) | ((state + one_version) & version_mask);
}

lock_outcome once_more(owned_lock& mine) noexcept {
  if (mine.depth == deepest) return lock_outcome::refused;
  ++mine.depth;
  return lock_outcome::taken;
}

/// L1 with the node pending. Everything but the ID and OWNER_DIED stays as it is, WAITERS above all (invariant 2).
inline lock_outcome take(this_thread& self, node_ref ref, std::uint64_t seen) noexcept {
  auto& node = ref.node;
  while (owner_of(seen) == 0) {
    // A new version also where the last owner died: its unlock may still be about to clear WAITERS in the state it
    // left.
    bool const died = (seen & owner_died) != 0;
    std::uint64_t const base = died ? next_version(seen) : seen;
    std::uint64_t const mine = (base & ~std::uint64_t{owner_died}) | self.id();
    // Acquire: pairs with the release of U1 in `release`, and with the kernel's store of OWNER_DIED.
    if (!node.state.compare_exchange_weak(seen, mine, std::memory_order_acquire, std::memory_order_relaxed)) continue;
    if (!claim_listing(ref, self)) [[unlikely]] {
      hand_back(node, mine, seen);
      return lock_outcome::refused;
    }
    self.add(node, died);
    return died ? lock_outcome::taken_abandoned : lock_outcome::taken;
  }
  return lock_outcome::refused;
}

/// L1. This thread does not own it.
inline lock_outcome take_if_free(this_thread& self, node_ref ref) {
  auto const seen = ref.node.state.load(std::memory_order_relaxed);
  if (owner_of(seen) != 0 || is_listed_elsewhere(ref)) return lock_outcome::refused;
  self.make_room();
  pending_guard const guard(self, ref.node);
  return take(self, ref, seen);
}

/// L1 for one who asks and does not wait. A thread of this process that has just died with the lock is still dying
/// for some microseconds.
[[gnu::noinline]] lock_outcome ask_again(this_thread& self, node_ref ref) {
  for (moment undecided; owner_of(ref.node.state.load(std::memory_order_relaxed)) == 0;) {
    if (auto const outcome = take_if_free(self, ref); outcome != lock_outcome::refused) return outcome;
    if (!undecided.lasts()) break;
  }
  return lock_outcome::refused;
}

/// Free, but with WAITERS still set: its last owner is finding out whether anybody sleeps, which takes a system
/// call. Whoever spins leaves it alone for that long: taken in between, it would keep WAITERS for nobody, and with
/// two that take turns each unlock would make a system call.
void let_last_owner_finish(robust_node const& node) noexcept {
  constexpr int a_system_call = 32;
  for (int i = 0; i < a_system_call; ++i) {
    auto const seen = node.state.load(std::memory_order_relaxed);
    if (owner_of(seen) != 0 || (seen & waiters) == 0) return;
    relax();
  }
}

/// L2, awake. True where it was taken meanwhile, or its owner died.
lock_outcome spin_for(this_thread& self, node_ref ref, spinner& spin) {
  while (spin.pause_longer()) {
    if (owner_of(ref.node.state.load(std::memory_order_relaxed)) != 0 || is_starving(ref.node)) continue;
    let_last_owner_finish(ref.node);
    if (auto const outcome = take_if_free(self, ref); outcome != lock_outcome::refused) {
      spin.rewarded();
      return outcome;
    }
  }
  spin.in_vain();
  return lock_outcome::refused;
}

/// L2, asleep, and L3. However it is left (with the lock, without it, cancelled), others are told what they need.
class sleep_for_lock {
 public:
  sleep_for_lock(this_thread& self, node_ref ref) noexcept : ref_(ref), pending_(self, ref.node) {}
  sleep_for_lock(sleep_for_lock const&) = delete;
  sleep_for_lock& operator=(sleep_for_lock const&) = delete;
  ~sleep_for_lock() {
    if (overtaken_.was_told()) end_hand_off(ref_.node);
    if (!taken_) pass_on_lock(ref_.node);  // a wake-up that was used up on the way
  }

  lock_outcome operator()(this_thread& self, spinner& spin, os::deadline const& until) {
    auto& node = ref_.node;
    for (retry_pause pause;;) {
      auto const outcome = take(self, ref_, node.state.load(std::memory_order_relaxed));
      taken_ = outcome != lock_outcome::refused;
      if (taken_ || os::is_over(until)) return outcome;
      auto const value = announce_lock_waiter(node, sleeps_on::one_word);
      if (value == 0) {
        if (is_listed_elsewhere(ref_)) this_thread::await_end(ref_.listed_by->load(), until);
        pause(until);
        continue;
      }
      auto const answer = os::futex_wait(node.word(), value, until);
      pause.reset();
      if (answer == os::futex_answer::changed) let_last_owner_finish(node);
      if (answer != os::futex_answer::woken) continue;
      spin.woken();
      if (owner_of(node.state.load(std::memory_order_relaxed)) != 0 && overtaken_.overtaken_again())
        ask_for_hand_off(node);
    }
  }

 private:
  node_ref ref_;
  // From here to the end: killed at any moment, the kernel wakes another waiter in this one's place.
  pending_guard pending_;
  overtaken_count overtaken_;
  bool taken_ = false;
};

/// Everything but the first attempts.
[[gnu::noinline]] lock_outcome wait_for_lock(this_thread& self, node_ref ref, os::deadline const& until) {
  if (os::is_over(until)) return ask_again(self, ref);
  if (is_starving(ref.node)) {
    step_back(ref.node);
    if (auto const outcome = take_if_free(self, ref); outcome != lock_outcome::refused) return outcome;
  }
  spinner spin;
  if (auto const outcome = spin_for(self, ref, spin); outcome != lock_outcome::refused) return outcome;
  self.make_room();
  return sleep_for_lock(self, ref)(self, spin, until);
}

/// U2: wakes a waiter, or all. WAITERS stays until nobody was there to be woken: whoever takes the lock meanwhile,
/// and whoever is killed meanwhile, the next unlock wakes another. The version makes sure that the state is still the
/// one that was left.
[[gnu::noinline]] void wake_next(robust_node& node, std::uint64_t left) noexcept {
  bool const all = (left & wake_all) != 0;
  int const woken = os::futex_wake(node.word(), all ? os::everybody : 1);
  if (woken == 0 || all) {
    node.state.compare_exchange_strong(left, left & ~std::uint64_t{waiters}, std::memory_order_relaxed);
  }
}

/// `free_word` is 0, or OWNER_DIED for a lock that is to be found abandoned again.
bool release_word(this_thread const& self, robust_node& node, std::uint32_t free_word) {
  auto seen = node.state.load(std::memory_order_relaxed);
  std::uint64_t left = 0;
  do {
    if (owner_of(seen) != self.id()) [[unlikely]] {  // a peer wrote there
      os::futex_wake(node.word(), os::everybody);
      return true;
    }
    left = (seen & (version_mask | waiter_bits)) | free_word;
    if ((seen & waiters) != 0) left = next_version(left);
    // Release: pairs with the acquire of L1 in `take`.
  } while (!node.state.compare_exchange_weak(seen, left, std::memory_order_release, std::memory_order_relaxed));
  if ((left & waiters) != 0) [[unlikely]]
    wake_next(node, left);
  return true;
}

inline bool release(node_ref ref, std::uint32_t free_word) {
  auto& node = ref.node;
  auto& self = this_thread::get();
  auto* const mine = self.find(node);
  if (mine == nullptr) return false;
  if (--mine->depth > 0) return true;
  pending_guard const guard(self, node);  // U1
  self.drop(*mine);
  end_listing(ref);
  return release_word(self, node, free_word);
}
}  // namespace

[[gnu::cold]] void hand_back(robust_node& node, std::uint64_t mine, std::uint64_t seen) noexcept {
  // Release: pairs with the acquire of L1 in `take`.
  node.state.compare_exchange_strong(mine, seen, std::memory_order_release, std::memory_order_relaxed);
}

lock_outcome lock_slowly(node_ref ref, os::deadline const& until) {
  auto& self = this_thread::get();
  if (auto* const mine = self.find(ref.node)) return once_more(*mine);
  if (!is_starving(ref.node)) [[likely]] {
    auto const outcome = take_if_free(self, ref);
    if (outcome != lock_outcome::refused) return outcome;
  }
  return wait_for_lock(self, ref, until);
}

lock_outcome lock_once(node_ref ref) {
  auto& self = this_thread::get();
  if (auto* const mine = self.find(ref.node)) return once_more(*mine);
  return take_if_free(self, ref);
}

lock_outcome try_lock(node_ref ref) {
  auto const outcome = lock_once(ref);
  return outcome != lock_outcome::refused ? outcome : ask_again(this_thread::get(), ref);
}

bool unlock_slowly(node_ref ref) {
  return release(ref, 0);
}

bool unlock_word_slowly(this_thread& self, robust_node& node) {
  return release_word(self, node, 0);
}

bool give_back(node_ref ref) {
  return release(ref, found_abandoned(ref.node) ? owner_died : 0);
}

void own_from_birth(node_ref ref) {
  auto& self = this_thread::get();
  self.make_room();
  // Release: pairs with the acquires in claim_listing and is_listed_elsewhere.
  if (ref.listed_by != nullptr) ref.listed_by->store(self.holder(), std::memory_order_release);
  self.add(ref.node, false);
}

bool owned_by_this_thread(robust_node const& node) {
  return this_thread::get().find(node) != nullptr;
}

bool found_abandoned(robust_node const& node) {
  auto const* const mine = this_thread::get().find(node);
  return mine != nullptr && mine->abandoned;
}

std::uint32_t announce_lock_waiter(robust_node& node, sleeps_on what) noexcept {
  std::uint64_t const bits = what == sleeps_on::one_word ? std::uint64_t{waiters} : waiter_bits;
  auto seen = node.state.load(std::memory_order_relaxed);
  do {
    if (owner_of(seen) == 0) return 0;
  } while ((seen & bits) != bits && !node.state.compare_exchange_weak(seen, seen | bits, std::memory_order_relaxed,
                                                                      std::memory_order_relaxed));
  return static_cast<std::uint32_t>(seen) | waiters;
}

void pass_on_lock(robust_node& node) noexcept {
  // L3. Sequentially consistent: after the change of the state that ended this wait, in the order that all agree on.
  auto const seen = node.state.load(std::memory_order_seq_cst);
  if (owner_of(seen) != 0 || (seen & waiters) == 0) return;  // its owner will wake the next one
  os::futex_wake(node.word(), (seen & wake_all) != 0 ? os::everybody : 1);
}

}  // namespace coview::inline sync
