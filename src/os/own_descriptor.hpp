// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>

#include "os/fd.hpp"
#include "os/visibility.hpp"

namespace coview::os {

/// A descriptor that the program can see, and so can close, or close and let another file have its number. What it
/// was opened for is remembered by device and inode, and looked at before it is used or closed: another file's bytes
/// are never taken for its own, and the descriptor of somebody else is never closed. Where a number is given to
/// another of these, it is no longer the first one's, also where both lead to one file.
///
/// Thread safety: as an int; what another thread closes between the look and the use is not seen.
class own_descriptor {
 public:
  own_descriptor() noexcept = default;
  /// The descriptor's file, as it is now, is the one.
  COVIEW_PRIVATE own_descriptor(unique_fd fd) noexcept;
  /// The same, where its status is known.
  own_descriptor(unique_fd fd, struct ::stat const& status) noexcept
      : fd_(std::move(fd)), device_(status.st_dev), inode_(status.st_ino), claim_(claim_number(fd_.get())) {}
  own_descriptor(own_descriptor&&) noexcept = default;
  own_descriptor& operator=(own_descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::move(other.fd_);
      device_ = other.device_;
      inode_ = other.inode_;
      claim_ = other.claim_;
    }
    return *this;
  }
  own_descriptor(own_descriptor const&) = delete;
  own_descriptor& operator=(own_descriptor const&) = delete;
  ~own_descriptor() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
  /// Whether this is the status of the file that it was opened for.
  [[nodiscard]] bool leads_to(struct ::stat const& status) const noexcept {
    return status.st_dev == device_ && status.st_ino == inode_;
  }
  [[nodiscard]] dev_t device() const noexcept { return device_; }
  /// Its file's status; EBADF where it is closed, or another file's by now.
  [[nodiscard]] COVIEW_PRIVATE result<struct ::stat> look() const noexcept;
  [[nodiscard]] bool still_own() const noexcept { return static_cast<bool>(look()); }
  /// Closes it, unless it is somebody else's by now, or nobody's.
  COVIEW_PRIVATE void reset() noexcept;
  /// Gives it out of hand, open; empty where it is not ours any more.
  COVIEW_PRIVATE unique_fd release() noexcept;

 private:
  /// Notes that the number is this one's from now on: the kernel gives out none that is in use.
  /// 0: it cannot be noted.
  static std::uint32_t claim_number(int fd) noexcept;

  unique_fd fd_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::uint32_t claim_ = 0;
};

}  // namespace coview::os
