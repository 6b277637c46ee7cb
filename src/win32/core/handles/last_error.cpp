// SPDX-License-Identifier: Apache-2.0
#include "win32/core/handles/last_error.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

#include <coview/win32/errhandlingapi.h>

namespace coview::win32 {

constinit thread_local DWORD last_error = ERROR_SUCCESS;

DWORD error_from_errno(int errno_value) noexcept {
  switch (errno_value) {
    case 0:
      return ERROR_SUCCESS;
    case ENOENT:
      return ERROR_FILE_NOT_FOUND;
    case ENOTDIR:
    case ELOOP:
      return ERROR_PATH_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EISDIR:
      return ERROR_ACCESS_DENIED;
    case EROFS:
      return ERROR_WRITE_PROTECT;
    case EBADF:
      return ERROR_INVALID_HANDLE;
    case ENOMEM:
      return ERROR_NOT_ENOUGH_MEMORY;
    case EINVAL:
    case EDOM:
      return ERROR_INVALID_PARAMETER;
    case EEXIST:
      return ERROR_FILE_EXISTS;
    case ENOTEMPTY:
      return ERROR_DIR_NOT_EMPTY;
    case EXDEV:
      return ERROR_NOT_SAME_DEVICE;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ERROR_DISK_FULL;
    case EMFILE:
    case ENFILE:
      return ERROR_NO_SYSTEM_RESOURCES;
    case ENAMETOOLONG:
      return ERROR_FILENAME_EXCED_RANGE;
    case EBUSY:
    case ETXTBSY:
      return ERROR_BUSY;
    case EAGAIN:
      return ERROR_NO_SYSTEM_RESOURCES;
    case ESPIPE:
      return ERROR_SEEK;
    case EPIPE:
      return ERROR_NO_DATA;
    case EFAULT:
      return ERROR_NOACCESS;
    case EIO:
    case ENXIO:
    case ENODEV:
      return ERROR_IO_DEVICE;
    case ETIMEDOUT:
      return WAIT_TIMEOUT;
    case ENOSYS:
    case ENOTSUP:
      return ERROR_NOT_SUPPORTED;
    case ERANGE:
    case EOVERFLOW:
      return ERROR_ARITHMETIC_OVERFLOW;
    case EBADMSG:
      return ERROR_FILE_CORRUPT;
    case EDEADLK:
      return ERROR_POSSIBLE_DEADLOCK;
    case ECHILD:
    case ESRCH:
      return ERROR_INVALID_PARAMETER;
    case EINTR:
      return ERROR_OPERATION_ABORTED;
    case ENOEXEC:
      return ERROR_BAD_EXE_FORMAT;
    default:
      return ERROR_GEN_FAILURE;
  }
}

DWORD error_from(coview::error const& failure) noexcept {
  return error_from_errno(failure.code().value());
}

void throw_code(DWORD code) {
  throw win32_failure{code};
}

namespace {
std::atomic<UINT> error_mode{0};
}  // namespace

}  // namespace coview::win32

using namespace coview::win32;

DWORD GetLastError() {
  return last_error;
}

void SetLastError(DWORD dwErrCode) {
  last_error = dwErrCode;
}

void SetLastErrorEx(DWORD dwErrCode, DWORD /*dwType*/) {
  last_error = dwErrCode;
}

UINT SetErrorMode(UINT uMode) {
  return error_mode.exchange(uMode);
}

UINT GetErrorMode() {
  return error_mode.load();
}
