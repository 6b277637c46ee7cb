// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <coview/win32/synchapi.h>

#include "os/futex.hpp"
#include "sync/timer_state.hpp"
#include "win32/core/handles/object.hpp"

/// The completion routines of one thread's timers: each is called by that thread, in an alertable wait, once its
/// timer is due. Nothing wakes the thread for it: its alertable waits end when the first of them is due.
///
/// Invariant: an entry counts only while its timer is what this thread set it to. Whoever sets or cancels the timer,
/// in whatever process, takes the call away, also one that is due and has not been made.
/// Thread safety: none; it belongs to its thread.
namespace coview::win32 {

class timer_object;

class timer_calls {
 public:
  timer_calls() noexcept = default;
  timer_calls(timer_calls const&) = delete;
  timer_calls& operator=(timer_calls const&) = delete;
  ~timer_calls();

  /// Room for one more, so that nothing fails once the timer is set. Errors: std::bad_alloc.
  void make_room() { calls_.reserve(calls_.size() + 1); }
  /// The timer has this setting by now.
  void add(object_ptr<timer_object> timer, timer_setting const& setting, PTIMERAPCROUTINE routine, LPVOID argument);
  /// Makes the calls that are due, each once; false where none is.
  bool run_due();
  /// When to look again; empty where there is nothing to come.
  os::deadline next();
  /// The thread ends: its timers are cancelled.
  void cancel_all() noexcept;

 private:
  struct call {
    object_ptr<timer_object> timer;
    timer_setting setting;
    PTIMERAPCROUTINE routine;
    LPVOID argument;
  };
  void forget_those_set_anew();
  std::vector<call> calls_;
};

}  // namespace coview::win32
