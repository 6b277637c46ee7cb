// SPDX-License-Identifier: Apache-2.0
#include "copy/shared/failure.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "object/fail.hpp"

namespace coview::copying {
namespace {

/// Whether `file` has an attribute of chattr(1) that forbids even root to write to, replace or remove it.
bool protected_by_attribute(std::filesystem::path const& file) {
  struct ::statx status {};
  return ::statx(AT_FDCWD, file.c_str(), AT_SYMLINK_NOFOLLOW, 0, &status) == 0 &&
         (status.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0;
}

/// What helps against an errno that files on disks give; those of shared memory have other remedies.
char const* remedy_for(int errno_value, std::filesystem::path const& file) {
  if (errno_value == EPERM) {
    if (protected_by_attribute(file))
      return "it is append-only or immutable: 'lsattr' shows it, 'chattr -a' or '-i' takes that away";
    auto const directory = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    if (protected_by_attribute(directory))
      return "its directory is append-only or immutable: 'lsattr -d' shows it, 'chattr -a' or '-i' takes that away";
  }
  switch (errno_value) {
    case ENOSPC:
      return "free some space there, or copy to another filesystem";
    case EDQUOT:
      return "the disk quota of this user is used up; delete something, or have it raised";
    case EROFS:
      return "that filesystem is mounted read-only; copy to another one";
    case EFBIG:
      return "the filesystem, or the limit of 'ulimit -f', allows no larger file";
    case EIO:
      return "the device or the connection to it fails; look at the kernel's messages with 'dmesg'";
    case EACCES:
    case EPERM:
      return "look at the permissions with 'ls -ld', of the directories above as well";
    case ENAMETOOLONG:
      return "a name has at most 255 bytes; choose a shorter one";
    case ENOENT:
      return "look at how it is spelt";
    case ETXTBSY:
      return "it is being run; stop that program first";
    default:
      return "";
  }
}

/// Whether an operation says of what kind its object is: "make directory", "read link".
bool names_a_kind(std::string_view operation) {
  return operation.ends_with(" directory") || operation.ends_with(" link") || operation.ends_with(" special file");
}

}  // namespace

void fail(char const* operation, std::filesystem::path const& file, int errno_value, std::string cause,
          std::string remedy) {
  if (remedy.empty()) remedy = remedy_for(errno_value, file);
  coview::fail(errno_value, {operation, (names_a_kind(operation) ? "" : "file ") + in_quotes(file.native()),
                             std::move(cause), std::move(remedy)});
}

}  // namespace coview::copying
