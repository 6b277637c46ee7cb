// SPDX-License-Identifier: Apache-2.0
#include "os/fd.hpp"

#include <unistd.h>

#include <cerrno>

namespace coview::os {

void unique_fd::reset() noexcept {
  if (fd_ < 0) return;
  int const saved = errno;
  ::close(fd_);  // Linux frees the descriptor whatever close answers, EINTR included: never try again
  errno = saved;
  fd_ = -1;
}

}  // namespace coview::os
