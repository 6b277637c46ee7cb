// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>
#include <vector>

/// Where processes of the demos run, and how they are started.
namespace coview::tool {

/// A host: objects of its own, and perhaps a network of its own. The defaults are this process's.
struct demo_place {
  std::string root = {};  ///< COVIEW_ROOT
  int network = -1;       ///< descriptor of a network namespace
};

/// The descriptor at which a process finds what it was given.
inline constexpr int demo_socket = 3;

/// A program that goes with the demo: the destructor kills it, and the kernel does where the demo is killed itself.
/// In a process group of its own: Ctrl-C is for the demo, which ends it then.
class demo_process {
 public:
  struct files {
    int input = -1;   ///< -1: /dev/null
    int output = -1;  ///< standard output and standard error; -1: the demo's own
    int socket = -1;  ///< at `demo_socket`; -1: none
  };
  demo_process() = default;
  /// Throws std::system_error where no process can be made. A program that cannot be run has ended with 127.
  demo_process(std::vector<std::string> const& command, sigset_t const& signals, demo_place const& where,
               files const& with);
  demo_process(demo_process&& other) noexcept : pid_(other.pid_) { other.pid_ = -1; }
  demo_process& operator=(demo_process&& other) noexcept {
    kill_it();
    pid_ = other.pid_;
    other.pid_ = -1;
    return *this;
  }
  demo_process(demo_process const&) = delete;
  demo_process& operator=(demo_process const&) = delete;
  ~demo_process() { kill_it(); }

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Waits for its end; the exit status, or 128 and the signal.
  int wait() noexcept;
  [[nodiscard]] bool has_ended() const noexcept;
  /// SIGKILL, and waits until it is dead.
  void kill_it() noexcept;

 private:
  pid_t pid_ = -1;
};

}  // namespace coview::tool
