// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>

#include <coview/access.hpp>

#include "object/lifetime.hpp"
#include "os/fd.hpp"
#include "os/file.hpp"

namespace coview::detail {

/// A descriptor that the program can see, and so can close, or close and let another file have its number. Before it is
/// used or closed it is asked whether it still leads to the file that it was made for.
class own_descriptor {
 public:
  own_descriptor() noexcept = default;
  /// Errors: what fstat(2) reports.
  own_descriptor(os::unique_fd fd, operation_context const& context) : fd_(std::move(fd)) {
    auto const now = os::status(fd_.get());
    if (!now) context.fail(now.error());
    device_ = now->st_dev;
    inode_ = now->st_ino;
  }
  own_descriptor(own_descriptor&&) noexcept = default;
  own_descriptor& operator=(own_descriptor&& other) noexcept {
    if (this != &other) {
      let_go();
      fd_ = std::move(other.fd_);
      device_ = other.device_;
      inode_ = other.inode_;
    }
    return *this;
  }
  own_descriptor(own_descriptor const&) = delete;
  own_descriptor& operator=(own_descriptor const&) = delete;
  ~own_descriptor() { let_go(); }

  [[nodiscard]] int get() const noexcept { return fd_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
  /// Whether it leads where it led when it was made.
  [[nodiscard]] bool still_own() const noexcept {
    auto const now = os::status(fd_.get());
    return now && now->st_dev == device_ && now->st_ino == inode_;
  }

 private:
  /// Closes it, unless it belongs to somebody else by now.
  void let_go() noexcept {
    int const saved = errno;
    if (fd_ && !still_own()) (void)fd_.release();
    fd_.reset();
    errno = saved;
  }

  os::unique_fd fd_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// What a mapping and its views share: this process's open reference. Immutable once made, so any thread may use it.
///
/// Invariants:
/// 1. `payload()` is a descriptor with exactly the rights in `rights`; for memory it is the description that carries
///    the locks (the kernel then keeps the name as long as a view is mapped), for a file it is the file's own, which
///    carries none.
/// 2. `size` never changes, whatever happens to the file behind it.
struct handle {
  held_file object;         // the name; empty for memory or a file without one
  own_descriptor separate;  // the payload where it is not the object's own file
  std::string name;
  std::uint64_t size = 0;
  std::uint64_t payload_offset = 0;
  access rights = access::read_only;
  bool created = false;
  bool huge_pages = false;
  bool file_backed = false;

  [[nodiscard]] int payload() const noexcept { return separate ? separate.get() : object.fd(); }
  /// Fails with errc::bad_file_descriptor where the program closed the payload's descriptor, or closed it and let
  /// another file have its number: never is another file's content taken for the mapping's.
  void require_own_descriptors(operation_context const& context) const {
    if (separate && !separate.still_own()) {
      context.fail(EBADF, "its descriptor " + std::to_string(separate.get()) + " was closed by the program",
                   "leave closing what native_handle() gives to the mapping; use a duplicate of it");
    }
  }
  /// What it is, for error messages.
  [[nodiscard]] char const* what() const noexcept {
    if (!name.empty()) return "mapping";
    return file_backed ? "file mapping" : "anonymous mapping";
  }
};

}  // namespace coview::detail
