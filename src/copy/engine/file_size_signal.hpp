// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, not only C's

#include <ctime>

namespace coview::copying {

/// A write beyond `ulimit -f` is an errno as long as this lives, and no signal that ends the process. Only for the
/// thread that makes it and those it starts: the program's own handling stays as it is.
class file_size_signal_blocked {
 public:
  file_size_signal_blocked() noexcept {
    ::sigemptyset(&only_);
    ::sigaddset(&only_, SIGXFSZ);
    ::pthread_sigmask(SIG_BLOCK, &only_, &before_);
  }
  file_size_signal_blocked(file_size_signal_blocked const&) = delete;
  file_size_signal_blocked& operator=(file_size_signal_blocked const&) = delete;
  ~file_size_signal_blocked() {
    if (::sigismember(&before_, SIGXFSZ) == 1) return;
    // One that came meanwhile is taken away before it could be delivered.
    struct ::timespec const at_once{};
    while (::sigtimedwait(&only_, nullptr, &at_once) > 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  ::sigset_t only_{};
  ::sigset_t before_{};
};

}  // namespace coview::copying
