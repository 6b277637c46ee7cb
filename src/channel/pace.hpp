// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "sync/spin.hpp"

/// How a receiver follows a sender. Each look at a place that is about to be filled takes its line from whoever
/// fills it, so that a receiver that has caught up with a stream halves its speed, or worse. It steps back for a
/// moment then, in which a dozen messages and more are sent. Where messages come one by one, as answers do, it
/// never does: whether it paid is looked at each time, and where it did not, it takes twice as many messages that
/// came soon to try again.
///
/// Thread safety: may be used by several threads; what they count of one another's messages harms nobody.
namespace coview::inline channel {

class pace {
 public:
  /// A message was there, or came soon.
  void received() noexcept {
    add(streak_);
    add(soon_);
  }
  /// None came soon.
  void waited() noexcept { soon_.store(0, std::memory_order_relaxed); }

  /// There is none. Waits a moment where that pays; true where it is worth looking again.
  bool step_back() noexcept {
    auto const streak = streak_.exchange_relaxed(0);
    if (stepped_back_.load(std::memory_order_relaxed)) {
      stepped_back_.store(false, std::memory_order_relaxed);
      auto const needed = needed_.load(std::memory_order_relaxed);
      needed_.store(streak < worth_it ? std::min(2 * needed, most_needed) : at_first, std::memory_order_relaxed);
      if (streak < worth_it) waited();
    }
    if (soon_.load(std::memory_order_relaxed) < needed_.load(std::memory_order_relaxed)) return false;
    stepped_back_.store(true, std::memory_order_relaxed);
    step_back_now();
    return true;
  }

  /// Messages since there was none.
  [[nodiscard]] std::uint32_t streak() const noexcept { return streak_.load(std::memory_order_relaxed); }

  static void step_back_now() noexcept {
    constexpr int pauses = 128;  // 2 to 9 us
    for (int i = 0; i < pauses; ++i) relax();
  }

  /// A message that comes within so many pauses came soon.
  static constexpr int soon = 16;

 private:
  static constexpr std::uint32_t worth_it = 16;
  static constexpr std::uint32_t at_first = 16;
  static constexpr std::uint32_t most_needed = 8192;

  struct counter : std::atomic<std::uint32_t> {
    using std::atomic<std::uint32_t>::atomic;
    std::uint32_t exchange_relaxed(std::uint32_t value) noexcept {  // not one step: nobody needs it
      auto const before = load(std::memory_order_relaxed);
      if (before != value) store(value, std::memory_order_relaxed);
      return before;
    }
  };
  static void add(counter& to) noexcept {
    to.store(to.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  counter streak_{0};
  counter soon_{0};
  counter needed_{at_first};
  std::atomic<bool> stepped_back_{false};
};

}  // namespace coview::inline channel
