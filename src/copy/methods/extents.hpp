// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "copy/shared/source.hpp"

/// The parts of a file that hold data, and the holes between them, in order.
///
/// The walk ends at the size that the file had when it was opened, whatever is appended meanwhile, so it always ends.
/// Where the filesystem cannot tell, or tells what cannot be, all of the file is data; so it is where a filesystem
/// that is not known for its holes says that there is nothing else.
namespace coview::copying {

struct extent {
  std::uint64_t offset;
  std::uint64_t length;
  bool hole;
  [[nodiscard]] std::uint64_t end() const noexcept { return offset + length; }
};

class extents {
 public:
  /// `ignore_holes`: all of it counts as data.
  extents(source_file const& file, bool ignore_holes)
      : extents(file.fd.get(), file.before, file.size(), ignore_holes, file.place) {}
  extents(int fd, struct ::stat const& status, std::uint64_t size, bool ignore_holes, storage place);

  /// The next part; empty at the end.
  std::optional<extent> next();
  /// Whether there may be holes at all.
  [[nodiscard]] bool sparse() const noexcept { return sparse_; }

 private:
  int fd_;
  std::uint64_t size_;
  std::uint64_t at_ = 0;
  std::uint64_t data_from_ = 0;  // where the next data begin, if that is known
  bool sparse_;
};

}  // namespace coview::copying
