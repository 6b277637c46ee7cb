// SPDX-License-Identifier: Apache-2.0
// Which errors each system call may give that says nothing about whether an object exists: what can go wrong on a bad
// day.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include <cerrno>
#include <vector>

#include "support/stepper.hpp"

namespace coview_test {

/// close(2) gives the descriptor back whatever it says; a call that is made to fail is otherwise not executed.
inline interference::kind how_it_fails(traced_call const& call) {
  return call.number == SYS_close ? interference::kind::fail_after : interference::kind::fail;
}

inline std::vector<int> faults_of_open(int flags) {
  if ((flags & O_CREAT) != 0) return {ENOSPC, EMFILE, ENFILE, ENOMEM, EACCES, EINTR, EROFS, EIO};
  return {EMFILE, ENFILE, ENOMEM, EACCES, EINTR, EIO};
}

inline std::vector<int> faults_of_fcntl(int command) {
  switch (command) {
    case F_OFD_SETLK:
      return {ENOLCK, EINTR, EAGAIN};
    case F_OFD_GETLK:
      return {ENOLCK};
    case F_DUPFD_CLOEXEC:
      return {EMFILE};
    default:
      return {};
  }
}

/// Empty for a call that cannot fail.
inline std::vector<int> faults_of(traced_call const& call) {
  switch (call.number) {
    case SYS_openat:
      return faults_of_open(static_cast<int>(call.arguments[2]));
    case SYS_flock:
      if ((call.arguments[1] & LOCK_UN) != 0) return {EINTR};
      return {ENOLCK, EINTR, EWOULDBLOCK};
    case SYS_fcntl:
      return faults_of_fcntl(static_cast<int>(call.arguments[1]));
    case SYS_newfstatat:
    case SYS_statx:
#ifdef SYS_fstat
    case SYS_fstat:
#endif
      return {ENOMEM, EIO};
    case SYS_fstatfs:
      return {EIO, EINTR, ENOSYS};
    case SYS_ftruncate:
      return {EINTR, EIO, EFBIG, EPERM};
    case SYS_fallocate:
      return {ENOSPC, EINTR, EIO, EFBIG, ENOSYS};
    case SYS_fchmod:
    case SYS_fchmodat:
      return {EIO, EPERM, EROFS};
    case SYS_unlinkat:
      return {EACCES, EBUSY, EIO, EPERM, EROFS, ENOMEM};
    case SYS_mkdirat:
      return {EACCES, ENOSPC, EROFS, ENOMEM, EMLINK};
    case SYS_read:
    case SYS_pread64:
      return {EIO, EINTR, ENOMEM};
    case SYS_write:
    case SYS_pwrite64:
      return {EIO, EINTR, ENOSPC};
    case SYS_getdents64:
      return {EIO, ENOMEM};
    case SYS_mmap:
      return {ENOMEM, EAGAIN};
    case SYS_fgetxattr:
      return {EIO, ENOMEM};
    case SYS_clock_nanosleep:
    case SYS_readlinkat:
      return {EINTR};
    case SYS_close:
      return {EINTR, EIO};
    default:
      return {};
  }
}

}  // namespace coview_test
