// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <coview/object.hpp>

/// An object's header in private memory: read once, checked, then used. What stands in shared memory is never looked
/// at again.
namespace coview::inline object {

/// What a header says, after every number in it has been checked.
struct object_header {
  object_kind kind = object_kind::mapping;
  bool reserve = false;
  bool huge_pages = false;
  bool file_backed = false;
  std::string name;    ///< the leaf, UTF-8
  std::string target;  ///< of a file mapping
  std::uint64_t payload_offset = 0;
  std::uint64_t payload_size = 0;
  std::int64_t created = 0;  ///< nanoseconds since the epoch
  std::uint32_t creator = 0;
  std::uint32_t creator_user = 0;
  std::uint64_t target_device = 0;
  std::uint64_t target_inode = 0;
  std::array<std::uint8_t, 40> annex = {};  ///< not looked into here; whoever reads it checks it
};

/// What reading a header can come to.
enum class header_answer : std::uint8_t {
  ok,
  unfinished,     ///< shorter than a header: its creator has not come to that yet, or was killed
  foreign,        ///< not one of ours
  other_version,  ///< written by another layout version
  other_machine,  ///< another byte order or word size
  damaged,        ///< ours, but its numbers contradict each other or the file's size
  unreadable,     ///< errno says why
};

/// A sentence for an error message.
char const* describe(header_answer answer);

/// Where the payload of such an object begins: after the header and its texts, aligned to the page, or to the huge
/// page.
std::uint64_t payload_offset_for(object_header const& header);

/// Writes it to the beginning of the file, with what stands at layout::state_offset from the start. 0 or the errno.
int write_header(int fd, object_header const& header, std::span<std::byte const> state = {});

/// Reads and checks. `file_size` is what fstat says; nothing beyond it is believed in.
header_answer read_header(int fd, std::uint64_t file_size, object_header& out);

}  // namespace coview::inline object
