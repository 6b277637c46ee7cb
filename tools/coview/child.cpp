// SPDX-License-Identifier: Apache-2.0
// Running a command beside what this program holds. The command itself inherits no handle: all descriptors are
// close-on-exec, so what is held goes when it ends, whatever it leaves running.
#include "child.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fmt/format.h>
#include <system_error>

#include "console.hpp"
#include "signals.hpp"
#include "text.hpp"

namespace coview::tool {

namespace {

/// Starts it with the signals as they were when this program began. 0 or the errno.
int spawn(std::vector<std::string> const& command, sigset_t const& blocked, pid_t& pid) {
  std::vector<char*> words;
  for (auto const& word : command) words.push_back(const_cast<char*>(word.c_str()));  // NOLINT: posix_spawn's type
  words.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t to_default;
  sigemptyset(&to_default);
  sigaddset(&to_default, SIGPIPE);  // this program ignores it, which exec would pass on
  posix_spawnattr_setsigdefault(&attributes, &to_default);
  posix_spawnattr_setsigmask(&attributes, &blocked);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int const error = posix_spawnp(&pid, words[0], nullptr, &attributes, words.data(), environ);
  posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace

int run_child(console& out, std::vector<std::string> const& command) {
  signal_reader signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD};
  pid_t pid = -1;
  if (int const error = spawn(command, signals.before(), pid); error != 0) {
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
