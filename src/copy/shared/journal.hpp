// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "copy/shared/block_hash.hpp"
#include "copy/shared/source.hpp"
#include "os/fd.hpp"

/// What a copy that can be resumed notes beside its temporary: which source it copies, and the hash of each block
/// that has arrived. Nothing in it is believed: a block counts as copied only where its note agrees with what the
/// temporary holds now, so neither a torn note nor blocks that a power failure took need any care when writing.
///
/// The file: a header of 88 bytes that identifies the source, then notes of 24 bytes, in the order of writing. Both
/// in the machine's byte order; a header that is not exactly ours starts a new journal.
namespace coview::copying {

class journal {
 public:
  static constexpr std::uint64_t block_size = std::uint64_t{4} << 20U;

  /// Opens the journal of a copy of `source`, or begins one. `fresh`: whatever is there belongs to nothing.
  /// Throws coview::error that names `shown`.
  journal(int directory, std::string const& name, source_file const& source, bool fresh,
          std::filesystem::path const& shown);

  /// Whether it goes on from an earlier copy of this very source.
  [[nodiscard]] bool goes_on() const noexcept { return goes_on_; }
  /// The hash that a block had when it was noted; nullptr: it was not.
  [[nodiscard]] block_hash const* noted(std::uint64_t block) const;
  /// Notes that a block has been written. 0 or the errno.
  int note(std::uint64_t block, block_hash const& hash);

 private:
  os::unique_fd fd_;
  std::unordered_map<std::uint64_t, block_hash> notes_;
  bool goes_on_ = false;
};

}  // namespace coview::copying
