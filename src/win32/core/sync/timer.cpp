// SPDX-License-Identifier: Apache-2.0
// Waitable timers: setting and cancelling them. They are made and opened as the other kinds are (sync_objects.cpp).
#include <coview/win32/winbase.h>

#include "win32/core/handles/handle_table.hpp"
#include "win32/core/process/thread.hpp"
#include "win32/core/sync/sync_objects.hpp"
#include "win32/core/sync/timer_time.hpp"
#include "win32/core/text/text.hpp"

using namespace coview::win32;

BOOL SetWaitableTimer(HANDLE timer, LARGE_INTEGER const* due, LONG period, PTIMERAPCROUTINE routine, LPVOID argument,
                      BOOL resume) {
  if (SetWaitableTimerEx(timer, due, period, routine, argument, nullptr, 0) == FALSE) return FALSE;
  // It is set, and will not wake a machine that sleeps: Windows says so in this way.
  set_error(resume != FALSE ? ERROR_NOT_SUPPORTED : ERROR_SUCCESS);
  return TRUE;
}

BOOL SetWaitableTimerEx(HANDLE timer, LARGE_INTEGER const* due, LONG period, PTIMERAPCROUTINE routine,
                        LPVOID argument, PREASON_CONTEXT /*reason*/, ULONG /*tolerable_delay*/) {
  constexpr std::uint64_t nanoseconds_in_a_millisecond = 1'000'000;
  return guarded(
      [&] {
        if (leads_nowhere(due)) return refuse(ERROR_NOACCESS);
        if (period < 0) return refuse(ERROR_INVALID_PARAMETER);
        object_ptr<timer_object> object;
        {
          handle_guard const handle(timer);
          object = handle.pin_as<timer_object>(TIMER_MODIFY_STATE);
        }
        if (!object) return FALSE;
        auto* const thread = routine != nullptr ? &thread_object::current() : nullptr;
        if (thread != nullptr) thread->timers().make_room();
        auto const setting =
            setting_of(due->QuadPart, static_cast<std::uint64_t>(period) * nanoseconds_in_a_millisecond);
        if (!coview::set_timer(object->point().timer(), setting)) return refuse(ERROR_BUSY);
        if (thread != nullptr) thread->timers().add(std::move(object), setting, routine, argument);
        return TRUE;
      },
      FALSE);
}

BOOL CancelWaitableTimer(HANDLE timer) {
  handle_guard const handle(timer);
  auto const* const object = handle.as<timer_object>(TIMER_MODIFY_STATE);
  if (object == nullptr) return FALSE;
  coview::cancel_timer(object->point().timer());
  return TRUE;
}
