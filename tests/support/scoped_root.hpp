// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

/// A test's own world: a fresh directory below /dev/shm that COVIEW_ROOT names, removed with everything in it at the
/// end.
namespace coview_test {

class scoped_root {
 public:
  /// Mode 1777 where several users share it.
  explicit scoped_root(mode_t mode = S_IRWXU);
  scoped_root(scoped_root const&) = delete;
  scoped_root& operator=(scoped_root const&) = delete;
  ~scoped_root();

  [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }
  /// This user's directory of local names; need not exist.
  [[nodiscard]] std::filesystem::path local() const;
  /// All files below the root, relative to it, directories not counted.
  [[nodiscard]] std::vector<std::string> files() const;

 private:
  std::filesystem::path path_;
};

}  // namespace coview_test
