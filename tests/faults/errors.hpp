// SPDX-License-Identifier: Apache-2.0
// Which errors a system call may return, beyond those of crash/faults.hpp: what the kernel, a security policy, a full
// disk or an interruption makes of a call that is right.
#pragma once

#include <sys/syscall.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "crash/faults.hpp"

namespace faults {

// Left out is what would be a true answer to another question: ELOOP of an open that follows no link (there is one),
// ENOENT, EEXIST; and what cannot be: ENOMEM of a munmap of all that was mapped at once.

/// Only a wait can fail: a wake of what is mapped cannot.
inline std::vector<int> errors_of_futex(std::uint64_t operation) {
  constexpr std::uint64_t command = 0x7f;
  constexpr std::uint64_t wait = 0;
  constexpr std::uint64_t wait_bitset = 9;
  if ((operation & command) == wait || (operation & command) == wait_bitset) return {EINTR, EAGAIN};
  return {};
}

inline std::vector<int> more_errors(coview_test::traced_call const& call) {
  switch (call.number) {
    case SYS_futex:
      return errors_of_futex(call.arguments[1]);
    case SYS_futex_waitv:
      return {EINTR, EAGAIN, ENOSYS, EPERM, ENOMEM};
    case SYS_mmap:
      return {EPERM, ENODEV};
    case SYS_mprotect:
      return {ENOMEM, EACCES};
    case SYS_madvise:
      return {EAGAIN, ENOMEM, EIO, EINVAL, EPERM};
    case SYS_msync:
      return {EIO, ENOMEM};
    case SYS_memfd_create:
      return {EMFILE, ENFILE, ENOMEM, ENOSYS};
    case SYS_ftruncate:
    case SYS_write:
    case SYS_pwrite64:
      return {EDQUOT, ENOSPC, EFBIG};
    case SYS_fallocate:
      return {EDQUOT, EOPNOTSUPP, ENODEV, EPERM};
    case SYS_openat:
      return {ETXTBSY, EDQUOT, EPERM, EAGAIN};
    case SYS_linkat:
    case SYS_renameat2:
    case SYS_renameat:
    case SYS_symlinkat:
      return {EACCES, EIO, ENOSPC, EDQUOT, EROFS};
    case SYS_getrandom:
      return {EINTR, ENOSYS};
    case SYS_ppoll:
#ifdef SYS_poll
    case SYS_poll:
#endif
      return {EINTR, ENOMEM};
    case SYS_copy_file_range:
      return {EXDEV, EINVAL, ENOSPC, EIO, EOPNOTSUPP, EPERM, ENOSYS};
    case SYS_ioctl:
      return {ENOTTY, EOPNOTSUPP, EINVAL};
    case SYS_fsync:
    case SYS_fdatasync:
      return {EIO, ENOSPC, EDQUOT};
    case SYS_fgetxattr:
    case SYS_flistxattr:
      return {ENOTSUP, EPERM};
    case SYS_prlimit64:
    case SYS_get_robust_list:
      return {EPERM, ENOSYS};
    case SYS_membarrier:
      return {ENOSYS, EINVAL};
    case SYS_statfs:
    case SYS_sysinfo:
      return {EIO, ENOSYS};
    default:
      return {};
  }
}

inline std::vector<int> errors_of(coview_test::traced_call const& call) {
  auto all = coview_test::faults_of(call);
  for (int const one : more_errors(call)) all.push_back(one);
  return all;
}

}  // namespace faults
