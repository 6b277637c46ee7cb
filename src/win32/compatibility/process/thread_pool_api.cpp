// SPDX-License-Identifier: Apache-2.0
// The pool's newer calls: work, timers and waits as objects that a program creates, and closes one by one or as a
// group.
#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include <coview/win32/winbase.h>

#include "os/fork_lock.hpp"
#include "win32/compatibility/process/thread_pool.hpp"
#include "win32/core/handles/last_error.hpp"

using namespace coview::win32;

/// What a callback may ask to be done when it returns.
struct _TP_CALLBACK_INSTANCE {
  HANDLE event = nullptr;
  HANDLE semaphore = nullptr;
  DWORD count = 0;
  HANDLE mutex = nullptr;
  PCRITICAL_SECTION section = nullptr;

  /// In Windows' order.
  void returned() const {
    if (section != nullptr) LeaveCriticalSection(section);
    if (mutex != nullptr) ReleaseMutex(mutex);
    if (semaphore != nullptr) ReleaseSemaphore(semaphore, static_cast<LONG>(count), nullptr);
    if (event != nullptr) SetEvent(event);
  }
};

struct _TP_POOL {
  thread_pool_ptr pool = std::make_shared<thread_pool>();
};

namespace {

/// What a cleanup group closes.
class member {
 public:
  member(PTP_CALLBACK_ENVIRON environment, PVOID given);
  member(member const&) = delete;
  member& operator=(member const&) = delete;
  virtual ~member() = default;

  /// True where a callback that had not begun was called off.
  virtual bool await_callbacks(bool cancel_pending) = 0;
  /// Out of its group, if it has one.
  void leave() noexcept;

  PVOID const context;
  thread_pool_ptr const pool;
  PTP_CLEANUP_GROUP group = nullptr;
  PTP_CLEANUP_GROUP_CANCEL_CALLBACK const cancelled;
};

/// Work's requests, which outlive the object where it is closed while they run.
struct requests {
  PTP_WORK_CALLBACK callback;
  PVOID context;
  callback_count count;
};

/// A filetime as the timers take it, in milliseconds from now: negative is relative, positive a point of time.
DWORD milliseconds_until(FILETIME const& due) {
  constexpr unsigned half = 32;
  constexpr std::uint64_t ticks_in_a_millisecond = 10'000;
  auto const wanted = (std::uint64_t{due.dwHighDateTime} << half) | due.dwLowDateTime;
  std::uint64_t ticks = 0;
  if (static_cast<std::int64_t>(wanted) <= 0) {
    ticks = 0 - wanted;  // of the lowest number, too, which no signed one is the opposite of
  } else {
    FILETIME now{};
    GetSystemTimeAsFileTime(&now);
    auto const reached = (std::uint64_t{now.dwHighDateTime} << half) | now.dwLowDateTime;
    ticks = wanted > reached ? wanted - reached : 0;
  }
  auto const rounded = ticks / ticks_in_a_millisecond + (ticks % ticks_in_a_millisecond != 0 ? 1 : 0);
  return static_cast<DWORD>(std::min<std::uint64_t>(rounded, INFINITE - 1));
}

bool await_watcher(watcher& one, bool cancel_pending) {
  bool const was_set = cancel_pending && one.is_set();
  if (cancel_pending) one.rest();
  one.callbacks.wait();
  return was_set;
}

}  // namespace

struct _TP_CLEANUP_GROUP {
  coview::os::fork_lock lock;
  std::vector<member*> members;
};

namespace {

member::member(PTP_CALLBACK_ENVIRON environment, PVOID given)
    : context(given),
      pool(environment == nullptr || environment->Pool == nullptr ? nullptr : environment->Pool->pool),
      cancelled(environment == nullptr ? nullptr : environment->CleanupGroupCancelCallback) {
  if (environment == nullptr || environment->CleanupGroup == nullptr) return;
  std::scoped_lock const held(environment->CleanupGroup->lock);
  environment->CleanupGroup->members.push_back(this);
  group = environment->CleanupGroup;
}

void member::leave() noexcept {
  if (group == nullptr) return;
  std::scoped_lock const held(group->lock);
  std::erase(group->members, this);
  group = nullptr;
}

}  // namespace

struct _TP_WORK final : member {
  _TP_WORK(PTP_WORK_CALLBACK callback, PVOID given, PTP_CALLBACK_ENVIRON environment)
      : member(environment, given), wanted(std::make_shared<requests>()) {
    wanted->callback = callback;
    wanted->context = given;
  }
  bool await_callbacks(bool cancel_pending) override {
    if (cancel_pending) wanted->count.call_off();
    wanted->count.wait();
    return false;
  }
  std::shared_ptr<requests> const wanted;
};

struct _TP_TIMER final : member {
  _TP_TIMER(PTP_TIMER_CALLBACK callback, PVOID given, PTP_CALLBACK_ENVIRON environment)
      : member(environment, given), watching(std::make_shared<watcher>([this, callback, given](bool) {
          TP_CALLBACK_INSTANCE instance;
          callback(&instance, given, this);
          instance.returned();
        })) {}
  ~_TP_TIMER() override { watching->stop(); }
  bool await_callbacks(bool cancel_pending) override { return await_watcher(*watching, cancel_pending); }
  std::shared_ptr<watcher> const watching;
};

struct _TP_WAIT final : member {
  _TP_WAIT(PTP_WAIT_CALLBACK callback, PVOID given, PTP_CALLBACK_ENVIRON environment)
      : member(environment, given), watching(std::make_shared<watcher>([this, callback, given](bool timed_out) {
          TP_CALLBACK_INSTANCE instance;
          callback(&instance, given, this, timed_out ? WAIT_TIMEOUT : WAIT_OBJECT_0);
          instance.returned();
        })) {}
  ~_TP_WAIT() override { watching->stop(); }
  bool await_callbacks(bool cancel_pending) override { return await_watcher(*watching, cancel_pending); }
  std::shared_ptr<watcher> const watching;
};

namespace {

template <class Item, class Callback>
Item* create(Callback callback, PVOID context, PTP_CALLBACK_ENVIRON environment) {
  return guarded(
      [&]() -> Item* {
        if (callback == nullptr) throw_code(ERROR_INVALID_PARAMETER);
        return new Item(callback, context, environment);
      },
      nullptr);
}

template <class Item>
void close(Item* item) {
  if (item == nullptr) return;
  item->leave();
  delete item;
}

}  // namespace

PTP_POOL CreateThreadpool(PVOID /*reserved*/) {
  return guarded([] { return new TP_POOL; }, nullptr);
}
VOID SetThreadpoolThreadMaximum(PTP_POOL pool, DWORD most) {
  limit(*pool->pool, most);
}
BOOL SetThreadpoolThreadMinimum(PTP_POOL /*pool*/, DWORD /*least*/) {
  return TRUE;  // threads are made when there is work
}
VOID CloseThreadpool(PTP_POOL pool) {
  delete pool;
}

BOOL TrySubmitThreadpoolCallback(PTP_SIMPLE_CALLBACK callback, PVOID context, PTP_CALLBACK_ENVIRON environment) {
  return guarded(
      [&] {
        if (callback == nullptr) return refuse(ERROR_INVALID_PARAMETER);
        thread_pool_ptr const pool =
            environment == nullptr || environment->Pool == nullptr ? nullptr : environment->Pool->pool;
        run_on(pool, [callback, context] {
          TP_CALLBACK_INSTANCE instance;
          callback(&instance, context);
          instance.returned();
        });
        return TRUE;
      },
      FALSE);
}

PTP_WORK CreateThreadpoolWork(PTP_WORK_CALLBACK callback, PVOID context, PTP_CALLBACK_ENVIRON environment) {
  return create<TP_WORK>(callback, context, environment);
}
VOID SubmitThreadpoolWork(PTP_WORK work) {
  auto const wanted = work->wanted;
  wanted->count.expect();
  auto const task = [wanted, work] {
    if (!wanted->count.begin()) return;
    TP_CALLBACK_INSTANCE instance;
    wanted->callback(&instance, wanted->context, work);
    instance.returned();
    wanted->count.end();
  };
  // This call cannot fail: where no thread can be had, the caller's does it.
  auto const submitted = guarded(
      [&] {
        run_on(work->pool, task);
        return TRUE;
      },
      FALSE);
  if (submitted == FALSE) task();
}
VOID WaitForThreadpoolWorkCallbacks(PTP_WORK work, BOOL cancel_pending) {
  work->await_callbacks(cancel_pending != FALSE);
}
VOID CloseThreadpoolWork(PTP_WORK work) {
  close(work);
}

PTP_TIMER CreateThreadpoolTimer(PTP_TIMER_CALLBACK callback, PVOID context, PTP_CALLBACK_ENVIRON environment) {
  return create<TP_TIMER>(callback, context, environment);
}
BOOL SetThreadpoolTimerEx(PTP_TIMER timer, PFILETIME due, DWORD period, DWORD /*window*/) {
  return guarded(
      [&] {
        bool const was_set = timer->watching->is_set();
        if (due == nullptr) {
          timer->watching->rest();
        } else {
          timer->watching->set(nullptr, milliseconds_until(*due), period,
                               period == 0 ? watcher::fires::once : watcher::fires::again);
        }
        return was_set ? TRUE : FALSE;
      },
      FALSE);
}
VOID SetThreadpoolTimer(PTP_TIMER timer, PFILETIME due, DWORD period, DWORD window) {
  SetThreadpoolTimerEx(timer, due, period, window);
}
BOOL IsThreadpoolTimerSet(PTP_TIMER timer) {
  return timer->watching->is_set() ? TRUE : FALSE;
}
VOID WaitForThreadpoolTimerCallbacks(PTP_TIMER timer, BOOL cancel_pending) {
  timer->await_callbacks(cancel_pending != FALSE);
}
VOID CloseThreadpoolTimer(PTP_TIMER timer) {
  close(timer);
}

PTP_WAIT CreateThreadpoolWait(PTP_WAIT_CALLBACK callback, PVOID context, PTP_CALLBACK_ENVIRON environment) {
  return create<TP_WAIT>(callback, context, environment);
}
VOID SetThreadpoolWait(PTP_WAIT wait, HANDLE object, PFILETIME timeout) {
  guarded(
      [&] {
        if (object == nullptr) {
          wait->watching->rest();
        } else {
          wait->watching->set(object,
                              timeout == nullptr ? std::nullopt : std::optional<DWORD>(milliseconds_until(*timeout)),
                              0, watcher::fires::once);
        }
        return TRUE;
      },
      FALSE);
}
VOID WaitForThreadpoolWaitCallbacks(PTP_WAIT wait, BOOL cancel_pending) {
  wait->await_callbacks(cancel_pending != FALSE);
}
VOID CloseThreadpoolWait(PTP_WAIT wait) {
  close(wait);
}

PTP_CLEANUP_GROUP CreateThreadpoolCleanupGroup() {
  return guarded([] { return new TP_CLEANUP_GROUP; }, nullptr);
}
VOID CloseThreadpoolCleanupGroupMembers(PTP_CLEANUP_GROUP group, BOOL cancel_pending, PVOID context) {
  std::vector<member*> members;
  {
    std::scoped_lock const held(group->lock);
    members.swap(group->members);
  }
  for (auto* const one : members) {
    if (one->await_callbacks(cancel_pending != FALSE) && one->cancelled != nullptr)
      one->cancelled(one->context, context);
    delete one;
  }
}
VOID CloseThreadpoolCleanupGroup(PTP_CLEANUP_GROUP group) {
  delete group;
}

BOOL CallbackMayRunLong(PTP_CALLBACK_INSTANCE /*instance*/) {
  return TRUE;  // there is always another thread
}
VOID SetEventWhenCallbackReturns(PTP_CALLBACK_INSTANCE instance, HANDLE event) {
  instance->event = event;
}
VOID ReleaseSemaphoreWhenCallbackReturns(PTP_CALLBACK_INSTANCE instance, HANDLE semaphore, DWORD count) {
  instance->semaphore = semaphore;
  instance->count = count;
}
VOID ReleaseMutexWhenCallbackReturns(PTP_CALLBACK_INSTANCE instance, HANDLE mutex) {
  instance->mutex = mutex;
}
VOID LeaveCriticalSectionWhenCallbackReturns(PTP_CALLBACK_INSTANCE instance, PCRITICAL_SECTION section) {
  instance->section = section;
}
