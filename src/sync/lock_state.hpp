// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/single_threaded.h>

#include "os/visibility.hpp"
#include "sync/starvation.hpp"
#include "sync/this_thread.hpp"

/// The robust, recursive lock on one node: what `mutex` and `robust_mutex` are made of.
///
/// The word: 0 free; an owner's thread ID; OWNER_DIED without an ID: free, and its last owner died; WAITERS beside
/// each of them. Above it a version, one more with each unlock that finds WAITERS, and wake_all.
///
/// Invariants:
/// 1. Whoever puts its ID into the word has the node on its list, or as pending: its death is always noticed by the
///    kernel.
/// 2. If somebody sleeps on the word, WAITERS is set. Unlocking leaves it set until a wake-up found nobody; locking
///    leaves it alone.
/// 3. Who owns it, and how deep, stands in the owner's table (this_thread.hpp) and nowhere else. The word says it to
///    others. Where a peer wrote something else there, others may wait or come in too early; the owner still knows
///    what it owns, and no node is ever on two lists.
namespace coview::inline sync {

/// A node as a thread of this process sees it.
struct node_ref {
  node_ref(robust_node& shared, std::atomic<holder_id>* holder = nullptr) noexcept
      : node(shared), listed_by(holder) {}

  robust_node& node;
  /// Of a named object: which thread of this process has the node on its list, in memory of this process; 0: none.
  /// Nullptr for a node in memory whose users trust one another.
  std::atomic<holder_id>* listed_by;
};

/// Whether another thread of this process has the node on its list: for a moment while that thread ends, or because a
/// peer wrote into the word.
[[nodiscard]] inline bool is_listed_elsewhere(node_ref ref) noexcept {
  if (ref.listed_by == nullptr) return false;
  // Acquire: pairs with the releases in claim_listing and end_listing.
  auto const seen = ref.listed_by->load(std::memory_order_acquire);
  return seen != 0 && this_thread::is_alive(seen);
}

/// Before a thread puts the node onto its list: false where another thread of this process has it there.
inline bool claim_listing(node_ref ref, this_thread const& self) noexcept {
  if (ref.listed_by == nullptr) return true;
  auto seen = ref.listed_by->load(std::memory_order_acquire);
  if (seen != 0 && this_thread::is_alive(seen)) return false;
  // Release: pairs with the acquires here and in is_listed_elsewhere. Whoever reads this thread's number there must
  // find its record as it is, or would take it for a thread that has ended.
  if (__libc_single_threaded != 0) {
    ref.listed_by->store(self.holder(), std::memory_order_release);
    return true;
  }
  return ref.listed_by->compare_exchange_strong(seen, self.holder(), std::memory_order_acq_rel,
                                                std::memory_order_acquire);
}

/// After it was taken off.
inline void end_listing(node_ref ref) noexcept {
  // Release: pairs with the acquires above: the links are free by then.
  if (ref.listed_by != nullptr) ref.listed_by->store(0, std::memory_order_release);
}

enum class lock_outcome : std::uint8_t { taken, taken_abandoned, refused };

/// L1: free, or the owner died: take it. Owned by this thread: once more. Never sleeps.
/// Errors: errc::not_enough_memory where this thread owns many locks already.
COVIEW_PRIVATE lock_outcome lock_once(node_ref ref);

/// The same for one who asks and does not wait: yields a while where the owner, a thread of this process, is just
/// ending.
lock_outcome try_lock(node_ref ref);

/// Everything but what `lock` and `unlock` do themselves.
lock_outcome lock_slowly(node_ref ref, os::deadline const& until);
bool unlock_slowly(node_ref ref);
/// The rest of U1 and U2: off the list already, the node pending.
bool unlock_word_slowly(this_thread& self, robust_node& node);
/// L1 took the word from `seen`, but the node is on the list of another thread of this process: as if it had not.
void hand_back(robust_node& node, std::uint64_t mine, std::uint64_t seen) noexcept;

/// L1 where nothing is in its way: free, its last owner alive and well, nobody to be let past, on no list. Two locked
/// instructions, or one for a node whose users trust one another. False: nothing has happened.
[[gnu::always_inline]] inline bool lock_at_once(robust_node& node, std::atomic<holder_id>* listed_by) {
  auto* const self = this_thread::seen_before();
  if (self == nullptr || !self->has_room() || is_starving(node)) [[unlikely]]
    return false;
  // On a list is what some thread of this process owns, this one as well.
  bool const listed =
      listed_by != nullptr ? listed_by->load(std::memory_order_acquire) != 0 : self->find(node) != nullptr;
  auto seen = node.state.load(std::memory_order_relaxed);
  if (listed || (seen & (owner_mask | owner_died)) != 0) [[unlikely]]
    return false;
  pending_guard const guard(*self, node);
  auto const mine = seen | self->id();
  // Acquire: pairs with the release of U1, here and in `release`.
  bool const got =
      node.state.compare_exchange_strong(seen, mine, std::memory_order_acquire, std::memory_order_relaxed);
  if (!got) [[unlikely]]
    return false;
  if (!claim_listing({node, listed_by}, *self)) [[unlikely]] {
    hand_back(node, mine, seen);
    return false;
  }
  self->add(node, false);
  return true;
}

/// Spins, then sleeps; refused at the deadline. A cancellation point where it sleeps.
inline lock_outcome lock(node_ref ref, os::deadline const& until) {
  return lock_at_once(ref.node, ref.listed_by) ? lock_outcome::taken : lock_slowly(ref, until);
}

/// Undoes one lock. False where this thread does not own it. Where a peer wrote another owner, or none, into the word
/// meanwhile, it stays as it is: that owner may be real.
[[gnu::always_inline]] inline bool unlock(node_ref ref) {
  auto* const self = this_thread::seen_before();
  auto& node = ref.node;
  auto* const mine = self != nullptr ? self->last() : nullptr;
  if (mine == nullptr || mine->node != &node || mine->depth != 1) [[unlikely]]
    return unlock_slowly(ref);
  pending_guard const guard(*self, node);  // U1
  self->drop(*mine);
  end_listing(ref);
  auto seen = node.state.load(std::memory_order_relaxed);
  auto const free = seen & ~std::uint64_t{owner_mask};
  if ((seen & (owner_mask | owner_died | waiters)) == self->id()) [[likely]] {
    // Release: pairs with the acquire of L1, here and in `take`.
    bool const freed =
        node.state.compare_exchange_strong(seen, free, std::memory_order_release, std::memory_order_relaxed);
    if (freed) [[likely]]
      return true;
  }
  return unlock_word_slowly(*self, node);
}

/// The same as if it had not been locked: where it was found abandoned, the next one to lock it is told so again.
bool give_back(node_ref ref);

/// For the maker of an object whose word names this thread from the beginning: the rest of having locked it. Errors:
/// as try_lock.
void own_from_birth(node_ref ref);

[[nodiscard]] bool owned_by_this_thread(robust_node const& node);
/// What the first lock of this thread found; false where it does not own it.
[[nodiscard]] bool found_abandoned(robust_node const& node);

/// Whether it looks as if try_lock could take it.
[[nodiscard]] inline bool may_be_locked(robust_node const& node) {
  return owner_of(node.state.load(std::memory_order_seq_cst)) == 0 || owned_by_this_thread(node);
}

/// Whether a thread is going to sleep on this word alone, or on several at once.
enum class sleeps_on : std::uint8_t { one_word, several_words };

/// For a thread that is going to sleep on the word: the value to sleep on, or 0 where it is free.
std::uint32_t announce_lock_waiter(robust_node& node, sleeps_on what) noexcept;

/// For a thread that was woken and leaves without the lock.
void pass_on_lock(robust_node& node) noexcept;

}  // namespace coview::inline sync
