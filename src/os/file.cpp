// SPDX-License-Identifier: Apache-2.0
#include "os/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "os/file_size_limit.hpp"

namespace coview::os {
namespace {

/// Calls until the answer is not "interrupted".
template <class Call>
auto uninterrupted(Call call) {
  auto answer = call();
  while (answer < 0 && errno == EINTR) answer = call();
  return answer;
}

}  // namespace

result<unique_fd> open_at(int directory, char const* path, int flags, mode_t mode) {
  return new_descriptor(uninterrupted([&] { return ::openat(directory, path, flags | O_CLOEXEC, mode); }));
}

result<unique_fd> open(char const* path, int flags, mode_t mode) {
  return open_at(AT_FDCWD, path, flags, mode);
}

result<struct ::stat> status(int fd) {
  using answer = result<struct ::stat>;
  answer found({});
#ifdef __x86_64__
  // The C library's fstat is newfstatat with an empty path from 2.33 to 2.38, which takes half as long again. Here
  // its structure is the kernel's.
  long const failed = ::syscall(SYS_fstat, fd, &*found);
#else
  int const failed = ::fstat(fd, &*found);
#endif
  if (failed != 0) return result<struct ::stat>::failure(errno);
  return found;
}

result<struct ::stat> status_by_descriptor(int fd) {
  struct ::stat found {};
  return ::fstatat(fd, "", &found, AT_EMPTY_PATH) != 0 ? result<struct ::stat>::failure(errno) : found;
}

result<struct ::stat> status_at(int directory, char const* path) {
  struct ::stat found {};
  return ::fstatat(directory, path, &found, AT_SYMLINK_NOFOLLOW) != 0 ? result<struct ::stat>::failure(errno) : found;
}

int change_mode(int fd, mode_t mode) {
  return errno_unless(::fchmod(fd, mode) == 0);
}

int change_mode_at(int directory, char const* path, mode_t mode) {
  // The C library goes through /proc where it does not know this call (before 2.39), and /proc need not be mounted.
  constexpr long fchmodat2 = 452;  // Linux 6.6
  if (::syscall(fchmodat2, directory, path, mode, AT_SYMLINK_NOFOLLOW) == 0) return 0;
  // EPERM: what some sandboxes say of calls that they do not know.
  if (errno != ENOSYS && errno != EPERM) return errno;
  return errno_unless(::fchmodat(directory, path, mode, AT_SYMLINK_NOFOLLOW) == 0);
}

int unlink_at(int directory, char const* path) {
  return errno_unless(::unlinkat(directory, path, 0) == 0);
}

int rename_in(int directory, char const* from, char const* to) {
  return errno_unless(::renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0);
}

std::string random_digits() {
  std::uint64_t number = 0;
  // Never short, and never waits once the machine has started.
  while (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) {
  }
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return text.data();
}

int resize(int fd, std::uint64_t size) {
  file_size_signal_block const no_signal;
  return errno_unless(uninterrupted([&] { return ::ftruncate(fd, static_cast<off_t>(size)); }) == 0);
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
  file_size_signal_block const no_signal;
  while (!bytes.empty()) {
    auto const n = uninterrupted([&] { return ::write(fd, bytes.data(), bytes.size()); });
    if (n < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return 0;
}

int write_at(int fd, std::span<std::byte const> bytes, std::uint64_t offset) {
  file_size_signal_block const no_signal;
  while (!bytes.empty()) {
    auto const n =
        uninterrupted([&] { return ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (n < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return 0;
}

int for_each_entry(int directory, std::function<void(char const* name)> const& visit) {
  auto const fd = open_at(directory, ".", O_RDONLY | O_DIRECTORY);
  return fd ? for_each_entry_of(fd->get(), visit) : fd.error();
}

int for_each_entry_of(int fresh, std::function<void(char const* name)> const& visit) {
  alignas(::dirent64) std::array<char, 32768> buffer;
  for (;;) {
    auto const n = uninterrupted([&] { return ::getdents64(fresh, buffer.data(), buffer.size()); });
    if (n <= 0) return errno_unless(n == 0);
    for (std::size_t at = 0; at < static_cast<std::size_t>(n);) {
      char const* const entry = buffer.data() + at;
      decltype(::dirent64::d_reclen) length = 0;
      std::memcpy(&length, entry + offsetof(::dirent64, d_reclen), sizeof length);
      char const* const name = entry + offsetof(::dirent64, d_name);
      if (std::strcmp(name, ".") != 0 && std::strcmp(name, "..") != 0) visit(name);
      at += length;
    }
  }
}

result<std::vector<std::string>> entries(int directory) {
  using names = result<std::vector<std::string>>;
  std::vector<std::string> found;
  int const failure = for_each_entry(directory, [&](char const* name) { found.emplace_back(name); });
  return failure != 0 ? names::failure(failure) : names(std::move(found));
}

std::string mount_point_of(std::string const& path) {
  std::unique_ptr<char, decltype(&::free)> const real(::realpath(path.c_str(), nullptr), &::free);
  if (!real) return path;
  std::string at = real.get();
  for (;;) {
    struct ::statx found {};
    if (::statx(AT_FDCWD, at.c_str(), AT_NO_AUTOMOUNT, STATX_TYPE, &found) != 0) return path;
    if ((found.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) == 0) return path;  // before Linux 5.8
    if ((found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) return at;
    if (at == "/") return path;  // in a chroot
    auto const slash = at.rfind('/');
    at.resize(slash == 0 ? 1 : slash);
  }
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
