// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <utility>

#include "os/visibility.hpp"

/// A descriptor that closes itself, and how system calls answer in this layer.
namespace coview::os {

/// What a system call gave: a value, or the errno that says why not. The caller decides what an error means.
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : value_(std::move(value)) {}
  static result failure(int errno_value) {
    result r{T{}};
    r.error_ = errno_value;
    return r;
  }

  explicit operator bool() const noexcept { return error_ == 0; }
  /// 0, or the errno.
  [[nodiscard]] int error() const noexcept { return error_; }
  T& operator*() & noexcept { return value_; }
  T const& operator*() const& noexcept { return value_; }
  T&& operator*() && noexcept { return std::move(value_); }
  T* operator->() noexcept { return &value_; }
  T const* operator->() const noexcept { return &value_; }

 private:
  T value_;
  int error_ = 0;
};

/// What a system call that gives nothing has said: 0, or its errno.
[[nodiscard]] inline int errno_unless(bool succeeded) noexcept {
  return succeeded ? 0 : errno;
}

/// Owns a descriptor. Move only; -1 when empty. Closing never fails as far as the owner is concerned.
class unique_fd {
 public:
  unique_fd() noexcept = default;
  explicit unique_fd(int fd) noexcept : fd_(fd) {}
  unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  unique_fd& operator=(unique_fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  unique_fd(unique_fd const&) = delete;
  unique_fd& operator=(unique_fd const&) = delete;
  ~unique_fd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  COVIEW_PRIVATE void reset() noexcept;
  /// Gives the descriptor out of hand, open.
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

/// What a system call that makes a descriptor has returned: the descriptor, or its errno. Every descriptor of the
/// library passes through here. None of them is 0, 1 or 2, whatever the program has closed: what it writes to its
/// standard streams must never come into an object. It is moved, close-on-exec, where it has to be.
result<unique_fd> new_descriptor(int returned) noexcept;

}  // namespace coview::os
