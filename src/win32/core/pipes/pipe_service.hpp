// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "win32/core/pipes/pipe_end.hpp"

/// The thread that goes on with overlapped calls of pipes: started by the first that has to wait. It gets no signal.
/// Thread safety: all functions. A forked child has none until it needs one.
namespace coview::win32::pipe_service {

/// Calls `one.progress()` once the socket is readable, or hung up. False where the system refuses.
bool await(pipe_end& one, int socket) noexcept;
/// No more, before the socket is closed.
void forget(int socket) noexcept;
/// Whether it runs: it keeps no process alive.
[[nodiscard]] bool runs() noexcept;

}  // namespace coview::win32::pipe_service
