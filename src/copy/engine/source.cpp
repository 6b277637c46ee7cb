// SPDX-License-Identifier: Apache-2.0
#include "copy/engine/source.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "copy/engine/failure.hpp"
#include "copy/engine/storage.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

bool same_time(struct ::timespec const& a, struct ::timespec const& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

[[noreturn]] void fail_of_kind(std::filesystem::path const& shown, mode_t mode) {
  if (S_ISDIR(mode)) fail("copy", shown, EISDIR, "it is a directory", "to copy what is in it, copy it as a tree");
  char const* const kind = S_ISFIFO(mode)   ? "it is a FIFO"
                           : S_ISSOCK(mode) ? "it is a socket"
                           : S_ISLNK(mode)  ? "it is a symbolic link"
                                            : "it is a device";
  fail("copy", shown, EINVAL, kind,
       S_ISSOCK(mode) ? "sockets have no bytes to copy" : "ask for special files to be read, if you mean it");
}

/// Opened without waiting, a FIFO that nobody has written to yet reads as ended; poll(2) tells the two apart. To open
/// it again would lose a writer that has come and gone in between. 0, or the errno.
int wait_for_writer(int fd) {
  struct ::pollfd ready {
    fd, POLLIN, 0
  };
  while (::poll(&ready, 1, -1) < 0)
    if (errno != EINTR) return errno;
  int const flags = ::fcntl(fd, F_GETFL);
  return ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0 ? 0 : errno;
}

}  // namespace

source_file open_source(int directory, char const* name, std::filesystem::path const& shown, source_rules rules) {
  // Without O_NONBLOCK the open of a FIFO waits for a writer, and that of some devices for a medium.
  int const link = rules.follow ? 0 : O_NOFOLLOW;
  auto opened = os::open_at(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | link);
  if (!opened) {
    if (opened.error() == ELOOP && !rules.follow)
      fail("open", shown, ELOOP, "it is a symbolic link", "copy what it leads to, or copy it as a link");
    if (opened.error() == ENXIO) fail_of_kind(shown, S_IFSOCK);
    fail("open", shown, opened.error());
  }
  source_file source{std::move(*opened), {}, shown};
  auto const found = os::status(source.fd.get());
  if (!found) fail("look at", shown, found.error());
  source.before = *found;
  mode_t const mode = found->st_mode;
  if (S_ISREG(mode)) {
    // Made-up files have no blocks, so all others are spared the question.
    source.sized = found->st_blocks > 0 || storage_of(source.fd.get()) != storage::made_up;
    return source;
  }
  if (S_ISDIR(mode) || S_ISSOCK(mode) || !rules.read_special) fail_of_kind(shown, mode);
  if (int const failure = wait_for_writer(source.fd.get()); failure != 0) fail("open", shown, failure);
  return source;
}

void check_unchanged(source_file const& source) {
  if (!source.sized) return;
  auto const now = os::status(source.fd.get());
  if (!now) fail("look at", source.shown, now.error());
  auto const& then = source.before;
  std::string what;
  if (now->st_size != then.st_size) {
    what = "it had " + std::to_string(then.st_size) + " bytes and has " + std::to_string(now->st_size) + " now";
  } else if (!same_time(now->st_mtim, then.st_mtim)) {
    what = "somebody wrote to it";
  } else if (!same_time(now->st_ctim, then.st_ctim)) {
    what = "its status changed, as after a write whose time was set back";
  }
  if (what.empty()) return;
  fail("copy", source.shown, EAGAIN, "it changed while it was copied: " + what,
       "copy it again when nobody writes to it, or from a snapshot");
}

}  // namespace coview::copying
