// SPDX-License-Identifier: Apache-2.0
#include "copy/methods/transfer.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "copy/shared/failure.hpp"
#include "os/file.hpp"

namespace coview::copying {

bool transfer::wrote(std::uint64_t offset, std::uint64_t bytes) {
  data_bytes += bytes;
  length = std::max(length, offset + bytes);
  flushing.written(offset, bytes);
  if (int const failure = flushing.failure(); failure != 0) fail("flush", shown, failure);
  if (meter.due()) meter.shown().on_device = flushing.on_device(length);
  return meter.moved(bytes);
}

bool transfer::passed(std::uint64_t bytes) {
  length += bytes;
  return meter.skipped(bytes);
}

bool transfer::hash_zeros(std::uint64_t bytes, keep_waiting const& go_on) const {
  static constexpr std::array<std::byte, 65536> zeros{};
  constexpr unsigned between_questions = 256;
  for (unsigned turn = 1; hash != nullptr && bytes > 0; ++turn) {
    auto const part = std::min<std::uint64_t>(bytes, zeros.size());
    hash->update(std::span(zeros).first(part));
    bytes -= part;
    if (turn % between_questions == 0 && go_on && !go_on()) return false;
  }
  return true;
}

bool transfer::believes_holes() const noexcept {
  if (source_storage == storage::program) return false;
  return source_storage != storage::doubtful || options.verify != verify::read_back;
}

void take_space(transfer const& job, std::uint64_t offset, std::uint64_t length) {
  if (length == 0 || job.target_storage != storage::disk) return;
  for (;;) {
    if (::fallocate(job.to, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), static_cast<off_t>(length)) == 0) return;
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) fail("write", job.shown, errno);
    if (errno != EINTR) return;
  }
}

void set_length(transfer const& job, std::uint64_t length) {
  if (int const failure = os::resize(job.to, length); failure != 0) fail("write", job.shown, failure);
}

}  // namespace coview::copying
