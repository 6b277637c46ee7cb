// SPDX-License-Identifier: Apache-2.0
#include "os/own_descriptor.hpp"

#include <cerrno>

#include "os/file.hpp"

namespace coview::os {
namespace {

/// Not known is not "no": asked in another way, before a descriptor that may be ours counts as another's.
result<struct ::stat> status_by_all_means(int fd) {
  auto found = status(fd);
  return found || found.error() == EBADF ? found : status_by_descriptor(fd);
}

}  // namespace

own_descriptor::own_descriptor(unique_fd fd) noexcept : fd_(std::move(fd)) {
  if (!fd_) return;
  if (auto const now = status_by_all_means(fd_.get())) {
    device_ = now->st_dev;
    inode_ = now->st_ino;
  }
}

result<struct ::stat> own_descriptor::look() const noexcept {
  auto found = status_by_all_means(fd_.get());
  if (!found || !leads_to(*found)) return result<struct ::stat>::failure(EBADF);
  return found;
}

void own_descriptor::reset() noexcept {
  if (!fd_) return;
  int const saved = errno;
  if (!still_own()) (void)fd_.release();
  fd_.reset();
  errno = saved;
}

unique_fd own_descriptor::release() noexcept {
  if (fd_ && !still_own()) (void)fd_.release();
  return std::move(fd_);
}

}  // namespace coview::os
