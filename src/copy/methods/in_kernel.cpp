// SPDX-License-Identifier: Apache-2.0
// Copying from page cache to page cache without a way through this process: copy_file_range within a filesystem, and
// sendfile between two. Steps are small enough for progress, cancelling and early write-back, and cost nothing that
// can be measured.
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "copy/methods/extents.hpp"
#include "copy/methods/hash_follower.hpp"
#include "copy/methods/transfer.hpp"
#include "copy/shared/failure.hpp"

namespace coview::copying {
namespace {

constexpr std::uint64_t step = std::uint64_t{16} << 20U;
/// Far below what the kernel moves in one call (2 GiB less a page), and what old C libraries could report.
static_assert(step < (std::uint64_t{1} << 30U) && sizeof(off_t) == 8);

/// Errors that say "not these two files", and not "this file is broken".
bool means_unsuitable(int errno_value) {
  switch (errno_value) {
    case EXDEV:       // two filesystems
    case EINVAL:      // eCryptfs, and files that cannot be mapped
    case ENOSYS:      //
    case EOPNOTSUPP:  //
    case EPERM:       // forbidden by a sandbox, or an append-only or immutable file
    case EACCES:      // fuse-overlayfs
    case ENOTTY:      //
    case EBADF:       // not a file that this call knows
    case ETXTBSY:     // a swap file
    case ENOENT:      // CIFS
      return true;
    default:
      return false;
  }
}

class kernel_copy {
 public:
  /// copy_file_range may share blocks, where the filesystem can; sendfile never does.
  explicit kernel_copy(transfer& job) : job_(job), hashing_(job, job.to), way_(job.options.may_reflink ? 0 : 1) {}

  moved run() {
    extents parts(job_.from, !job_.believes_holes());
    if (!parts.sparse()) take_space(job_, 0, job_.from.size());
    while (auto const part = parts.next()) {
      if (part->hole) {
        hashing_.zeros(part->offset, part->length);
        if (!job_.passed(part->length)) return moved::cancelled;
        continue;
      }
      if (auto const outcome = range(*part); outcome != moved::all) return outcome;
    }
    if (parts.sparse()) set_length(job_, job_.length);
    return hashing_.finish() ? moved::all : moved::cancelled;
  }

 private:
  moved range(extent const& part) {
    for (auto at = part.offset; at < part.end();) {
      auto const length = job_.meter.piece(std::min(step, part.end() - at));
      job_.flushing.before_reading(at, length);
      auto const n = piece(at, length);
      if (n < 0) {
        // Falling back after something was written could mix two methods' ideas of where they are: never.
        if (means_unsuitable(errno) && !wrote_any_) {
          if (++way_ == ways_end) return moved::not_possible;
          continue;
        }
        fail_of_piece(errno);
      }
      if (n == 0) {
        // The end, too early: it shrank, which the engine says; or a filesystem that cannot do this and says so by 0.
        return wrote_any_ ? moved::all : moved::not_possible;
      }
      wrote_any_ = true;
      hashing_.data(at, static_cast<std::uint64_t>(n));
      if (!job_.wrote(at, static_cast<std::uint64_t>(n))) return moved::cancelled;
      at += static_cast<std::uint64_t>(n);
    }
    return moved::all;
  }

  /// One call reads and writes; only some errors tell which of the two went wrong.
  [[noreturn]] void fail_of_piece(int failure) const {
    bool const target = failure == ENOSPC || failure == EDQUOT || failure == EFBIG || failure == EROFS;
    if (target) fail("write", job_.shown, failure);
    fail("copy", job_.from.shown, failure);
  }

  /// As the system calls answer, errno included.
  ssize_t piece(std::uint64_t at, std::uint64_t length) {
    auto from = static_cast<off_t>(at);
    auto to = static_cast<off_t>(at);
    for (;;) {
      ssize_t n = 0;
      if (way_ == 0) {
        n = ::copy_file_range(job_.from.fd.get(), &from, job_.to, &to, length, 0);
      } else {
        if (position_ != at && ::lseek(job_.to, to, SEEK_SET) < 0) return -1;
        n = ::sendfile(job_.to, job_.from.fd.get(), &from, length);
        position_ = n < 0 ? ~std::uint64_t{0} : at + static_cast<std::uint64_t>(n);
      }
      if (n >= 0 || errno != EINTR) return n;
    }
  }

  static constexpr int ways_end = 2;

  transfer& job_;
  hash_follower hashing_;
  int way_;  // copy_file_range, then sendfile
  bool wrote_any_ = false;
  std::uint64_t position_ = 0;  // of the target's descriptor, for sendfile
};

}  // namespace

moved copy_in_kernel(transfer& job) {
  return kernel_copy(job).run();
}

}  // namespace coview::copying
