// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <csetjmp>
#include <deque>
#include <string>

#include <coview/win32/winbase.h>

#include "os/fork_lock.hpp"
#include "os/process_wide.hpp"
#include "win32/core/sync/sync_objects.hpp"
#include "win32/core/sync/timer_calls.hpp"

/// Threads as Win32 knows them: a handle, an exit code, a suspend count, calls queued for it. Threads that
/// `CreateThread` made have all of it from the start; any other gets its record when it first asks for one.
///
/// Invariants:
/// 1. A record lives as long as its thread, and as handles to it do.
/// 2. `point` is there when the kernel says that the thread has ended, after its mutexes were abandoned
/// (thread_end.hpp).
namespace coview::win32 {

class thread_object final : public waitable_object {
 public:
  static constexpr kind type = kind::thread;
  thread_object();
  ~thread_object() override;

  /// The calling thread's record, made where there is none. Errors: std::bad_alloc, coview::error.
  static thread_object& current();
  /// nullptr where this thread has none yet.
  static thread_object* current_or_none() noexcept;
  /// A record of this process by thread ID.
  static object_ptr<thread_object> find(DWORD id);

  /// Begins a thread. 0 or the errno.
  int start(LPTHREAD_START_ROUTINE routine, void* parameter, SIZE_T stack_size, bool suspended);
  /// Ends the calling thread, whose record this is.
  [[noreturn]] void exit(DWORD code);

  /// Linux's; waits for a new thread to tell it.
  [[nodiscard]] DWORD id() noexcept;
  [[nodiscard]] DWORD exit_code() const noexcept;
  [[nodiscard]] bool ended() const noexcept;
  /// What the thread wrote is visible after this. (The kernel says that it has ended; a sanitizer does not know.)
  void acknowledge_end() const noexcept { (void)finished_.load(std::memory_order_acquire); }

  /// The suspend count before; MAXDWORD with the last error where that cannot be.
  DWORD suspend() noexcept;
  DWORD resume() noexcept;
  BOOL terminate(DWORD code) noexcept;

  BOOL queue_call(PAPCFUNC routine, ULONG_PTR data);
  /// Runs what was queued for the calling thread, and the routines of its timers that are due;
  /// false where nothing was.
  bool run_calls();
  /// The calling thread's own.
  [[nodiscard]] timer_calls& timers() noexcept { return timers_; }
  [[nodiscard]] alarm_word& alarm() noexcept { return alarm_; }

  std::atomic<int> priority{THREAD_PRIORITY_NORMAL};
  std::atomic<bool> no_boost{false};
  std::atomic<DWORD> ideal_processor{0};
  /// UTF-8; `description_lock` guards it.
  std::string description;
  os::fork_lock description_lock;

 private:
  struct call {
    PAPCFUNC routine;
    ULONG_PTR data;
  };
  friend struct thread_signal;
  friend struct thread_leaver;

  static void* run(void* record);
  void be_current();
  void finish(DWORD code) noexcept;
  void wait_while_suspended() noexcept;
  void obey_signal() noexcept;

  cell& life_;
  LPTHREAD_START_ROUTINE routine_ = nullptr;
  void* parameter_ = nullptr;
  std::atomic<std::uint32_t> id_{0};
  std::atomic<std::uint32_t> suspended_{0};
  std::atomic<std::uint32_t> parked_{0};  // 1: it sleeps because it is suspended
  std::atomic<DWORD> code_{STILL_ACTIVE};
  std::atomic<bool> finished_{false};
  std::atomic<bool> condemned_{false};
  std::atomic<bool> has_exit_point_{false};
  jmp_buf exit_point_{};
  alarm_word alarm_;
  os::fork_lock calls_lock_;
  std::deque<call> calls_;
  timer_calls timers_;
};

/// Runs the callbacks of fiber-local storage for the thread that ends.
void run_fiber_callbacks() noexcept;

/// What GetCurrentThread() leads to; null where there is no memory for it.
object_ptr<> current_thread_object() noexcept;

}  // namespace coview::win32
