// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

/// Filesystems of their own for tests of copying, made by root on files.
namespace coview_test {

/// Mounts of this process and its children are nobody else's from now on, and go with them.
inline bool own_mounts() {
  return ::geteuid() == 0 && ::unshare(CLONE_NEWNS) == 0 &&
         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

inline bool run(std::string const& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

/// A filesystem on a sparse file, mounted; the loop device goes with the mount.
inline bool mount_loop(std::string const& kind, std::filesystem::path const& image, std::filesystem::path const& at,
                       std::string const& size, std::string const& more = {}) {
  std::string const make = kind == "ext4"  ? "mkfs.ext4 -q -F -m 0 "
                           : kind == "xfs" ? "mkfs.xfs -q -m reflink=1 "
                                           : "mkfs.btrfs -q ";
  std::filesystem::create_directories(at);
  // Where the tools are is not on every user's path.
  std::string const with_tools = "PATH=$PATH:/usr/sbin:/sbin ";
  return run("truncate -s " + size + " '" + image.string() + "'") &&
         run(with_tools + make + more + " '" + image.string() + "'") &&
         run(with_tools + "mount -o loop '" + image.string() + "' '" + at.string() + "'");
}

}  // namespace coview_test
