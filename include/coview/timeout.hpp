// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

namespace coview {

/// How long to wait: a duration, a point of any clock, or, by default, for ever. A duration counts from now; zero or
/// a negative one asks without waiting, and one too long for the clock is for ever.
class timeout {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  constexpr timeout() noexcept = default;

  template <class Rep, class Period>
  timeout(std::chrono::duration<Rep, Period> const& length) {
    auto const now = std::chrono::steady_clock::now();
    using seconds = std::chrono::duration<double>;
    constexpr seconds longest(1e9);  // three decades
    if (seconds(length) > longest) return;
    deadline_ = length.count() <= 0 ? now : now + std::chrono::ceil<std::chrono::nanoseconds>(length);
  }

  template <class Clock, class Duration>
  timeout(std::chrono::time_point<Clock, Duration> const& when) : timeout(when - Clock::now()) {}

  timeout(time_point when) noexcept : deadline_(when) {}

  /// Empty: never.
  [[nodiscard]] std::optional<time_point> const& deadline() const noexcept { return deadline_; }

 private:
  std::optional<time_point> deadline_;
};

}  // namespace coview
