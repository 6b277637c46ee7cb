// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "os/fd.hpp"
#include "os/visibility.hpp"

/// The address space: mmap and its relatives. Functions that return int return 0 or the errno.
namespace coview::os {

/// Bytes in a page; a power of two.
std::size_t page_size() noexcept;

inline constexpr std::size_t huge_page_size = std::size_t{2} << 20U;

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t power_of_two) noexcept {
  return (value + power_of_two - 1) & ~(power_of_two - 1);
}

enum class sharing { shared, copied };

/// mmap(2) of a file range. `address` nullptr: anywhere; else exactly there, EEXIST where the range is taken.
/// `alignment` of more than a page (a power of two) places the range accordingly.
COVIEW_PRIVATE result<std::byte*> map_file(std::byte* address, std::size_t length, int protection, sharing how,
                                           int fd, std::uint64_t offset, std::size_t alignment);
void unmap(std::byte* base, std::size_t length) noexcept;
COVIEW_PRIVATE int protect(std::byte* base, std::size_t length, int protection) noexcept;
COVIEW_PRIVATE int advise(std::byte* base, std::size_t length, int advice) noexcept;

/// MADV_POPULATE_READ or MADV_POPULATE_WRITE (Linux 5.14): what a touch would have answered by SIGBUS is an errno
/// here.
COVIEW_PRIVATE int populate(std::byte* base, std::size_t length, bool for_writing) noexcept;

/// msync(2), synchronous.
COVIEW_PRIVATE int synchronise(std::byte* base, std::size_t length) noexcept;

/// Memory without a name, close-on-exec, whose seals may be set (memfd_create(2)).
COVIEW_PRIVATE result<unique_fd> anonymous_file(char const* label);
/// Nobody can change the file's size any more.
int seal_size(int fd) noexcept;

}  // namespace coview::os
