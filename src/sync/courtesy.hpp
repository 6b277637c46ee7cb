// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sync/robust_list.hpp"

/// Nobody starves: whoever is awake is faster than whoever has to be woken, so a thread that takes and gives back
/// without a pause could keep a sleeper out for ever. A sleeper that was overtaken some times says so, and newcomers
/// step back for as long as it takes to wake up.
///
/// A hint beside the state and no part of it: a thread that dies with its hint up costs the next newcomer one such
/// moment, and nothing else depends on it.
namespace coview {

/// Of one wait: counts how often it was woken for nothing.
class patience_of_a_sleeper {
 public:
  patience_of_a_sleeper() = default;
  patience_of_a_sleeper(patience_of_a_sleeper const&) = delete;
  patience_of_a_sleeper& operator=(patience_of_a_sleeper const&) = delete;

  /// Woken, and there was nothing left. True where newcomers should be told, at each object that is waited for.
  bool overtaken_again() noexcept { return ++times_ >= enough; }
  [[nodiscard]] bool was_told() const noexcept { return times_ >= enough; }

 private:
  static constexpr int enough = 8;
  int times_ = 0;
};

inline bool is_overtaking(robust_node const& node) noexcept {
  return node.overtaken.load(std::memory_order_relaxed) != 0;
}
inline void ask_for_courtesy(robust_node& node) noexcept {
  node.overtaken.store(1, std::memory_order_relaxed);
}
inline void thank(robust_node& node) noexcept {
  node.overtaken.store(0, std::memory_order_relaxed);
}

/// For a thread that comes to take it: waits for the overtaken one to have had its turn, but 100 us at most.
void step_back(robust_node& node) noexcept;

}  // namespace coview
