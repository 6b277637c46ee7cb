// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <limits>

#include "win32/core/files/file_object.hpp"
#include "win32/core/handles/handle_table.hpp"

/// What the calls on open files begin with.
namespace coview::win32 {

inline constexpr std::uint64_t largest_offset = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());

/// A number that Windows passes in two halves.
inline std::uint64_t join(DWORD low, DWORD high) {
  return (std::uint64_t{high} << 32U) | low;
}

/// A reference that outlives blocking, with the rights of the handle; null with the last error.
struct file_in_use {
  object_ptr<file_object> file;
  ACCESS_MASK access = 0;
  explicit file_in_use(HANDLE handle) {
    handle_guard const use(handle);
    file = use.pin_as<file_object>();
    access = use.access();
  }
};

}  // namespace coview::win32
