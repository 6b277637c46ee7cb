// SPDX-License-Identifier: Apache-2.0
// WaitForSingleObject and its relatives, Sleep (rules WA-01 to WA-12).
#include <sched.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <forward_list>

#include <coview/win32/winbase.h>

#include "sync/starvation.hpp"
#include "sync/wait_point.hpp"
#include "win32/core/files/file_object.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/process/process.hpp"
#include "win32/core/process/thread.hpp"
#include "win32/core/sync/local_futex.hpp"
#include "win32/core/sync/sync_objects.hpp"
#include "win32/core/text/text.hpp"

using namespace coview::win32;

namespace {

using kind = object::kind;
using coview::alarm_word;
using coview::lock_outcome;
using coview::most_points;
using coview::try_point;
using coview::wait_answer;
using coview::wait_kind;
using coview::wait_point;
using how = wait_answer::how;

constinit wait_point const always_there{};

bool has_state(object const& one) noexcept {
  return one.what() == kind::mutex || one.what() == kind::event || one.what() == kind::semaphore;
}

/// A console or a pipe is there when something can be read; any other file always is.
wait_point const* point_of_file(file_object const& file, wait_point& own) noexcept {
  if (!file.usable()) return fail_with<wait_point const*>(ERROR_INVALID_HANDLE, nullptr);
  if (file.regular() || file.directory()) return &always_there;
  own.kind = wait_kind::descriptor;
  own.fd = file.fd();
  return &own;
}

/// nullptr with the last error where it cannot be waited for with these rights. `own` is for objects that have none.
wait_point const* point_of(object& one, ACCESS_MASK access, wait_point& own) noexcept {
  switch (one.what()) {
    case kind::mutex:
    case kind::event:
    case kind::semaphore:
    case kind::timer:
    case kind::thread:
    case kind::pipe:
      if ((access & SYNCHRONIZE) == 0) break;
      return &static_cast<waitable_object&>(one).point();
    case kind::process:
      if ((access & SYNCHRONIZE) == 0) break;
      if (!static_cast<process_object const&>(one).usable())
        return fail_with<wait_point const*>(ERROR_INVALID_HANDLE, nullptr);
      return &static_cast<waitable_object&>(one).point();
    case kind::file:
      return point_of_file(static_cast<file_object const&>(one), own);
    case kind::mapping:  // has no right to wait for at all (H-05)
    case kind::token:
      break;
    case kind::find:
    case kind::change:
    case kind::console:
    case kind::job:
    case kind::snapshot:
    case kind::watch:
    case kind::timer_queue:
    case kind::other:
      return fail_with<wait_point const*>(ERROR_INVALID_HANDLE, nullptr);
  }
  return fail_with<wait_point const*>(ERROR_ACCESS_DENIED, nullptr);
}

void acknowledge(object const& one) noexcept {
  if (one.what() == kind::thread) static_cast<thread_object const&>(one).acknowledge_end();
}

/// An alertable wait: `wait` until some deadline, with the calling thread's alarm. What is there goes
/// before what was queued for the thread and the routines of its timers, as on Windows; the wait ends early
/// to make a call that is due.
template <class Wait>
wait_answer wait_alertably(coview::os::deadline const& until, Wait wait) {
  auto& self = thread_object::current();
  for (;;) {
    auto const call = self.timers().next();
    bool const call_first = call && (!until || *call < *until);
    auto const answer = wait(call_first ? call : until, &self.alarm());
    if (answer.took()) return answer;
    if (self.run_calls()) return {how::alerted};
    if (answer.outcome == how::timed_out && !call_first) return answer;
  }
}

template <class Wait>
wait_answer wait_for(BOOL alertable, DWORD milliseconds, Wait wait) {
  auto const until = deadline_in(milliseconds);
  return alertable != FALSE ? wait_alertably(until, wait) : wait(until, static_cast<alarm_word*>(nullptr));
}

DWORD result_of(wait_answer const& answer) {
  switch (answer.outcome) {
    case how::taken:
      return WAIT_OBJECT_0 + static_cast<DWORD>(answer.index);
    case how::abandoned:
      return WAIT_ABANDONED_0 + static_cast<DWORD>(answer.index);
    case how::timed_out:
      return WAIT_TIMEOUT;
    case how::alerted:
      break;
  }
  return WAIT_IO_COMPLETION;
}

DWORD wait_slowly(HANDLE handle, DWORD milliseconds, BOOL alertable) {
  return guarded(
      [&]() -> DWORD {
        ACCESS_MASK access = 0;
        auto const object = pin_any(handle, access);
        if (!object) return WAIT_FAILED;
        wait_point own;
        auto const* const point = point_of(*object, access, own);
        if (point == nullptr) return WAIT_FAILED;
        auto const result = result_of(wait_for(alertable, milliseconds, [&](auto const& until, alarm_word* alarm) {
          return wait_for_one(*point, until, alarm);
        }));
        if (result == WAIT_OBJECT_0) acknowledge(*object);
        return result;
      },
      WAIT_FAILED);
}

/// The objects of one wait, kept alive for as long as it lasts.
class wanted {
 public:
  /// False with the last error.
  bool add(HANDLE handle) {
    handle_guard const in_use(handle);
    if (!in_use) return refuse(ERROR_INVALID_HANDLE) != FALSE;
    wait_point own;
    auto const* point = point_of(*in_use.get(), in_use.access(), own);
    if (point == nullptr) return false;
    if (point == &own) point = &own_.emplace_front(own);
    points_.at(count_) = point;
    objects_.at(count_++) = in_use.pin();
    return true;
  }
  [[nodiscard]] std::span<wait_point const* const> points() const { return std::span(points_).first(count_); }
  /// WA-07: two handles may lead to one object. A process is let through: what CreateProcess gives as its thread is
  /// the process too, and to wait for both is usual.
  [[nodiscard]] bool has_duplicates() const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (objects_.at(i)->what() == kind::process) continue;
      for (std::size_t k = 0; k < i; ++k) {
        if (objects_.at(i).get() == objects_.at(k).get() || objects_.at(i)->is_same(*objects_.at(k))) return true;
      }
    }
    return false;
  }
  void acknowledge_ends() const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (objects_.at(i)->what() == kind::thread) acknowledge(*objects_.at(i));
    }
  }

 private:
  std::array<wait_point const*, most_points> points_;
  std::array<object_ptr<>, most_points> objects_;
  std::forward_list<wait_point> own_;
  std::size_t count_ = 0;
};

/// WA-10. ERROR_SUCCESS, or why not.
DWORD signal(object& one, ACCESS_MASK access) {
  if (!has_state(one)) return ERROR_INVALID_HANDLE;
  auto const& point = static_cast<state_object&>(one).point();
  if (one.what() == kind::mutex) return coview::release_lock(point) ? ERROR_SUCCESS : ERROR_NOT_OWNER;
  static_assert(EVENT_MODIFY_STATE == SEMAPHORE_MODIFY_STATE);
  if ((access & EVENT_MODIFY_STATE) == 0) return ERROR_ACCESS_DENIED;
  std::uint32_t before = 0;
  return coview::signal(*point.node, point.rules, 1, before) ? ERROR_SUCCESS : ERROR_TOO_MANY_POSTS;
}

}  // namespace

DWORD WaitForSingleObject(HANDLE object, DWORD milliseconds) {
  {
    handle_guard const handle(object);
    if (handle && has_state(*handle.get()) && (handle.access() & SYNCHRONIZE) != 0) {
      auto const& point = static_cast<waitable_object*>(handle.get())->point();
      if (milliseconds == 0 || !coview::is_starving(*point.node)) {
        auto const outcome = try_point(point);
        if (outcome == lock_outcome::taken) return WAIT_OBJECT_0;
        if (outcome == lock_outcome::taken_abandoned) return WAIT_ABANDONED;
        if (milliseconds == 0) return WAIT_TIMEOUT;
      }
    }
  }
  return wait_slowly(object, milliseconds, FALSE);
}

DWORD WaitForSingleObjectEx(HANDLE object, DWORD milliseconds, BOOL alertable) {
  return alertable != FALSE ? wait_slowly(object, milliseconds, TRUE) : WaitForSingleObject(object, milliseconds);
}

DWORD WaitForMultipleObjectsEx(DWORD count, HANDLE const* objects, BOOL wait_all, DWORD milliseconds,
                               BOOL alertable) {
  return guarded(
      [&]() -> DWORD {
        if (count == 0 || count > most_points || objects == nullptr)
          return fail_with(ERROR_INVALID_PARAMETER, WAIT_FAILED);
        if (leads_nowhere(objects)) return fail_with(ERROR_NOACCESS, WAIT_FAILED);
        wanted all;
        for (DWORD i = 0; i < count; ++i) {
          if (!all.add(objects[i])) return WAIT_FAILED;
        }
        if (wait_all != FALSE && all.has_duplicates()) return fail_with(ERROR_INVALID_PARAMETER, WAIT_FAILED);
        auto const answer = wait_for(alertable, milliseconds, [&](auto const& until, alarm_word* alarm) {
          return wait_all != FALSE ? wait_for_all(all.points(), until, alarm)
                                   : wait_for_any(all.points(), until, alarm);
        });
        if (answer.outcome == how::taken) all.acknowledge_ends();
        return result_of(answer);
      },
      WAIT_FAILED);
}

DWORD WaitForMultipleObjects(DWORD count, HANDLE const* objects, BOOL wait_all, DWORD milliseconds) {
  return WaitForMultipleObjectsEx(count, objects, wait_all, milliseconds, FALSE);
}

DWORD SignalObjectAndWait(HANDLE signal_handle, HANDLE wait_handle, DWORD milliseconds, BOOL alertable) {
  return guarded(
      [&]() -> DWORD {
        ACCESS_MASK signal_access = 0;
        ACCESS_MASK wait_access = 0;
        auto const to_signal = pin_any(signal_handle, signal_access);
        if (!to_signal) return WAIT_FAILED;
        auto const to_wait = pin_any(wait_handle, wait_access);
        if (!to_wait) return WAIT_FAILED;
        wait_point own;
        auto const* const point = point_of(*to_wait, wait_access, own);
        if (point == nullptr) return WAIT_FAILED;
        if (DWORD const code = signal(*to_signal, signal_access)) return fail_with(code, WAIT_FAILED);
        auto const result = result_of(wait_for(alertable, milliseconds, [&](auto const& until, alarm_word* alarm) {
          return wait_for_one(*point, until, alarm);
        }));
        if (result == WAIT_OBJECT_0) acknowledge(*to_wait);
        return result;
      },
      WAIT_FAILED);
}

DWORD SleepEx(DWORD milliseconds, BOOL alertable) {
  if (alertable != FALSE) {
    return guarded(
        [&]() -> DWORD {
          auto& self = thread_object::current();
          auto const until = deadline_in(milliseconds);
          for (;;) {
            if (self.run_calls()) return WAIT_IO_COMPLETION;
            if (coview::os::is_over(until)) return 0;
            auto const call = self.timers().next();
            auto word = self.alarm().entry();
            coview::os::futex_wait_any(std::span(&word, 1), call && (!until || *call < *until) ? call : until);
          }
        },
        DWORD{0});
  }
  if (milliseconds == 0) {
    ::sched_yield();
    return 0;
  }
  constexpr DWORD a_day = 86'400'000;
  constexpr DWORD in_a_second = 1000;
  constexpr long nanoseconds = 1'000'000;
  timespec until{};
  ::clock_gettime(CLOCK_MONOTONIC, &until);
  do {
    DWORD const now = milliseconds == INFINITE ? a_day : milliseconds;
    until.tv_sec += now / in_a_second;
    until.tv_nsec += static_cast<long>(now % in_a_second) * nanoseconds;
    if (until.tv_nsec >= nanoseconds * static_cast<long>(in_a_second)) {
      until.tv_nsec -= nanoseconds * static_cast<long>(in_a_second);
      ++until.tv_sec;
    }
    while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
    }
  } while (milliseconds == INFINITE);
  return 0;
}

VOID Sleep(DWORD milliseconds) {
  SleepEx(milliseconds, FALSE);
}
