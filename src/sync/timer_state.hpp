// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "os/futex.hpp"
#include "os/visibility.hpp"
#include "sync/robust_list.hpp"
#include "sync/state_layout.hpp"

/// Timers: the state of an event (signal_state.hpp), and beside it when it becomes available by itself
/// (docs/synchronisation.md, "Timers"). No process or thread watches the time: each waiter sleeps until the timer is
/// due at most, and whoever looks at it first then makes it available, for all.
///
/// The schedule lies in one of 31 slots; which one is current stands in the state: from bit 33 to 37 its number (0:
/// not running), from bit 38 to 61 a version, and bit 32 says of a timer without a period that it has been due. So
/// setting, cancelling and becoming due are one step each, together with what they do to availability.
///
/// Invariants, as long as only this code writes there:
/// 1. A slot is written by the thread that has claimed it, and never while it is current. Only that thread makes it
///    current.
/// 2. Every change of the state's upper half but wake_all is one more version.
/// 3. Whoever sleeps on a timer sleeps on both halves of the state as it read them before it read the slot, and until
///    what stands there is due.
///
/// A thread that dies leaves a slot claimed at most: others take it over. Nobody waits for anybody.
namespace coview::inline sync {

/// What never changes of a timer: where its words are.
struct timer_ref {
  robust_node& node;
  layout::timer_schedule& schedule;
};

enum class timer_clock : std::uint32_t {
  stopped,    ///< not running
  monotonic,  ///< CLOCK_MONOTONIC: stands still while the machine sleeps, and is never set
  wall,       ///< CLOCK_REALTIME: follows whoever sets it
};

/// A timer that runs. Nanoseconds of its clock.
struct timer_setting {
  timer_clock clock = timer_clock::stopped;
  std::uint64_t due = 0;
  std::uint64_t period = 0;  ///< 0: once
  std::uint64_t id = 0;      ///< of who set it; stays while it is due again and again
};

/// Points of time later than that are this one: two centuries of uptime, and the year 2262.
inline constexpr std::uint64_t latest_due = std::uint64_t{0x7fffffffffffffff};

[[nodiscard]] COVIEW_PRIVATE std::uint64_t now_of(timer_clock clock) noexcept;
/// A number for `timer_setting::id` that no other setting has.
[[nodiscard]] COVIEW_PRIVATE std::uint64_t new_setting_id() noexcept;

/// T1: not available from now on, until it is due. False where every slot is claimed, by threads that live.
[[nodiscard]] COVIEW_PRIVATE bool set_timer(timer_ref timer, timer_setting const& wanted);
/// T2: not running from now on; available stays available.
COVIEW_PRIVATE void cancel_timer(timer_ref timer);
/// T3: where it is due, it is available from now on. Before every other look at its state. Inline where it is not
/// running.
COVIEW_PRIVATE void fire_where_due(timer_ref timer);

/// What it is set to, where it runs. An untorn copy.
[[nodiscard]] COVIEW_PRIVATE std::optional<timer_setting> running_setting(timer_ref timer) noexcept;
/// The same of a copy of its page; of one that has been due and has no period, nothing.
[[nodiscard]] std::optional<timer_setting> setting_in(std::uint64_t state,
                                                      layout::timer_schedule const& schedule) noexcept;

/// Who set it, also where it has been due since; 0 where it was never set, or cancelled.
[[nodiscard]] COVIEW_PRIVATE std::uint64_t setting_id(timer_ref timer) noexcept;
/// What is set to be due again, now that it is due: the first of its points of time after `now`, which is of its
/// clock. By the monotonic clock, which no jump of the wall clock moves.
[[nodiscard]] COVIEW_PRIVATE timer_setting next_setting(timer_setting const& due, std::uint64_t now) noexcept;

/// T4, for a thread that is going to sleep: the upper half to sleep on, and what it is set to by that.
struct timer_watch {
  std::uint32_t upper_half = 0;
  std::optional<timer_setting> setting;
};
[[nodiscard]] timer_watch watch_timer(timer_ref timer) noexcept;
/// The word behind `upper_half`, for system calls only.
[[nodiscard]] inline os::futex_word upper_word(robust_node const& node) noexcept {
  return reinterpret_cast<std::byte const*>(&node.state) + sizeof(std::uint32_t);
}

/// T5, for a thread that was woken: others may sleep by what the timer was set to before, because who set it died.
/// Wakes them, unless somebody has.
void tell_of_setting(timer_ref timer) noexcept;

}  // namespace coview::inline sync
