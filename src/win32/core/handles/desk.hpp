// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include "os/fd.hpp"

/// Where other processes ask for handles of this one, or hand it theirs: DuplicateHandle across processes (H-08).
///
/// Only the process itself can look into its table, so it has a desk: a socket, and a thread of the library that
/// serves it and no signal is delivered to. A process has one from when another can have a reason to come: a child of
/// CreateProcess from its start, its parent from its first CreateProcess, any other from its first
/// GetCurrentProcessId, for nobody can open it who was not told its number.
///
///  1. The socket is in the abstract namespace, under the number of the process. A parent makes its child's socket
///  and names it as soon as it knows the number, so that a request finds it however early it comes.
///  2. A request is one parcel, its answer another; then the connection is over. The desk waits for nobody: a caller
///  that is stopped, or killed, is one descriptor that somebody is not reading.
///  3. The desk serves processes of its own user alone, and a caller believes no desk of another one; who may do this
///  may kill the process, too.
///
/// A forked child has no desk until it does one of these things itself.
namespace coview::win32 {

/// Opens this process's desk where it has none yet. Where that fails, it has none.
void open_desk() noexcept;
/// The same with the socket that its parent made; another one where that is another process's.
void open_desk(os::unique_fd made_by_parent) noexcept;
/// Whether its thread runs: it keeps no process alive.
[[nodiscard]] bool desk_runs() noexcept;

/// In a parent: a socket for a child's desk, and its name as soon as the child has a number. Empty where the system
/// refuses.
os::unique_fd make_desk() noexcept;
void name_desk(int socket, pid_t child) noexcept;

/// A connection to another process's desk. Fails with ECONNREFUSED where there is none of the same user's, with
/// EAGAIN where too many have been waiting there for longer than `patience_in_ms`.
os::result<os::unique_fd> go_to_desk(pid_t process);

/// How long a caller waits for a process that does nothing, because it is stopped.
inline constexpr int patience_in_ms = 5000;

}  // namespace coview::win32
