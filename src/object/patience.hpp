// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <ctime>

namespace coview {

/// Pauses that grow, and an end to them: nobody waits for another process's lock without a bound.
class patience {
 public:
  explicit patience(std::chrono::milliseconds limit = std::chrono::seconds(2)) : limit_(limit) {}

  /// Sleeps a little; false when it has come to its end.
  bool pause() {
    auto const now = std::chrono::steady_clock::now();
    if (end_ == std::chrono::steady_clock::time_point{}) end_ = now + limit_;
    if (now >= end_) return false;
    timespec const rest{0, pause_nanoseconds_};
    ::nanosleep(&rest, nullptr);
    pause_nanoseconds_ = std::min(pause_nanoseconds_ * 2, 1'000'000L);
    return true;
  }

 private:
  std::chrono::milliseconds limit_;
  std::chrono::steady_clock::time_point end_;
  long pause_nanoseconds_ = 20'000;
};

}  // namespace coview
