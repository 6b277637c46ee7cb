// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include <coview/copy.hpp>

#include "copy/pacer.hpp"
#include "copy/source.hpp"

/// What every method of copying gets, and what it answers. A method moves bytes from one descriptor to the other and
/// nothing else; names, permissions, flushing and putting in place are the engine's.
namespace coview::copying {

/// One file's bytes on their way.
struct transfer {
  source_file const& from;
  int to;                              ///< read and write, empty (unless resumed), beginning at offset 0
  std::filesystem::path const& shown;  ///< how people know the target
  copy_options const& options;
  pacer& pace;
  hasher* hash = nullptr;  ///< gets every byte of the file in order, zeros of holes included; nullptr: not wanted
  std::uint64_t data_bytes = 0;  ///< how many of them were not in holes
  std::uint64_t length = 0;      ///< how long the copy has become
};

enum class moved : std::uint8_t {
  all,
  cancelled,
  not_possible,  ///< this method cannot copy these two files, and nothing was written
};

moved copy_buffered(transfer& job);

}  // namespace coview::copying
