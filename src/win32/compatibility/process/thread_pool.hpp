// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include <coview/win32/winbase.h>

#include "os/fork_lock.hpp"

/// Threads that run callbacks, and what makes them run: a request, a time, an object.
///
/// Threads of a pool take tasks as long as there are any, and then end: none sleeps for want of work, so a process
/// that has used the pool is as it was before. They are threads as CreateThread makes them, so they may own mutexes.
///
/// Thread safety: all functions. A forked child has no threads of a pool, and what they would have done is not done.
namespace coview::win32 {

/// What a pool has to do, and how many threads do it. The lock of all pools guards it.
struct thread_pool {
  static constexpr std::uint32_t usual_most = 500;  // as on Windows
  std::deque<std::function<void()>> tasks;
  std::uint32_t threads = 0;
  std::uint32_t most = usual_most;
};
using thread_pool_ptr = std::shared_ptr<thread_pool>;

/// Runs it on a thread of this pool; nullptr: of the process's own. Throws win32_failure where no thread can be made.
void run_on(thread_pool_ptr const& pool, std::function<void()> task);
void limit(thread_pool& pool, std::uint32_t most);

/// Counts the callbacks of one item that are still to begin, and that run.
class callback_count {
 public:
  void expect();
  /// False where it was called off: the callback must not run.
  bool begin();
  void end();
  void call_off();
  [[nodiscard]] bool busy();
  /// Until none is expected and none runs. From within a callback of this item: at once.
  void wait();

 private:
  os::fork_lock lock_;
  os::fork_condition idle_;
  std::uint32_t expected_ = 0;
  std::deque<DWORD> runners_;  // their thread IDs
};

/// Calls back when an object is there or a time has passed. One thread, from the first setting to the end.
///
/// Invariants: callbacks run one after the other; none begins after `stop`.
class watcher : public std::enable_shared_from_this<watcher> {
 public:
  using callback = std::function<void(bool timed_out)>;
  enum class fires : std::uint8_t { once, again };

  explicit watcher(callback what);
  watcher(watcher const&) = delete;
  watcher& operator=(watcher const&) = delete;
  ~watcher();

  /// Replaces what it waits for. `object` nullptr: for time only. `first` and `period` in milliseconds; `first`
  /// nothing: for ever. With an object the time begins anew after each callback, without one it keeps its beat.
  void set(HANDLE object, std::optional<DWORD> first, DWORD period, fires how);
  /// Waits for nothing any more, until it is set again.
  void rest();
  [[nodiscard]] bool is_set();
  void stop();

  callback_count callbacks;

 private:
  struct kept_handle;
  void watch();

  callback const what_;
  HANDLE const changed_;
  os::fork_lock lock_;  // guards all below
  std::shared_ptr<kept_handle> object_;
  std::optional<std::uint64_t> due_;  // by GetTickCount64
  std::optional<DWORD> timeout_;
  DWORD period_ = 0;
  fires how_ = fires::once;
  std::uint64_t settings_ = 0;  // how often it was set
  bool watching_ = false;
  bool stopped_ = false;
};

}  // namespace coview::win32
