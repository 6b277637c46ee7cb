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

#include "copy/shared/failure.hpp"
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

/// Whether it is of those that give rights or labels: of the place as much as of the file.
bool is_security(std::string_view name) {
  return name.starts_with("security.") || name.starts_with("trusted.");
}

/// Names of all extended attributes that `rules` asks for; empty where there are none or the filesystem has none.
template <class File>
std::vector<std::string> attribute_names(File const& file, preserved const& rules) {
  if (!rules.attributes && !rules.acl && !rules.security) return {};
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
  std::erase_if(names, [&](std::string const& name) {
    return is_list(name) ? !rules.acl : is_security(name) ? !rules.security : !rules.attributes;
  });
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
    // Only the privileged may set these, and not everywhere.
    if (is_security(name) && (failure == EPERM || failure == EACCES || failure == ENOTSUP)) continue;
    warn(warnings, shown, is_list(name) ? "the access control list" : "the attribute " + name, failure);
  }
}

/// Permission bits that whoever is in a group has by a file.
mode_t group_bits(struct ::stat const& file, gid_t group) {
  return (file.st_gid == group ? file.st_mode >> 3U : file.st_mode) & 7U;
}

/// Of the bits for `mode`, those that let nobody in whom neither the source nor the replaced file let in: the group
/// of the new file may be another one than theirs.
mode_t not_wider(mode_t mode, struct ::stat const& source, struct ::stat const& replaced, gid_t group) {
  mode_t const theirs = group_bits(source, group) | group_bits(replaced, group);
  return mode & ~(S_IRWXG & ~(theirs << 3U));
}

/// Whether the filesystem has no permissions to set, or none that could be others.
bool has_no_modes(int errno_value) {
  return errno_value == EPERM || errno_value == ENOSYS || errno_value == EOPNOTSUPP || errno_value == EINVAL;
}

/// The access control list of the file that is replaced, which goes with its permissions. Without one, or where there
/// are none: nothing.
void keep_list(metadata_target const& target, int to) {
  auto const file = os::open_at(target.directory, target.name, O_PATH | O_NOFOLLOW);
  if (!file) return;
  named_file const old(file->get());
  std::array<char, 4096> list{};
  auto const length = old.get(access_list, list.data(), list.size());
  if (length > 0) ::fsetxattr(to, access_list, list.data(), static_cast<std::size_t>(length), 0);
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
                   std::filesystem::path const& shown, std::vector<std::string>& warnings,
                   metadata_target const& target) {
  open_file const source(from);
  open_file const copy(to);
  auto const names = attribute_names(source, rules);
  copy_attributes(source, copy, names, attribute_step::before_owner_and_mode, shown, warnings);
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
  bool const stays = target.is == metadata_target::kind::was_there;
  if (!stays || rules.mode) {
    auto const now = os::status(to);
    if (!now) fail("look at", shown, now.error());
    mode_t mode = status.st_mode & (owner_kept ? all_bits : permission_bits | S_ISVTX);
    bool const replaces = target.is == metadata_target::kind::replaces;
    if (!rules.mode) {
      mode =
          replaces ? target.replaced.st_mode & permission_bits : status.st_mode & permission_bits & ~current_umask();
    }
    if (S_ISDIR(status.st_mode) && rules.inherit) mode |= now->st_mode & S_ISGID;
    if (replaces && !owner_kept) mode = not_wider(mode, status, target.replaced, now->st_gid);
    // A list that the directory gave to the new file would let others in than the source or the replaced file do.
    bool const inherits = rules.inherit && target.is == metadata_target::kind::fresh;
    if ((rules.acl || rules.mode || replaces) && !inherits) ::fremovexattr(to, access_list);
    if (!rules.inherit && rules.acl && S_ISDIR(status.st_mode)) ::fremovexattr(to, default_list);
    if (!rules.mode && replaces) keep_list(target, to);
    if (int const failure = os::change_mode(to, mode); failure != 0 && (now->st_mode & all_bits) != mode) {
      if (!has_no_modes(failure)) fail("set the permissions of", shown, failure);
      warn(warnings, shown, "the permissions", failure);
    }
  }
  copy_attributes(source, copy, names, attribute_step::after, shown, warnings);
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
