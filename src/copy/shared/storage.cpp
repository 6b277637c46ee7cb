// SPDX-License-Identifier: Apache-2.0
#include "copy/shared/storage.hpp"

#include <linux/magic.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os/memory.hpp"
#include "os/virtual_memory.hpp"

namespace coview::copying {
namespace {

constexpr unsigned long xfs_magic = 0x58465342;  // not in linux/magic.h
constexpr unsigned long bcachefs_magic = 0xca451a4e;
constexpr unsigned long mqueue_magic = 0x19800202;
constexpr unsigned long configfs_magic = 0x62656570;
constexpr unsigned long fusectl_magic = 0x65735543;
constexpr unsigned long fuse_magic = 0x65735546;

}  // namespace

storage storage_of(int fd) {
  struct ::statfs where {};
  if (::fstatfs(fd, &where) != 0) return storage::doubtful;
  switch (static_cast<unsigned long>(where.f_type)) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case SECURITYFS_MAGIC:
    case BPF_FS_MAGIC:
    case EFIVARFS_MAGIC:
    case BINFMTFS_MAGIC:
    case SELINUX_MAGIC:
    case NSFS_MAGIC:
    case mqueue_magic:
    case configfs_magic:
    case fusectl_magic:
      return storage::made_up;
    case fuse_magic:
      return storage::program;
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
    case HUGETLBFS_MAGIC:
      return storage::memory;
    case BTRFS_SUPER_MAGIC:
      return storage::btrfs;
    case EXT4_SUPER_MAGIC:  // ext2 and ext3 as well
    case xfs_magic:
    case F2FS_SUPER_MAGIC:
    case bcachefs_magic:
      return storage::disk;
    default:
      return storage::doubtful;
  }
}

std::optional<cached_range> cached(int fd, std::uint64_t offset, std::uint64_t length) {
  struct {
    std::uint64_t offset, length;
  } range{offset, length};
  struct {
    std::uint64_t cached, dirty, being_written, evicted, recently_evicted;
  } found{};
#ifdef SYS_cachestat
  constexpr long number = SYS_cachestat;
#else
  constexpr long number = 451;  // the same on every architecture
#endif
  if (::syscall(number, fd, &range, &found, 0) != 0) return {};
  auto const page = os::page_size();
  return cached_range{found.cached * page, (found.dirty + found.being_written) * page};
}

std::uint64_t memory_at_hand() {
  constexpr std::uint64_t guess = std::uint64_t{1} << 30U;
  return os::available_memory().value_or(guess);
}

}  // namespace coview::copying
