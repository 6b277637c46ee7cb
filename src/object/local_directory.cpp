// SPDX-License-Identifier: Apache-2.0
#include "object/local_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "object/name_removal.hpp"
#include "os/file.hpp"

namespace coview::inline object {
namespace {

constexpr mode_t others_bits = 077;
constexpr std::size_t digits = 16;

/// One candidate, looked at.
struct candidate {
  enum class state : std::uint8_t { absent, ours, strangers };
  state what = state::absent;
  os::unique_fd fd = {};
};

class search {
 public:
  search(int root, std::string const& root_name, uid_t user, operation_context const& context)
      : root_(root), root_name_(root_name), user_(user), base_(local_directory_name(user)), context_(context) {}

  /// Empty where there is none.
  local_directory existing() {
    // The usual name first, without reading the whole root. A directory of ours that goes away meanwhile was empty.
    auto usual = look(base_);
    usual_is_taken_ = usual.what == candidate::state::strangers;
    if (usual.what == candidate::state::ours) return {std::move(usual.fd), path(base_)};
    auto const other = other_name();
    if (other.empty()) return {};
    auto found = look(other);
    return {std::move(found.fd), path(other)};
  }

  /// Makes one, unless another process of this user was faster.
  local_directory make() {
    constexpr std::chrono::milliseconds short_patience(100);
    directory_lock d;
    (void)d.take(root_, patience(short_patience));  // without it where a stranger keeps it away
    if (auto found = existing(); found.fd) return found;
    std::string const name = usual_is_taken_ ? base_ + "." + os::random_digits() : base_;
    // A umask can take the owner's rights away; `look` gives them back, here as after a kill between the two.
    if (::mkdirat(root_, name.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
      context_.fail(errno, "directory " + path(name) + " cannot be made: " + std::strerror(errno));
    }
    auto made = look(name);
    return {std::move(made.fd), path(name)};
  }

 private:
  [[nodiscard]] std::string path(std::string const& name) const { return root_name_ + "/" + name; }

  candidate look(std::string const& name) {
    auto const entry = os::status_at(root_, name.c_str());
    if (!entry) {
      if (entry.error() == ENOENT) return {};
      context_.fail(entry.error(), "directory " + path(name) + ": " + std::strerror(entry.error()));
    }
    if (entry->st_uid != user_) return {candidate::state::strangers};
    if (!S_ISDIR(entry->st_mode)) {
      context_.fail(EPERM, path(name) + " is not a directory", "it is this user's: look what it is, then remove it");
    }
    if ((entry->st_mode & others_bits) != 0) {
      context_.fail(EPERM, "others may enter directory " + path(name),
                    "look who changed it, then 'chmod 700 " + path(name) + "'");
    }
    if ((entry->st_mode & S_IRWXU) != S_IRWXU) os::change_mode_at(root_, name.c_str(), S_IRWXU);
    auto fd = os::open_at(root_, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!fd) {
      if (fd.error() == ENOENT) return {};
      context_.fail(fd.error(), "directory " + path(name) + ": " + std::strerror(fd.error()));
    }
    auto const opened = os::status(fd->get());
    if (!opened) context_.fail(opened.error());
    if (!os::same_file(*opened, *entry)) return {};  // removed and made anew
    return {candidate::state::ours, std::move(*fd)};
  }

  /// This user's directory of another than the usual name; the first in order, should there be several. Empty: none.
  std::string other_name() {
    std::string found;
    int const failure = os::for_each_entry(root_, [&](char const* name) {
      if (!is_local_directory_name(name, user_) || name == base_ || (!found.empty() && found < name)) return;
      auto const entry = os::status_at(root_, name);
      if (entry && entry->st_uid == user_ && S_ISDIR(entry->st_mode)) found = name;
    });
    // A root that can be searched but not read shows the usual name only.
    if (failure != 0 && failure != EACCES) context_.fail(failure, "directory " + root_name_ + " cannot be read");
    return found;
  }

  int root_;
  std::string const& root_name_;
  uid_t user_;
  std::string base_;
  operation_context const& context_;
  bool usual_is_taken_ = false;
};

}  // namespace

std::string local_directory_name(uid_t user) {
  return "coview-" + std::to_string(user);
}

bool is_local_directory_name(std::string_view entry, uid_t user) {
  auto const base = local_directory_name(user);
  if (!entry.starts_with(base)) return false;
  entry.remove_prefix(base.size());
  if (entry.empty()) return true;
  return entry.size() == digits + 1 && entry.front() == '.' &&
         entry.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
}

local_directory find_local_directory(int root, std::string const& root_name, uid_t user, if_missing missing,
                                     operation_context const& context) {
  search look_for(root, root_name, user, context);
  // A reclaim that finds the directory empty may remove it between two steps: start again, though not for ever.
  constexpr int attempts = 1000;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    if (auto found = look_for.existing(); found.fd) return found;
    if (missing == if_missing::leave) return {};
    if (auto made = look_for.make(); made.fd) return made;
  }
  context.fail(EBUSY, "directory " + root_name + "/" + local_directory_name(user) + " comes and goes",
               "see who removes it");
}

}  // namespace coview::inline object
