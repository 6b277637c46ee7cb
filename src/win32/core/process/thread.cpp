// SPDX-License-Identifier: Apache-2.0
#include "win32/core/process/thread.hpp"

#include <dirent.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>

#include "sync/descriptor_watch.hpp"
#include "sync/thread_end.hpp"
#include "win32/core/handles/handle_server.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/pipes/pipe_relay.hpp"
#include "win32/core/pipes/pipe_service.hpp"
#include "win32/core/sync/local_futex.hpp"

namespace coview::win32 {
namespace {

constexpr DWORD failed = 0xFFFFFFFFU;

using records = os::process_wide<std::map<DWORD, thread_object*>>;
[[gnu::constructor]] void make_records() {
  records::make();
}

[[gnu::tls_model("initial-exec")]] constinit thread_local thread_object* mine = nullptr;
[[gnu::tls_model("initial-exec")]] constinit thread_local pid_t mine_in =
    0;  // a forked child's thread is another one

/// A signal that programs seldom use.
int thread_signal_number() noexcept {
  constexpr int from_the_end = 4;
  return SIGRTMAX - from_the_end;
}

std::atomic<bool> main_has_left{false};

std::size_t threads_of_this_process() noexcept {
  DIR* const tasks = ::opendir("/proc/self/task");
  if (tasks == nullptr) return SIZE_MAX;
  std::size_t n = 0;
  while (dirent const* const entry = ::readdir(tasks)) n += entry->d_name[0] != '.' ? 1 : 0;
  ::closedir(tasks);
  return n;
}

bool is_main_thread() {
  return ::getpid() == static_cast<pid_t>(this_thread::get().id());
}

/// A process whose main thread has left ends with the last of the others, which the watcher is not.
void leave_process_if_last(DWORD code) {
  bool const main_lingers = main_has_left && !is_main_thread();
  std::size_t const idle = (watcher_runs() ? 1U : 0U) + (handle_server_runs() ? 1U : 0U) +
                           (pipe_service::runs() ? 1U : 0U) + relays_running() + (main_lingers ? 1U : 0U);
  if (threads_of_this_process() <= idle + 1) ::exit(static_cast<int>(code));
}

}  // namespace

/// Lets go of the record when the thread ends, after whatever else the thread had.
struct thread_leaver {
  ~thread_leaver() {
    run_fiber_callbacks();
    if (mine == nullptr) return;
    if (mine_in == ::getpid()) mine->timers_.cancel_all();
    {
      records::access all;  // whoever finds a record there finds it with this reference
      if (auto const found = all->find(mine->id()); found != all->end() && found->second == mine) all->erase(found);
    }
    mine->drop_reference();
    mine = nullptr;
  }
};

struct thread_signal {
  static void handle(int /*number*/) {
    int const before = errno;
    if (mine != nullptr) mine->obey_signal();
    errno = before;
  }
  static void install() noexcept {
    // Twice does no harm, where two threads come at once; waiting for one another would, in a child.
    static constinit std::atomic<bool> installed{false};
    if (installed.load(std::memory_order_relaxed)) return;
    struct sigaction action {};
    action.sa_handler = &handle;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    ::sigaction(thread_signal_number(), &action, nullptr);
    installed.store(true, std::memory_order_relaxed);
  }
};

thread_object::thread_object() : waitable_object(type), life_(take_cell()) {
  life_.node.state.store(unborn, std::memory_order_release);
  point_.kind = wait_kind::ending;
  point_.node = &life_.node;
  point_.order = reinterpret_cast<std::uintptr_t>(&life_);
}

thread_object::~thread_object() {
  win32::give_back(life_);  // kept until the kernel has seen it, where the thread is still on its way out
}

thread_object* thread_object::current_or_none() noexcept {
  return mine_in == ::getpid() ? mine : nullptr;
}

thread_object& thread_object::current() {
  if (mine != nullptr && mine_in == ::getpid()) return *mine;
  auto made = make_object<thread_object>();
  made->be_current();
  return *made.release();
}

void thread_object::be_current() {
  begin_life(life_.node);
  mine = this;
  mine_in = ::getpid();
  static thread_local thread_leaver leaves;
  (void)leaves;
  {
    records::access all;
    all->insert_or_assign(this_thread::get().id(), this);
  }
  id_.store(this_thread::get().id(), std::memory_order_release);
  wake_everybody(id_);
}

object_ptr<thread_object> thread_object::find(DWORD id) {
  records::access all;
  auto const found = all->find(id);
  if (found == all->end() || found->second->ended()) return {};
  found->second->add_reference();
  return object_ptr<thread_object>(found->second);
}

int thread_object::start(LPTHREAD_START_ROUTINE routine, void* parameter, SIZE_T stack_size, bool suspended) {
  routine_ = routine;
  parameter_ = parameter;
  suspended_.store(suspended ? 1 : 0, std::memory_order_relaxed);
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  if (stack_size > 0) {
    constexpr std::size_t for_ourselves = 16384;
    ::pthread_attr_setstacksize(
        &attributes,
        (stack_size + static_cast<std::size_t>(PTHREAD_STACK_MIN) + for_ourselves + 4095) & ~std::size_t{4095});
  }
  add_reference();  // the thread's own
  pthread_t thread{};
  int const error = ::pthread_create(&thread, &attributes, &thread_object::run, this);
  ::pthread_attr_destroy(&attributes);
  if (error != 0) drop_reference();
  return error;
}

// C++ sources may give a function that returns an unsigned long (coview/win32/long_words.h): it is called as one that
// returns its lower half, which is where it lies.
#ifdef __clang__
[[clang::no_sanitize("function")]]
#endif
void* thread_object::run(void* record) {
  auto* const self = static_cast<thread_object*>(record);
  self->be_current();
  self->wait_while_suspended();
  if (_setjmp(self->exit_point_) == 0) {
    self->has_exit_point_.store(true, std::memory_order_release);
    if (!self->condemned_.load(std::memory_order_acquire)) {
      self->run_calls();
      self->code_.store(self->routine_(self->parameter_), std::memory_order_relaxed);
    }
  }
  self->has_exit_point_.store(false, std::memory_order_release);
  self->finish(self->code_.load(std::memory_order_relaxed));
  return nullptr;
}

void thread_object::finish(DWORD code) noexcept {
  code_.store(code, std::memory_order_relaxed);
  finished_.store(true, std::memory_order_release);
  if (main_has_left) leave_process_if_last(code);
}

void thread_object::exit(DWORD code) {
  if (has_exit_point_) {
    // As on Windows, no destructor runs: a `catch (...)` on the way must not stop the thread from ending.
    code_.store(code, std::memory_order_relaxed);
    _longjmp(exit_point_, 1);
  }
  bool const is_main = is_main_thread();
  if (is_main) main_has_left = true;
  leave_process_if_last(code);
  finish(code);
  // Of main, as of any thread, nothing is to be unwound: pthread_exit would end the process at a `catch (...)`.
  if (is_main) {
    run_fiber_callbacks();
    ::syscall(SYS_exit, 0);
  }
  ::pthread_exit(nullptr);
}

DWORD thread_object::id() noexcept {
  for (;;) {
    auto const id = id_.load(std::memory_order_acquire);
    if (id != 0) return id;
    sleep_on(id_, 0, {});
  }
}

bool thread_object::ended() const noexcept {
  return has_ended(life_.node);
}

DWORD thread_object::exit_code() const noexcept {
  if (!ended()) return STILL_ACTIVE;
  return finished_.load(std::memory_order_acquire) ? code_.load(std::memory_order_relaxed) : 0;
}

void thread_object::wait_while_suspended() noexcept {
  if (suspended_.load(std::memory_order_acquire) == 0) return;
  parked_.store(1, std::memory_order_release);
  wake_everybody(parked_);
  while (auto const count = suspended_.load(std::memory_order_acquire)) sleep_on(suspended_, count, {});
  parked_.store(0, std::memory_order_release);
}

/// In a signal handler: nothing but words and futex calls.
void thread_object::obey_signal() noexcept {
  if (condemned_.load(std::memory_order_acquire) && has_exit_point_) _longjmp(exit_point_, 1);
  wait_while_suspended();
  if (condemned_.load(std::memory_order_acquire) && has_exit_point_) _longjmp(exit_point_, 1);
}

DWORD thread_object::suspend() noexcept {
  if (ended()) return fail_with(ERROR_ACCESS_DENIED, failed);
  auto before = suspended_.load(std::memory_order_relaxed);
  do {
    if (before >= MAXIMUM_SUSPEND_COUNT) return fail_with(ERROR_INVALID_PARAMETER, failed);
  } while (!suspended_.compare_exchange_weak(before, before + 1));
  if (mine == this) {
    wait_while_suspended();
    return before;
  }
  // One that has not begun yet sleeps before it runs anything; any other is told.
  if (before == 0 && id_.load(std::memory_order_acquire) != 0) {
    thread_signal::install();
    ::syscall(SYS_tgkill, ::getpid(), id_.load(), thread_signal_number());
    // It may block the signal: then it stops later, and nobody waits for that for ever.
    auto const until = os::deadline(std::chrono::steady_clock::now() + std::chrono::seconds(1));
    while (parked_.load(std::memory_order_acquire) == 0 && !ended() && sleep_on(parked_, 0, until)) {
    }
  }
  return before;
}

DWORD thread_object::resume() noexcept {
  auto before = suspended_.load(std::memory_order_relaxed);
  do {
    if (before == 0) return 0;
  } while (!suspended_.compare_exchange_weak(before, before - 1));
  wake_everybody(suspended_);
  return before;
}

BOOL thread_object::terminate(DWORD code) noexcept {
  if (ended()) return refuse(ERROR_ACCESS_DENIED);
  if (mine == this) exit(code);
  (void)id();
  if (routine_ == nullptr) return refuse(ERROR_NOT_SUPPORTED);  // not one that CreateThread made
  thread_signal::install();
  code_.store(code, std::memory_order_relaxed);
  condemned_.store(true, std::memory_order_release);
  suspended_.store(0, std::memory_order_release);
  wake_everybody(suspended_);
  ::syscall(SYS_tgkill, ::getpid(), id_.load(), thread_signal_number());
  return TRUE;
}

BOOL thread_object::queue_call(PAPCFUNC routine, ULONG_PTR data) {
  if (ended() || finished_.load(std::memory_order_acquire)) return refuse(ERROR_GEN_FAILURE);
  std::lock_guard const guard(calls_lock_);
  calls_.push_back({routine, data});
  alarm_.raise();
  return TRUE;
}

bool thread_object::run_calls() {
  bool ran = false;
  for (;;) {
    call next{};
    {
      std::lock_guard const guard(calls_lock_);
      if (calls_.empty()) {
        alarm_.lower();
        break;
      }
      next = calls_.front();
      calls_.pop_front();
    }
    next.routine(next.data);
    ran = true;
  }
  return timers_.run_due() || ran;
}

object_ptr<> current_thread_object() noexcept {
  try {
    auto& self = thread_object::current();
    self.add_reference();
    return object_ptr<>(&self);
  } catch (std::exception const&) {
    return {};
  }
}

}  // namespace coview::win32
