// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>

namespace coview::inline object {

/// Pauses that grow, and an end to them: nobody waits for another process's lock without a bound. The bound is the
/// longest time without any progress: an object of many gigabytes takes long to make, and is worth waiting for.
class patience {
 public:
  explicit patience(std::chrono::milliseconds limit = std::chrono::seconds(2)) : limit_(limit) {}

  /// Sleeps a little; false when it has come to its end.
  bool pause() {
    auto const now = std::chrono::steady_clock::now();
    if (end_ == std::chrono::steady_clock::time_point{}) {
      end_ = now + limit_;
    } else if (now >= end_) {
      return false;
    }
    timespec const rest{0, pause_nanoseconds_};
    ::nanosleep(&rest, nullptr);
    pause_nanoseconds_ = std::min(pause_nanoseconds_ * 2, 1'000'000L);
    return true;
  }

  /// What one waits for has so many bytes by now. More than ever before is progress, and the end moves on; a stranger
  /// has to spend memory on every second that it makes others wait.
  void saw(std::uint64_t bytes) {
    constexpr std::uint64_t worth_waiting_for = std::uint64_t{64} << 10U;
    if (bytes < most_ + worth_waiting_for) return;
    most_ = bytes;
    end_ = {};
  }

 private:
  std::chrono::milliseconds limit_;
  std::chrono::steady_clock::time_point end_;
  std::uint64_t most_ = 0;
  long pause_nanoseconds_ = 20'000;
};

}  // namespace coview::inline object
