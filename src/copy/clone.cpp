// SPDX-License-Identifier: Apache-2.0
// Copying by sharing blocks: the filesystem notes that two files have the same ones until either is written. Nothing
// moves, and the copy is the source at one moment, so that no writer can tear it.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "copy/failure.hpp"
#include "copy/hash_follower.hpp"
#include "copy/transfer.hpp"
#include "os/file.hpp"

namespace coview::copying {

moved copy_by_reflink(transfer& job) {
  int answer = 0;
  do {
    answer = ::ioctl(job.to, FICLONE, job.from.fd.get());
  } while (answer != 0 && errno == EINTR);
  if (answer != 0) {
    // No space is the one that another method would not mend, and nothing else says that it would not.
    if (errno == ENOSPC || errno == EDQUOT) refuse("write", job.shown, errno);
    return moved::not_possible;
  }
  auto const now = os::status(job.to);
  if (!now) refuse("look at", job.shown, now.error());
  auto const size = static_cast<std::uint64_t>(now->st_size);
  hash_follower hashing(job);
  hashing.data(0, size);
  if (!hashing.finish()) return moved::cancelled;
  job.data_bytes = std::min(size, static_cast<std::uint64_t>(now->st_blocks) * 512);
  job.length = size;
  return job.pace.skipped(size) ? moved::all : moved::cancelled;
}

}  // namespace coview::copying
