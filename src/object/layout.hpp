// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

/// The bytes at the beginning of an object's file, as docs/layout.md describes them, and nothing else. Numbers are in
/// the byte order of the machine that wrote them; `byte_order` tells.
namespace coview::layout {

inline constexpr std::array<char, 8> magic = {'c', 'o',    'v', 'i', 'e',
                                              'w', '\x1a', '\n'};  // not text, so that no file starts so by accident
/// One more whenever the meaning of any byte changes, state words included: a library refuses the files of another
/// version, older or newer, in a sentence (docs/layout.md, "Versions").
inline constexpr std::uint32_t version = 2;
inline constexpr std::uint16_t native_byte_order = 0x0102;  // 0x0201 when read by the other kind of machine

/// Bits of `options`.
inline constexpr std::uint32_t option_reserve = 1U << 0U;      ///< memory is taken at the first touch
inline constexpr std::uint32_t option_huge_pages = 1U << 1U;   ///< the payload is aligned for huge pages
inline constexpr std::uint32_t option_file_backed = 1U << 2U;  ///< the payload is another file: `target`
inline constexpr std::uint32_t all_options = option_reserve | option_huge_pages | option_file_backed;

/// The first 128 bytes. Written once, before anybody else can open the object, and never changed.
struct header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint16_t byte_order;
  std::uint8_t word_size;  // sizeof(void*) of the creator: state in shared memory depends on it
  std::uint8_t kind;       // coview::object_kind
  std::uint32_t options;
  std::uint32_t name_offset;  // where the name stands in the file, and its length in bytes; not NUL-terminated
  std::uint32_t name_length;
  std::uint32_t target_offset;  // of a file mapping: the path of the file, likewise; 0 and 0 otherwise
  std::uint32_t target_length;
  std::uint32_t padding;
  std::uint64_t payload_offset;  // a multiple of the page size; 0 for a file mapping
  std::uint64_t payload_size;    // bytes, as asked for
  std::int64_t created;          // nanoseconds since 1970-01-01 00:00 UTC
  std::uint32_t creator;         // process ID, in the creator's pid namespace
  std::uint32_t creator_user;    // user ID
  std::uint64_t target_device;   // st_dev and st_ino of the file that a file mapping leads to
  std::uint64_t target_inode;
  std::array<std::uint8_t, 40> annex;  // what a layer above keeps with the object (docs/layout.md); else zero
};
static_assert(sizeof(header) == 128);
static_assert(offsetof(header, version) == 8);
static_assert(offsetof(header, byte_order) == 12);
static_assert(offsetof(header, word_size) == 14);
static_assert(offsetof(header, kind) == 15);
static_assert(offsetof(header, options) == 16);
static_assert(offsetof(header, name_offset) == 20);
static_assert(offsetof(header, name_length) == 24);
static_assert(offsetof(header, target_offset) == 28);
static_assert(offsetof(header, target_length) == 32);
static_assert(offsetof(header, payload_offset) == 40);
static_assert(offsetof(header, payload_size) == 48);
static_assert(offsetof(header, created) == 56);
static_assert(offsetof(header, creator) == 64);
static_assert(offsetof(header, creator_user) == 68);
static_assert(offsetof(header, target_device) == 72);
static_assert(offsetof(header, target_inode) == 80);
static_assert(offsetof(header, annex) == 88);

/// A name (and target) that fits stands between the header and the state; a longer one after the first page.
inline constexpr std::uint32_t text_offset = sizeof(header);
inline constexpr std::uint32_t state_offset = 2048;  // state of a mutex, event, semaphore, queue or topic
inline constexpr std::uint32_t first_page = 4096;
inline constexpr std::uint32_t longest_text = 3 * 32766 + 4096;  // the longest name in UTF-8, and PATH_MAX

}  // namespace coview::layout
