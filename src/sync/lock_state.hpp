// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/single_threaded.h>

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
namespace coview {

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
  // Release: pairs with the acquires here and in is_listed_elsewhere. Whoever reads this thread's number there must find
  // its record as it is, or would take it for a thread that has ended.
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
lock_outcome lock_once(node_ref ref);

/// The same for one who asks and does not wait: yields a while where the owner, a thread of this process, is just
/// ending.
lock_outcome try_lock(node_ref ref);

/// Spins, then sleeps; refused at the deadline. A cancellation point where it sleeps.
lock_outcome lock(node_ref ref, os::deadline const& until);

/// Undoes one lock. False where this thread does not own it. Where a peer wrote another owner, or none, into the word
/// meanwhile, it stays as it is: that owner may be real.
bool unlock(node_ref ref);

/// The same as if it had not been locked: where it was found abandoned, the next one to lock it is told so again.
bool give_back(node_ref ref);

/// For the maker of an object whose word names this thread from the beginning: the rest of having locked it. Errors:
/// as try_lock.
void own_from_birth(node_ref ref);

[[nodiscard]] bool owned_by_this_thread(robust_node const& node);
/// What the first lock of this thread found; false where it does not own it.
[[nodiscard]] bool found_abandoned(robust_node const& node);

/// Whether it looks as if try_lock could take it.
[[nodiscard]] bool may_be_locked(robust_node const& node);

/// Whether a thread sleeps on one word, or on several at once.
enum class alone : std::uint8_t { no, yes };

/// For a thread that is going to sleep on the word: the value to sleep on, or 0 where it is free.
std::uint32_t announce_lock_waiter(robust_node& node, alone how) noexcept;

/// For a thread that was woken and leaves without the lock.
void pass_on_lock(robust_node& node) noexcept;

}  // namespace coview
