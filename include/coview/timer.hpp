// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <coview/event.hpp>
#include <coview/export.hpp>
#include <coview/sync_options.hpp>
#include <coview/timeout.hpp>

/// Timers: a named flag that is set at a point of time, once or again and again, and that threads of any process wait
/// for.
///
///     auto tick = coview::timer::open_or_create("tick", coview::reset::automatic);
///     tick.set(std::chrono::milliseconds(10), std::chrono::milliseconds(10));  // any process
///     while (tick.wait()) ...                                                 // one waiter for each
///
/// Nothing runs in between: no thread, process or descriptor watches the time. Waiters sleep until the timer is due
/// at most, and whoever looks at it first then sets it for all. Setting or cancelling it wakes them. Whoever is
/// killed at whatever instruction, the others find the timer as it was set before or after.
///
/// A period that nobody looked at is not made up for: of several, one is left (as on Windows). The points of time
/// stay where they are, however late a waiter comes.
///
/// Caveats: those of coview/event.hpp. A wait that is bounded by the wall clock (`set` with a point of system_clock)
/// and by a timeout as well finds that the clock was set a second later at most.
namespace coview {

/// A handle to a named timer. The name lives as long as somebody has one. Move only; a moved-from or default one is
/// empty, and using it is an error: errc::bad_file_descriptor.
/// Thread safety: all functions but moving may be called from several threads at once.
class COVIEW_EXPORT timer {
 public:
  timer() noexcept = default;
  timer(timer&&) noexcept = default;
  timer& operator=(timer&&) noexcept = default;
  timer(timer const&) = delete;
  timer& operator=(timer const&) = delete;
  ~timer() = default;

  /// Not running, and not there for the taking. Errors: as mutex. An existing timer keeps its kind and state.
  [[nodiscard]] static timer create(std::string_view name, reset kind, sync_options const& options = {});
  [[nodiscard]] static timer open(std::string_view name);
  [[nodiscard]] static std::optional<timer> try_open(std::string_view name);
  [[nodiscard]] static timer open_or_create(std::string_view name, reset kind, sync_options const& options = {});

  /// Due after a time, by a clock that nobody sets and that stands still while the machine sleeps; with a period,
  /// again and again after it. Not there for the taking until then, also where it was. A time that is negative is
  /// none; more than a century is for ever.
  /// Errors: errc::invalid_argument (a negative period); errc::device_or_resource_busy (somebody who may use the
  /// timer keeps others from setting it).
  template <class Rep, class Period>
  void set(std::chrono::duration<Rep, Period> const& after, std::chrono::nanoseconds every = {}) const {
    set_after(in_range(after), every);
  }
  /// Due at a point of the wall clock, whoever sets that clock meanwhile. What is past is due at once. With a period,
  /// again and again after that, by the other clock.
  void set(std::chrono::system_clock::time_point when, std::chrono::nanoseconds every = {}) const;
  /// Not running from now on. What has become due stays there for the taking.
  void cancel() const;
  /// Waits until it is due, or time is up: false. Of an automatic one, one waiter gets true each time it is due.
  bool wait(timeout until = {}) const;

  /// How long until it is due (again); nothing where it does not run. A snapshot.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> due_in() const noexcept;

  /// Manual for an empty handle.
  [[nodiscard]] reset kind() const noexcept;
  /// The name it was opened by, without `Local\`; empty for an empty handle.
  [[nodiscard]] std::string const& name() const noexcept;
  /// Whether this call made the object (false: it was there).
  [[nodiscard]] bool created() const noexcept;
  /// Whether the name still leads to this object (as of event).
  [[nodiscard]] bool still_named() const noexcept;
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  friend class waitable;
  static constexpr std::chrono::nanoseconds never = std::chrono::nanoseconds::max();
  template <class Rep, class Period>
  static std::chrono::nanoseconds in_range(std::chrono::duration<Rep, Period> const& time) {
    constexpr std::chrono::duration<double> longest(3e9);
    if (!(std::chrono::duration<double>(time) <= longest)) return never;
    return time.count() <= 0 ? std::chrono::nanoseconds(0) : std::chrono::ceil<std::chrono::nanoseconds>(time);
  }
  void set_after(std::chrono::nanoseconds after, std::chrono::nanoseconds every) const;
  explicit timer(std::shared_ptr<detail::sync_object> object) noexcept : object_(std::move(object)) {}
  std::shared_ptr<detail::sync_object> object_;
};

}  // namespace coview
