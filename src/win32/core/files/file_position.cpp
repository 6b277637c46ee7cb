// SPDX-License-Identifier: Apache-2.0
// Where an open file is read and written next, and where it ends (FI-11, FI-12, T-03).
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include <coview/win32/winbase.h>

#include "win32/core/files/file_in_use.hpp"
#include "win32/core/files/sharing.hpp"
#include "win32/core/handles/last_error.hpp"

namespace coview::win32 {

/// Shrinking stops where a section or view of anybody still needs the bytes.
DWORD change_file_size(file_object const& file, std::uint64_t size) {
  if (size > largest_offset) return ERROR_INVALID_PARAMETER;
  struct ::stat status {};
  if (::fstat(file.fd(), &status) != 0) return error_from_errno(errno);
  if (!S_ISREG(status.st_mode)) return ERROR_INVALID_PARAMETER;
  sharing::decision const one_at_a_time(file.fd());
  // T-03: no shrinking at all while a section is there, not even to a size that it does not reach.
  if (size < static_cast<std::uint64_t>(status.st_size) && sharing::mapped_beyond(file.fd(), 0))
    return ERROR_USER_MAPPED_FILE;
  int answer = 0;
  do {
    answer = ::ftruncate(file.fd(), static_cast<off_t>(size));
  } while (answer != 0 && errno == EINTR);
  return answer == 0 ? ERROR_SUCCESS : error_from_errno(errno);
}

}  // namespace coview::win32

using namespace coview::win32;

namespace {

/// 0, or why not.
DWORD size_of(file_object const& file, std::uint64_t& size) {
  struct ::stat status {};
  if (::fstat(file.fd(), &status) != 0) return error_from_errno(errno);
  if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) {
    size = S_ISDIR(status.st_mode) ? 0 : static_cast<std::uint64_t>(status.st_size);
    return ERROR_SUCCESS;
  }
  if (S_ISBLK(status.st_mode)) {
    off_t const here = ::lseek(file.fd(), 0, SEEK_CUR);
    off_t const end = ::lseek(file.fd(), 0, SEEK_END);
    ::lseek(file.fd(), here, SEEK_SET);
    if (end < 0) return error_from_errno(errno);
    size = static_cast<std::uint64_t>(end);
    return ERROR_SUCCESS;
  }
  return ERROR_INVALID_FUNCTION;
}

/// 0, or why not.
DWORD move_position(file_object const& file, std::int64_t distance, DWORD method, std::int64_t& position) {
  int const whence = method == FILE_BEGIN ? SEEK_SET : method == FILE_CURRENT ? SEEK_CUR : SEEK_END;
  if (method > FILE_END) return ERROR_INVALID_PARAMETER;
  std::int64_t base = 0;
  if (method != FILE_BEGIN) {
    struct ::stat status {};
    if (method == FILE_END && ::fstat(file.fd(), &status) != 0) return error_from_errno(errno);
    base = method == FILE_END && S_ISREG(status.st_mode) ? status.st_size : ::lseek(file.fd(), 0, whence);
    if (base < 0) return errno == ESPIPE ? ERROR_INVALID_FUNCTION : error_from_errno(errno);
  }
  if (distance < -base) return ERROR_NEGATIVE_SEEK;
  off_t const now = ::lseek(file.fd(), distance, whence);
  if (now < 0) return errno == ESPIPE ? ERROR_INVALID_FUNCTION : error_from_errno(errno);
  position = now;
  return ERROR_SUCCESS;
}

}  // namespace

DWORD SetFilePointer(HANDLE hFile, LONG lDistanceToMove, PLONG lpDistanceToMoveHigh, DWORD dwMoveMethod) {
  return guarded(
      [&]() -> DWORD {
        file_in_use const use(hFile);
        if (!use.file) return INVALID_SET_FILE_POINTER;
        std::int64_t const distance =
            lpDistanceToMoveHigh == nullptr
                ? lDistanceToMove
                : static_cast<std::int64_t>(
                      join(static_cast<DWORD>(lDistanceToMove), static_cast<DWORD>(*lpDistanceToMoveHigh)));
        std::int64_t position = 0;
        std::int64_t const before = ::lseek(use.file->fd(), 0, SEEK_CUR);
        DWORD const code = move_position(*use.file, distance, dwMoveMethod, position);
        if (code != ERROR_SUCCESS) return fail_with(code, INVALID_SET_FILE_POINTER);
        if (lpDistanceToMoveHigh == nullptr && position > std::int64_t{0xFFFFFFFF}) {
          ::lseek(use.file->fd(), before, SEEK_SET);
          return fail_with(DWORD{ERROR_INVALID_PARAMETER}, INVALID_SET_FILE_POINTER);
        }
        auto const low = static_cast<DWORD>(position);
        if (lpDistanceToMoveHigh != nullptr) *lpDistanceToMoveHigh = static_cast<LONG>(position >> 32);
        if (low == INVALID_SET_FILE_POINTER) set_error(ERROR_SUCCESS);
        return low;
      },
      INVALID_SET_FILE_POINTER);
}

BOOL SetFilePointerEx(HANDLE hFile, LARGE_INTEGER liDistanceToMove, PLARGE_INTEGER lpNewFilePointer,
                      DWORD dwMoveMethod) {
  return guarded(
      [&] {
        file_in_use const use(hFile);
        if (!use.file) return FALSE;
        std::int64_t position = 0;
        DWORD const code = move_position(*use.file, liDistanceToMove.QuadPart, dwMoveMethod, position);
        if (code != ERROR_SUCCESS) return refuse(code);
        if (lpNewFilePointer != nullptr) lpNewFilePointer->QuadPart = position;
        return TRUE;
      },
      FALSE);
}

BOOL SetEndOfFile(HANDLE hFile) {
  return guarded(
      [&] {
        file_in_use const use(hFile);
        if (!use.file) return FALSE;
        if ((use.access & FILE_WRITE_DATA) == 0) return refuse(ERROR_ACCESS_DENIED);
        off_t const position = ::lseek(use.file->fd(), 0, SEEK_CUR);
        if (position < 0) return refuse(errno == ESPIPE ? ERROR_INVALID_FUNCTION : error_from_errno(errno));
        DWORD const code = change_file_size(*use.file, static_cast<std::uint64_t>(position));
        return code == ERROR_SUCCESS ? TRUE : refuse(code);
      },
      FALSE);
}

BOOL SetFileValidData(HANDLE hFile, LONGLONG ValidDataLength) {
  std::uint64_t size = 0;
  auto const file = handle_guard(hFile).pin_as<file_object>(FILE_WRITE_DATA);
  if (!file) return FALSE;
  DWORD const code = size_of(*file, size);
  if (code != ERROR_SUCCESS) return refuse(code);
  if (ValidDataLength < 0 || static_cast<std::uint64_t>(ValidDataLength) > size)
    return refuse(ERROR_INVALID_PARAMETER);
  return TRUE;  // bytes that nobody wrote read as zero in any case
}

DWORD GetFileSize(HANDLE hFile, LPDWORD lpFileSizeHigh) {
  std::uint64_t size = 0;
  auto const file = handle_guard(hFile).pin_as<file_object>();
  if (!file) return INVALID_FILE_SIZE;
  DWORD const code = size_of(*file, size);
  if (code != ERROR_SUCCESS) return fail_with(code, INVALID_FILE_SIZE);
  if (lpFileSizeHigh != nullptr) *lpFileSizeHigh = static_cast<DWORD>(size >> 32U);
  auto const low = static_cast<DWORD>(size);
  if (low == INVALID_FILE_SIZE) set_error(ERROR_SUCCESS);  // FI-11: how a caller tells it from a failure
  return low;
}

BOOL GetFileSizeEx(HANDLE hFile, PLARGE_INTEGER lpFileSize) {
  std::uint64_t size = 0;
  auto const file = handle_guard(hFile).pin_as<file_object>();
  if (!file) return FALSE;
  DWORD const code = size_of(*file, size);
  if (code != ERROR_SUCCESS) return refuse(code);
  if (lpFileSize == nullptr) return refuse(ERROR_NOACCESS);
  lpFileSize->QuadPart = static_cast<LONGLONG>(size);
  return TRUE;
}
