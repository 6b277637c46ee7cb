// SPDX-License-Identifier: Apache-2.0
#include "copy/shared/stream.hpp"

#include <fcntl.h>
#include <limits.h>  // NOLINT(modernize-deprecated-headers): PIPE_BUF is POSIX's
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "os/file.hpp"

namespace coview::copying {
namespace {

constexpr int between_questions = 100;  // milliseconds

/// 0 when the descriptor is ready, ECANCELED when nobody wants it any more, or the errno.
int wait_until(int fd, short what, keep_waiting const& go_on) {
  for (;;) {
    struct ::pollfd ready {
      fd, what, 0
    };
    int const count = ::poll(&ready, 1, between_questions);
    if (count > 0) return 0;
    if (count < 0 && errno != EINTR) return errno;
    if (go_on && !go_on()) return ECANCELED;
  }
}

}  // namespace

os::result<std::size_t> read_stream(int fd, std::span<std::byte> buffer, keep_waiting const& go_on) {
  using answer = os::result<std::size_t>;
  // Opened without waiting, a FIFO that nobody has written to yet reads as ended; poll(2) tells the two apart. What
  // is a file has an end whatever poll(2) says of it, which for a message queue is whether there are messages.
  auto const what = os::status(fd);
  bool waits = !what || !S_ISREG(what->st_mode);
  for (;;) {
    if (waits)
      if (int const failure = wait_until(fd, POLLIN, go_on); failure != 0) return answer::failure(failure);
    auto const n = ::read(fd, buffer.data(), buffer.size());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EAGAIN) waits = true;  // the kernel's messages and traces are such files
    if (errno != EINTR && errno != EAGAIN) return answer::failure(errno);
  }
}

int write_stream(int fd, std::span<std::byte const> bytes, keep_waiting const& go_on) {
  // A descriptor that others have, too, is left as it is: what poll(2) promises room for never blocks.
  bool const may_block = (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
  auto const what = os::status(fd);
  bool const has_reader = !what || !(S_ISREG(what->st_mode) || S_ISBLK(what->st_mode));
  while (!bytes.empty()) {
    if (has_reader)
      if (int const failure = wait_until(fd, POLLOUT, go_on); failure != 0) return failure;
    auto const most = has_reader && may_block ? std::min<std::size_t>(bytes.size(), PIPE_BUF) : bytes.size();
    auto const n = ::write(fd, bytes.data(), most);
    if (n < 0 && errno != EINTR && errno != EAGAIN) return errno;
    if (n > 0) bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return 0;
}

os::result<os::unique_fd> open_to_write(int directory, char const* name, keep_waiting const& go_on) {
  for (;;) {
    auto opened = os::open_at(directory, name, O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    if (opened || opened.error() != ENXIO) return opened;
    // A FIFO without a reader. Nothing can be waited for that tells when one has come.
    auto const what = os::status_at(directory, name);
    if (!what || !S_ISFIFO(what->st_mode)) return opened;
    ::poll(nullptr, 0, between_questions / 2);
    if (go_on && !go_on()) return os::result<os::unique_fd>::failure(ECANCELED);
  }
}

int close_error(int fd) {
  int const other = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (other < 0) return errno;
  return ::close(other) == 0 || errno == EINTR ? 0 : errno;
}

}  // namespace coview::copying
