// SPDX-License-Identifier: Apache-2.0
// Starting a process of the demo in its place, and ending it.
#include "demo/demo_place.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace coview::tool {

namespace {

constexpr int not_run = 127;

/// In the child, which has one thread and goes on only where all of it works.
[[noreturn]] void become(std::vector<char*> const& arguments, sigset_t const& signals, demo_place const& where,
                         demo_process::files const& with, pid_t parent) {
  auto const insist = [](bool done) {
    if (!done) _exit(not_run);
  };
  insist(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent);
  insist(setpgid(0, 0) == 0);
  if (where.network != -1) insist(setns(where.network, CLONE_NEWNET) == 0);
  if (!where.root.empty()) insist(setenv("COVIEW_ROOT", where.root.c_str(), 1) == 0);
  int const input = with.input != -1 ? with.input : open("/dev/null", O_RDONLY | O_CLOEXEC);
  insist(dup2(input, STDIN_FILENO) != -1);
  if (with.output != -1) insist(dup2(with.output, STDOUT_FILENO) != -1 && dup2(with.output, STDERR_FILENO) != -1);
  if (with.socket == demo_socket) insist(fcntl(with.socket, F_SETFD, 0) == 0);
  if (with.socket != -1) insist(dup2(with.socket, demo_socket) != -1);
  insist(sigprocmask(SIG_SETMASK, &signals, nullptr) == 0);
  execv(arguments[0], arguments.data());
  _exit(not_run);
}

}  // namespace

demo_process::demo_process(std::vector<std::string> const& command, sigset_t const& signals, demo_place const& where,
                           files const& with) {
  std::vector<char*> arguments;
  for (auto const& word : command) arguments.push_back(const_cast<char*>(word.c_str()));  // NOLINT: execv's type
  arguments.push_back(nullptr);
  auto const parent = getpid();
  pid_ = fork();
  if (pid_ == -1) throw std::system_error(errno, std::generic_category(), "cannot start a process of the demo");
  if (pid_ == 0) become(arguments, signals, where, with, parent);
}

int demo_process::wait() noexcept {
  if (pid_ < 0) return not_run;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool demo_process::has_ended() const noexcept {
  siginfo_t how{};
  return pid_ < 0 ||
         (waitid(P_PID, static_cast<id_t>(pid_), &how, WEXITED | WNOHANG | WNOWAIT) == 0 && how.si_pid != 0);
}

void demo_process::kill_it() noexcept {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  (void)wait();
}

}  // namespace coview::tool
