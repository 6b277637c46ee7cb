// SPDX-License-Identifier: Apache-2.0
#include "puppet.hpp"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <system_error>
#include <utility>

#include "support/locks.hpp"
#include "support/private_root.hpp"
#include "support/tracing.hpp"

namespace schedule {

using coview_test::as_data;
using coview_test::check_traced;
using coview_test::syscall_stop;

namespace {

// Arguments of getppid, which takes none.
constexpr std::uint64_t mark_call = 0x636f'7669'0001;
constexpr std::uint64_t begin_private_call = 0x636f'7669'0002;
constexpr std::uint64_t end_private_call = 0x636f'7669'0003;
constexpr unsigned longest_seconds = 120;  // of its whole life, its turns and all others' between them
constexpr useconds_t a_pause = 500;

bool sleeps(pending_call const& call) {
#ifdef SYS_nanosleep
  if (call.number == SYS_nanosleep) return true;
#endif
  return call.number == SYS_clock_nanosleep;
}

}  // namespace

void mark() {
  ::syscall(SYS_getppid, mark_call);
}
void begin_private() {
  ::syscall(SYS_getppid, begin_private_call);
}
void end_private() {
  ::syscall(SYS_getppid, end_private_call);
}

puppet::puppet(uid_t user, std::function<void()> body, std::function<void()> on_mark) : on_mark_(std::move(on_mark)) {
  pid_ = ::fork();
  check_traced(pid_, "fork");
  if (pid_ == 0) {
    coview_test::become_user(user);
    ::alarm(longest_seconds);
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(126);
    ::syscall(SYS_tgkill, ::getpid(), ::gettid(), SIGSTOP);
    body();
    ::_exit(0);
  }
  int status = 0;
  check_traced(::waitpid(pid_, &status, __WALL), "waitpid");
  if (!WIFSTOPPED(status)) throw std::runtime_error("a process cannot be traced here");
  check_traced(::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, as_data(PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD)),
               "PTRACE_SETOPTIONS");
  to_next_call();
}

puppet::~puppet() {
  if (alive()) kill_before();
}

bool puppet::sleeps_next() const noexcept {
  return sleeps(next_) || coview_test::polls(next_.number);
}

/// To the next beginning or end of a call, or to its own end.
puppet::stop puppet::go_on() {
  for (int signal = 0;;) {
    if (::ptrace(PTRACE_SYSCALL, pid_, nullptr, as_data(signal)) < 0 && errno != ESRCH)
      check_traced(-1, "PTRACE_SYSCALL");
    int status = 0;
    while (::waitpid(pid_, &status, __WALL) < 0) {
      if (errno != EINTR) check_traced(-1, "waitpid");
    }
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      state_ = WIFEXITED(status) ? state::exited : state::signalled;
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
      coview_test::until_locks_are_gone(pid_);
      return stop::over;
    }
    signal = WSTOPSIG(status);
    if (signal != syscall_stop) continue;
    struct __ptrace_syscall_info info {};
    check_traced(::ptrace(PTRACE_GET_SYSCALL_INFO, pid_, as_data(sizeof info), &info), "PTRACE_GET_SYSCALL_INFO");
    if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
      status_ = static_cast<int>(info.exit.rval);
      return stop::exit;
    }
    next_.number = static_cast<long>(info.entry.nr);
    for (std::size_t i = 0; i < next_.arguments.size(); ++i) next_.arguments[i] = info.entry.args[i];
    return stop::entry;
  }
}

/// From the end of one call to the beginning of the next that the scheduler decides about.
void puppet::to_next_call() {
  bool hidden = false;
  for (;;) {
    if (go_on() == stop::over) return;
    bool const ours = next_.number == SYS_getppid;
    if (ours && next_.arguments[0] == begin_private_call) {
      hidden = true;
    } else if (ours && next_.arguments[0] == end_private_call) {
      hidden = false;
    } else if (ours && next_.arguments[0] == mark_call) {
      on_mark_();
    } else if (!hidden) {
      return;
    }
    if (go_on() == stop::over) return;
  }
}

/// The pending call, to its end.
long puppet::execute() {
  bool const skipped = sleeps(next_);
  if (skipped) {
    coview_test::skip_call(pid_);
    ::usleep(a_pause);  // so that patience, which is measured by the clock, is not a matter of many calls
  }
  if (coview_test::polls(next_.number)) coview_test::poll_at_once(pid_);
  if (go_on() == stop::over) return 0;
  if (skipped) coview_test::set_result(pid_, 0);
  return status_;
}

long puppet::advance() {
  long const result = execute();
  if (alive()) to_next_call();
  return result;
}

void puppet::reap_killed() {
  ::kill(pid_, SIGKILL);
  int status = 0;
  for (;;) {
    if (::waitpid(pid_, &status, __WALL) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status) || WIFSIGNALED(status)) break;
  }
  coview_test::until_locks_are_gone(pid_);
  state_ = state::killed;
}

void puppet::kill_before() {
  reap_killed();
}

void puppet::kill_after() {
  execute();
  if (alive()) reap_killed();
}

}  // namespace schedule
