// SPDX-License-Identifier: Apache-2.0
#include "copy/tree/entry.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <mutex>
#include <span>
#include <utility>

#include "copy/engine/metadata.hpp"
#include "copy/engine/time.hpp"
#include "copy/shared/block_hash.hpp"
#include "copy/shared/failure.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

constexpr mode_t permission_bits = 0777;
constexpr mode_t all_bits = 07777;

/// The name under which an entry is made that is to replace another. It follows from the target's, so that what a
/// killed copy left is found and cleared by the next one.
std::string hidden_name(std::string const& name) {
  auto const sum = hash_of(std::as_bytes(std::span(name)));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), ".%016llx.entry.coview-copy", static_cast<unsigned long long>(sum.low));
  return text.data();
}

/// Makes an entry by `make`, which gets the name to make it under and answers with an errno, and lets it take the
/// place of what stands there; EEXIST where that is what another source became. One at a time, so that what was made
/// is noted before anybody else looks.
int make_in_place(int directory, std::string const& name, existing_entry const& target, placed_files& placed,
                  std::function<int(char const*)> const& make) {
  std::lock_guard const one_at_a_time(placed.replacing());
  auto const made = [&](char const* under) {
    if (auto const found = os::status_at(directory, under)) placed.add(*found);
    return 0;
  };
  if (!target.there) {
    int const failure = make(name.c_str());
    if (failure == 0) return made(name.c_str());
    if (failure != EEXIST) return failure;  // else somebody was faster: replace that
  }
  if (auto const found = os::status_at(directory, name.c_str()); found && placed.has(*found)) return EEXIST;
  auto const hidden = hidden_name(name);
  for (int attempt = 0; attempt < 16; ++attempt) {
    int failure = make(hidden.c_str());
    if (failure == EEXIST) {
      os::unlink_at(directory, hidden.c_str());
      continue;
    }
    if (failure != 0) return failure;
    failure = os::errno_unless(::renameat(directory, hidden.c_str(), directory, name.c_str()) == 0);
    if (failure == ENOENT) continue;  // another copy to the same place cleared it
    // Renaming one name of a file onto another does nothing, and leaves both.
    os::unlink_at(directory, hidden.c_str());
    return failure == 0 ? made(name.c_str()) : failure;
  }
  return EBUSY;
}

std::array<struct ::timespec, 2> times_of(struct ::stat const& status) {
  return {status.st_atim, status.st_mtim};
}

void warn(std::vector<std::string>& warnings, std::filesystem::path const& shown, char const* what, int errno_value) {
  warnings.push_back(std::string(what) + " of '" + shown.string() +
                     "' could not be kept: " + std::generic_category().message(errno_value));
}

/// The text of a link, however long; empty where it cannot be read, and errno tells why.
std::string text_of_link(int directory, char const* name, std::size_t expected) {
  std::string text(expected + 1, '\0');
  for (;;) {
    auto const length = ::readlinkat(directory, name, text.data(), text.size());
    if (length < 0) return {};
    if (static_cast<std::size_t>(length) < text.size()) {
      text.resize(static_cast<std::size_t>(length));
      return text;
    }
    text.resize(text.size() * 2);
  }
}

/// Attributes of an entry that cannot be opened for reading or writing. 0, or the errno.
int dress_with_attributes(int from, char const* from_name, int made, preserved const& rules,
                          std::filesystem::path const& shown, std::vector<std::string>& warnings) {
  auto const source = os::open_at(from, from_name, O_PATH | O_NOFOLLOW);
  if (!source) return source.error();
  copy_attributes_by_name(source->get(), made, rules, shown, warnings);
  return 0;
}

[[noreturn]] void fail_of_meeting(std::filesystem::path const& shown) {
  fail("replace", shown, EEXIST, "another of the sources was just copied there",
       "copy them to different directories");
}

/// Owner, permissions, attributes and times of an entry that cannot be opened for writing, by a descriptor that only
/// names it.
int dress_special(entry_directory const& directory, char const* source_name, char const* name,
                  struct ::stat const& source, preserved const& rules, std::filesystem::path const& shown,
                  std::vector<std::string>& warnings) {
  auto const made = os::open_at(directory.target(), name, O_PATH | O_NOFOLLOW);
  if (!made) return made.error();
  auto const path = "/proc/self/fd/" + std::to_string(made->get());
  bool owner_kept = false;
  if (rules.owner) owner_kept = ::fchownat(made->get(), "", source.st_uid, source.st_gid, AT_EMPTY_PATH) == 0;
  mode_t mode = source.st_mode & (owner_kept ? all_bits : permission_bits);
  if (!rules.mode) mode &= ~current_umask();
  if (::chmod(path.c_str(), mode) != 0 && errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS) return errno;
  if (int const failure = dress_with_attributes(directory.source(), source_name, made->get(), rules, shown, warnings))
    return failure;
  auto const times = times_of(source);
  if (rules.times && ::utimensat(AT_FDCWD, path.c_str(), times.data(), 0) != 0) return errno;
  return 0;
}

/// Of links only security modules and root know attributes, so what cannot be found out is not missed.
void dress_link(entry_directory const& directory, char const* source_name, char const* name, preserved const& rules,
                std::filesystem::path const& shown, std::vector<std::string>& warnings) {
  if (!rules.attributes && !rules.security) return;
  auto const made = os::open_at(directory.target(), name, O_PATH | O_NOFOLLOW);
  if (made) dress_with_attributes(directory.source(), source_name, made->get(), rules, shown, warnings);
}

}  // namespace

entry_directory::entry_directory(node_pointer where, open_directories& directories)
    : node(std::move(where)),
      open(directories.get(node)),
      source_base(node->is_root() ? std::filesystem::path() : node->parent->source_path(node->source_name)),
      target_base(node->is_root() ? node->target_shown : node->parent->target_path(node->target_name)) {}

existing_entry look_at_target(entry_directory const& directory, std::string const& name) {
  auto const& node = *directory.node;
  if (node.missing_target || (node.fresh && !node.merged)) return {};
  auto const found = os::status_at(directory.target(), name.c_str());
  if (found) return {true, *found};
  if (found.error() != ENOENT) fail("look at", directory.target_path(name), found.error());
  return {};
}

void check_not_placed(entry_directory const& directory, std::string const& target_name, existing_entry const& target,
                      placed_files const& placed) {
  if (target.there && !S_ISDIR(target.status.st_mode) && placed.has(target.status))
    fail_of_meeting(directory.target_path(target_name));
}

bool was_copied_before(struct ::stat const& source, existing_entry const& target, copy_options const& options) {
  return options.resume && options.existing == existing_target::replace && target.there && S_ISREG(source.st_mode) &&
         S_ISREG(target.status.st_mode) && source.st_size == target.status.st_size &&
         same_change(source, target.status) && !os::same_file(source, target.status);
}

bool may_put(entry_directory const& directory, std::string const& source_name, std::string const& target_name,
             struct ::stat const& source, existing_entry const& target, tree_options const& options,
             progress_record& progress) {
  if (!target.there) return true;
  auto const shown = directory.target_path(target_name);
  // With a backup, nothing of it is lost.
  bool const stays = options.file.backup.kind != backup_kind::none && options.files == tree_files::copied;
  if (os::same_file(source, target.status) && !stays) {
    fail("copy", directory.source_path(source_name), EINVAL, "it and '" + shown.string() + "' are the same file",
         "remove the target first, if it shall be one of its own");
  }
  if (S_ISDIR(target.status.st_mode))
    fail("replace", shown, EISDIR, "it is a directory, and the source is none", "move the directory away first");
  switch (options.file.existing) {
    case existing_target::keep:
      return false;
    case existing_target::refuse:
      fail("create", shown, EEXIST, "it is there already", "name another target, or allow it to be replaced");
    case existing_target::update:
      return is_newer(source, target.status);
    case existing_target::replace:
      break;
  }
  return !options.may_replace || progress.may_replace(shown);
}

void put_symbolic_link(entry_directory const& directory, std::string const& source_name,
                       std::string const& target_name, struct ::stat const& source, existing_entry const& target,
                       preserved const& rules, std::vector<std::string>& warnings, placed_files& placed) {
  auto const text = text_of_link(directory.source(), source_name.c_str(), static_cast<std::size_t>(source.st_size));
  if (text.empty()) fail("read link", directory.source_path(source_name), errno);
  auto const shown = directory.target_path(target_name);
  int const failure = make_in_place(directory.target(), target_name, target, placed, [&](char const* name) {
    if (::symlinkat(text.c_str(), directory.target(), name) != 0) return errno;
    if (rules.owner && ::fchownat(directory.target(), name, source.st_uid, source.st_gid, AT_SYMLINK_NOFOLLOW) != 0 &&
        ::geteuid() == 0)
      warn(warnings, shown, "the owner", errno);
    dress_link(directory, source_name.c_str(), name, rules, shown, warnings);
    auto const times = times_of(source);
    if (rules.times && ::utimensat(directory.target(), name, times.data(), AT_SYMLINK_NOFOLLOW) != 0)
      warn(warnings, shown, "the times", errno);
    return 0;
  });
  if (failure == EEXIST) fail_of_meeting(shown);
  if (failure != 0) fail("make link", shown, failure);
}

int put_link_with_text(std::string const& text, entry_directory const& directory, std::string const& target_name,
                       existing_entry const& target, placed_files& placed) {
  return make_in_place(directory.target(), target_name, target, placed, [&](char const* name) {
    return os::errno_unless(::symlinkat(text.c_str(), directory.target(), name) == 0);
  });
}

void put_special(entry_directory const& directory, std::string const& source_name, std::string const& target_name,
                 struct ::stat const& source, existing_entry const& target, preserved const& rules,
                 std::vector<std::string>& warnings, placed_files& placed) {
  auto const shown = directory.target_path(target_name);
  int const failure = make_in_place(directory.target(), target_name, target, placed, [&](char const* name) {
    // For nobody else until it has its owner.
    mode_t const mode = (source.st_mode & S_IFMT) | S_IRUSR | S_IWUSR;
    if (::mknodat(directory.target(), name, mode, source.st_rdev) != 0) return errno;
    if (int const undressed = dress_special(directory, source_name.c_str(), name, source, rules, shown, warnings);
        undressed != 0)
      warn(warnings, shown, "owner, permissions or times", undressed);
    return 0;
  });
  if (failure == EEXIST) fail_of_meeting(shown);
  if (failure == EPERM)
    fail("make special file", shown, failure, "only root may make devices", "copy them as root, or leave them out");
  if (failure != 0) fail("make special file", shown, failure);
}

int put_hard_link(int copied, std::string const& copied_name, entry_directory const& directory,
                  std::string const& target_name, existing_entry const& target, placed_files& placed,
                  through_links rule) {
  int const flags = rule == through_links::yes ? AT_SYMLINK_FOLLOW : 0;
  return make_in_place(directory.target(), target_name, target, placed, [&](char const* name) {
    return os::errno_unless(::linkat(copied, copied_name.c_str(), directory.target(), name, flags) == 0);
  });
}

}  // namespace coview::copying
