// SPDX-License-Identifier: Apache-2.0
#include "puppet.hpp"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <system_error>
#include <utility>

#include "support/locks.hpp"
#include "support/private_root.hpp"

namespace schedule {
namespace {

// Arguments of getppid, which takes none.
constexpr std::uint64_t mark_call = 0x636f'7669'0001;
constexpr std::uint64_t begin_private_call = 0x636f'7669'0002;
constexpr std::uint64_t end_private_call = 0x636f'7669'0003;
constexpr unsigned longest_seconds = 120;  // of its whole life, its turns and all others' between them
constexpr useconds_t a_pause = 500;
constexpr int syscall_stop = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD

void check(long returned, char const* what) {
  if (returned < 0) throw std::system_error(errno, std::generic_category(), what);
}

template <class Value>
void* as_data(Value value) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(value));  // NOLINT(performance-no-int-to-ptr): ptrace(2)
}

#if defined(__x86_64__)
void poke(pid_t pid, std::size_t offset, long value) {
  check(::ptrace(PTRACE_POKEUSER, pid, as_data(offset), as_data(value)), "PTRACE_POKEUSER");
}
void skip_call(pid_t pid) {
  poke(pid, offsetof(user_regs_struct, orig_rax), -1);
}
void set_result(pid_t pid, long result) {
  poke(pid, offsetof(user_regs_struct, rax), result);
}
bool polls(pending_call const& call) {
  return call.number == SYS_poll;
}
void poll_at_once(pid_t pid) {
  poke(pid, offsetof(user_regs_struct, rdx), 0);
}
#else
void skip_call(pid_t pid) {
  int none = -1;
  iovec part{&none, sizeof none};
  check(::ptrace(PTRACE_SETREGSET, pid, as_data(NT_ARM_SYSTEM_CALL), &part), "PTRACE_SETREGSET");
}
void set_result(pid_t pid, long result) {
  user_regs_struct registers{};
  iovec part{&registers, sizeof registers};
  check(::ptrace(PTRACE_GETREGSET, pid, as_data(NT_PRSTATUS), &part), "PTRACE_GETREGSET");
  registers.regs[0] = static_cast<unsigned long long>(result);
  check(::ptrace(PTRACE_SETREGSET, pid, as_data(NT_PRSTATUS), &part), "PTRACE_SETREGSET");
}
bool polls(pending_call const& call) {
  return call.number == SYS_ppoll;
}
void poll_at_once(pid_t pid) {
  skip_call(pid);  // as if nothing had come
  set_result(pid, 0);
}
#endif

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
  check(pid_, "fork");
  if (pid_ == 0) {
    coview_test::become_user(user);
    ::alarm(longest_seconds);
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(126);
    ::syscall(SYS_tgkill, ::getpid(), ::gettid(), SIGSTOP);
    body();
    ::_exit(0);
  }
  int status = 0;
  check(::waitpid(pid_, &status, __WALL), "waitpid");
  if (!WIFSTOPPED(status)) throw std::runtime_error("a process cannot be traced here");
  check(::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, as_data(PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD)),
        "PTRACE_SETOPTIONS");
  to_next_call();
}

puppet::~puppet() {
  if (alive()) kill_before();
}

bool puppet::sleeps_next() const noexcept {
  return sleeps(next_) || polls(next_);
}

/// To the next beginning or end of a call, or to its own end.
puppet::stop puppet::go_on() {
  for (int signal = 0;;) {
    if (::ptrace(PTRACE_SYSCALL, pid_, nullptr, as_data(signal)) < 0 && errno != ESRCH) check(-1, "PTRACE_SYSCALL");
    int status = 0;
    while (::waitpid(pid_, &status, __WALL) < 0) {
      if (errno != EINTR) check(-1, "waitpid");
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
    check(::ptrace(PTRACE_GET_SYSCALL_INFO, pid_, as_data(sizeof info), &info), "PTRACE_GET_SYSCALL_INFO");
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
    skip_call(pid_);
    ::usleep(a_pause);  // so that patience, which is measured by the clock, is not a matter of many calls
  }
  if (polls(next_)) poll_at_once(pid_);
  if (go_on() == stop::over) return 0;
  if (skipped) set_result(pid_, 0);
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
