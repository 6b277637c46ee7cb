// SPDX-License-Identifier: Apache-2.0
// Taking memory for a range of a file: `commit` of file.hpp.
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/statfs.h>

#include <algorithm>
#include <cerrno>

#include "os/file.hpp"
#include "os/file_size_limit.hpp"
#include "os/memory.hpp"
#include "os/virtual_memory.hpp"

namespace coview::os {
namespace {

// One call takes no more than this, so that others see the file grow, and a kill does not wait for all of it.
constexpr std::uint64_t longest_step = std::uint64_t{64} << 20U;

/// By touching each page through a mapping, where fallocate does not exist (some filesystems, some sandboxes). What
/// stands there stays, whoever writes to it meanwhile.
int commit_by_touch(int fd, std::uint64_t offset, std::uint64_t length) {
  auto const before = status(fd);
  if (!before) return before.error();
  if (static_cast<std::uint64_t>(before->st_size) < offset + length) {
    if (int const failure = resize(fd, offset + length)) return failure;
  }
  std::uint64_t const end = offset + length;
  for (offset &= ~(page_size() - 1); offset < end;) {
    std::size_t const part = std::min(end - offset, longest_step);
    auto const mapped = map_file(nullptr, part, PROT_READ | PROT_WRITE, sharing::shared, fd, offset, page_size());
    if (!mapped) return mapped.error();
    int const failure = populate(*mapped, part, true);
    unmap(*mapped, part);
    if (failure != 0) return failure == EFAULT ? ENOSPC : failure;  // a touch would have been a SIGBUS
    offset += part;
  }
  return 0;
}

}  // namespace

int commit(int fd, std::uint64_t offset, std::uint64_t length) {
  file_size_signal_block const no_signal;
  // A tmpfs may be larger than the memory that is left; what it gives beyond that is paid for with somebody's life.
  struct ::statfs where {};
  if (length >= worth_asking_for_memory && ::fstatfs(fd, &where) == 0 && where.f_type == TMPFS_MAGIC) {
    if (auto const memory = available_memory(); memory && *memory < length) return ENOSPC;
  }
  // tmpfs undoes a whole fallocate when a signal arrives, so one that takes longer than a timer's interval would
  // never come to its end: smaller steps after each interruption, down to a page, and longer ones after each success.
  std::uint64_t step = longest_step;
  while (length > 0) {
    std::uint64_t const part = std::min(length, step);
    if (::fallocate(fd, 0, static_cast<off_t>(offset), static_cast<off_t>(part)) == 0) {
      offset += part;
      length -= part;
      step = std::min(step * 2, longest_step);
      continue;
    }
    if (errno == EOPNOTSUPP || errno == ENOSYS) return commit_by_touch(fd, offset, length);
    if (errno != EINTR) return errno;
    step = std::max<std::uint64_t>(step / 4, page_size());
  }
  return 0;
}

}  // namespace coview::os
