// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <coview/win32/minwinbase.h>

/// What the calls for files do where their handle is an end of a named pipe.
namespace coview::win32 {

[[nodiscard]] bool is_pipe_end(HANDLE handle) noexcept;

/// ReadFile and ReadFileEx; WriteFile and WriteFileEx. What these return.
BOOL read_pipe(HANDLE handle, void* buffer, DWORD size, DWORD* count, OVERLAPPED* overlapped,
               LPOVERLAPPED_COMPLETION_ROUTINE routine);
BOOL write_pipe(HANDLE handle, void const* buffer, DWORD size, DWORD* count, OVERLAPPED* overlapped,
                LPOVERLAPPED_COMPLETION_ROUTINE routine);
BOOL flush_pipe(HANDLE handle);
/// CancelIo (`of_this_thread`) and CancelIoEx.
BOOL cancel_pipe(HANDLE handle, bool of_this_thread, OVERLAPPED const* overlapped);

/// Of pipes without a name (anonymous_pipe.cpp): PeekNamedPipe and its relatives, for a handle
/// that is no named pipe's.
BOOL peek_anonymous(HANDLE handle, void* buffer, DWORD size, DWORD* copied, DWORD* unread, DWORD* left);
BOOL set_anonymous_state(HANDLE handle, DWORD const* mode);
BOOL anonymous_state(HANDLE handle, DWORD* mode);
BOOL anonymous_info(HANDLE handle, DWORD* flags, DWORD* size);

}  // namespace coview::win32
