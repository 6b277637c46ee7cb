// SPDX-License-Identifier: Apache-2.0
#include "sync/retry_pause.hpp"

#include <sched.h>

#include <algorithm>
#include <ctime>

namespace coview::inline sync {

void retry_pause::operator()(os::deadline const& until) {
  constexpr unsigned yields = 64;
  constexpr unsigned doublings = 4;
  constexpr std::chrono::nanoseconds shortest = std::chrono::milliseconds(1);
  if (times_ < yields) {
    ++times_;
    ::sched_yield();
    return;
  }
  auto length = shortest * (1U << std::min(times_ - yields, doublings));
  ++times_;
  if (until) {
    auto const left = *until - std::chrono::steady_clock::now();
    length = std::clamp(std::chrono::nanoseconds(left), std::chrono::nanoseconds(0), length);
  }
  timespec const time{0, static_cast<long>(length.count())};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

bool moment::lasts() noexcept {
  constexpr unsigned most = 1000;
  constexpr std::chrono::milliseconds longest(20);
  auto const now = std::chrono::steady_clock::now();
  if (turns_ == 0) end_ = now + longest;
  if (turns_ == most || now >= end_) return false;
  ++turns_;
  ::sched_yield();
  return true;
}

}  // namespace coview::inline sync
