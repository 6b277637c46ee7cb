// SPDX-License-Identifier: Apache-2.0
// Copying by sharing blocks: the filesystem notes that two files have the same ones until either is written. Nothing
// moves, and the copy is the source at one moment, so that no writer can tear it.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "copy/methods/extents.hpp"
#include "copy/methods/hash_follower.hpp"
#include "copy/methods/transfer.hpp"
#include "copy/shared/failure.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

/// Reads the source, which may be in memory, as the copy never is; they have the same bytes as long as the source is
/// unchanged. False: cancelled.
bool hash_clone(transfer& job, struct ::stat const& status, std::uint64_t size) {
  hash_follower hashing(job, job.from.fd.get());
  extents parts(job.to, status, size, !job.believes_holes(), job.target_storage);
  while (auto const part = parts.next()) {
    if (part->hole) {
      hashing.zeros(part->offset, part->length);
    } else {
      hashing.data(part->offset, part->length);
    }
  }
  return hashing.finish();
}

}  // namespace

moved copy_by_reflink(transfer& job) {
  int answer = 0;
  do {
    answer = ::ioctl(job.to, FICLONE, job.from.fd.get());
  } while (answer != 0 && errno == EINTR);
  if (answer != 0) {
    // No space is the one that another method would not mend, and nothing else says that it would not.
    if (errno == ENOSPC || errno == EDQUOT) fail("write", job.shown, errno);
    return moved::not_possible;
  }
  auto const now = os::status(job.to);
  if (!now) fail("look at", job.shown, now.error());
  auto const size = static_cast<std::uint64_t>(now->st_size);
  // Where nobody wants a hash, nothing is read: to look for every hole would take longer than the clone did.
  job.data_bytes = std::min(size, static_cast<std::uint64_t>(now->st_blocks) * 512);
  if (job.hash != nullptr && !hash_clone(job, *now, size)) return moved::cancelled;
  job.length = size;
  return job.meter.skipped(size) ? moved::all : moved::cancelled;
}

}  // namespace coview::copying
