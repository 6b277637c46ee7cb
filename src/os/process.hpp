// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "os/fd.hpp"

/// What /proc tells of processes and locks. All of it is a snapshot, and none of it decides what is alive, with one
/// exception that docs/lifetime.md explains (a stranger's file that may not be opened).
namespace coview::os {

/// A lock that somebody has, as /proc/locks shows it to everybody.
struct file_lock {
  enum class family : std::uint8_t { flock, description };  // hold or sweep; mark (docs/lifetime.md)
  family kind;
  pid_t pid;  ///< who took it; a dead process where a child inherited it; -1 for a description's lock
  dev_t device;
  ino_t inode;
  bool exclusive;
  bool operator==(file_lock const&) const = default;
};

/// All locks of these kinds on the machine that this pid namespace shows. ENOENT where /proc is not mounted.
result<std::vector<file_lock>> file_locks();

/// Those on one file, so surely that "none" can be relied on: the kernel shows the table in pieces, and a lock can
/// slip through between two of them, so it is read until two readings agree, or twenty have not shown the file. EPERM
/// in a pid namespace that does not see every process.
result<std::vector<file_lock>> file_locks_on(dev_t device, ino_t inode);

/// Processes, as far as /proc lets this user look, that have a flock on this file through one of their descriptors;
/// finds those that inherited it.
std::vector<pid_t> processes_with_lock(dev_t device, ino_t inode);

/// Whether /proc lets this user see which files a process has open.
bool may_look_into(pid_t pid);

/// Command line, arguments separated by spaces, or the short name in brackets; empty where there is no such process.
std::string command_line(pid_t pid);

/// The process that a thread belongs to; empty where it is gone.
std::optional<pid_t> process_of_thread(pid_t thread);

/// Effective user of a process; empty where it is gone.
std::optional<uid_t> user_of(pid_t pid);

/// What a thread may do beyond its user's rights (capabilities(7)); root has none of it where it was taken away.
enum class capability : unsigned { dac_override = 1, fowner = 3 };
/// Whether this thread has it, in its user namespace.
bool has_capability(capability which) noexcept;

/// "5.10.0" → {5, 10}; what uname(2) says.
struct kernel_version {
  int major_number;
  int minor_number;
  std::string text;
};
kernel_version running_kernel();

}  // namespace coview::os
