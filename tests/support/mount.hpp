// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace coview_test {

inline bool is_root() {
  return ::geteuid() == 0;
}

/// What this process and its children mount from now on is nobody else's, and goes with them. Only root can; in a
/// chroot whose root is no mount point, only where the mount that it lies on is private already. Call it before any
/// other thread is there.
bool own_mounts();

/// A tmpfs of its own over a directory, gone at the end. Only root can; ask `ok`.
class scoped_tmpfs {
 public:
  scoped_tmpfs(std::filesystem::path path, std::string const& options) : path_(std::move(path)) {
    ok_ = ::mount("coview-test", path_.c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  scoped_tmpfs(scoped_tmpfs const&) = delete;
  scoped_tmpfs& operator=(scoped_tmpfs const&) = delete;
  ~scoped_tmpfs() {
    if (ok_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  bool make_read_only() const { return ::mount("", path_.c_str(), "", MS_REMOUNT | MS_RDONLY, "") == 0; }

 private:
  std::filesystem::path path_;
  bool ok_ = false;
};

}  // namespace coview_test

/// Several users, or a mount, need root.
#define NEEDS_ROOT() \
  if (!coview_test::is_root()) GTEST_SKIP() << "needs root: it runs as several users, or mounts a tmpfs"
