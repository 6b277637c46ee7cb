// SPDX-License-Identifier: Apache-2.0
#include "os/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "os/process.hpp"

namespace coview::os {
namespace {

/// Calls until the answer is not "interrupted".
template <class Call>
auto uninterrupted(Call call) {
  auto answer = call();
  while (answer < 0 && errno == EINTR) answer = call();
  return answer;
}

int errno_unless(bool ok) {
  return ok ? 0 : errno;
}

}  // namespace

result<unique_fd> open_at(int directory, char const* path, int flags, mode_t mode) {
  int const fd = uninterrupted([&] { return ::openat(directory, path, flags | O_CLOEXEC, mode); });
  return fd < 0 ? result<unique_fd>::failure(errno) : unique_fd(fd);
}

result<unique_fd> open(char const* path, int flags, mode_t mode) {
  return open_at(AT_FDCWD, path, flags, mode);
}

result<struct ::stat> status(int fd) {
  struct ::stat found {};
#ifdef __x86_64__
  // The C library's fstat is newfstatat with an empty path from 2.33 to 2.38, which takes half as long again. Here
  // its structure is the kernel's.
  long const failed = ::syscall(SYS_fstat, fd, &found);
#else
  int const failed = ::fstat(fd, &found);
#endif
  return failed != 0 ? result<struct ::stat>::failure(errno) : found;
}

result<struct ::stat> status_at(int directory, char const* path) {
  struct ::stat found {};
  return ::fstatat(directory, path, &found, AT_SYMLINK_NOFOLLOW) != 0 ? result<struct ::stat>::failure(errno) : found;
}

int change_mode(int fd, mode_t mode) {
  return errno_unless(::fchmod(fd, mode) == 0);
}

int unlink_at(int directory, char const* path) {
  return errno_unless(::unlinkat(directory, path, 0) == 0);
}

int resize(int fd, std::uint64_t size) {
  return errno_unless(uninterrupted([&] { return ::ftruncate(fd, static_cast<off_t>(size)); }) == 0);
}

int commit(int fd, std::uint64_t offset, std::uint64_t length) {
  // A tmpfs may be larger than the memory that is left; what it gives beyond that is paid for with somebody's life.
  constexpr std::uint64_t worth_reading_meminfo = std::uint64_t{64} << 20U;
  struct ::statfs where {};
  if (length >= worth_reading_meminfo && ::fstatfs(fd, &where) == 0 && where.f_type == TMPFS_MAGIC) {
    if (auto const memory = available_memory(); memory && *memory < length) return ENOSPC;
  }
  // tmpfs undoes a whole fallocate when a signal arrives, so one big call could be interrupted for ever: go on in
  // steps.
  constexpr std::uint64_t step = std::uint64_t{64} << 20U;
  while (length > 0) {
    std::uint64_t const part = std::min(length, step);
    int failure = 0;
    do {
      failure = errno_unless(::fallocate(fd, 0, static_cast<off_t>(offset), static_cast<off_t>(part)) == 0);
    } while (failure == EINTR);
    if (failure == EOPNOTSUPP) {  // a filesystem without fallocate: the C library writes into every block instead
      do {
        failure = ::posix_fallocate(fd, static_cast<off_t>(offset), static_cast<off_t>(part));
      } while (failure == EINTR);
    }
    if (failure != 0) return failure;
    offset += part;
    length -= part;
  }
  return 0;
}

result<std::size_t> read_at(int fd, std::span<std::byte> buffer, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    auto const n = uninterrupted(
        [&] { return ::pread(fd, buffer.data() + done, buffer.size() - done, static_cast<off_t>(offset + done)); });
    if (n < 0) return result<std::size_t>::failure(errno);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

result<std::size_t> read_on(int fd, std::span<std::byte> buffer) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    auto const n = uninterrupted([&] { return ::read(fd, buffer.data() + done, buffer.size() - done); });
    if (n < 0) return result<std::size_t>::failure(errno);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

int write_on(int fd, std::span<std::byte const> bytes) {
  while (!bytes.empty()) {
    auto const n = uninterrupted([&] { return ::write(fd, bytes.data(), bytes.size()); });
    if (n < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return 0;
}

int write_at(int fd, std::span<std::byte const> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    auto const n =
        uninterrupted([&] { return ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (n < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return 0;
}

result<std::vector<std::string>> entries(int directory) {
  using names = result<std::vector<std::string>>;
  auto fd = open_at(directory, ".", O_RDONLY | O_DIRECTORY);
  if (!fd) return names::failure(fd.error());
  int const raw = ::fcntl(fd->get(), F_DUPFD_CLOEXEC, 0);  // fdopendir takes its descriptor over
  if (raw < 0) return names::failure(errno);
  std::unique_ptr<DIR, int (*)(DIR*)> const stream(::fdopendir(raw), &::closedir);
  if (!stream) {
    int const failure = errno;
    ::close(raw);
    return names::failure(failure);
  }
  std::vector<std::string> found;
  errno = 0;
  while (dirent const* const entry = ::readdir(stream.get())) {
    std::string name = static_cast<char const*>(entry->d_name);
    if (name != "." && name != "..") found.push_back(std::move(name));
    errno = 0;
  }
  return errno != 0 ? names::failure(errno) : names(std::move(found));
}

result<std::string> read_whole(char const* path) {
  auto fd = open(path, O_RDONLY);
  if (!fd) return result<std::string>::failure(fd.error());
  std::string text;
  std::array<char, 16384> buffer;
  for (;;) {
    auto const n = uninterrupted([&] { return ::read(fd->get(), buffer.data(), buffer.size()); });
    if (n < 0) return result<std::string>::failure(errno);
    if (n == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace coview::os
