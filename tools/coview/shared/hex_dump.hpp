// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "shared/console.hpp"

namespace coview::tool {

/// Bytes as lines of sixteen: offset, hexadecimal, text. Lines that repeat the one before are left out, with a "*" in
/// their place, as hexdump(1) does. Bytes may come in pieces of any length.
class hex_dump {
 public:
  static constexpr std::size_t bytes_a_line = 16;

  hex_dump(console& out, std::uint64_t offset) : out_(out), offset_(offset) {}

  void add(std::span<std::byte const> bytes);
  /// The last, short line and the offset of the end.
  void finish();

 private:
  void flush_line();

  console& out_;
  std::uint64_t offset_;         // of line_'s first byte
  std::vector<std::byte> line_;  // not printed yet, at most one line
  std::vector<std::byte> last_;  // the last whole line
  bool skipping_ = false;        // a "*" stands for it already
};

/// One line; the bytes at which `marked` is true are highlighted.
[[nodiscard]] std::string hex_line(console const& out, std::uint64_t offset, std::span<std::byte const> bytes,
                                   std::function<bool(std::size_t)> const& marked = {});

}  // namespace coview::tool
