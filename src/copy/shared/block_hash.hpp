// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

/// The hash of one piece of bytes, for the journal of a copy and for the names of temporary files.
namespace coview::copying {

struct block_hash {
  std::uint64_t high;
  std::uint64_t low;
  bool operator==(block_hash const&) const = default;
};

block_hash hash_of(std::span<std::byte const> bytes);

}  // namespace coview::copying
