// SPDX-License-Identifier: Apache-2.0
#include "os/directory_watch.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace coview::os {

int directory_watch::start() noexcept {
  auto made = new_descriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (made) fd_ = std::move(*made);
  return made.error();
}

result<int> directory_watch::watch(std::string const& path) {
  int const number =
      ::inotify_add_watch(fd_.get(), path.c_str(), IN_CLOSE | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_ONLYDIR);
  return number < 0 ? result<int>::failure(errno) : number;
}

std::vector<directory_event> directory_watch::read() {
  std::vector<directory_event> found;
  alignas(inotify_event) std::array<char, 16384> buffer;
  for (;;) {
    auto const n = ::read(fd_.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return found;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(n);) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      directory_event told;
      told.watch = event.wd;
      told.lost = (event.mask & IN_Q_OVERFLOW) != 0;
      told.ended = (event.mask & (IN_DELETE_SELF | IN_IGNORED)) != 0;
      if (event.len > 0) told.name = buffer.data() + at + sizeof event;
      // Whoever lists a directory closes it afterwards, and who watches lists as well: that must not wake him again.
      // And a file that is just made is closed later.
      bool const directory = told.name.empty() || (event.mask & IN_ISDIR) != 0;
      bool const of_no_use = (event.mask & (directory ? IN_CLOSE : IN_CREATE)) != 0;
      if (!of_no_use) found.push_back(std::move(told));
      at += sizeof event + event.len;
    }
  }
}

wait_answer wait_readable(int events_fd, int stop_fd, int timeout_milliseconds) noexcept {
  std::array<pollfd, 2> both{{{events_fd, POLLIN, 0}, {stop_fd, POLLIN, 0}}};
  int const n = ::poll(both.data(), both.size(), timeout_milliseconds);
  if (n < 0) return wait_answer::timed_out;  // a signal: whoever waits looks again
  if (both[1].revents != 0) return wait_answer::stop;
  return both[0].revents != 0 ? wait_answer::events : wait_answer::timed_out;
}

}  // namespace coview::os
