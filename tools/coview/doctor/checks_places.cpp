// SPDX-License-Identifier: Apache-2.0
// What doctor checks of the places where objects are: the root directory, its space, this user's directory, and what
// the dead left in them.
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fmt/format.h>
#include <system_error>

#include <coview/error.hpp>
#include <coview/object.hpp>

#include "doctor/checks.hpp"
#include "object/place.hpp"
#include "os/file.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

std::string error_text(int error) {
  return std::generic_category().message(error);
}

bool in_container() {
  std::error_code ignored;
  return std::filesystem::exists("/.dockerenv", ignored) || std::filesystem::exists("/run/.containerenv", ignored);
}

check check_root(std::string const& root) {
  struct ::stat status {};
  struct ::statfs system {};
  if (::stat(root.c_str(), &status) != 0 || ::statfs(root.c_str(), &system) != 0) {
    return {"directory", finding::problem, fmt::format("{}: {}", root, error_text(errno)),
            "objects have no place to be",
            root == "/dev/shm" ? "mount -t tmpfs -o mode=1777 tmpfs /dev/shm"
                               : "COVIEW_ROOT must name a directory that this user may enter"};
  }
  if (!S_ISDIR(status.st_mode)) {
    return {"directory", finding::problem, root + " is not a directory", "objects have no place to be",
            "set COVIEW_ROOT to a directory"};
  }
  bool const memory = system.f_type == TMPFS_MAGIC;
  check result{"directory", finding::ok,
               fmt::format("{} ({}, of {}, mode {:04o})", root, memory ? "tmpfs" : "not a tmpfs",
                           user_text(status.st_uid), status.st_mode & 07777U),
               "objects are in memory", ""};
  if (::access(root.c_str(), W_OK | X_OK) != 0) {
    result.status = finding::problem;
    int const error = errno;
    result.meaning = "this user may not write to it: " + error_text(error);
    result.remedy =
        root == "/dev/shm" && error == EACCES ? "chmod 1777 /dev/shm" : "set COVIEW_ROOT to a directory of this user";
  } else if (!memory) {
    result.status = finding::warning;
    result.meaning = "objects are files on a disk: they work, but are written back to it";
    result.remedy = "set COVIEW_ROOT to a directory in a tmpfs such as /dev/shm";
  }
  return result;
}

check check_global(std::string const& root) {
  struct ::stat status {};
  check result{"global names", finding::ok, "possible", "every user can see names that begin with 'Global\\'", ""};
  if (::stat(root.c_str(), &status) != 0) return {"global names", finding::problem, "no directory", "see above", ""};
  bool const others_write = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  if (status.st_uid != 0 && status.st_uid != geteuid()) {
    result = {"global names", finding::warning, "refused",
              fmt::format("{} belongs to user {}, who could remove anything", root, user_text(status.st_uid)),
              "use a directory of root, such as /dev/shm"};
  } else if (others_write && (status.st_mode & S_ISVTX) == 0) {
    result = {"global names", finding::warning, "refused", fmt::format("anybody may remove files in {}", root),
              fmt::format("chmod +t {}", root)};
  } else if (bool const one_user = status.st_uid != 0 || !others_write;
             ::access(root.c_str(), W_OK | X_OK) != 0 && (errno == EROFS || !one_user)) {
    result = {"global names", finding::problem, "not possible",
              fmt::format("{} may not be written to: {}", root, error_text(errno)), "see 'directory'"};
  } else if (one_user) {
    result.value = "of one user";
    result.meaning = fmt::format("only {} may create them in {}", user_text(status.st_uid), root);
  }
  return result;
}

check check_space(std::string const& root) {
  struct ::statvfs space {};
  if (::statvfs(root.c_str(), &space) != 0) return {"space", finding::problem, "not known", error_text(errno), ""};
  std::uint64_t const total = space.f_blocks * space.f_frsize;
  std::uint64_t const left = space.f_bavail * space.f_frsize;
  auto const limit =
      total == 0 ? std::string("no limit") : fmt::format("{} free of {}", human_size(left), human_size(total));
  check result{"space", finding::ok, limit, "memory that objects can take", ""};
  if (total == 0) return result;
  constexpr std::uint64_t small = 64ULL << 20ULL;
  bool const no_inodes = space.f_files != 0 && space.f_favail == 0;
  auto const more = in_container()
                        ? std::string("start the container with --shm-size=1g")
                        : fmt::format("'coview ls --long' shows what takes it; mount -o remount,size=50% {}",
                                      os::mount_point_of(root));
  if (left == 0 || no_inodes) {
    result.status = finding::problem;
    result.meaning = no_inodes ? "no files left: nothing can be created" : "nothing left: nothing can be created";
    result.remedy = more;
  } else if (left < total / 20) {
    result.status = finding::warning;
    result.meaning = "nearly all of it is taken";
    result.remedy = more;
  } else if (total <= small) {
    result.status = finding::warning;
    result.meaning = "little, as containers have it unless told otherwise";
    result.remedy = more;
  }
  return result;
}

/// The library verifies the directory whenever it looks for one; here its verdict is shown.
check check_own_directory(std::string const& root) {
  auto const path = root + "/" + local_directory_name(geteuid());
  try {
    forget_places();
    auto const found = find_place(name_scope::local, if_missing::leave, {"use", "directory", path});
    if (!found) return {"own names", finding::ok, path + ", not there yet", "it is made when it is first needed", ""};
    return {"own names", finding::ok, found->path, "only this user can see names in it", ""};
  } catch (error const& e) {
    return {"own names", finding::problem, path, escape(e.cause()), escape(e.remedy())};
  }
}

check check_stale() {
  try {
    auto const found = reclaim();
    if (found.objects == 0) return {"leftovers", finding::ok, "none", "no memory of killed holders was left", ""};
    return {"leftovers", finding::ok, fmt::format("{}, {}", found.objects, human_size(found.bytes)),
            "memory of killed holders, given back just now", "'coview reaper' would have done that at once"};
  } catch (error const& e) {
    return {"leftovers", finding::problem, "not known", escape(e.cause()), escape(e.remedy())};
  }
}

}  // namespace

std::vector<check> check_places() {
  auto const root = root_path();
  return {check_root(root), check_global(root), check_space(root), check_own_directory(root), check_stale()};
}

}  // namespace coview::tool
