// SPDX-License-Identifier: Apache-2.0
#include "shared/scratch_directory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <system_error>

#include "os/file.hpp"
#include "os/lock.hpp"

namespace coview::tool {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "coview-scratch-";

os::unique_fd open_directory(fs::path const& path) {
  auto opened = os::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  return opened ? std::move(*opened) : os::unique_fd();
}

/// Removes what this user's killed processes left in a directory.
void remove_leftovers(fs::path const& parent) {
  std::error_code gone;
  for (fs::directory_iterator entry(parent, gone), end; !gone && entry != end; entry.increment(gone)) {
    if (!entry->path().filename().native().starts_with(prefix)) continue;
    auto const directory = open_directory(entry->path());
    if (!directory) continue;
    auto const status = os::status(directory.get());
    if (!status || status->st_uid != geteuid()) continue;
    std::error_code ignored;
    if (os::try_sweep(directory.get()) == os::lock_answer::taken) fs::remove_all(entry->path(), ignored);
  }
}

/// Held, unless somebody who found it not held yet is removing it, or has.
os::unique_fd hold(fs::path const& path) {
  auto directory = open_directory(path);
  if (!directory || os::try_hold(directory.get()) != os::lock_answer::taken) return {};
  auto const status = os::status(directory.get());
  return status && status->st_nlink > 0 ? std::move(directory) : os::unique_fd();
}

}  // namespace

scratch_directory::scratch_directory(fs::path const& parent) {
  remove_leftovers(parent);
  constexpr int attempts = 100;
  for (int attempt = 0; attempt < attempts && !held_; ++attempt) {
    auto path = (parent / prefix).native() + "XXXXXX";
    if (mkdtemp(path.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(),
                              fmt::format("cannot make a directory in {}", parent.native()));
    }
    path_ = path;
    held_ = hold(path_);
  }
  if (!held_) {
    throw std::system_error(EBUSY, std::generic_category(),
                            fmt::format("cannot keep a directory in {}", parent.native()));
  }
}

scratch_directory::~scratch_directory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace coview::tool
