// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "os/fd.hpp"
#include "os/fork_lock.hpp"
#include "os/own_descriptor.hpp"
#include "win32/core/files/device.hpp"
#include "win32/core/handles/object.hpp"

/// A file, directory, pipe end or device that this process has open.
namespace coview::win32 {

/// Invariants:
/// 1. The descriptor is of one open: its marks (sharing.hpp), its locks and its position belong to the description,
///    so that duplicated and inherited handles share them, as they do on Windows.
/// 2. What a handle may do is in its granted access; the descriptor may be able to do more (MAXIMUM_ALLOWED), or
///    nothing but tell about the file (opened with access 0).
/// 3. Where the program has closed the descriptor, or let another file have its number, that file is left alone: the
///    handle is good for nothing but to be closed (`handle_guard` looks). What is lent is whatever has that number.
class file_object final : public object {
 public:
  static constexpr kind type = kind::file;

  file_object(os::unique_fd fd, std::string path, DWORD flags, mode_t mode);
  ~file_object() override;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Absolute, as it was opened; empty for a pipe or a standard handle.
  [[nodiscard]] std::string path() const;
  /// After a rename by this handle.
  void moved_to(std::string path);
  /// FILE_FLAG_* of CreateFile.
  [[nodiscard]] DWORD flags() const noexcept { return flags_; }
  [[nodiscard]] bool regular() const noexcept { return S_ISREG(mode_); }
  [[nodiscard]] bool directory() const noexcept { return S_ISDIR(mode_); }
  [[nodiscard]] bool device() const noexcept { return is_device(mode_); }
  [[nodiscard]] bool pipe() const noexcept { return S_ISFIFO(mode_) || S_ISSOCK(mode_); }
  [[nodiscard]] bool is_overlapped() const noexcept;
  /// Deleted with its last handle, which is also closed by the end of the process. A forked child deletes nothing.
  void delete_at_close(bool yes);
  [[nodiscard]] bool doomed() const noexcept { return doomed_.load(std::memory_order_relaxed); }
  /// The descriptor belongs to somebody else (0, 1 and 2): it stays open.
  void lend() noexcept { lent_ = true; }
  /// Whether the descriptor still leads to what was opened.
  [[nodiscard]] bool usable() const noexcept { return lent_ || fd_.still_own(); }

  void last_handle_closed() noexcept override;
  bool prepare_transfer(object_transfer& out) override;
  [[nodiscard]] ACCESS_MASK provable(ACCESS_MASK claimed) const noexcept override;

  /// LockFile: byte ranges. 0 or a code. The wait for another description's lock cannot be given up.
  DWORD lock(std::uint64_t offset, std::uint64_t length, bool exclusive, bool wait);
  DWORD unlock(std::uint64_t offset, std::uint64_t length);

 private:
  struct byte_range {
    std::uint64_t offset;
    std::uint64_t length;
    bool exclusive;
    [[nodiscard]] bool meets(byte_range const& other) const noexcept;
  };
  [[nodiscard]] bool own_conflict(byte_range const& context) const noexcept;
  int ask_kernel(byte_range const& range, short type, bool wait) const noexcept;

  os::own_descriptor fd_;
  mutable os::fork_lock path_guard_;
  std::string path_;
  DWORD flags_;
  mode_t mode_;
  bool lent_ = false;
  std::atomic<bool> doomed_{false};
  std::atomic<pid_t> doomed_by_{0};
  os::fork_lock lock_guard_;
  os::fork_condition lock_changed_;
  std::vector<byte_range> locks_;
};

/// A file, pipe end or device that another process handed over. What it is and where it stands is
/// asked of the kernel.
object_ptr<> adopt_file(object_transfer& from);

/// What CreateFile was asked for.
struct file_request {
  std::string path;
  DWORD access = 0;
  DWORD share = 0;
  DWORD disposition = 0;
  DWORD flags = 0;  // attributes and flags
  bool inherit = false;
};
/// Opens and makes a handle; throws a code. The last error is set as CreateFile leaves it on success (FI-01 to
/// FI-05).
HANDLE open_file(file_request const& asked);

/// A handle to a descriptor that is open already, such as a pipe's or a child's inherited one.
HANDLE adopt_descriptor(os::unique_fd fd, ACCESS_MASK access, bool inherit);

/// SetEndOfFile at a size: 0, or why not; ERROR_USER_MAPPED_FILE where a section needs the bytes (T-01).
DWORD change_file_size(file_object const& file, std::uint64_t size);

/// FileRenameInfo: the file of this handle gets another name. 0 or a code.
DWORD rename_open_file(file_object& file, std::string const& to, bool replace);

/// Whether anybody has the file at this path open: it cannot be replaced then, however it is shared.
bool is_open_somewhere(std::string const& path) noexcept;

/// Where the path leads to a file that others forbid to delete now (FI-07). Other kinds of files are never refused.
bool deletion_forbidden(std::string const& path) noexcept;

/// Attributes of Windows: read-only is in the permissions, hidden and system are in the extended attribute that Samba
/// uses, and what is not stored follows from what it is.
DWORD attributes_of(std::string const& path, struct ::stat const& status);
DWORD attributes_of(int fd, struct ::stat const& status);
/// 0 or errno.
int set_attributes(std::string const& path, DWORD attributes);

}  // namespace coview::win32
