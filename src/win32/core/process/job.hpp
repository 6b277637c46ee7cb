// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

#include <array>
#include <cstdint>
#include <vector>

#include <coview/win32/jobapi.h>

#include "os/fd.hpp"
#include "win32/core/process/process.hpp"

/// Job objects: processes that end together, whoever kills their holder.
///
/// The kernel itself kills on close: each member has two pipes, of which this process holds both ends, and whose
/// reading end owes the member a SIGKILL (F_SETOWN_EX, F_SETSIG, O_ASYNC) once the writing end is closed. A
/// process that is killed closes its descriptors from one end of the table to the other; of one pipe the writing
/// end has the smaller number, of the other one the greater, so that one of them is closed before its reading end,
/// in either direction.
///
/// Its children: a member's children are members (Windows). They are found by their parents, in /proc, when the job
/// is ended, looked at or closed; where the holder is killed, the kernel kills the members and the process groups
/// that they lead.
///
/// Thread safety: all functions.
namespace coview::win32 {

class job_object final : public object {
 public:
  static constexpr kind type = kind::job;
  job_object() : object(type) {}

  /// ERROR_SUCCESS, or why not.
  DWORD assign(object_ptr<process_object> process);
  [[nodiscard]] bool has(process_object const& process);
  void terminate(DWORD code);
  DWORD set_limits(JOBOBJECT_BASIC_LIMIT_INFORMATION const& basic, SIZE_T process_memory);
  [[nodiscard]] JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits();
  [[nodiscard]] JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounting();
  /// Of those that live.
  [[nodiscard]] std::vector<pid_t> processes();
  void last_handle_closed() noexcept override;

 private:
  struct member {
    object_ptr<process_object> process;
    std::array<os::own_descriptor, 4> pipes;
  };
  static void arm(member& one, bool kill);
  void apply_limits(member const& one) const;
  [[nodiscard]] bool kills_on_close() const noexcept {
    return (limits_.BasicLimitInformation.LimitFlags & JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE) != 0;
  }
  std::vector<pid_t> living() const;

  pthread_mutex_t lock_ = PTHREAD_MUTEX_INITIALIZER;
  std::vector<member> members_;
  DWORD assigned_ = 0;
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits_{};
};

}  // namespace coview::win32
