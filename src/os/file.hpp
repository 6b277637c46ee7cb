// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "os/fd.hpp"
#include "os/visibility.hpp"

/// Files and directories: one thin function per system call. Functions that return int return 0 or the errno; none of
/// them ever answers EINTR, and what `ulimit -f` forbids is EFBIG, not a signal. Paths are relative to a directory
/// descriptor wherever others may write to the directory.
namespace coview::os {

/// openat(2), always close-on-exec.
result<unique_fd> open_at(int directory, char const* path, int flags, mode_t mode = 0);
COVIEW_PRIVATE result<unique_fd> open(char const* path, int flags, mode_t mode = 0);

COVIEW_PRIVATE result<struct ::stat> status(int fd);
/// The same by another system call.
result<struct ::stat> status_by_descriptor(int fd);
/// Of the entry itself, not of what a symbolic link leads to.
result<struct ::stat> status_at(int directory, char const* path);

int change_mode(int fd, mode_t mode);
/// Of an entry that may not be opened; a symbolic link is not followed.
int change_mode_at(int directory, char const* path, mode_t mode);
int unlink_at(int directory, char const* path);
/// Within one directory; EEXIST where the new name is taken.
int rename_in(int directory, char const* from, char const* to);
/// Sixteen hexadecimal digits that nobody can foresee, for the name of an entry.
COVIEW_PRIVATE std::string random_digits();
COVIEW_PRIVATE int resize(int fd, std::uint64_t size);

/// Takes memory or disk blocks for a range and lets the file grow to its end, or answers why not (ENOSPC, EFBIG …).
/// What stands in the file stays as it is; after a failure the file may have grown. Goes on however often signals
/// interrupt it, and where the filesystem has no fallocate. ENOSPC also for a tmpfs that is larger than the memory
/// that is left: the kernel would go on until it has to kill somebody.
COVIEW_PRIVATE int commit(int fd, std::uint64_t offset, std::uint64_t length);

/// Reads until the buffer is full or the file ends; the count tells.
COVIEW_PRIVATE result<std::size_t> read_at(int fd, std::span<std::byte> buffer, std::uint64_t offset);
/// The same from the descriptor's position, for pipes and devices as well.
result<std::size_t> read_on(int fd, std::span<std::byte> buffer);
/// Writes all of it.
int write_on(int fd, std::span<std::byte const> bytes);
COVIEW_PRIVATE int write_at(int fd, std::span<std::byte const> bytes, std::uint64_t offset);

/// Calls for each name in a directory, without . and .., in no order. Opens the directory anew, so that nobody else's
/// position moves. 0 or the errno.
int for_each_entry(int directory, std::function<void(char const* name)> const& visit);
/// The same on a description of the directory that has not been read from, and is not shared.
int for_each_entry_of(int fresh, std::function<void(char const* name)> const& visit);
/// All of them.
COVIEW_PRIVATE result<std::vector<std::string>> entries(int directory);

/// Where what a path lies in is mounted: an absolute path without links. The path itself where the
/// kernel does not tell.
COVIEW_PRIVATE std::string mount_point_of(std::string const& path);

/// A whole small file, such as those of /proc.
COVIEW_PRIVATE result<std::string> read_whole(char const* path);

/// Two files are the same one.
inline bool same_file(struct ::stat const& a, struct ::stat const& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace coview::os
