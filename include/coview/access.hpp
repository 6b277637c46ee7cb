// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace coview {

/// What a handle or a view may do with the memory.
///
/// A handle's rights are the most that any view mapped through it can have; the kernel enforces them, because a
/// handle that may not write is a descriptor opened for reading only (rules C-24 and V-10 of the Win32 semantics).
enum class access : std::uint8_t {
  read_only,      ///< reads what others write; a store into the view is a SIGSEGV
  read_write,     ///< reads and writes the shared bytes
  copy_on_write,  ///< reads the shared bytes; a written page becomes this view's own and never reaches the object
};

}  // namespace coview
