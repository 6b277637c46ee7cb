// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "object/layout.hpp"

/// The bytes of a mutex, event or semaphore in the first page of its file (docs/layout.md), and nothing else.
namespace coview::layout {

/// At `state_offset`. Written before anybody else can open the object; never changed, but for `constructed`.
struct sync_facts {
  std::uint64_t pid_namespace;  // inode of the creator's: thread IDs mean nothing in another one
  std::uint32_t flavour;        // of an event: 0 automatic, 1 manual
  std::uint32_t maximum;        // of a semaphore
  std::uint32_t constructed;    // of a mapping: 1 once view::construct_once is done
  std::uint32_t padding;
};
static_assert(sizeof(sync_facts) == 24);

/// The part of a robust_node that is shared: the last 24 bytes of the page. The rest of the node is private to each
/// process and lies beyond it.
inline constexpr std::uint32_t node_offset = first_page - 24;

}  // namespace coview::layout
