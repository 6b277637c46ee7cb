// SPDX-License-Identifier: Apache-2.0
#include "copy/tree/small_file.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <span>

#include "copy/engine/metadata.hpp"
#include "copy/shared/failure.hpp"
#include "copy/shared/storage.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

constexpr std::uint64_t block = 512;  // of st_blocks, whatever the filesystem's are

/// Whether this is the way for such a file.
bool suits(source_file const& source, copy_options const& options) {
  bool const method = options.method == copy_method::automatic || options.method == copy_method::buffered ||
                      options.method == copy_method::reflink;
  bool const small = source.sized && source.size() <= small_file;
  // Fewer blocks than bytes: there are holes to look after, unless the few bytes are kept in the inode itself.
  bool const whole = static_cast<std::uint64_t>(source.before.st_blocks) * block >= source.size() ||
                     options.holes == holes::fill ||
                     (source.size() <= 4096 && ::lseek(source.fd.get(), 0, SEEK_DATA) == 0);
  return method && small && whole && options.limit_rate == 0 && options.holes != holes::make;
}

/// Gives the file its name. 0, or the errno.
int name_it(int fd, int directory, std::string const& name, filesystem_abilities& abilities) {
  if (abilities.can_link_empty()) {
    if (::linkat(fd, "", directory, name.c_str(), AT_EMPTY_PATH) == 0) return 0;
    // Before Linux 6.10 this took a privilege, and its lack looks like this.
    if (errno != ENOENT && errno != EPERM) return errno;
    abilities.cannot_link_empty();
  }
  auto const path = "/proc/self/fd/" + std::to_string(fd);
  return ::linkat(AT_FDCWD, path.c_str(), directory, name.c_str(), AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

bool cannot_be_unnamed(int errno_value) {
  // EISDIR is what filesystems say that have never heard of it.
  return errno_value == EOPNOTSUPP || errno_value == EISDIR || errno_value == EINVAL || errno_value == ENOENT ||
         errno_value == ENOSYS;
}

bool cannot_be_named(int errno_value) {
  return errno_value == EPERM || errno_value == EACCES || errno_value == EOPNOTSUPP || errno_value == ENOSYS ||
         errno_value == EINVAL || errno_value == EXDEV || errno_value == EMLINK;
}

/// One read and one write. False where the file is no longer as long as it was.
bool move_bytes(source_file const& source, int to, std::filesystem::path const& shown, hasher* hash) {
  thread_local std::vector<std::byte> buffer(small_file);
  auto const piece = std::span(buffer).first(static_cast<std::size_t>(source.size()));
  auto const read = os::read_at(source.fd.get(), piece, 0);
  if (!read) fail("read", source.shown, read.error());
  if (*read != piece.size()) return false;
  if (hash != nullptr) hash->update(piece);
  if (int const failure = os::write_at(to, piece, 0); failure != 0) fail("write", shown, failure);
  return true;
}

}  // namespace

std::optional<copy_report> copy_small_file(source_file const& source, entry_directory const& directory,
                                           std::string const& target_name, copy_options const& options,
                                           filesystem_abilities& abilities, placed_files& placed) {
  if (!suits(source, options) || !abilities.can_be_unnamed()) return {};
  auto const made = os::open_at(directory.target(), ".", O_RDWR | O_TMPFILE, S_IRUSR | S_IWUSR);
  if (!made && cannot_be_unnamed(made.error())) {
    abilities.cannot_be_unnamed();
    return {};
  }
  auto const shown = directory.target_path(target_name);
  if (!made) fail("create", shown, made.error());
  copy_report report;
  report.bytes = report.data_bytes = source.size();
  report.method = copy_method::buffered;
  auto const hash = options.verify == verify::none ? nullptr : options.hash();
  bool const may_clone = !hash && options.method != copy_method::buffered && options.may_reflink &&
                         options.holes == holes::keep && source.size() > 0;
  if (may_clone && abilities.can_clone()) {
    if (::ioctl(made->get(), FICLONE, source.fd.get()) == 0) {
      report.method = copy_method::reflink;
    } else {
      abilities.cannot_clone();
    }
  }
  if (report.method != copy_method::reflink) {
    if (options.method == copy_method::reflink) return {};  // the engine says why not
    if (!move_bytes(source, made->get(), shown, hash.get())) return {};
  }
  struct ::stat now {};
  if (state_of(source, now) != source_state::same) return {};  // the engine finds out more
  copy_metadata(source.fd.get(), source.before, made->get(), options.preserve, shown, report.warnings);
  if (hash) report.hash = hash->finish();
  if (int const failure = close_error(made->get()); failure != 0) fail("close", shown, failure);
  auto const mine = os::status(made->get());
  if (!mine) fail("look at", shown, mine.error());
  placed.add(*mine);  // P1 of placed_files.hpp
  int const failure = name_it(made->get(), directory.target(), target_name, abilities);
  if (failure != 0) placed.remove(*mine);
  if (failure == EEXIST) return {};  // somebody was faster; the engine replaces it
  if (cannot_be_named(failure)) {
    abilities.cannot_be_unnamed();
    return {};
  }
  if (failure != 0) fail("name", shown, failure);
  return report;
}

std::string hash_from_device(int directory, std::string const& name, std::filesystem::path const& shown,
                             hash_maker const& make) {
  constexpr std::size_t alignment = 4096;
  struct alignas(alignment) page {
    std::array<std::byte, alignment> bytes;
  };
  thread_local std::vector<page> pages(small_file / alignment);
  std::span const buffer(pages.front().bytes.data(), small_file);
  auto file = os::open_at(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) fail("read back", shown, file.error());
  ::posix_fadvise(file->get(), 0, 0, POSIX_FADV_DONTNEED);
  bool direct =
      storage_of(file->get()) != storage::memory && ::fcntl(file->get(), F_SETFL, O_DIRECT | O_NONBLOCK) == 0;
  auto const hash = make();
  for (std::uint64_t at = 0;;) {
    auto const got = os::read_at(file->get(), buffer, at);
    if (!got && got.error() == EINVAL && direct) {  // takes the flag, and refuses the reading
      direct = false;
      ::fcntl(file->get(), F_SETFL, O_NONBLOCK);
      continue;
    }
    if (!got) fail("read back", shown, got.error());
    hash->update(buffer.first(*got));
    at += *got;
    if (*got < buffer.size()) return hash->finish();
  }
}

}  // namespace coview::copying
