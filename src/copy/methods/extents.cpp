// SPDX-License-Identifier: Apache-2.0
#include "copy/methods/extents.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace coview::copying {

extents::extents(int fd, struct ::stat const& status, std::uint64_t size, bool ignore_holes, storage place)
    : fd_(fd),
      size_(size),
      // Enough blocks for all its bytes: no need to ask.
      sparse_(!ignore_holes && static_cast<std::uint64_t>(status.st_blocks) * 512 < size) {
  if (!sparse_) return;
  // "Only a hole", from a file that has blocks: an answer that ZFS gave for data on their way to the disk. And
  // programs that make up a filesystem give it for everything.
  bool const believed = status.st_blocks == 0 && tells_the_truth(place);
  if (::lseek(fd_, 0, SEEK_DATA) < 0 && (errno != ENXIO || !believed)) sparse_ = false;
}

std::optional<extent> extents::next() {
  if (at_ >= size_) return {};
  auto const from = at_;
  if (!sparse_) {
    at_ = size_;
    return extent{from, size_ - from, false};
  }
  if (data_from_ <= from) {
    auto const data = ::lseek(fd_, static_cast<off_t>(from), SEEK_DATA);
    if (data < 0 && errno != ENXIO) {  // it could until now; read the rest
      at_ = size_;
      return extent{from, size_ - from, false};
    }
    data_from_ = data < 0 ? size_ : std::min(size_, static_cast<std::uint64_t>(data));
  }
  if (data_from_ > from) {
    at_ = data_from_;
    return extent{from, data_from_ - from, true};
  }
  auto const hole = ::lseek(fd_, static_cast<off_t>(from), SEEK_HOLE);
  at_ = hole < 0 ? size_ : std::min(size_, static_cast<std::uint64_t>(hole));
  if (at_ <= from) at_ = size_;  // it shrank below us
  return extent{from, at_ - from, false};
}

}  // namespace coview::copying
