// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <coview/mapping.hpp>

/// A mapping's bytes by way of its descriptor. The program never maps what it only looks at: a peer that shrinks the
/// file would turn a load into a SIGBUS, where a read is merely short.
namespace coview::tool {

/// A part of a mapping that lies within it.
struct byte_range {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Checks what was asked for against the mapping's size. Throws `failure` where it reaches beyond the end.
[[nodiscard]] byte_range range_within(mapping const& from, std::uint64_t offset, std::uint64_t length);

/// Fills the buffer. Throws `failure` where the object's file ends before its size says so, std::system_error
/// otherwise.
void read_payload(mapping const& from, std::uint64_t offset, std::span<std::byte> buffer);

/// Writes all of it, or nothing where memory is short. Throws std::system_error.
void write_payload(mapping const& to, std::uint64_t offset, std::span<std::byte const> bytes);

/// All that a descriptor gives, but at most `limit` bytes and one more, which tells that there was too much.
[[nodiscard]] std::vector<std::byte> read_stream(int fd, std::uint64_t limit);

}  // namespace coview::tool
