// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include "win32/core/handles/object.hpp"

/// Handles between this process and another one, whose server (win32/core/handles/handle_server.hpp) does
/// its part. A caller waits as long as the other process lives and serves, and for one that is stopped no
/// longer than a few seconds.
///
/// All throw a code. Of a process that has ended ERROR_INVALID_HANDLE where it was to give, for its table is gone,
/// and ERROR_ACCESS_DENIED where it was to take; ERROR_NOT_SUPPORTED where it has no server, or the object cannot be
/// passed; ERROR_TIMEOUT where it does not answer, ERROR_GEN_FAILURE where it answers nonsense; and what the server
/// answers.
namespace coview::win32 {

/// A process, as this needs to know it.
struct destination {
  pid_t id;
  int pidfd;
  bool has_begun;  // false: CREATE_SUSPENDED, and not resumed yet
};

/// An object of this process for one of the other, and what may be done with it, by DuplicateHandle's rules.
struct passed {
  object_ptr<> what;
  ACCESS_MASK access;
};
passed pull_handle(object const& from, HANDLE handle, DWORD desired, DWORD options);
/// The value of the new handle there.
HANDLE push_handle(object const& to, object& what, ACCESS_MASK access, DWORD flags);
void close_handle_of(object const& process, HANDLE handle);

}  // namespace coview::win32
