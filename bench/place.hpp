// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

/// Where the objects of a run live, so that it meets nobody else's and leaves nothing.
namespace bench {

/// A fresh directory below /dev/shm that serves as COVIEW_ROOT, for both scopes. Removed with all that is in it by
/// the process that made it.
class root_directory {
 public:
  explicit root_directory(std::string const& label);
  ~root_directory();
  root_directory(root_directory const&) = delete;
  root_directory& operator=(root_directory const&) = delete;

  /// Makes this process use it.
  void enter() const;
  [[nodiscard]] std::string const& path() const noexcept { return path_; }

 private:
  std::string path_;
  pid_t made_by_;
};

/// A process that holds many objects in a root. The destructor ends it, and waits.
class crowd {
 public:
  /// `prefix`: what their names begin with; the scope, that is.
  crowd(root_directory const& where, std::string const& prefix, std::uint32_t count);
  ~crowd();
  crowd(crowd const&) = delete;
  crowd& operator=(crowd const&) = delete;

 private:
  pid_t pid_;
};

/// What names in /dev/shm begin with: of this run only.
std::string const& run_prefix();

}  // namespace bench
