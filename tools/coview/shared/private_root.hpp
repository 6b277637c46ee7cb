// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdlib>
#include <filesystem>

#include "object/place.hpp"
#include "shared/scratch_directory.hpp"

namespace coview::tool {

/// A directory below the usual one, in which all names are this process's own from now on, and those of the processes
/// that it starts.
class private_root {
 public:
  private_root() : directory_(root_path()) { setenv("COVIEW_ROOT", directory_.path().c_str(), 1); }

  /// Files in it and below.
  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(directory_.path())) {
      count += entry.is_directory() ? 0 : 1;
    }
    return count;
  }

 private:
  scratch_directory directory_;
};

}  // namespace coview::tool
