// SPDX-License-Identifier: Apache-2.0
// Copying so that it can be resumed: block by block, each with a note of its hash in the journal after it was
// written. A resumed copy reads the blocks that are noted and takes over those whose bytes agree with their notes.
#include <algorithm>
#include <span>

#include "copy/methods/buffer.hpp"
#include "copy/methods/extents.hpp"
#include "copy/methods/transfer.hpp"
#include "copy/shared/failure.hpp"
#include "copy/shared/journal.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

class journaled_copy {
 public:
  explicit journaled_copy(transfer& job)
      : job_(job),
        parts_(job.from, job.options.holes == holes::fill || !job.believes_holes()),
        buffer_(journal::block_size) {}

  moved run() {
    auto const size = job_.from.size();
    for (std::uint64_t at = 0; at < size; at += journal::block_size) {
      auto const length = std::min(journal::block_size, size - at);
      if (take_over(at, length)) {
        job_.meter.shown().stage = copy_stage::checking;
        job_.resumed += length;
        job_.length = at + length;
        if (!job_.meter.skipped(length)) return moved::cancelled;
        continue;
      }
      job_.meter.shown().stage = copy_stage::copying;
      auto const outcome = block(at, length);
      if (outcome != moved::all || job_.length != at + length) return outcome;
    }
    set_length(job_, size);
    return moved::all;
  }

 private:
  using bytes = std::span<std::byte>;

  /// Whether the temporary has this block already; then the buffer has it, too.
  bool take_over(std::uint64_t at, std::uint64_t length) {
    auto const* const noted = job_.notes->noted(at / journal::block_size);
    if (noted == nullptr) return false;
    bytes const whole = buffer_.first(length);
    auto const got = os::read_at(job_.to, whole, at);
    if (!got) return false;
    // What the file does not reach yet, after the last data, is a hole.
    std::fill(whole.begin() + static_cast<std::ptrdiff_t>(*got), whole.end(), std::byte{0});
    if (hash_of(whole) != *noted) return false;
    if (job_.hash != nullptr) job_.hash->update(whole);
    return true;
  }

  moved block(std::uint64_t at, std::uint64_t length) {
    bytes const whole = buffer_.first(length);
    job_.flushing.before_reading(at, length);
    auto const got = os::read_at(job_.from.fd.get(), whole, at);
    if (!got) fail("read", job_.from.shown, got.error());
    if (*got < length) return moved::all;  // it shrank; the engine says so
    if (job_.hash != nullptr) job_.hash->update(whole);
    if (auto const outcome = write(whole, at); outcome != moved::all) return outcome;
    if (int const failure = job_.notes->note(at / journal::block_size, hash_of(whole)); failure != 0)
      fail("write the journal for", job_.shown, failure);
    return moved::all;
  }

  /// What of the block is not in a hole.
  moved write(bytes whole, std::uint64_t at) {
    auto const end = at + whole.size();
    for (auto from = at; from < end;) {
      while (!part_ || part_->end() <= from) {
        part_ = parts_.next();
        if (!part_) part_ = extent{from, end - from, false};
      }
      auto const until = std::min(end, part_->end());
      if (part_->hole) {
        job_.length = until;
        if (!job_.meter.skipped(until - from)) return moved::cancelled;
      } else {
        for (auto next = from; next < until;) {  // no larger than the rate allows
          auto const n = job_.meter.piece(until - next);
          auto const some = whole.subspan(static_cast<std::size_t>(next - at), static_cast<std::size_t>(n));
          if (int const failure = os::write_at(job_.to, some, next); failure != 0) fail("write", job_.shown, failure);
          if (!job_.wrote(next, n)) return moved::cancelled;
          next += n;
        }
      }
      from = until;
    }
    return moved::all;
  }

  transfer& job_;
  extents parts_;
  std::optional<extent> part_;
  buffer buffer_;
};

}  // namespace

moved copy_with_journal(transfer& job) {
  return journaled_copy(job).run();
}

}  // namespace coview::copying
