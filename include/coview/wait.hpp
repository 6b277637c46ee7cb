// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>

#include <coview/export.hpp>
#include <coview/timeout.hpp>

/// Waiting for one of several objects, or for all of them: mutexes, events, semaphores, timers, queues and
/// subscriptions to topics, mixed, 1 to 64 (WA-*).
///
///     auto which = coview::wait_any({mutex, ready, slots}, std::chrono::seconds(2));
///     if (which) ...  // which->index
///
/// What was waited for is then taken: the mutex is owned, an automatic event reset, the semaphore has a permit less.
///
/// No waiter polls and no helper thread exists: waiters scan, spin for a moment, then sleep on futexes (Linux 5.16).
/// Thread and process safety: all functions may be called at any time from any thread, and not in a signal handler.
///
/// Caveats, beside those of coview/mutex.hpp:
/// - Where futex_waitv is refused (old container profiles, valgrind), a wait for several looks again every 4
///   milliseconds at most: it is late by that, and costs about a thousandth of a CPU. `coview doctor` tells.
/// - An object that was part of a wait for several wakes all its waiters with each signal from then
///   on: right, but dearer.
/// - Two deaths at once, of a signaller in the middle and of the one waiter that was woken in its place, can leave
///   the other waiters asleep until anybody touches the object, if that waiter waited for several.
namespace coview {

namespace detail {
struct sync_object;
struct wait_point;
}  // namespace detail

class mutex;
class event;
class semaphore;
class timer;
class queue;
class subscription;

/// A mutex, event, semaphore, timer, queue or subscription to wait for. A queue and a subscription are there while
/// they have a message; the wait takes none of it, so that of several receivers a faster one may. Made from one; does
/// not own it, and must not outlive it.
class COVIEW_EXPORT waitable {
 public:
  waitable(mutex const& object) noexcept;
  waitable(event const& object) noexcept;
  waitable(semaphore const& object) noexcept;
  waitable(timer const& object) noexcept;
  waitable(queue const& channel) noexcept;
  waitable(subscription const& channel) noexcept;

 private:
  friend struct waiting;
  detail::sync_object* object_ = nullptr;
  detail::wait_point const* point_ = nullptr;  // of a channel
};

/// Which object a wait_any took.
struct waited {
  std::size_t index = 0;   ///< its place in the list; of several that were there, the lowest (WA-05)
  bool abandoned = false;  ///< it is a mutex whose last owner died holding it (MX-05)
};

/// How a wait_all ended.
struct waited_for_all {
  bool done = false;       ///< all were taken, in one step; else none (WA-06)
  bool abandoned = false;  ///< one of them is a mutex whose last owner died holding it
  operator bool() const noexcept { return done; }
};

/// Takes the first object that is there. Empty when time is up.
/// Errors: errc::invalid_argument (no object, more than 64, or an empty handle).
COVIEW_EXPORT std::optional<waited> wait_any(std::span<waitable const> objects, timeout until = {});
inline std::optional<waited> wait_any(std::initializer_list<waitable> objects, timeout until = {}) {
  return wait_any(std::span(objects.begin(), objects.size()), until);
}

/// Takes all objects at the moment when all are there. Until then, and when time is up, each stays as it is.
/// A waiter that is killed while it takes them leaves each of them either taken or not.
/// Errors: errc::invalid_argument (no object, more than 64, an empty handle, or the same object twice, WA-07).
COVIEW_EXPORT waited_for_all wait_all(std::span<waitable const> objects, timeout until = {});
inline waited_for_all wait_all(std::initializer_list<waitable> objects, timeout until = {}) {
  return wait_all(std::span(objects.begin(), objects.size()), until);
}

/// Sets an event, releases a mutex or adds 1 to a semaphore, then waits for another object (WA-10). Nobody can be
/// missed in between, because what was set stays set; only a pulse that comes in between is. Errors:
/// errc::operation_not_permitted (a mutex that this thread does not own), errc::value_too_large (a full semaphore),
/// errc::invalid_argument (an empty handle; a timer to be signalled).
COVIEW_EXPORT std::optional<waited> signal_and_wait(waitable signal, waitable wait, timeout until = {});

}  // namespace coview
