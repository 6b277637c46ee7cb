// SPDX-License-Identifier: Apache-2.0
#include "support/scoped_root.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace coview_test {

scoped_root::scoped_root(mode_t mode) {
  std::string pattern = "/dev/shm/coview-test-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no directory below /dev/shm");
  path_ = pattern;
  if (::chmod(path_.c_str(), mode) != 0) throw std::runtime_error("the mode of " + pattern);
  ::setenv("COVIEW_ROOT", path_.c_str(), 1);
}

scoped_root::~scoped_root() {
  ::unsetenv("COVIEW_ROOT");
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path scoped_root::local() const {
  return path_ / ("coview-" + std::to_string(::geteuid()));
}

std::vector<std::string> scoped_root::files() const {
  std::vector<std::string> found;
  for (auto const& entry : std::filesystem::recursive_directory_iterator(path_)) {
    if (!entry.is_directory()) found.push_back(std::filesystem::relative(entry.path(), path_).string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace coview_test
