// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

namespace coview {

/// How long to wait: a duration, a point of any clock, or, by default, for ever. A duration counts from now; zero or
/// a negative one, or a point that is past, asks without waiting; more than three decades is for ever, infinity too.
/// A point is read once: a clock that is set meanwhile ends no wait sooner or later.
class timeout {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  constexpr timeout() noexcept = default;

  template <class Rep, class Period>
  timeout(std::chrono::duration<Rep, Period> const& length) {
    if (!(seconds(length) <= longest)) return;
    auto const now = std::chrono::steady_clock::now();
    deadline_ = length.count() <= 0 ? now : now + std::chrono::ceil<std::chrono::nanoseconds>(length);
  }

  template <class Clock, class Duration>
  timeout(std::chrono::time_point<Clock, Duration> const& when) {
    auto const now = Clock::now();
    // In floating point first: between the ends of a clock, an exact difference would overflow.
    seconds const distance = seconds(when.time_since_epoch()) - seconds(now.time_since_epoch());
    if (!(distance <= longest)) return;
    *this = distance < -longest ? timeout(-longest) : timeout(when - now);
  }

  timeout(time_point when) noexcept : deadline_(when) {}

  /// Empty: never.
  [[nodiscard]] std::optional<time_point> deadline() const noexcept {
    return deadline_ == never ? std::nullopt : std::optional(deadline_);
  }

 private:
  using seconds = std::chrono::duration<double>;
  static constexpr seconds longest{1e9};  // three decades

  // One value, and no optional: a caller passes it in a register, where two halves of one would go through memory and
  // take longer than an uncontended lock.
  static constexpr time_point never = time_point::max();
  time_point deadline_ = never;
};

}  // namespace coview
