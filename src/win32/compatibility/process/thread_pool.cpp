// SPDX-License-Identifier: Apache-2.0
#include "win32/compatibility/process/thread_pool.hpp"

#include <algorithm>
#include <array>

#include "os/process_wide.hpp"
#include "win32/core/handles/last_error.hpp"

namespace coview::win32 {
namespace {

struct pools {
  thread_pool_ptr own = std::make_shared<thread_pool>();
};

DWORD WINAPI work(LPVOID given) {
  std::unique_ptr<thread_pool_ptr> const pool(static_cast<thread_pool_ptr*>(given));
  for (;;) {
    std::function<void()> task;
    {
      os::process_wide<pools>::access const all;
      auto& mine = **pool;
      if (mine.tasks.empty() || mine.threads > mine.most) {
        --mine.threads;
        return 0;
      }
      task = std::move(mine.tasks.front());
      mine.tasks.pop_front();
    }
    task();
  }
}

}  // namespace

void run_on(thread_pool_ptr const& pool, std::function<void()> task) {
  thread_pool_ptr chosen = pool;
  {
    os::process_wide<pools>::access all;
    if (!chosen) chosen = all->own;
    chosen->tasks.push_back(std::move(task));
    if (chosen->threads >= chosen->most) return;  // one of them will come to it
    ++chosen->threads;
  }
  auto given = std::make_unique<thread_pool_ptr>(chosen);
  HANDLE const thread = CreateThread(nullptr, 0, work, given.get(), 0, nullptr);
  if (thread != nullptr) {
    static_cast<void>(given.release());  // the thread's
    CloseHandle(thread);
    return;
  }
  os::process_wide<pools>::access const all;
  --chosen->threads;
  if (chosen->threads != 0 || chosen->tasks.empty()) return;  // others come to it
  chosen->tasks.pop_back();
  throw win32_failure{last_error};
}

void limit(thread_pool& pool, std::uint32_t most) {
  os::process_wide<pools>::access const all;
  pool.most = std::max<std::uint32_t>(most, 1);
}

void callback_count::expect() {
  std::scoped_lock const held(lock_);
  ++expected_;
}
bool callback_count::begin() {
  std::scoped_lock const held(lock_);
  if (expected_ == 0) return false;
  --expected_;
  runners_.push_back(GetCurrentThreadId());
  return true;
}
void callback_count::end() {
  std::scoped_lock const held(lock_);
  runners_.erase(std::find(runners_.begin(), runners_.end(), GetCurrentThreadId()));
  if (runners_.empty()) idle_.notify_all();
}
void callback_count::call_off() {
  std::scoped_lock const held(lock_);
  expected_ = 0;
  idle_.notify_all();
}
bool callback_count::busy() {
  std::scoped_lock const held(lock_);
  return !runners_.empty();
}
void callback_count::wait() {
  std::unique_lock held(lock_);
  if (std::find(runners_.begin(), runners_.end(), GetCurrentThreadId()) != runners_.end()) return;
  idle_.wait(held, [this] { return expected_ == 0 && runners_.empty(); });
}

/// A handle of its own, so that the caller may close its one.
struct watcher::kept_handle {
  explicit kept_handle(HANDLE from) {
    if (DuplicateHandle(GetCurrentProcess(), from, GetCurrentProcess(), &handle, 0, FALSE, DUPLICATE_SAME_ACCESS) ==
        FALSE)
      throw win32_failure{last_error};
  }
  kept_handle(kept_handle const&) = delete;
  kept_handle& operator=(kept_handle const&) = delete;
  ~kept_handle() { CloseHandle(handle); }
  HANDLE handle = nullptr;
};

watcher::watcher(callback what) : what_(std::move(what)), changed_(CreateEventW(nullptr, FALSE, FALSE, nullptr)) {
  if (changed_ == nullptr) throw win32_failure{last_error};
}

watcher::~watcher() {
  CloseHandle(changed_);
}

void watcher::set(HANDLE object, std::optional<DWORD> first, DWORD period, fires how) {
  auto kept = object == nullptr ? nullptr : std::make_shared<kept_handle>(object);
  std::scoped_lock const held(lock_);
  if (stopped_) return;
  object_.swap(kept);
  timeout_ = first;
  due_ = first ? std::optional(GetTickCount64() + *first) : std::nullopt;
  period_ = period;
  how_ = how;
  ++settings_;
  if (watching_) {
    SetEvent(changed_);
    return;
  }
  // A thread beside the pools: it sleeps, and must not keep the threads of a pool from working.
  auto own = std::make_unique<std::shared_ptr<watcher>>(shared_from_this());
  HANDLE const thread = CreateThread(
      nullptr, 0,
      [](LPVOID given) -> DWORD {
        std::unique_ptr<std::shared_ptr<watcher>> const mine(static_cast<std::shared_ptr<watcher>*>(given));
        (*mine)->watch();
        return 0;
      },
      own.get(), 0, nullptr);
  if (thread == nullptr) throw win32_failure{last_error};
  static_cast<void>(own.release());  // the thread's
  CloseHandle(thread);
  watching_ = true;
}

void watcher::rest() {
  std::scoped_lock const held(lock_);
  object_.reset();
  due_.reset();
  ++settings_;
  SetEvent(changed_);
}

bool watcher::is_set() {
  std::scoped_lock const held(lock_);
  return object_ != nullptr || due_.has_value();
}

void watcher::stop() {
  std::scoped_lock const held(lock_);
  stopped_ = true;
  SetEvent(changed_);
}

void watcher::watch() {
  std::unique_lock held(lock_);
  while (!stopped_) {
    auto const object = object_;
    auto const setting = settings_;
    DWORD milliseconds = INFINITE;
    if (due_) {
      auto const now = GetTickCount64();
      milliseconds = *due_ <= now ? 0 : static_cast<DWORD>(std::min<std::uint64_t>(*due_ - now, INFINITE - 1));
    }
    held.unlock();
    std::array<HANDLE, 2> const both = {changed_, object ? object->handle : nullptr};
    DWORD const came = WaitForMultipleObjects(object ? 2 : 1, both.data(), FALSE, milliseconds);
    held.lock();
    if (stopped_ || came == WAIT_OBJECT_0 || setting != settings_) continue;
    bool const timed_out = came == WAIT_TIMEOUT;
    if (timed_out && due_ && GetTickCount64() < *due_) continue;  // a time beyond what one wait can take
    if (came == WAIT_FAILED || how_ == fires::once) {
      object_.reset();
      due_.reset();
    } else if (object) {
      if (timeout_) due_ = GetTickCount64() + *timeout_;
    } else {
      due_ = period_ == 0 ? std::nullopt : std::optional(*due_ + period_);
    }
    if (came == WAIT_FAILED) continue;
    callbacks.expect();
    held.unlock();
    if (callbacks.begin()) {
      what_(timed_out);
      callbacks.end();
    }
    held.lock();
  }
}

}  // namespace coview::win32
