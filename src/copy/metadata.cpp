// SPDX-License-Identifier: Apache-2.0
#include "copy/metadata.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <system_error>

#include "copy/failure.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

constexpr mode_t permission_bits = 0777;
constexpr mode_t all_bits = 07777;
constexpr char const* access_list = "system.posix_acl_access";
constexpr char const* default_list = "system.posix_acl_default";

void warn(std::vector<std::string>& warnings, std::filesystem::path const& shown, std::string const& what,
          int errno_value) {
  warnings.push_back(what + " of '" + shown.string() +
                     "' could not be kept: " + std::generic_category().message(errno_value));
}

bool is_list(std::string_view name) {
  return name == access_list || name == default_list;
}

/// Names of all extended attributes; empty where there are none or the filesystem has none.
std::vector<std::string> attribute_names(int fd) {
  std::string all;
  for (;;) {
    auto const length = ::flistxattr(fd, nullptr, 0);
    if (length <= 0) return {};
    all.resize(static_cast<std::size_t>(length));
    auto const got = ::flistxattr(fd, all.data(), all.size());
    if (got < 0 && errno == ERANGE) continue;  // another one came in between
    if (got < 0) return {};
    all.resize(static_cast<std::size_t>(got));
    break;
  }
  std::vector<std::string> names;
  for (std::size_t at = 0; at < all.size();) {
    names.emplace_back(all.c_str() + at);
    at += names.back().size() + 1;
  }
  return names;
}

/// 0, or the errno.
int copy_attribute(int from, int to, char const* name) {
  std::string value;
  for (;;) {
    auto const length = ::fgetxattr(from, name, nullptr, 0);
    if (length < 0) return errno;
    value.resize(static_cast<std::size_t>(length));
    auto const got = ::fgetxattr(from, name, value.data(), value.size());
    if (got < 0 && errno == ERANGE) continue;
    if (got < 0) return errno;
    value.resize(static_cast<std::size_t>(got));
    break;
  }
  return ::fsetxattr(to, name, value.data(), value.size(), 0) == 0 ? 0 : errno;
}

void copy_attributes(int from, int to, preserved const& rules, std::filesystem::path const& shown,
                     std::vector<std::string>& warnings) {
  if (!rules.attributes && !rules.acl) return;
  for (auto const& name : attribute_names(from)) {
    if (is_list(name) ? !rules.acl : !rules.attributes) continue;
    int const failure = copy_attribute(from, to, name.c_str());
    if (failure == 0 || failure == ENODATA) continue;
    // Labels of security modules belong to the place as much as to the file, and only the privileged may set them.
    bool const not_for_us = name.starts_with("security.") || name.starts_with("trusted.");
    if (not_for_us && (failure == EPERM || failure == EACCES || failure == ENOTSUP)) continue;
    warn(warnings, shown, is_list(name) ? "the access control list" : "the attribute " + name, failure);
  }
}

}  // namespace

mode_t current_umask() {
  // umask(2) can only be read by setting it, which other threads would see.
  auto const status = os::read_whole("/proc/self/status");
  constexpr std::string_view key = "\nUmask:\t";
  if (status) {
    auto const at = status->find(key);
    if (at != std::string::npos) {
      unsigned value = 0;
      char const* const first = status->data() + at + key.size();
      if (std::from_chars(first, status->data() + status->size(), value, 8).ec == std::errc{}) return value;
    }
  }
  return 077;  // unknown: nobody else
}

void copy_metadata(int from, struct ::stat const& status, int to, preserved const& rules,
                   std::filesystem::path const& shown, std::vector<std::string>& warnings) {
  // Changing the owner takes the set-user-ID bit away, so the mode comes after it; and with another owner than the
  // source's that bit would lend the wrong user's rights.
  bool owner_kept = false;
  if (rules.owner) {
    owner_kept = ::fchown(to, status.st_uid, status.st_gid) == 0;
    if (!owner_kept) {
      int const failure = errno;
      bool const group_kept = ::fchown(to, static_cast<uid_t>(-1), status.st_gid) == 0;
      if (::geteuid() == 0 || failure != EPERM)
        warn(warnings, shown, group_kept ? "the owner" : "owner and group", failure);
    }
  }
  mode_t mode = status.st_mode & (owner_kept ? all_bits : permission_bits | S_ISVTX);
  if (!rules.mode) mode = status.st_mode & permission_bits & ~current_umask();
  // A list that the directory gave to the new file would let others in.
  if (rules.acl || rules.mode) ::fremovexattr(to, access_list);
  if (int const failure = os::change_mode(to, mode); failure != 0) refuse("set the permissions of", shown, failure);
  copy_attributes(from, to, rules, shown, warnings);
  if (rules.times) {
    std::array<struct ::timespec, 2> const times{status.st_atim, status.st_mtim};
    if (::futimens(to, times.data()) != 0) warn(warnings, shown, "the times", errno);
  }
}

}  // namespace coview::copying
