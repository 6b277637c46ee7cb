// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>
#include <string>

namespace coview_test {

/// Waits until the kernel has dropped all flocks of a process that was reaped. That is so before it can be reaped,
/// unless somebody else reads its /proc/<pid>/fd in this very moment, as another test may do (docs/lifetime.md,
/// "Close"). Where another process has its number by now, the locks shown are that one's.
inline void until_locks_are_gone(pid_t process) {
  std::string const wanted = std::to_string(process);
  for (bool left = true; left;) {
    left = false;
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
      std::istringstream words(line);
      std::string word;
      for (int field = 0; field < 5 && words >> word; ++field) {
      }
      left = left || word == wanted;
    }
    if (left && (::kill(process, 0) == 0 || errno != ESRCH)) return;
    if (left) ::sched_yield();
  }
}

}  // namespace coview_test
