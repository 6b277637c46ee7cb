// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

/// What a file lies on, as far as a copy has to know, and what of it is in memory.
namespace coview::copying {

enum class storage : std::uint8_t {
  disk,      ///< a filesystem with a device below it, and holes that can be believed
  memory,    ///< tmpfs and its like: nothing to flush, nothing to gain by going past the page cache
  btrfs,     ///< as disk; but its checksums make direct I/O two to three times slower than the page cache
  doubtful,  ///< where SEEK_HOLE was seen to name data that had not been flushed a hole (ZFS), or nobody knows
  program,   ///< FUSE: sizes and holes are what some program says they are
  made_up,   ///< /proc, /sys and their like: sizes mean nothing
};
storage storage_of(int fd);

/// Whether what such a filesystem says of sizes and holes is so.
constexpr bool tells_the_truth(storage of) {
  return of == storage::disk || of == storage::memory || of == storage::btrfs;
}

/// Pages of a range that are in the page cache, in bytes (Linux 6.5; empty before).
struct cached_range {
  std::uint64_t cached;
  std::uint64_t not_on_device;  ///< of these, dirty or being written
};
std::optional<cached_range> cached(int fd, std::uint64_t offset, std::uint64_t length);

/// Memory that could be had without swapping; a guess where the kernel does not say.
std::uint64_t memory_at_hand();

}  // namespace coview::copying
