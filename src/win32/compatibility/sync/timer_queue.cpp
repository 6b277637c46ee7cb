// SPDX-License-Identifier: Apache-2.0
// RegisterWaitForSingleObject and timer queues: watchers behind handles of the table, so that garbage in their place
// is an error.
#include <memory>
#include <mutex>
#include <vector>

#include <coview/win32/winbase.h>

#include "os/fork_lock.hpp"
#include "win32/compatibility/process/thread_pool.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

class watch_object final : public object {
 public:
  static constexpr kind type = kind::watch;
  explicit watch_object(std::shared_ptr<watcher> one) : object(type), watching(std::move(one)) {}
  void last_handle_closed() noexcept override { watching->stop(); }
  std::shared_ptr<watcher> const watching;
};

class timer_queue_object final : public object {
 public:
  static constexpr kind type = kind::timer_queue;
  timer_queue_object() : object(type) {}
  os::fork_lock lock;
  std::vector<std::weak_ptr<watcher>> timers;
};

constexpr ULONG known_flags = WT_EXECUTEINIOTHREAD | WT_EXECUTEINUITHREAD | WT_EXECUTEINWAITTHREAD |
                              WT_EXECUTEONLYONCE | WT_EXECUTELONGFUNCTION | WT_EXECUTEINTIMERTHREAD |
                              WT_EXECUTEINPERSISTENTTHREAD | WT_TRANSFER_IMPERSONATION | 0xFFFF0000U;

watcher::fires how_often(ULONG flags) {
  return (flags & WT_EXECUTEONLYONCE) != 0 ? watcher::fires::once : watcher::fires::again;
}

/// A watcher that calls back as the older calls do. A time of theirs is told by TRUE, of a timer always.
std::shared_ptr<watcher> make_watcher(WAITORTIMERCALLBACK callback, PVOID context) {
  return std::make_shared<watcher>(
      [callback, context](bool timed_out) { callback(context, timed_out ? TRUE : FALSE); });
}

/// What the completion event asks for: nothing to be waited for, an event to be set, or to wait here and now.
BOOL finish(std::vector<std::shared_ptr<watcher>> const& stopped, HANDLE completion) {
  if (is_invalid_value(completion)) {
    for (auto const& one : stopped) one->callbacks.wait();
    return TRUE;
  }
  if (completion != nullptr) {
    // Whoever is left to wait for does so on a thread of the pool.
    HANDLE own = nullptr;
    if (DuplicateHandle(GetCurrentProcess(), completion, GetCurrentProcess(), &own, 0, FALSE,
                        DUPLICATE_SAME_ACCESS) == FALSE)
      return FALSE;
    run_on(nullptr, [stopped, own] {
      for (auto const& one : stopped) one->callbacks.wait();
      SetEvent(own);
      CloseHandle(own);
    });
  }
  for (auto const& one : stopped) {
    if (one->callbacks.busy()) return refuse(ERROR_IO_PENDING);
  }
  return TRUE;
}

BOOL unregister(HANDLE handle, HANDLE completion) {
  return guarded(
      [&] {
        auto const found = handle_guard(handle).pin_as<watch_object>();
        if (!found) return FALSE;
        found->watching->stop();
        handle_table::close(handle);
        return finish({found->watching}, completion);
      },
      FALSE);
}

}  // namespace
}  // namespace coview::win32

using namespace coview::win32;

BOOL RegisterWaitForSingleObject(PHANDLE out, HANDLE object, WAITORTIMERCALLBACK callback, PVOID context,
                                 ULONG milliseconds, ULONG flags) {
  return guarded(
      [&] {
        if (leads_nowhere(out)) return refuse(ERROR_NOACCESS);
        if (callback == nullptr || (flags & ~known_flags) != 0) return refuse(ERROR_INVALID_PARAMETER);
        if (object == nullptr) return refuse(ERROR_INVALID_HANDLE);
        auto watching = make_watcher(callback, context);
        auto const made = make_object<watch_object>(watching);
        HANDLE const handle = make_handle(made, 0, false);
        if (handle == nullptr) return FALSE;
        *out = handle;
        try {
          watching->set(object, milliseconds == INFINITE ? std::nullopt : std::optional<DWORD>(milliseconds), 0,
                        how_often(flags));
        } catch (...) {
          *out = nullptr;
          handle_table::close(handle);
          throw;
        }
        return TRUE;
      },
      FALSE);
}

BOOL UnregisterWait(HANDLE wait) {
  return unregister(wait, nullptr);
}
BOOL UnregisterWaitEx(HANDLE wait, HANDLE completion_event) {
  return unregister(wait, completion_event);
}

HANDLE CreateTimerQueue() {
  return guarded([] { return make_handle(make_object<timer_queue_object>(), 0, false); }, nullptr);
}

BOOL CreateTimerQueueTimer(PHANDLE out, HANDLE queue, WAITORTIMERCALLBACK callback, PVOID parameter, DWORD due,
                           DWORD period, ULONG flags) {
  return guarded(
      [&] {
        if (leads_nowhere(out)) return refuse(ERROR_NOACCESS);
        if (callback == nullptr || (flags & ~known_flags) != 0) return refuse(ERROR_INVALID_PARAMETER);
        object_ptr<timer_queue_object> in;
        if (queue != nullptr && !(in = handle_guard(queue).pin_as<timer_queue_object>())) return FALSE;
        auto watching = std::make_shared<watcher>([callback, parameter](bool) { callback(parameter, TRUE); });
        auto const made = make_object<watch_object>(watching);
        HANDLE const handle = make_handle(made, 0, false);
        if (handle == nullptr) return FALSE;
        *out = handle;
        if (in) {
          std::scoped_lock const held(in->lock);
          std::erase_if(in->timers, [](auto const& one) { return one.expired(); });
          in->timers.push_back(watching);
        }
        bool const once = period == 0 || (flags & WT_EXECUTEONLYONCE) != 0;
        watching->set(nullptr, due, period, once ? watcher::fires::once : watcher::fires::again);
        return TRUE;
      },
      FALSE);
}

BOOL ChangeTimerQueueTimer(HANDLE /*queue*/, HANDLE timer, ULONG due, ULONG period) {
  return guarded(
      [&] {
        auto const found = handle_guard(timer).pin_as<watch_object>();
        if (!found) return FALSE;
        if (!found->watching->is_set()) return TRUE;  // fired once, and that was all: it is not wound up again
        found->watching->set(nullptr, due, period, period == 0 ? watcher::fires::once : watcher::fires::again);
        return TRUE;
      },
      FALSE);
}

BOOL DeleteTimerQueueTimer(HANDLE /*queue*/, HANDLE timer, HANDLE completion_event) {
  return unregister(timer, completion_event);
}

BOOL DeleteTimerQueueEx(HANDLE queue, HANDLE completion_event) {
  return guarded(
      [&] {
        auto const found = handle_guard(queue).pin_as<timer_queue_object>();
        if (!found) return FALSE;
        std::vector<std::shared_ptr<watcher>> stopped;
        {
          std::scoped_lock const held(found->lock);
          for (auto const& one : found->timers) {
            if (auto there = one.lock()) stopped.push_back(std::move(there));
          }
          found->timers.clear();
        }
        for (auto const& one : stopped) one->stop();
        handle_table::close(queue);
        return finish(stopped, completion_event);
      },
      FALSE);
}
BOOL DeleteTimerQueue(HANDLE queue) {
  return DeleteTimerQueueEx(queue, nullptr);
}

BOOL QueueUserWorkItem(DWORD(WINAPI* function)(LPVOID), PVOID context, ULONG flags) {
  return guarded(
      [&] {
        if (function == nullptr || (flags & ~known_flags) != 0) return refuse(ERROR_INVALID_PARAMETER);
        run_on(nullptr, [function, context] { function(context); });
        return TRUE;
      },
      FALSE);
}
