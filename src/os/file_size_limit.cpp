// SPDX-License-Identifier: Apache-2.0
#include "os/file_size_limit.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <cerrno>
#include <ctime>

namespace coview::os {
namespace {

constinit thread_local bool active = false;

::sigset_t only_the_signal() noexcept {
  ::sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, SIGXFSZ);
  return only;
}

}  // namespace

std::optional<std::uint64_t> file_size_limit() noexcept {
  struct ::rlimit limit {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return {};
  return limit.rlim_cur;
}

file_size_signal_block::file_size_signal_block() noexcept {
  if (active) return;
  outermost_ = true;
  active = true;
  if (!file_size_limit()) return;
  auto const only = only_the_signal();
  ::pthread_sigmask(SIG_BLOCK, &only, &before_);
  blocks_ = ::sigismember(&before_, SIGXFSZ) == 0;  // blocked already: what comes is the program's to see
}

file_size_signal_block::~file_size_signal_block() {
  if (!outermost_) return;
  active = false;
  if (!blocks_) return;
  int const saved = errno;
  // One that came meanwhile is for this thread, and is taken away before it can be delivered.
  auto const only = only_the_signal();
  ::timespec const at_once{};
  while (::sigtimedwait(&only, nullptr, &at_once) > 0 || errno == EINTR) {
  }
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  errno = saved;
}

}  // namespace coview::os
