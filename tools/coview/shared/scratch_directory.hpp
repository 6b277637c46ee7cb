// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "os/fd.hpp"

namespace coview::tool {

/// A directory of this process's own, for as long as this exists. It is locked meanwhile: one whose lock is free was
/// left by a process that was killed, and the next one that comes to the same place removes it.
class scratch_directory {
 public:
  /// Makes it in `parent`, mode 0700. Throws std::system_error.
  explicit scratch_directory(std::filesystem::path const& parent);
  scratch_directory(scratch_directory const&) = delete;
  scratch_directory& operator=(scratch_directory const&) = delete;
  ~scratch_directory();

  [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  os::unique_fd held_;
};

}  // namespace coview::tool
