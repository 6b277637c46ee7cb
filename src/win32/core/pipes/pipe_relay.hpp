// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <coview/win32/minwinbase.h>

#include "os/fd.hpp"

/// An end of a named pipe as the standard stream of a child, which may be any program of Linux: a pipe of the kernel,
/// and a thread of this process that hands its bytes on, until the child and all who have it from there have closed
/// it, or the other end of the named pipe is gone. It keeps the end open for as long.
namespace coview::win32 {

/// The child's half, out of the way of 0, 1 and 2. Empty where the handle is no end of a named pipe, or may not be
/// used so. Throws a code where the system refuses.
os::unique_fd relay_for_child(HANDLE handle, bool child_writes);

/// How many of these threads run: they keep no process alive.
unsigned relays_running() noexcept;

}  // namespace coview::win32
