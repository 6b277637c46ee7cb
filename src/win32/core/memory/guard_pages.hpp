// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <coview/win32/minwindef.h>

/// PAGE_GUARD: the first touch of such a page is an exception, and the page is like any other from then on (P-06).
/// Here it is inaccessible until then; whoever handles the fault asks `trip`.
///
/// Thread safety: all functions; `note` under the lock of the regions, `trip` and `is_guarded` anywhere, also in a
/// handler of signals. A forked child has its own.
namespace coview::win32::guard_pages {

/// The pages of a range have this protection from now on; 0: they are gone. Throws std::bad_alloc.
void note(std::byte* begin, std::size_t length, DWORD protect);
/// Whether the address is in a page whose guard nobody has touched: then it is open now. Async-signal-safe.
bool trip(void* address) noexcept;
/// Whether its guard is there still.
bool is_guarded(void const* address) noexcept;

}  // namespace coview::win32::guard_pages
