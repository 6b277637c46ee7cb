// SPDX-License-Identifier: Apache-2.0
#include "os/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "os/cancellation.hpp"

namespace coview::os {

void unique_fd::reset() noexcept {
  if (fd_ < 0) return;
  int const saved = errno;
  // close(2) of the C library unwinds a cancelled thread, out of a destructor too. Not the bare system call instead:
  // who watches descriptors through the library (a sanitizer, a wrapper) would not see it go.
  not_cancelled const now;
  // Linux frees the descriptor whatever close answers, EINTR included: never try again.
  ::close(fd_);
  errno = saved;
  fd_ = -1;
}

result<unique_fd> new_descriptor(int returned) noexcept {
  if (returned < 0) return result<unique_fd>::failure(errno);
  unique_fd made(returned);
  if (returned > STDERR_FILENO) return made;
  int const moved = ::fcntl(returned, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  return moved < 0 ? result<unique_fd>::failure(errno) : result<unique_fd>(unique_fd(moved));
}

}  // namespace coview::os
