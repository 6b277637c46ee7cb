// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "win32/core/sync/local_futex.hpp"

/// Waiting until memory of 1, 2, 4 or 8 bytes differs from what it was, whoever writes it: addresses share a small
/// table of words to sleep on. A wake-up for one address may wake a waiter of another, who looks and sleeps again.
namespace coview::win32 {

/// Whether the size is one that can be waited on.
[[nodiscard]] constexpr bool is_wait_size(std::size_t size) noexcept {
  return size == 1 || size == 2 || size == 4 || size == 8;
}
/// Sleeps while the bytes at `address` are those at `compare`; false at the deadline. May return for no reason.
bool wait_on_address(void const volatile* address, void const* compare, std::size_t size,
                     os::deadline const& until) noexcept;
void wake_by_address(void const* address) noexcept;

}  // namespace coview::win32
