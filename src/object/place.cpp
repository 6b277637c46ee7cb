// SPDX-License-Identifier: Apache-2.0
#include "object/place.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "object/local_directory.hpp"
#include "os/environment.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"
#include "os/process.hpp"
#include "os/process_wide.hpp"

namespace coview::inline object {
namespace {

constexpr char const* default_root = "/dev/shm";
constexpr char const* root_variable = "COVIEW_ROOT";

char const* or_default(char const* root) noexcept {
  return root != nullptr && *root != '\0' ? root : default_root;
}

char const* root_text() noexcept {
  return or_default(os::environment(root_variable));
}

void require_kernel(operation_context const& context) {
  // No guarded static here or anywhere below: a fork in the middle of its making would leave the child waiting for
  // ever.
  static constinit std::atomic<bool> new_enough{false};
  if (new_enough.load(std::memory_order_relaxed)) return;
  auto const kernel = os::running_kernel();
  constexpr int needed_major = 5;
  constexpr int needed_minor = 16;  // futex_waitv; MADV_POPULATE_* came with 5.14
  if (kernel.major_number > needed_major ||
      (kernel.major_number == needed_major && kernel.minor_number >= needed_minor)) {
    new_enough.store(true, std::memory_order_relaxed);
    return;
  }
  context.fail(ENOTSUP, "Linux " + kernel.text + " is too old", "coview needs Linux 5.16 or newer");
}

/// An inherited ACL would let others in whatever the mode says.
void require_no_default_acl(int directory, std::string const& path, operation_context const& context) {
  if (::fgetxattr(directory, "system.posix_acl_default", nullptr, 0) <= 0) return;
  context.fail(EPERM, "directory " + path + " has a default ACL, which would open new objects to others",
               "remove it with 'setfacl -k " + path + "'");
}

os::unique_fd open_root(std::string const& path, operation_context const& context) {
  if (path.front() != '/') context.fail(EINVAL, "COVIEW_ROOT is " + in_quotes(path), "it must be an absolute path");
  auto root = os::open(path.c_str(), O_RDONLY | O_DIRECTORY);
  if (root) return std::move(*root);
  bool const concerns_path = root.error() == ENOENT || root.error() == ENOTDIR || root.error() == EACCES ||
                             root.error() == ELOOP || root.error() == ENAMETOOLONG;
  if (!concerns_path) context.fail(root.error(), "directory " + path + ": " + std::strerror(root.error()));
  std::string const remedy = path == default_root ? "mount a tmpfs there, or set COVIEW_ROOT to a directory in one"
                                                  : "COVIEW_ROOT must name a directory that this user may read";
  context.fail(root.error(), "directory " + path + ": " + std::strerror(root.error()), remedy);
}

/// Without locks nothing can live, and what a create had begun could not be taken back.
void require_locks(int directory, operation_context const& context) {
  int const failure = os::flock_refused(directory);
  if (failure != EPERM && failure != EACCES && failure != ENOSYS) return;
  context.fail(failure, std::string("the system call flock is refused here: ") + std::strerror(failure),
               "a sandbox refuses it (a seccomp filter): permit flock there");
}

/// Its files can be neither written nor cut to size, so no object can be one.
void require_no_hugetlbfs(int directory, std::string const& path, operation_context const& context) {
  struct ::statfs system {};
  if (::fstatfs(directory, &system) != 0 || system.f_type != HUGETLBFS_MAGIC) return;
  context.fail(ENOTSUP, "directory " + path + " is in a hugetlbfs, where no object can be",
               "set COVIEW_ROOT to a directory in a tmpfs; for huge pages create with huge_pages, and see 'coview "
               "doctor'");
}

struct ::stat status_of(int directory, std::string const& path, operation_context const& context) {
  auto const found = os::status(directory);
  if (!found) context.fail(found.error(), "directory " + path + " cannot be looked at", "");
  return *found;
}

bool others_write(struct ::stat const& directory) {
  return (directory.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/// What one user makes there must not be another's to rename or remove.
void require_private_entries(struct ::stat const& directory, std::string const& path,
                             operation_context const& context) {
  if (!others_write(directory) || (directory.st_mode & S_ISVTX) != 0) return;
  context.fail(EPERM, "anybody may remove files in " + path, "make it sticky with 'chmod +t " + path + "'");
}

place_ptr open_global(os::unique_fd root, std::string const& path, uid_t user, operation_context const& context) {
  auto const found = status_of(root.get(), path, context);
  if (found.st_uid != 0 && found.st_uid != user) {
    context.fail(EPERM, "directory " + path + " belongs to user " + std::to_string(found.st_uid),
                 "global names need a directory of root, such as /dev/shm");
  }
  require_private_entries(found, path, context);
  require_no_default_acl(root.get(), path, context);
  auto global = std::make_shared<place>();
  global->directory = std::move(root);
  global->path = path;
  global->scope = name_scope::global;
  global->user = user;
  global->owner = found.st_uid;
  global->sticky = others_write(found);
  return global;
}

place_ptr open_local(os::unique_fd root, std::string const& path, uid_t user, if_missing missing,
                     operation_context const& context) {
  require_private_entries(status_of(root.get(), path, context), path, context);
  auto found = find_local_directory(root.get(), path, user, missing, context);
  if (!found.fd) return nullptr;
  require_no_default_acl(found.fd.get(), found.path, context);
  auto local = std::make_shared<place>();
  local->directory = std::move(found.fd);
  local->path = std::move(found.path);
  local->user = user;
  local->owner = user;
  return local;
}

/// The directories found last, by scope.
struct known_place {
  std::string root;
  place_ptr where;
};
using known_places = os::process_wide<std::array<known_place, 2>>;
[[gnu::constructor]] void make_known_places() {
  known_places::make();
}

}  // namespace

bool place::may_unlink(uid_t file_owner) const noexcept {
  return !sticky || user == file_owner || user == owner || os::has_capability(os::capability::fowner);
}

bool place::gone() const noexcept {
  auto const found = directory.look();
  return !found || found->st_nlink == 0;
}

std::string root_path() {
  return root_text();
}

place_ptr find_place(name_scope scope, if_missing missing, operation_context const& context, descriptor_check check) {
  uid_t const user = ::geteuid();
  auto const index = static_cast<std::size_t>(scope);
  auto const found_before = [&](char const* root) -> place_ptr {
    known_places::access known;
    auto const& entry = known->at(index);
    bool const same = entry.where && entry.where->user == user && entry.root == root;
    return same && (check == descriptor_check::later || entry.where->directory.still_own()) ? entry.where : nullptr;
  };
  // What was obeyed once is not asked about again, as long as it stays the same: that would take two system calls.
  if (auto where = found_before(or_default(os::environment_as_it_stands(root_variable)))) return where;
  char const* const root = root_text();
  if (auto where = found_before(root)) return where;
  require_kernel(context);
  std::string const path = root;
  auto directory = open_root(path, context);
  require_no_hugetlbfs(directory.get(), path, context);
  require_locks(directory.get(), context);
  auto found = scope == name_scope::global ? open_global(std::move(directory), path, user, context)
                                           : open_local(std::move(directory), path, user, missing, context);
  if (found) {
    known_places::access known;
    known->at(index) = {path, found};
  }
  return found;
}

place_ptr find_place_of_many(name_scope scope, operation_context const& context) {
  try {
    return find_place(scope, if_missing::leave, context);
  } catch (error const& refused) {
    if (scope == name_scope::local || refused.code() != std::errc::operation_not_permitted) throw;
    return nullptr;
  }
}

place_ptr usable(place_ptr const& where) {
  if (where->directory.still_own()) return where;
  auto fd = os::open(where->path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!fd && where->scope == name_scope::global) fd = os::open(where->path.c_str(), O_RDONLY | O_DIRECTORY);
  auto const found = fd ? os::status(fd->get()) : os::result<struct ::stat>::failure(fd.error());
  if (!found || !where->directory.leads_to(*found)) return nullptr;
  auto again = std::make_shared<place>();
  again->directory = std::move(*fd);
  again->path = where->path;
  again->scope = where->scope;
  again->user = where->user;
  again->owner = where->owner;
  again->sticky = where->sticky;
  return again;
}

void forget_places() noexcept {
  known_places::access known;
  for (auto& entry : *known) entry.where.reset();
}

}  // namespace coview::inline object
