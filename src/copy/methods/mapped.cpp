// SPDX-License-Identifier: Apache-2.0
// Copying as the classic sample of file mappings does it: both files in memory, and memcpy; but a window at a time,
// and with every page asked for before it is touched, so that a source that shrinks and a disk that is full are
// errors and not a SIGBUS. The race that is left, between asking and touching, is the fault guard's.
#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

#include "copy/methods/extents.hpp"
#include "copy/methods/fault_guard.hpp"
#include "copy/methods/hash_follower.hpp"
#include "copy/methods/transfer.hpp"
#include "copy/shared/failure.hpp"
#include "os/file.hpp"
#include "os/virtual_memory.hpp"

namespace coview::copying {
namespace {

constexpr std::uint64_t window = std::uint64_t{16} << 20U;

/// A window of a file; unmapped at the end.
class window_of {
 public:
  window_of(int fd, std::uint64_t offset, std::uint64_t length, int protection)
      : length_(static_cast<std::size_t>(length)),
        base_(os::map_file(nullptr, length_, protection, os::sharing::shared, fd, offset, os::page_size())) {}
  window_of(window_of const&) = delete;
  window_of& operator=(window_of const&) = delete;
  ~window_of() {
    if (base_) os::unmap(*base_, length_);
  }
  [[nodiscard]] int error() const noexcept { return base_.error(); }
  [[nodiscard]] std::span<std::byte> bytes() noexcept { return {*base_, length_}; }
  int populate(bool for_writing) noexcept { return os::populate(*base_, length_, for_writing); }
  void advise(int advice) noexcept { os::advise(*base_, length_, advice); }

 private:
  std::size_t length_;
  os::result<std::byte*> base_;
};

class mapped_copy {
 public:
  explicit mapped_copy(transfer& job) : job_(job), parts_(job.from, !job.believes_holes()), hashing_(job, job.to) {}

  moved run() {
    if (job_.from.size() == 0) return moved::all;  // a mapping of nothing is an error
    set_length(job_, job_.from.size());
    while (auto const part = parts_.next()) {
      if (part->hole) {
        hashing_.zeros(part->offset, part->length);
        if (!job_.passed(part->length)) return moved::cancelled;
        continue;
      }
      take_space(job_, part->offset, part->length);
      if (auto const outcome = range(*part); outcome != moved::all) return outcome;
    }
    return hashing_.finish() ? moved::all : moved::cancelled;
  }

 private:
  moved range(extent const& part) {
    auto const page = os::page_size();
    for (auto at = part.offset; at < part.end();) {
      // Mappings begin at pages; an extent of a filesystem with smaller blocks may not.
      auto const first = at / page * page;
      auto const wanted = job_.meter.piece(std::min(window, part.end() - first));
      auto const length = std::max(wanted, std::min<std::uint64_t>(page, part.end() - first));
      // Stops before the pages of what is beyond the end now are asked for.
      check_unchanged(job_.from);
      job_.flushing.before_reading(first, length);
      window_of source(job_.from.fd.get(), first, length, PROT_READ);
      if (source.error() == ENODEV || source.error() == EACCES) return none_yet();
      if (source.error() != 0) fail("map", job_.from.shown, source.error());
      window_of target(job_.to, first, length, PROT_READ | PROT_WRITE);
      if (target.error() == ENODEV || target.error() == EACCES) return none_yet();
      if (target.error() != 0) fail("map", job_.shown, target.error());
      ask_for(source, first, length);
      if (int const failure = target.populate(true); failure != 0) {
        fail("write", job_.shown, failure == EFAULT ? ENOSPC : failure,
             failure == EFAULT ? "no page for it could be had: the device is full, or fails" : "");
      }
      auto const before = static_cast<std::size_t>(at - first);
      auto const answer = fault_guard::copy(target.bytes().subspan(before), source.bytes().subspan(before));
      if (answer == fault_guard::outcome::faulted) faulted();
      any_ = true;
      auto const end = first + length;
      hashing_.data(at, end - at);
      if (!job_.wrote(at, end - at)) return moved::cancelled;
      at = end;
    }
    return moved::all;
  }

  void ask_for(window_of& source, std::uint64_t first, std::uint64_t length) {
    if (parts_.sparse()) {
      // Faults read around themselves, which would fill the memory with the holes beside each extent.
      ::posix_fadvise(job_.from.fd.get(), static_cast<off_t>(first), static_cast<off_t>(length), POSIX_FADV_WILLNEED);
      source.advise(MADV_RANDOM);
    }
    int const failure = source.populate(false);
    if (failure == 0) return;
    check_unchanged(job_.from);  // it shrank: says so and does not come back
    fail("read", job_.from.shown, failure == EFAULT ? EIO : failure);
  }

  [[noreturn]] void faulted() {
    check_unchanged(job_.from);
    fail("copy", job_.from.shown, EIO, "a page of it or of its copy could not be had: a device fails, or is full");
  }

  moved none_yet() const {
    if (any_) fail("map", job_.shown, ENODEV);
    return moved::not_possible;
  }

  transfer& job_;
  extents parts_;
  hash_follower hashing_;
  fault_guard guard_;
  bool any_ = false;
};

}  // namespace

moved copy_mapped(transfer& job) {
  return mapped_copy(job).run();
}

}  // namespace coview::copying
