// SPDX-License-Identifier: Apache-2.0
#include "support/stepper.hpp"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "support/tracing.hpp"

namespace coview_test {
namespace {

constexpr std::uint64_t end_mark = 0x636f'7669'6577;  // an argument of getppid, which takes none
constexpr unsigned longest_seconds =
    30;  // thousands of calls, one by one, on a machine that is busy with other things

struct ptrace_syscall_info_view {
  std::uint8_t op = 0;
  traced_call call{};
};

ptrace_syscall_info_view look(pid_t pid) {
  struct __ptrace_syscall_info info {};
  check_traced(::ptrace(PTRACE_GET_SYSCALL_INFO, pid, as_data(sizeof info), &info), "PTRACE_GET_SYSCALL_INFO");
  ptrace_syscall_info_view seen{.op = info.op, .call = {}};
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
    seen.call.number = static_cast<long>(info.entry.nr);
    for (std::size_t i = 0; i < seen.call.arguments.size(); ++i) seen.call.arguments[i] = info.entry.args[i];
  }
  return seen;
}

/// The child on its way through the calls that count.
class tracer {
 public:
  tracer(pid_t pid, interference const& what) : pid_(pid), what_(what) {}

  traced_run run() {
    int signal = 0;
    bool counting = false;
    for (;;) {
      int status = 0;
      pid_t const waited = ::waitpid(pid_, &status, __WALL);
      if (waited < 0 && errno == EINTR) continue;
      check_traced(waited, "waitpid");
      if (WIFEXITED(status)) return end(traced_run::ending::exited, WEXITSTATUS(status));
      if (WIFSIGNALED(status)) {
        bool const ours = WTERMSIG(status) == SIGKILL && killed_;
        return end(ours ? traced_run::ending::killed : traced_run::ending::signalled, WTERMSIG(status));
      }
      int const stop = WSTOPSIG(status);
      signal = 0;
      if (stop == syscall_stop) {
        counting = at_call();
        if (killed_) continue;
      } else if (stop == SIGSTOP && !counting) {
        check_traced(::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, as_data(PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD)),
                     "PTRACE_SETOPTIONS");
        counting = true;
      } else {
        signal = stop;
      }
      if (::ptrace(counting ? PTRACE_SYSCALL : PTRACE_CONT, pid_, nullptr, as_data(signal)) < 0 && errno != ESRCH) {
        check_traced(-1, "PTRACE_SYSCALL");
      }
    }
  }

 private:
  /// False where nothing counts any more.
  bool at_call() {
    auto const seen = look(pid_);
    if (seen.op == PTRACE_SYSCALL_INFO_EXIT) {
      if (!calls_.empty()) at_exit();
      return true;
    }
    if (seen.op != PTRACE_SYSCALL_INFO_ENTRY) return true;
    if (seen.call.number == SYS_getppid && seen.call.arguments[0] == end_mark) return false;
    calls_.push_back(seen.call);
    at_entry(seen.call);
    return true;
  }

  void at_entry(traced_call const& call) {
    std::size_t const n = calls_.size() - 1;
    if (what_.what == interference::kind::kill && what_.at == 2 * n) return kill();
    bool const fails = what_.what == interference::kind::fail || what_.what == interference::kind::fail_after;
    if (!fails || what_.at != n || (what_.expected_call >= 0 && what_.expected_call != call.number)) return;
    interfered_ = failing_ = true;
    if (what_.what == interference::kind::fail) skip_call(pid_);
  }

  void at_exit() {
    std::size_t const n = calls_.size() - 1;
    if (what_.what == interference::kind::kill && what_.at == 2 * n + 1) return kill();
    if (failing_) set_result(pid_, -what_.error);
    failing_ = false;
  }

  void kill() {
    interfered_ = killed_ = true;
    ::kill(pid_, SIGKILL);
  }

  traced_run end(traced_run::ending how, int status) {
    return {.how = how, .status = status, .interfered = interfered_, .calls = std::move(calls_)};
  }

  pid_t pid_;
  interference const& what_;
  std::vector<traced_call> calls_{};
  bool interfered_ = false;
  bool failing_ = false;
  bool killed_ = false;
};

}  // namespace

void begin_counting() {
  ::syscall(SYS_tgkill, ::getpid(), ::gettid(), SIGSTOP);
}

void end_counting() {
  ::syscall(SYS_getppid, end_mark);
}

traced_run run_traced(std::function<int()> const& body, interference const& what) {
  pid_t const pid = ::fork();
  check_traced(pid, "fork");
  if (pid == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(126);
    ::alarm(longest_seconds);
    ::_exit(body());
  }
  return tracer(pid, what).run();
}

std::string tracing_refused() {
  try {
    auto const run = run_traced([] {
      begin_counting();
      ::syscall(SYS_getuid);
      end_counting();
      return 0;
    });
    if (run.how == traced_run::ending::exited && run.status == 0 && run.calls.size() == 1) return {};
    return "ptrace(2) does not show system calls here";
  } catch (std::system_error const& e) {
    return e.what();
  }
}

std::string name_of_call(long number) {
#define COVIEW_CALL(name) \
  case SYS_##name:        \
    return #name
  switch (number) {
    COVIEW_CALL(openat);
    COVIEW_CALL(close);
    COVIEW_CALL(flock);
    COVIEW_CALL(fcntl);
    COVIEW_CALL(fstat);
    COVIEW_CALL(newfstatat);
    COVIEW_CALL(statx);
    COVIEW_CALL(fstatfs);
    COVIEW_CALL(ftruncate);
    COVIEW_CALL(fallocate);
    COVIEW_CALL(fchmod);
    COVIEW_CALL(fchmodat);
    COVIEW_CALL(unlinkat);
    COVIEW_CALL(mkdirat);
    COVIEW_CALL(read);
    COVIEW_CALL(write);
    COVIEW_CALL(pread64);
    COVIEW_CALL(pwrite64);
    COVIEW_CALL(getdents64);
    COVIEW_CALL(mmap);
    COVIEW_CALL(munmap);
    COVIEW_CALL(madvise);
    COVIEW_CALL(fgetxattr);
    COVIEW_CALL(readlinkat);
    COVIEW_CALL(uname);
    COVIEW_CALL(geteuid);
    COVIEW_CALL(getpid);
    COVIEW_CALL(brk);
    COVIEW_CALL(clock_nanosleep);
    default:
      return "call " + std::to_string(number);
  }
#undef COVIEW_CALL
}

}  // namespace coview_test
