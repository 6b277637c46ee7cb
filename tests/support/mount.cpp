// SPDX-License-Identifier: Apache-2.0
#include "support/mount.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

namespace coview_test {
namespace {

/// Whether what is mounted on a directory of the mount that the root lies on appears elsewhere, too. It has
/// no line among this process's mounts where the root is not where it is mounted (chroot), but it has one
/// among those of init.
bool root_is_shared() {
  struct ::statx facts {};
  if (::statx(AT_FDCWD, "/", 0, STATX_MNT_ID, &facts) != 0 || (facts.stx_mask & STATX_MNT_ID) == 0) return true;
  std::ifstream mounts("/proc/1/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::uint64_t id = 0;
    if (std::istringstream(line) >> id && id == facts.stx_mnt_id)
      return line.substr(0, line.find(" - ")).find(" shared:") != std::string::npos;
  }
  return true;
}

}  // namespace

bool own_mounts() {
  static bool has_own = false;  // or its parent had: they are private then
  if (!is_root()) return false;
  bool const shared = !has_own && root_is_shared();
  if (::unshare(CLONE_NEWNS) != 0) return false;
  has_own = ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  if (has_own || shared) return has_own;
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream fields(line);
    std::string skipped;
    std::string point;
    fields >> skipped >> skipped >> skipped >> skipped >> point;
    if (::mount("none", point.c_str(), nullptr, MS_PRIVATE, nullptr) != 0) return false;
  }
  return has_own = true;
}

}  // namespace coview_test
