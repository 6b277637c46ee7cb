// SPDX-License-Identifier: Apache-2.0
#include "support/private_root.hpp"

#include <grp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>

#include "support/mount.hpp"

namespace coview_test {
namespace {

constexpr mode_t for_all = S_ISVTX | S_IRWXU | S_IRWXG | S_IRWXO;
constexpr mode_t readable = S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH;

/// A directory of exactly this mode, which may be there.
void make(std::filesystem::path const& path, mode_t mode) {
  if ((::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) || ::chmod(path.c_str(), mode) != 0)
    throw std::system_error(errno, std::generic_category(), path.string());
}

}  // namespace

private_root::private_root() {
  bool const several = ::geteuid() == 0;
  std::string pattern = "/dev/shm/coview-test-XXXXXX";
  if (several && own_mounts()) {
    pattern = "/tmp/coview-test-XXXXXX";
    mounted_ = true;
  }
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no directory: " + pattern);
  all_ = pattern;
  mounted_ = mounted_ && ::mount("coview-test", pattern.c_str(), "tmpfs", 0, "size=256m") == 0;
  make(all_, readable);
  make(path(), several ? for_all : S_IRWXU);
  make(outside(), readable);
  ::setenv("COVIEW_ROOT", path().c_str(), 1);
}

private_root::~private_root() {
  ::unsetenv("COVIEW_ROOT");
  std::error_code ignored;
  if (mounted_) ::umount2(all_.c_str(), MNT_DETACH);
  std::filesystem::remove_all(all_, ignored);
}

void become_user(uid_t user) {
  if (user == 0 || user == ::geteuid()) return;
  if (::setgroups(0, nullptr) != 0 || ::setresgid(user, user, user) != 0 || ::setresuid(user, user, user) != 0)
    ::_exit(2);
  ::prctl(PR_SET_DUMPABLE, 1);
}

}  // namespace coview_test
