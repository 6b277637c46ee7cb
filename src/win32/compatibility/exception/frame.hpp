// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <coview/win32/excpt.h>

/// The blocks of one thread (__try), and the search for the one that wants an exception.
///
/// A frame is a variable of the function that has the block, and a point in that function to jump to. What is to
/// happen there says its phase. The search jumps to each frame in turn, from the innermost outwards, and has it
/// compute its filter *beneath* the stack of the fault (`room`), so that everything that the fault left behind stays
/// as it is: the search itself goes on where it was, and so can the faulting instruction.
///
///     body ──fault──▶ filtering ──1──▶ (inner frames: unwinding) ──▶ handling
///       │                └──0──▶ body, next frame outwards; ─-1──▶ body, back to the fault
///       ├──__leave──▶ leaving ──▶ done
///       ├──return, break, goto, a C++ exception──▶ exiting: __finally runs, then the way out goes on
///       └──its end──▶ done
///
/// Thread safety: all of it belongs to one thread. Async-signal-safe: search() is called by handlers of signals; it
/// allocates nothing and takes no lock.
namespace coview::win32::seh {

enum phase : int { body, done, leaving, filtering, handling, unwinding, exiting, running };

/// What a search came to.
enum class answer { nobody, go_on };

/// Asks the frames of this thread. Does not return where one of them handles the exception: `before_handling` is
/// called then, with what it was given, and the handler runs. `stack` is the lowest address in use of the stack that
/// the exception was raised on; nullptr where nothing beneath the frames is worth keeping (a stack that overflowed).
answer search(EXCEPTION_POINTERS& facts, void* stack, void (*before_handling)(void*), void* with) noexcept;

/// Makes this thread ready to be told of faults: the handlers of signals, and a stack for them.
void be_ready() noexcept;

}  // namespace coview::win32::seh
