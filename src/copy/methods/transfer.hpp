// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include <coview/copy.hpp>

#include "copy/shared/progress_meter.hpp"
#include "copy/shared/source.hpp"
#include "copy/shared/storage.hpp"
#include "copy/shared/write_back.hpp"

/// What every method of copying gets, and what it answers. A method moves bytes from one descriptor to the other and
/// nothing else; names, permissions, flushing and putting in place are the engine's.
namespace coview::copying {

class journal;

/// One file's bytes on their way.
struct transfer {
  source_file const& from;
  int to;                              ///< read and write, empty (unless resumed), at offset 0
  std::filesystem::path const& shown;  ///< how people know the target
  copy_options const& options;
  progress_meter& meter;
  write_back& flushing;
  hasher* hash = nullptr;  ///< gets every byte of the file in order, zeros of holes included; nullptr: not wanted
  storage source_storage = storage::disk;
  storage target_storage = storage::disk;
  journal* notes = nullptr;      ///< of a copy that can be resumed
  std::uint64_t data_bytes = 0;  ///< how many bytes were not in holes
  std::uint64_t length = 0;      ///< how long the copy has become
  std::uint64_t resumed = 0;     ///< how many of them were there already

  /// A piece came to the target. False: stop. Throws where the device did not take an earlier one.
  bool wrote(std::uint64_t offset, std::uint64_t bytes);
  /// A hole was passed. False: stop.
  bool passed(std::uint64_t bytes);
  /// Gives zeros to the hash, if there is one. False: `go_on` said so.
  bool hash_zeros(std::uint64_t bytes, keep_waiting const& go_on) const;
  /// Whether a hole of this source may be skipped without a look at it.
  [[nodiscard]] bool believes_holes() const noexcept;
};

enum class moved : std::uint8_t {
  all,
  cancelled,
  not_possible,  ///< this method cannot copy these two files, and nothing was written
};

moved copy_by_reflink(transfer& job);
moved copy_in_kernel(transfer& job);
moved copy_mapped(transfer& job);
moved copy_buffered(transfer& job);
moved copy_direct(transfer& job);
/// By read and write, a block at a time, each with a note of its hash; takes over what the notes and the target agree
/// on.
moved copy_with_journal(transfer& job);

/// To what has no offsets: a FIFO or a device.
moved copy_to_stream(transfer& job);

/// Takes space for a range that is going to be written, so that a full disk is known before. A filesystem that cannot
/// is no error, and one that would compress what it has not promised space for is not asked. Throws where there is no
/// space.
void take_space(transfer const& job, std::uint64_t offset, std::uint64_t length);
/// Gives the target its length: what follows the last data is a hole.
void set_length(transfer const& job, std::uint64_t length);

}  // namespace coview::copying
