// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "win32/core/pipes/pipe_end.hpp"

/// How a client comes to an instance (docs/pipes.md): it looks into the directory of the pipe's name for one that
/// listens, and asks the handle server of its process.
namespace coview::win32 {

/// What CreateFile was asked for; see file_object.hpp. Makes a handle, or throws a code: ERROR_FILE_NOT_FOUND,
/// ERROR_PIPE_BUSY, ERROR_ACCESS_DENIED, ERROR_SEM_TIMEOUT where the server's process is stopped.
HANDLE open_pipe(object_name const& name, DWORD wanted, DWORD flags, bool inherit);

/// WaitNamedPipe. 0 or a code.
DWORD wait_for_instance(object_name const& name, DWORD milliseconds);

/// In the server's process, on the thread of its handle server.
DWORD let_client_in(object_transfer& asked, ACCESS_MASK access, object_transfer& answer);

}  // namespace coview::win32
