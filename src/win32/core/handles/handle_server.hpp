// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include "os/own_descriptor.hpp"
#include "win32/core/handles/object.hpp"

/// Where other processes ask for handles of this one, or hand it theirs: DuplicateHandle across processes (H-08).
///
/// Only the process itself can look into its table, so it has a server: a socket, and a thread of the library that
/// serves it and no signal is delivered to. A process has one from when another can have a reason to come: a child of
/// CreateProcess from its start, its parent from its first CreateProcess, any other from its first
/// GetCurrentProcessId, for nobody can open it who was not told its number.
///
///  1. The socket has a name for a moment only, in this user's own directory, with mode 0600, and one that nobody can
///  guess; one that got a second name meanwhile is not used. What is left is a descriptor of that name's inode
///  (O_PATH), and the way to it: /proc/PID/fd, which the kernel opens to the same user and to nobody else. Strangers
///  cannot connect, so no number of them can be in anybody's way, and nothing is left behind by a process that is
///  killed. A child gets both descriptors from its parent, so that a request finds it however early it comes.
///  2. A request is one message, its answer another; then the connection is over. The server waits for nobody: a
///  caller that says nothing, is stopped, or was killed is one descriptor that somebody is not reading.
///  3. Credentials are looked at before anything else, on both sides: the server drops who is not its own user and
///  group, and a caller believes no server of another one.
///  4. All that is no boundary within one user: other processes of his can watch his directory for the name's moment.
///  So a process into which they may not look (os::open_to_own_user) has no server, and one that becomes such a
///  process serves nobody any more. Whoever may ask a server could as well attach a debugger.
///  5. The program may close the server's descriptors, or let other files have their numbers: the server takes
///  nothing from those, closes none of them, and ends.
///
/// A forked child has no server until it does one of these things itself.
namespace coview::win32 {

/// A socket that listens, and what leads to it.
struct server_socket {
  os::own_descriptor listening;
  os::own_descriptor address;
  explicit operator bool() const noexcept { return listening && address; }
};

/// Opens this process's server where it has none yet. Where that fails, it has none.
void open_handle_server() noexcept;
/// The same with the socket that its parent made; another one where that is none.
void open_handle_server(server_socket made_by_parent) noexcept;
/// Whether its thread runs: it keeps no process alive.
[[nodiscard]] bool handle_server_runs() noexcept;

enum class server_for : bool { this_process, a_child };
/// Empty where the system refuses, and of a process that is to have none.
server_socket make_server_socket(server_for whom) noexcept;

/// Whether the two are what `make_server_socket` makes, whoever says so.
bool is_server_socket(server_socket const& one) noexcept;

/// A connection to another process's server. Fails with ECONNREFUSED where there is none; with EACCES where this
/// process may not look into that one; with EAGAIN where too many have been waiting there for longer than
/// `patience_in_ms`; with ECONNRESET where the process is about to end.
os::result<os::unique_fd> connect_to_handle_server(pid_t process);

/// How long a caller waits for a process that does nothing, because it is stopped.
inline constexpr int patience_in_ms = 5000;

}  // namespace coview::win32
