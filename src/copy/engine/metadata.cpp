// SPDX-License-Identifier: Apache-2.0
#include "copy/engine/metadata.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <system_error>

#include "copy/engine/failure.hpp"
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

/// A file that is open, and one that can only be named: a link, FIFO, socket or device.
class open_file {
 public:
  explicit open_file(int fd) : fd_(fd) {}
  ssize_t list(char* names, std::size_t size) const { return ::flistxattr(fd_, names, size); }
  ssize_t get(char const* name, void* value, std::size_t size) const { return ::fgetxattr(fd_, name, value, size); }
  int set(char const* name, std::string const& value) const {
    return ::fsetxattr(fd_, name, value.data(), value.size(), 0);
  }

 private:
  int fd_;
};

class named_file {
 public:
  /// `fd` was opened with O_PATH: the way through /proc ends at the very file, link or not.
  explicit named_file(int fd) : path_("/proc/self/fd/" + std::to_string(fd)) {}
  ssize_t list(char* names, std::size_t size) const { return ::listxattr(path_.c_str(), names, size); }
  ssize_t get(char const* name, void* value, std::size_t size) const {
    return ::getxattr(path_.c_str(), name, value, size);
  }
  int set(char const* name, std::string const& value) const {
    return ::setxattr(path_.c_str(), name, value.data(), value.size(), 0);
  }

 private:
  std::string path_;
};

/// Names of all extended attributes that `rules` asks for; empty where there are none or the filesystem has none.
template <class File>
std::vector<std::string> attribute_names(File const& file, preserved const& rules) {
  if (!rules.attributes && !rules.acl) return {};
  std::string all;
  for (;;) {
    auto const length = file.list(nullptr, 0);
    if (length <= 0) return {};
    all.resize(static_cast<std::size_t>(length));
    auto const got = file.list(all.data(), all.size());
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
  std::erase_if(names, [&](std::string const& name) { return is_list(name) ? !rules.acl : !rules.attributes; });
  return names;
}

/// 0, or the errno.
template <class File>
int copy_attribute(File const& from, File const& to, char const* name) {
  std::string value;
  for (;;) {
    auto const length = from.get(name, nullptr, 0);
    if (length < 0) return errno;
    value.resize(static_cast<std::size_t>(length));
    auto const got = from.get(name, value.data(), value.size());
    if (got < 0 && errno == ERANGE) continue;
    if (got < 0) return errno;
    value.resize(static_cast<std::size_t>(got));
    break;
  }
  return to.set(name, value) == 0 ? 0 : errno;
}

/// Which attributes are set when. Those of users need the permission to write, which the mode may be about to take
/// away; all others would be undone by the owner and the mode.
enum class attribute_step : std::uint8_t { before_owner_and_mode, after };

template <class File>
void copy_attributes(File const& from, File const& to, std::vector<std::string> const& names, attribute_step step,
                     std::filesystem::path const& shown, std::vector<std::string>& warnings) {
  for (auto const& name : names) {
    if (name.starts_with("user.") != (step == attribute_step::before_owner_and_mode)) continue;
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
  open_file const source(from);
  open_file const target(to);
  auto const names = attribute_names(source, rules);
  copy_attributes(source, target, names, attribute_step::before_owner_and_mode, shown, warnings);
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
  if (int const failure = os::change_mode(to, mode); failure != 0) fail("set the permissions of", shown, failure);
  copy_attributes(source, target, names, attribute_step::after, shown, warnings);
  if (rules.times) {
    std::array<struct ::timespec, 2> const times{status.st_atim, status.st_mtim};
    if (::futimens(to, times.data()) != 0) warn(warnings, shown, "the times", errno);
  }
}

void copy_attributes_by_name(int from, int to, preserved const& rules, std::filesystem::path const& shown,
                             std::vector<std::string>& warnings) {
  named_file const source(from);
  auto const names = attribute_names(source, rules);
  if (!names.empty()) copy_attributes(source, named_file(to), names, attribute_step::after, shown, warnings);
}

}  // namespace coview::copying
