// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "copy/folder.hpp"

/// A filesystem that fails where real ones do: everything is kept in the memory of a process of its own, which speaks
/// the kernel's FUSE protocol, and what shall go wrong is chosen by the test.
///
/// It is mounted in a folder of the test's own, in a mount namespace of this process's own, and is gone with the
/// object: the process that serves it ends with this one in any case. Needs root and /dev/fuse.
namespace coview_test {

/// What goes wrong. Errors are errno values; 0: it works.
struct fuse_faults {
  int on_close = 0;              ///< of a file that was written (a full quota, as network filesystems report it)
  int on_fsync = 0;              ///<
  int on_rename = 0;             ///<
  int on_no_replace = 0;         ///< renameat2 with RENAME_NOREPLACE
  int on_chmod = 0;              ///<
  int on_link = 0;               ///< hard links
  int on_create_hidden = 0;      ///< files whose name begins with a dot
  bool sizes_are_zero = false;   ///< every file says it has no bytes; reading gives them all the same
  bool all_are_holes = false;    ///< SEEK_DATA finds nothing in any file, and no file has blocks
  bool has_false_holes = false;  ///< SEEK_DATA finds only the first page of each file, and no file has more blocks
  long size_is_off = 0;          ///< bytes that every file says it has more than it has; less than 0: fewer
  bool folds_case = false;       ///< one name in upper and lower case
  bool normalises = false;       ///< one name with the accent in its letter and behind it (of e and acute)
  unsigned grain = 0;            ///< seconds; times are kept as multiples of it; 0: exactly
};

class fuse_filesystem {
 public:
  explicit fuse_filesystem(fuse_faults const& faults = {});
  fuse_filesystem(fuse_filesystem const&) = delete;
  fuse_filesystem& operator=(fuse_filesystem const&) = delete;
  ~fuse_filesystem();

  /// Whether it could be mounted; else `why_not` says what it lacks.
  [[nodiscard]] bool mounted() const noexcept { return server_ > 0; }
  [[nodiscard]] std::string const& why_not() const noexcept { return why_not_; }
  [[nodiscard]] fs::path path() const { return where_ / "mount"; }
  fs::path operator/(std::string const& name) const { return path() / name; }
  /// Names of all entries, sorted.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  folder where_;
  pid_t server_ = -1;
  std::string why_not_;
};

}  // namespace coview_test

/// For the beginning of a test.
#define COVIEW_NEEDS_FUSE(filesystem) \
  if (!(filesystem).mounted()) GTEST_SKIP() << (filesystem).why_not()
