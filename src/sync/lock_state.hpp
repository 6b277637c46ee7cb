// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sync/robust_list.hpp"

/// The robust, recursive lock on one node: what `mutex` and `robust_mutex` are made of.
///
/// The word: 0 free; an owner's thread ID; OWNER_DIED without an ID: free, and its last owner died; SLEEPERS beside
/// each of them. Above it a version, one more with each unlock that finds SLEEPERS, and wake_all.
///
/// Invariants:
/// 1. Whoever has its ID in the word has the node on its list, or as pending: its death is always noticed by the
/// kernel.
/// 2. If somebody sleeps on the word, SLEEPERS is set. Unlocking leaves it set until a wake-up found nobody; taking
/// leaves
///    it alone.
/// 3. `owner_cookie` and `recursion` belong to the owner.
namespace coview {

enum class lock_outcome : std::uint8_t { taken, taken_abandoned, refused };

/// L1: free, or the owner died: take it. Owned by this thread: once more. Never sleeps.
lock_outcome try_lock(robust_node& node);

/// Spins, then sleeps; refused at the deadline.
lock_outcome lock(robust_node& node, os::deadline const& until);

/// Undoes one lock. False where this thread does not own it.
bool unlock(robust_node& node);

/// The same as if it had not been locked: where it was found abandoned, the next one to take it is told so again.
bool give_back(robust_node& node);

[[nodiscard]] bool owned_by_this_thread(robust_node const& node);
/// What the owner's first lock found; only the owner may ask.
[[nodiscard]] bool found_abandoned(robust_node const& node) noexcept;

/// Whether a thread sleeps on one word, or on several at once.
enum class alone : std::uint8_t { no, yes };

/// For a thread that is going to sleep on the word: the value to sleep on, or 0 where it is free.
std::uint32_t announce_sleeper(robust_node& node, alone how) noexcept;

/// For a thread that was woken and leaves without the lock.
void pass_on(robust_node& node) noexcept;

}  // namespace coview
