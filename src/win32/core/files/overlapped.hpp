// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <coview/win32/minwinbase.h>

/// What an OVERLAPPED tells of a call: its status and its count, and the event that is set when it is over.
namespace coview::win32 {

/// Statuses of the system for codes of calls, and back (OVERLAPPED::Internal, GetOverlappedResult).
DWORD status_of(DWORD code) noexcept;
DWORD code_of(DWORD status) noexcept;

/// STATUS_PENDING, and its event is reset; of a call with a completion routine the event is the program's own affair.
void begin_overlapped(OVERLAPPED& overlapped, bool has_event) noexcept;
/// What it came to. `sets_event`: not for a call that failed before it began.
void end_overlapped(OVERLAPPED& overlapped, DWORD code, DWORD bytes, bool sets_event) noexcept;
/// Whether it goes on.
bool is_pending(OVERLAPPED const& overlapped) noexcept;

}  // namespace coview::win32
