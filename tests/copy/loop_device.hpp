// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/mount.hpp"

/// Filesystems of their own for tests of copying, made by root on files.
namespace coview_test {

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
