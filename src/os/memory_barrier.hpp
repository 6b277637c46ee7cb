// SPDX-License-Identifier: Apache-2.0
#pragma once

/// A memory barrier in all threads of all processes that take part, made by one of them: membarrier(2), global and
/// expedited (Linux 4.16). So the many who store and then look need none of their own.
namespace coview::os {

/// This process takes part from now on. False where the system refuses it (seccomp): it needs barriers of its own
/// then. Takes milliseconds the first time where the process has several threads.
bool join_global_barrier() noexcept;

/// After this, what any thread of such a process stored before it is visible here, and what it loads after it is what
/// is visible now. False where the system refuses it. About a microsecond.
bool global_barrier() noexcept;

}  // namespace coview::os
