// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "os/fd.hpp"
#include "os/visibility.hpp"

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

/// Whether /proc/locks shows the locks of all processes: not in a pid namespace below the first one.
bool sees_every_process();

/// A process that has a flock on a file through one of its descriptors.
struct lock_user {
  pid_t pid;
  std::vector<pid_t> taken_by;  ///< who took those locks: another one where it inherited the descriptor
};

/// Such processes, as far as /proc lets this user look; finds those that inherited it. Fails where this process or
/// the system has no descriptors or memory left to look with.
result<std::vector<lock_user>> processes_with_lock(dev_t device, ino_t inode);

/// What is known of a process that took a lock.
enum class whereabouts : std::uint8_t {
  open_to_us,  ///< /proc lets this user see which files it has open
  shut,        ///< it exists, and that is all that can be seen
  gone,        ///< there is none of this number
  not_known,   ///< /proc does not show it, and is not of this pid namespace
};
whereabouts find_process(pid_t pid);

/// Whether a process has this file mapped, as far as /proc lets this user look.
bool has_mapped(pid_t pid, dev_t device, ino_t inode);

/// Whether a process has a flock on this file through one of its descriptors, its own or an inherited one, or has the
/// file mapped. Where /proc does not let this user look into it: true where it took a lock, else empty.
std::optional<bool> uses_file(pid_t pid, dev_t device, ino_t inode);

/// Command line, arguments separated by spaces, or the short name in brackets; empty where there is no such process.
std::string command_line(pid_t pid);

/// The process that a thread belongs to; empty where it is gone.
std::optional<pid_t> process_of_thread(pid_t thread);

/// Effective user of a process; empty where it is gone.
std::optional<uid_t> user_of(pid_t pid);

/// What a thread may do beyond its user's rights (capabilities(7)); root has none of it where it was taken away.
enum class capability : unsigned { dac_override = 1, dac_read_search = 2, fowner = 3 };
/// Whether this thread has it, in its user namespace.
bool has_capability(capability which) noexcept;

/// Whether any process of this one's user may look into it, as ptrace(2) decides that: it is dumpable, not
/// `privileged`, and, unless root runs it, has no capabilities, which others of its user lack. Changes with what it
/// does: asked anew each time.
COVIEW_PRIVATE bool open_to_own_user() noexcept;

/// "5.10.0" → {5, 10}; what uname(2) says.
struct kernel_version {
  int major_number;
  int minor_number;
  std::string text;
};
kernel_version running_kernel();

}  // namespace coview::os
