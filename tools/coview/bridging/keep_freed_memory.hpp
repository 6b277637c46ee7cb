// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <malloc.h>

namespace coview::tool {

/// For a program that only carries messages, before it has threads. What libnats frees after each message it needs
/// for the next one; glibc would give it back to the kernel in between, and every page of it costs a fault then. The
/// program stays as large as it has once been.
inline void keep_freed_memory() noexcept {
  // The most that glibc would allow itself, were it to find them out (mallopt(3)).
  constexpr int largest = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, largest);
  mallopt(M_TRIM_THRESHOLD, 2 * largest);
}

}  // namespace coview::tool
