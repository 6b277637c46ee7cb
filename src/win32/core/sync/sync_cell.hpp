// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "os/fd.hpp"
#include "sync/robust_list.hpp"

/// The state of synchronisation objects without a name: cells of 64 bytes in memory that can be handed to a child
/// process, so that an unnamed mutex, event or semaphore can be inherited. A program may have a hundred thousand of
/// them: they take no descriptor and no page each.
///
/// Invariants:
/// 1. Memory of cells is never unmapped: a thread that owns a cell's node has it on its robust list until it ends.
/// 2. A cell that was given back while some thread still owns it is used again only once nobody does.
/// 3. A cell that a child process was told of is never used again, for nobody counts who has it.
///
/// Thread safety: all functions. A forked child makes its own cells; those of its parent stay usable and shared.
namespace coview::win32 {

struct cell {
  robust_node node;
  std::uint32_t flavour;                // who makes it decides
  std::uint32_t maximum;                // of a semaphore
  std::atomic<std::uint32_t> exported;  // a child knows it
  std::uint32_t padding;
  cell* next_free;
};
static_assert(sizeof(cell) == 64);

/// A cell that is all zero. Errors: std::bad_alloc, coview::error.
cell& take_cell();
void give_back(cell& used) noexcept;

/// Where a cell is, for a child process.
struct cell_place {
  int fd = -1;  ///< stays the pool's own
  std::uint64_t offset = 0;
};
/// The cell is exported from now on.
cell_place export_cell(cell& shared);
/// The cell that a parent exported, from a descriptor that this process inherited. Nullptr where there is none.
cell* import_cell(os::unique_fd memory, std::uint64_t offset);

}  // namespace coview::win32
