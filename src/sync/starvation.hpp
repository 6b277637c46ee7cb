// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sync/robust_list.hpp"

/// Nobody starves: whoever is awake is faster than whoever has to be woken, so a thread that acquires and releases
/// without a pause could keep a waiter out for ever. A waiter that was overtaken eight times says so, and newcomers
/// step back for as long as it takes to wake up.
///
/// A hint beside the state and no part of it: a thread that dies with its hint up costs the next newcomer one such
/// moment, and nothing else depends on it.
namespace coview::inline sync {

/// Of one wait: counts how often it was woken for nothing.
class overtaken_count {
 public:
  overtaken_count() = default;
  overtaken_count(overtaken_count const&) = delete;
  overtaken_count& operator=(overtaken_count const&) = delete;

  /// Woken, and there was nothing left. True where newcomers should be told, at each object that is waited for.
  bool overtaken_again() noexcept { return ++times_ >= enough; }
  /// Whether they were told.
  [[nodiscard]] bool was_told() const noexcept { return times_ >= enough; }

 private:
  static constexpr int enough = 8;
  int times_ = 0;
};

inline bool is_starving(robust_node const& node) noexcept {
  return node.overtaken.load(std::memory_order_relaxed) != 0;
}
inline void ask_for_hand_off(robust_node& node) noexcept {
  node.overtaken.store(1, std::memory_order_relaxed);
}
inline void end_hand_off(robust_node& node) noexcept {
  node.overtaken.store(0, std::memory_order_relaxed);
}

/// For a thread that comes to acquire it: waits for the overtaken one to have had its turn, but 100 us at most.
void step_back(robust_node& node) noexcept;

}  // namespace coview::inline sync
