// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "os/visibility.hpp"
#include "sync/lock_state.hpp"
#include "sync/signal_state.hpp"
#include "sync/timer_state.hpp"

/// What can be waited for, whatever it is, and the waits: for one, for any, for all (WA-*). The one wait engine: the
/// C++ interface and the Win32 one stand on it.
///
/// Whatever can be waited for has one wait_point, which lives as long as it does; the caller keeps it alive while it
/// waits. docs/synchronisation.md, "Waiting for several".
namespace coview::inline sync {

/// What a layer above lets others wait for: there or not, and not taken by the wait. All may be called by any thread.
class wait_source {
 public:
  wait_source() noexcept = default;
  wait_source(wait_source const&) = delete;
  wait_source& operator=(wait_source const&) = delete;

  [[nodiscard]] virtual bool is_there() = 0;
  /// For a thread that is going to sleep: the words to sleep on, in front of `room`, how many they are, and when to
  /// look again though none of them changes. False where it is there.
  virtual bool announce(std::span<::futex_waitv> room, std::size_t& used, os::deadline& look_again) = 0;
  /// For a thread that slept on it and leaves the wait: a wake-up may have been meant for one.
  virtual void pass_on() noexcept = 0;

 protected:
  ~wait_source() = default;
};

}  // namespace coview::inline sync

namespace coview::detail {

/// What a thread waits for.
enum class wait_kind : std::uint8_t {
  lock,        ///< a mutex: taking it makes this thread its owner
  state,       ///< an event, a semaphore or a timer
  ending,      ///< a thread: there when it has ended (thread_end.hpp)
  descriptor,  ///< there when a descriptor is readable: a process that has ended, a console
  source,      ///< something of a layer above, such as a queue that has messages
  always,      ///< a file
};

struct wait_point {
  wait_kind kind = wait_kind::always;
  state_rules rules;
  /// Of a descriptor: taking it reads it empty, so that one waiter is let through.
  bool consumed = false;
  int fd = -1;
  robust_node* node = nullptr;
  wait_source* source = nullptr;
  /// Of a timer: when it becomes available.
  layout::timer_schedule* schedule = nullptr;
  /// As in node_ref.
  std::atomic<holder_id>* listed_by = nullptr;
  /// The same in all processes and different for all objects: the order in which a wait for all takes them.
  std::uint64_t order = 0;

  [[nodiscard]] node_ref ref() const noexcept { return {*node, listed_by}; }
  [[nodiscard]] timer_ref timer() const noexcept { return {*node, *schedule}; }
  [[nodiscard]] bool has_node_to_share() const noexcept {
    return kind == wait_kind::lock || kind == wait_kind::state;
  }
};

}  // namespace coview::detail

namespace coview::inline sync {

using detail::wait_kind;
using detail::wait_point;

/// A word on which a wait sleeps as well, so that another thread can end it.
class alarm_word {
 public:
  // Acquire: pairs with the release in `raise`: who is woken sees why.
  [[nodiscard]] bool raised() const noexcept { return word_.load(std::memory_order_acquire) != 0; }
  void raise() noexcept {
    word_.store(1, std::memory_order_release);
    os::futex_wake(&word_, os::everybody);
  }
  void lower() noexcept { word_.store(0, std::memory_order_release); }
  [[nodiscard]] ::futex_waitv entry() const noexcept { return os::futex_entry(&word_, 0); }

 private:
  std::atomic<std::uint32_t> word_{0};
};

struct wait_answer {
  enum class how : std::uint8_t { taken, abandoned, timed_out, alerted };
  how outcome = how::timed_out;
  std::size_t index = 0;  ///< of a wait for any: which was taken

  /// One of the points, or all, are this thread's now.
  [[nodiscard]] bool took() const noexcept { return outcome == how::taken || outcome == how::abandoned; }
};

inline constexpr std::size_t most_points = 64;

/// Takes it where it is there. Never sleeps.
COVIEW_PRIVATE lock_outcome try_point(wait_point const& point);

// All three are cancellation points where they sleep; a thread that is cancelled there has taken nothing, and has
// passed on what woke it. `alarm` is nullptr for a wait that nothing else ends; what is there goes before an alarm.

COVIEW_PRIVATE wait_answer wait_for_one(wait_point const& point, os::deadline const& until,
                                        alarm_word* alarm = nullptr);
/// 1 to 64 points. Any: of several that are there, the one with the lowest index.
COVIEW_PRIVATE wait_answer wait_for_any(std::span<wait_point const* const> points, os::deadline const& until,
                                        alarm_word* alarm = nullptr);
COVIEW_PRIVATE wait_answer wait_for_all(std::span<wait_point const* const> points, os::deadline const& until,
                                        alarm_word* alarm = nullptr);

/// Undoes one taking of a lock. False where this thread does not own it.
COVIEW_PRIVATE bool release_lock(wait_point const& point);

}  // namespace coview::inline sync
