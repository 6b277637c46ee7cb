// SPDX-License-Identifier: Apache-2.0
#include "object/header.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "object/layout.hpp"
#include "object/name.hpp"
#include "os/file.hpp"
#include "os/virtual_memory.hpp"

namespace coview::inline object {
namespace {

constexpr std::size_t first_read = 512;  // the header and any name of common length, with one system call

struct text_place {
  std::uint32_t offset;
  std::uint32_t end;
};

/// Both texts stand together: in the first page where they fit before the state, else after it.
text_place place_texts(object_header const& header) {
  auto const length = static_cast<std::uint32_t>(header.name.size() + header.target.size());
  bool const fits = layout::text_offset + length <= layout::state_offset;
  std::uint32_t const offset = fits ? layout::text_offset : layout::first_page;
  return {offset, fits ? layout::first_page : offset + length};
}

bool in_file(std::uint64_t offset, std::uint64_t length, std::uint64_t file_size) {
  return offset <= file_size && length <= file_size - offset;
}

bool text_is_sane(std::uint32_t offset, std::uint32_t length, std::uint64_t file_size) {
  return length <= layout::longest_text && offset >= layout::text_offset && in_file(offset, length, file_size);
}

bool payload_is_sane(layout::header const& raw, std::uint64_t file_size) {
  if ((raw.options & layout::option_file_backed) != 0) return raw.payload_offset == 0;
  return raw.payload_offset >= layout::first_page && raw.payload_offset % layout::first_page == 0 &&
         in_file(raw.payload_offset, raw.payload_size, file_size);
}

/// Every number against the others and the file's size.
header_answer check(layout::header const& raw, std::uint64_t file_size) {
  if (raw.magic != layout::magic) return header_answer::foreign;
  if (raw.byte_order != layout::native_byte_order) return header_answer::other_machine;
  if (raw.version != layout::version) return header_answer::other_version;
  if (raw.word_size != sizeof(void*)) return header_answer::other_machine;
  bool const kind_known = raw.kind >= static_cast<std::uint8_t>(object_kind::mapping) &&
                          raw.kind <= static_cast<std::uint8_t>(object_kind::timer);
  bool const target_needed = (raw.options & layout::option_file_backed) != 0;
  bool const sane = kind_known && (raw.options & ~layout::all_options) == 0 && raw.name_length > 0 &&
                    text_is_sane(raw.name_offset, raw.name_length, file_size) &&
                    target_needed == (raw.target_length > 0) &&
                    (!target_needed || text_is_sane(raw.target_offset, raw.target_length, file_size)) &&
                    payload_is_sane(raw, file_size);
  return sane ? header_answer::ok : header_answer::damaged;
}

/// A text out of what was read already, or out of the file.
bool read_text(int fd, std::span<std::byte const> beginning, std::uint32_t offset, std::uint32_t length,
               std::string& out) {
  out.resize(length);
  if (std::uint64_t{offset} + length <= beginning.size()) {
    std::memcpy(out.data(), beginning.data() + offset, length);
    return true;
  }
  auto const n = os::read_at(fd, std::as_writable_bytes(std::span(out)), offset);
  return n && *n == length;
}

}  // namespace

char const* describe(header_answer answer) {
  static_assert(layout::version == 2, "a sentence below names it");
  switch (answer) {
    case header_answer::unfinished:
      return "its file has no complete header";
    case header_answer::foreign:
      return "its file is not a coview object";
    case header_answer::other_version:
      return "it was written by another layout version than this library reads (2)";
    case header_answer::other_machine:
      return "it was written with another byte order or word size";
    case header_answer::damaged:
      return "its header is damaged";
    case header_answer::unreadable:
      return "its header cannot be read";
    case header_answer::ok:
      break;
  }
  return "";
}

std::uint64_t payload_offset_for(object_header const& header) {
  if (header.file_backed) return 0;
  return os::round_up(place_texts(header).end, header.huge_pages ? os::huge_page_size : layout::first_page);
}

int write_header(int fd, object_header const& header, std::span<std::byte const> state) {
  layout::header raw{};
  raw.magic = layout::magic;
  raw.version = layout::version;
  raw.byte_order = layout::native_byte_order;
  raw.word_size = sizeof(void*);
  raw.kind = static_cast<std::uint8_t>(header.kind);
  raw.options = (header.reserve ? layout::option_reserve : 0) | (header.huge_pages ? layout::option_huge_pages : 0) |
                (header.file_backed ? layout::option_file_backed : 0);
  auto const texts = place_texts(header);
  raw.name_offset = texts.offset;
  raw.name_length = static_cast<std::uint32_t>(header.name.size());
  raw.target_offset = header.target.empty() ? 0 : raw.name_offset + raw.name_length;
  raw.target_length = static_cast<std::uint32_t>(header.target.size());
  raw.payload_offset = header.payload_offset;
  raw.payload_size = header.payload_size;
  raw.created = header.created;
  raw.creator = header.creator;
  raw.creator_user = header.creator_user;
  raw.target_device = header.target_device;
  raw.target_inode = header.target_inode;
  raw.annex = header.annex;

  std::size_t const end_of_texts = texts.offset + raw.name_length + raw.target_length;
  std::size_t const end_of_state = state.empty() ? 0 : layout::state_offset + state.size();
  std::vector<std::byte> bytes(std::max(end_of_texts, end_of_state));
  std::copy(state.begin(), state.end(), bytes.begin() + (state.empty() ? 0 : layout::state_offset));
  std::memcpy(bytes.data(), &raw, sizeof raw);
  std::memcpy(bytes.data() + texts.offset, header.name.data(), header.name.size());
  std::memcpy(bytes.data() + texts.offset + raw.name_length, header.target.data(), header.target.size());
  return os::write_at(fd, bytes, 0);
}

header_answer read_header(int fd, std::uint64_t file_size, object_header& out) {
  std::array<std::byte, first_read> beginning;
  auto const n = os::read_at(fd, beginning, 0);
  if (!n) return header_answer::unreadable;
  if (*n < sizeof(layout::header)) return header_answer::unfinished;

  layout::header raw;
  std::memcpy(&raw, beginning.data(), sizeof raw);
  if (auto const answer = check(raw, file_size); answer != header_answer::ok) return answer;

  auto const known = std::span<std::byte const>(beginning).first(*n);
  if (!read_text(fd, known, raw.name_offset, raw.name_length, out.name)) return header_answer::damaged;
  if (!read_text(fd, known, raw.target_offset, raw.target_length, out.target)) return header_answer::damaged;
  out.kind = static_cast<object_kind>(raw.kind);
  out.reserve = (raw.options & layout::option_reserve) != 0;
  out.huge_pages = (raw.options & layout::option_huge_pages) != 0;
  out.file_backed = (raw.options & layout::option_file_backed) != 0;
  out.payload_offset = raw.payload_offset;
  out.payload_size = raw.payload_size;
  out.created = raw.created;
  out.creator = raw.creator;
  out.creator_user = raw.creator_user;
  out.target_device = raw.target_device;
  out.target_inode = raw.target_inode;
  out.annex = raw.annex;
  return header_answer::ok;
}

}  // namespace coview::inline object
