// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <coview/win32/minwinbase.h>

/// The parts of this process's address space that this layer did not make: stacks, the heap, programs and libraries,
/// as /proc/self/maps tells, in Windows' words.
namespace coview::win32 {

/// Where addresses for programs end.
inline constexpr std::uintptr_t end_of_addresses = 0x00007FFF'FFFF0000U;

struct foreign_range {
  bool mapped = false;  ///< false: free addresses
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::uintptr_t allocation = 0;  ///< where the library, or else the range, begins
  DWORD protect = 0;
  DWORD allocation_protect = 0;
  DWORD type = 0;
};

/// The range that an address is in. False where /proc cannot be read.
bool find_foreign(std::uintptr_t address, foreign_range& out);

/// Of a private mapping: whether the page was written, and so is this process's own; `run` is how many of the next
/// `most` pages are alike.
bool is_own_page(std::uintptr_t address, std::size_t most, std::size_t& run);

}  // namespace coview::win32
