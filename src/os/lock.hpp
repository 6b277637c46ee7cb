// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>

#include "os/fd.hpp"

/// The three locks of docs/lifetime.md. They belong to the open file description, so that fork and dup share them and
/// the kernel drops them when the last descriptor goes. None of these functions blocks.
namespace coview::os {

enum class lock_answer { taken, refused, failed };  // failed: errno tells (ENOLCK: no memory for a lock)

/// flock(2), shared: "do not remove this file". A sweep lock of the same description becomes a hold in one step, and
/// cannot be refused then.
lock_answer try_hold(int fd) noexcept;

/// flock(2), exclusive: "nobody holds this". Refused, a hold of the same description is lost: never for a handle.
lock_answer try_sweep(int fd) noexcept;

/// Gives hold or sweep back.
void drop(int fd) noexcept;

/// Whether flock(2) can be called at all, asked with a description that has no lock: 0 or the errno.
int flock_refused(int fd) noexcept;

/// A description with a hold or a sweep lock for a while, which is given back before the descriptor is closed:
/// closing alone does not give it back where another thread has forked meanwhile. The child shares the description,
/// knows nothing of it, and would keep everybody from the file for as long as it lives.
class locked_fd {
 public:
  locked_fd() noexcept = default;
  explicit locked_fd(unique_fd fd) noexcept : fd_(std::move(fd)) {}
  locked_fd(locked_fd&&) noexcept = default;
  locked_fd& operator=(locked_fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::move(other.fd_);
    }
    return *this;
  }
  locked_fd(locked_fd const&) = delete;
  locked_fd& operator=(locked_fd const&) = delete;
  ~locked_fd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
  void reset() noexcept {
    if (fd_) drop(fd_.get());
    fd_.reset();
  }
  /// The descriptor, with its locks: they stay with whoever has it now, or with nothing that anybody could wait for.
  unique_fd keep() noexcept { return std::move(fd_); }

 private:
  unique_fd fd_;
};

/// F_OFD_SETLK, shared, on byte 0: "this object lives". Works with any readable descriptor.
lock_answer try_mark(int fd) noexcept;

/// Gives the mark back.
void drop_mark(int fd) noexcept;

/// Whether another description has the mark. Takes nothing, so it never disturbs anybody else who asks.
result<bool> marked_by_another(int fd) noexcept;

/// F_OFD_SETLK, shared, on one byte: as the mark, where a file has more than one. Also on a directory.
lock_answer try_share_byte(int fd, std::int64_t byte) noexcept;

/// Whether another description has any byte of a range.
result<bool> shared_by_another(int fd, std::int64_t first, std::int64_t count) noexcept;

}  // namespace coview::os
