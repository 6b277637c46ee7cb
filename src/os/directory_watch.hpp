// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "os/fd.hpp"

/// inotify(7), for directories.
namespace coview::os {

struct directory_event {
  int watch = -1;      ///< what `watch` gave
  bool lost = false;   ///< events were dropped: look at everything
  bool ended = false;  ///< the directory itself is gone
  std::string name;    ///< the entry
};

class directory_watch {
 public:
  /// 0 or the errno.
  int start() noexcept;
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Tells of files that are closed, of directories that are made, and of what is moved in; not of directories that
  /// are closed. A number for its events.
  result<int> watch(std::string const& path);
  /// Whatever has come, without waiting.
  std::vector<directory_event> read();

 private:
  unique_fd fd_;
};

enum class wait_answer : std::uint8_t { events, stop, timed_out };

/// Waits for one of two descriptors; timeout in milliseconds, -1: for ever.
wait_answer wait_readable(int events_fd, int stop_fd, int timeout_milliseconds) noexcept;

}  // namespace coview::os
