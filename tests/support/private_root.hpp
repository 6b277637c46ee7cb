// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>

/// A world of its own for a campaign of several users: COVIEW_ROOT names an empty directory that is theirs.
namespace coview_test {

/// As root, a tmpfs in a private mount namespace, so that nothing is left whatever becomes of the process,
/// and root's, sticky and open to all. Otherwise, or where mounting is refused, a directory below
/// /dev/shm. Removed at the end.
class private_root {
 public:
  private_root();
  private_root(private_root const&) = delete;
  private_root& operator=(private_root const&) = delete;
  ~private_root();

  [[nodiscard]] std::filesystem::path path() const { return all_ / "root"; }
  /// A directory beside it, for what coview has no business with.
  [[nodiscard]] std::filesystem::path outside() const { return all_ / "outside"; }

 private:
  std::filesystem::path all_;
  bool mounted_ = false;
};

/// Becomes this user for good, in a forked child; nothing for 0 and for the user that it is. Dumpable, as a process
/// that had always been this user's would be. Exits with status 2 where that is refused.
void become_user(uid_t user);

}  // namespace coview_test
