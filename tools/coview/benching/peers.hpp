// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sched.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, not only C's
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <optional>
#include <system_error>

#include "shared/exit_code.hpp"

/// The processes that measure with one another.
namespace coview::tool {

/// Those to run on: two that this process may use, or none where there is one only.
using processors = std::optional<std::array<int, 2>>;

[[nodiscard]] processors two_processors();
/// Nothing where there are none.
void stay_on(processors const& on, std::size_t which);

/// How long one waits for the other, before it believes that there is no other.
inline constexpr std::chrono::seconds patience(10);

[[noreturn]] void peer_is_gone();

/// What is thrown once a signal has asked for the end.
struct bench_interrupted {
  int signal_number;
};

/// Between two points: throws `bench_interrupted`.
void stop_if_interrupted();

/// A forked process that runs `body`; ended with this object, and with this process. Nothing of a channel may be open
/// when it begins.
class peer {
 public:
  template <class Body>
  explicit peer(Body const& body) : pid_(::fork()) {
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "cannot start the other process");
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    int status = exit_ok;
    try {
      body();
    } catch (std::exception const&) {
      status = exit_failed;  // the parent's own wait ends, and says so
    }
    ::_exit(status);
  }
  peer(peer const&) = delete;
  peer& operator=(peer const&) = delete;
  ~peer() {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

 private:
  pid_t pid_;
};

}  // namespace coview::tool
