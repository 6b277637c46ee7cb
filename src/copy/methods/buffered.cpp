// SPDX-License-Identifier: Apache-2.0
// Copying by read and write: works for every file, is the only way for those that do not know their size, and the
// only one that looks at the bytes, so that it can make holes where there are zeros and fill those that are there.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "copy/methods/buffer.hpp"
#include "copy/methods/extents.hpp"
#include "copy/methods/transfer.hpp"
#include "copy/shared/failure.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

constexpr std::size_t buffered_piece = std::size_t{256}
                                       << 10U;  // fits into the second-level cache with the hash's state
constexpr std::size_t block = 4096;             // a hole is worth at least this

using bytes = std::span<std::byte const>;

bool is_zero(bytes piece) {
  return piece[0] == std::byte{0} && std::memcmp(piece.data(), piece.data() + 1, piece.size() - 1) == 0;
}

class buffered_copy {
 public:
  explicit buffered_copy(transfer& job) : job_(job), buffer_(buffered_piece) {}

  moved sized() {
    bool const fill = job_.options.holes == holes::fill;
    extents parts(job_.from, fill);
    bool const dense = !parts.sparse() && job_.options.holes != holes::make;
    if (dense && job_.from.size() > buffered_piece) take_space(job_, 0, job_.from.size());
    while (auto const part = parts.next()) {
      bool const look = part->hole && !job_.believes_holes();
      if (part->hole && !look) {
        if (!job_.hash_zeros(part->length, [this] { return job_.meter.tick(); })) return moved::cancelled;
        if (!job_.passed(part->length)) return moved::cancelled;
      } else if (auto const outcome = range(*part, look || job_.options.holes == holes::make);
                 outcome != moved::all) {
        return outcome;
      }
    }
    if (!dense) set_length(job_, job_.length);
    return moved::all;
  }

  moved unsized() {
    for (std::uint64_t at = 0;;) {
      auto const got = read_stream(job_.from.fd.get(), buffer_.first(job_.meter.piece(buffered_piece)),
                                   [this] { return job_.meter.tick(); });
      if (got.error() == ECANCELED) return moved::cancelled;
      if (!got) fail("read", job_.from.shown, got.error());
      if (*got == 0) break;
      auto const count = *got;
      if (!put(buffer_.first(count), at, job_.options.holes == holes::make)) return moved::cancelled;
      at += count;
    }
    if (job_.options.holes == holes::make) set_length(job_, job_.length);
    return moved::all;
  }

 private:
  moved range(extent const& part, bool make_holes) {
    for (auto at = part.offset; at < part.end();) {
      auto const want = std::min<std::uint64_t>(job_.meter.piece(buffered_piece), part.end() - at);
      job_.flushing.before_reading(at, want);
      auto const got = os::read_at(job_.from.fd.get(), buffer_.first(want), at);
      if (!got) fail("read", job_.from.shown, got.error());
      if (*got == 0) return moved::all;  // it shrank; the engine says so
      if (!put(buffer_.first(*got), at, make_holes)) return moved::cancelled;
      at += *got;
    }
    return moved::all;
  }

  bool put(bytes piece, std::uint64_t at, bool make_holes) {
    if (job_.hash != nullptr) job_.hash->update(piece);
    if (!make_holes) return write(piece, at);
    while (!piece.empty()) {
      // As long a run of blocks as are all alike in this.
      auto const length_at = [&](std::size_t from) { return std::min(block, piece.size() - from); };
      bool const zero = is_zero(piece.first(length_at(0)));
      std::size_t run = length_at(0);
      while (run < piece.size() && is_zero(piece.subspan(run, length_at(run))) == zero) run += length_at(run);
      if (zero ? !pass(at, run) : !write(piece.first(run), at)) return false;
      piece = piece.subspan(run);
      at += run;
    }
    return true;
  }

  bool write(bytes piece, std::uint64_t at) {
    if (int const failure = os::write_at(job_.to, piece, at); failure != 0) fail("write", job_.shown, failure);
    return job_.wrote(at, piece.size());
  }

  bool pass(std::uint64_t at, std::uint64_t run) {
    job_.length = std::max(job_.length, at);
    return job_.passed(run);
  }

  transfer& job_;
  buffer buffer_;
};

}  // namespace

moved copy_buffered(transfer& job) {
  buffered_copy copy(job);
  return job.from.sized ? copy.sized() : copy.unsized();
}

moved copy_to_stream(transfer& job) {
  buffer const memory(buffered_piece);
  keep_waiting const go_on = [&job] { return job.meter.tick(); };
  for (;;) {
    auto const got = read_stream(job.from.fd.get(), memory.first(job.meter.piece(buffered_piece)), go_on);
    if (got.error() == ECANCELED) return moved::cancelled;
    if (!got) fail("read", job.from.shown, got.error());
    bytes piece = memory.first(*got);
    if (job.from.sized) piece = piece.first(std::min<std::uint64_t>(piece.size(), job.from.size() - job.length));
    if (piece.empty()) return moved::all;
    if (job.hash != nullptr) job.hash->update(piece);
    int const failure = write_stream(job.to, piece, go_on);
    if (failure == ECANCELED) return moved::cancelled;
    if (failure != 0) fail("write", job.shown, failure);
    if (!job.wrote(job.length, piece.size())) return moved::cancelled;
  }
}

}  // namespace coview::copying
