// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sched.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include <chrono>
#include <fstream>
#include <string>

namespace coview_test {

/// The timeout for what must be there already.
inline constexpr std::chrono::seconds at_once(0);

/// Waits until a thread sleeps in futex(2) or futex_waitv(2), as /proc tells; false when the thread is gone.
inline bool until_asleep(pid_t process, pid_t thread) {
  std::string const task = "/proc/" + std::to_string(process) + "/task/" + std::to_string(thread);
  for (;;) {
    std::ifstream file(task + "/syscall");
    std::string number;
    if (!(file >> number)) return false;
    static std::string const futex = std::to_string(SYS_futex);
    static std::string const futex_waitv = std::to_string(SYS_futex_waitv);
    if (number == futex || number == futex_waitv) return true;
    ::sched_yield();
  }
}
inline bool until_asleep(pid_t process) {
  return until_asleep(process, process);
}

}  // namespace coview_test
