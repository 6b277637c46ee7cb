// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "bridge/disk_spool.hpp"

namespace coview_test {

/// A directory for spools, of a test's own.
class spool_folder {
 public:
  spool_folder() : path_((std::filesystem::temp_directory_path() / "coview-spool-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  spool_folder(spool_folder const&) = delete;
  spool_folder& operator=(spool_folder const&) = delete;
  ~spool_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string const& path() const noexcept { return path_; }
  /// Of the queue that tests carry.
  [[nodiscard]] std::string file() const {
    return coview::disk_spool::path_for(path_, coview::carried::queue, "jobs");
  }

 private:
  std::string path_;
};

}  // namespace coview_test
