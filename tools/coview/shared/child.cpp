// SPDX-License-Identifier: Apache-2.0
// Running a command beside what this program holds. The command itself inherits no handle: all descriptors are
// close-on-exec, so what is held goes when it ends, whatever it leaves running.
#include "shared/child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fmt/format.h>
#include <system_error>

#include "os/fd.hpp"
#include "shared/console.hpp"
#include "shared/signals.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

/// In the child. Returns only where the command cannot be run: the errno.
int become(char* const* arguments, sigset_t const& blocked, orphan then, pid_t parent) {
  if (then == orphan::killed) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
    if (getppid() != parent) raise(SIGKILL);  // it was killed before the kernel was asked
  }
  std::signal(SIGPIPE, SIG_DFL);  // NOLINT(cert-err33-c): this program ignores it, which exec would pass on
  sigprocmask(SIG_SETMASK, &blocked, nullptr);
  execvp(arguments[0], arguments);
  return errno;
}

/// Starts it with the signals as they were when this program began. 0 or the errno, which comes through a pipe that
/// a successful exec closes: posix_spawn would do it, but cannot ask for a death signal.
int spawn(std::vector<std::string> const& command, sigset_t const& blocked, orphan then, pid_t& pid) {
  std::vector<char*> arguments;
  for (auto const& word : command)
    arguments.push_back(const_cast<char*>(word.c_str()));  // NOLINT: the type execvp has
  arguments.push_back(nullptr);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return errno;
  os::unique_fd const from(ends[0]);
  os::unique_fd to(ends[1]);
  auto const parent = getpid();
  pid = fork();
  if (pid < 0) return errno;
  if (pid == 0) {
    int const error = become(arguments.data(), blocked, then, parent);
    [[maybe_unused]] auto const told = write(to.get(), &error, sizeof error);
    _exit(1);
  }
  to.reset();
  int error = 0;
  ssize_t got = 0;
  do {
    got = read(from.get(), &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof error)) return 0;
  waitpid(pid, nullptr, 0);
  return error;
}

}  // namespace

int run_child(console& out, std::vector<std::string> const& command, orphan then) {
  signal_reader signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD};
  pid_t pid = -1;
  if (int const error = spawn(command, signals.before(), then, pid); error != 0) {
    constexpr int not_found = 127;
    constexpr int not_run = 126;
    out.complain(fmt::format("cannot run '{}': {}", escape(command[0]), std::generic_category().message(error)));
    return error == ENOENT ? not_found : not_run;
  }
  for (;;) {
    auto const signal = signals.wait();
    auto const number = static_cast<int>(signal.ssi_signo);
    if (number != SIGCHLD) {
      // The terminal's own signals go to the whole foreground group: the command has this one already.
      if (signal.ssi_code != SI_KERNEL) kill(pid, number);
      continue;
    }
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) != pid) continue;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
  }
}

}  // namespace coview::tool
