// SPDX-License-Identifier: Apache-2.0
// OVERLAPPED, GetOverlappedResult and its relatives: what has become of a call, and waiting for one that goes on.
#include "win32/core/files/overlapped.hpp"

#include <algorithm>
#include <array>
#include <atomic>

#include <coview/win32/winbase.h>

#include "win32/core/handles/last_error.hpp"

namespace coview::win32 {
namespace {

struct known_status {
  DWORD code;
  DWORD status;
};
constexpr std::array statuses = {
    known_status{ERROR_SUCCESS, 0},
    known_status{ERROR_HANDLE_EOF, 0xC0000011},
    known_status{ERROR_ACCESS_DENIED, 0xC0000022},
    known_status{ERROR_INVALID_HANDLE, STATUS_INVALID_HANDLE},
    known_status{ERROR_INVALID_PARAMETER, STATUS_INVALID_PARAMETER},
    known_status{ERROR_NOACCESS, STATUS_ACCESS_VIOLATION},
    known_status{ERROR_INVALID_USER_BUFFER, 0xC00000E8},
    known_status{ERROR_BROKEN_PIPE, 0xC000014B},
    known_status{ERROR_DISK_FULL, 0xC000007F},
    known_status{ERROR_LOCK_VIOLATION, 0xC0000054},
    known_status{ERROR_OPERATION_ABORTED, 0xC0000120},
    known_status{ERROR_NOT_LOCKED, 0xC000007E},
    known_status{ERROR_MORE_DATA, 0x80000005},
    known_status{ERROR_BAD_PIPE, 0xC00000AD},
    known_status{ERROR_PIPE_BUSY, 0xC00000AE},
    known_status{ERROR_PIPE_NOT_CONNECTED, 0xC00000B0},
    known_status{ERROR_NO_DATA, 0xC00000B1},
    known_status{ERROR_PIPE_CONNECTED, 0xC00000B2},
    known_status{ERROR_PIPE_LISTENING, 0xC00000B3},
};
constexpr DWORD of_win32 = 0xC0070000;  // with a code that has no status of its own

/// Other threads of the library write it, the program reads it.
std::atomic_ref<ULONG_PTR> status_in(OVERLAPPED& overlapped) noexcept {
  return std::atomic_ref<ULONG_PTR>(overlapped.Internal);
}

HANDLE event_of(OVERLAPPED const& overlapped) noexcept {
  auto const value = reinterpret_cast<std::uintptr_t>(overlapped.hEvent) & ~std::uintptr_t{1};
  return reinterpret_cast<HANDLE>(value);  // NOLINT(performance-no-int-to-ptr): a handle is a number
}

/// 0 once it is over, or why the wait ended before.
DWORD wait_until_over(HANDLE file, OVERLAPPED& overlapped, DWORD milliseconds, BOOL alertable) {
  while (is_pending(overlapped)) {
    if (milliseconds == 0) return ERROR_IO_INCOMPLETE;
    HANDLE const event = event_of(overlapped);
    DWORD const ended = WaitForSingleObjectEx(event != nullptr ? event : file, milliseconds, alertable);
    if (ended == WAIT_FAILED) return last_error;
    if (ended != WAIT_OBJECT_0) return ended;
    if (event != nullptr) break;  // once: it may be a mark that the program itself made
  }
  return is_pending(overlapped) ? ERROR_IO_INCOMPLETE : ERROR_SUCCESS;
}

BOOL result_of(OVERLAPPED& overlapped, DWORD& bytes) {
  auto const code = code_of(static_cast<DWORD>(status_in(overlapped).load(std::memory_order_acquire)));
  bytes = static_cast<DWORD>(overlapped.InternalHigh);
  return code == ERROR_SUCCESS ? TRUE : refuse(code);
}

}  // namespace

DWORD status_of(DWORD code) noexcept {
  auto const* const found =
      std::find_if(statuses.begin(), statuses.end(), [=](auto const& one) { return one.code == code; });
  return found != statuses.end() ? found->status : of_win32 | code;
}

DWORD code_of(DWORD status) noexcept {
  auto const* const found =
      std::find_if(statuses.begin(), statuses.end(), [=](auto const& one) { return one.status == status; });
  return found != statuses.end() ? found->code : status & 0xFFFF;
}

void begin_overlapped(OVERLAPPED& overlapped, bool has_event) noexcept {
  overlapped.InternalHigh = 0;
  status_in(overlapped).store(STATUS_PENDING, std::memory_order_relaxed);
  HANDLE const event = event_of(overlapped);
  DWORD const before = last_error;
  if (event != nullptr && has_event) ResetEvent(event);
  set_error(before);
}

void end_overlapped(OVERLAPPED& overlapped, DWORD code, DWORD bytes, bool sets_event) noexcept {
  HANDLE const event = event_of(overlapped);
  overlapped.InternalHigh = bytes;
  // Release: pairs with the acquires here. From here on the program may free it.
  status_in(overlapped).store(status_of(code), std::memory_order_release);
  DWORD const before = last_error;
  if (event != nullptr && sets_event) SetEvent(event);
  set_error(before);
}

bool is_pending(OVERLAPPED const& overlapped) noexcept {
  auto& word = const_cast<OVERLAPPED&>(overlapped);  // NOLINT: only read
  return static_cast<DWORD>(status_in(word).load(std::memory_order_acquire)) == STATUS_PENDING;
}

}  // namespace coview::win32

using namespace coview::win32;

// The handle is of use for a wait alone, and need not be one.
BOOL GetOverlappedResult(HANDLE hFile, LPOVERLAPPED lpOverlapped, LPDWORD lpNumberOfBytesTransferred, BOOL bWait) {
  if (lpOverlapped == nullptr || lpNumberOfBytesTransferred == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  if (DWORD const code = wait_until_over(hFile, *lpOverlapped, bWait != FALSE ? INFINITE : 0, FALSE))
    return refuse(code);
  return result_of(*lpOverlapped, *lpNumberOfBytesTransferred);
}

BOOL GetOverlappedResultEx(HANDLE hFile, LPOVERLAPPED lpOverlapped, LPDWORD lpNumberOfBytesTransferred,
                           DWORD dwMilliseconds, BOOL bAlertable) {
  if (lpOverlapped == nullptr || lpNumberOfBytesTransferred == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  if (DWORD const code = wait_until_over(hFile, *lpOverlapped, dwMilliseconds, bAlertable)) return refuse(code);
  return result_of(*lpOverlapped, *lpNumberOfBytesTransferred);
}
