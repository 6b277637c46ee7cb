// SPDX-License-Identifier: Apache-2.0
#include "object/sighting.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "os/file.hpp"
#include "os/lock.hpp"
#include "os/process.hpp"

namespace coview {
namespace {

/// Whether a stranger's file that may not be opened belongs to a living object. The mark says so; an exclusive flock
/// is a creator's or a sweeper's, and a shared one without a mark a visitor's.
void ask_for_stranger(sighting& seen) {
  seen.what = sighting::state::hidden;
  if (is_permanent(seen.status)) return;
  auto const locks = os::file_locks_on(seen.status.st_dev, seen.status.st_ino);
  if (!locks) return;  // not known: never risk a second live object
  seen.what = sighting::state::stale;
  for (auto const& lock : *locks) {
    if (lock.kind == os::file_lock::family::description) {
      seen.what = sighting::state::hidden;
      return;
    }
    if (lock.exclusive) seen.what = sighting::state::unfinished;
    seen.visited = true;
  }
}

sighting failed(sighting seen, int failure) {
  seen.what = sighting::state::failed;
  seen.failure = failure;
  return seen;
}

/// What can be said of a file that could not be opened.
void look_from_outside(place const& where, int open_failure, sighting& seen) {
  if (open_failure == ENOENT) return;
  if (char const* const why = alien_reason(open_failure)) {
    seen.what = sighting::state::alien;
    seen.problem = why;
    return;
  }
  auto const entry = open_failure == EACCES ? os::status_at(where.directory.get(), seen.file.c_str())
                                            : os::result<struct ::stat>::failure(open_failure);
  if (!entry) {
    if (entry.error() != ENOENT) seen = failed(std::move(seen), entry.error());
    return;
  }
  seen.status = *entry;
  seen.problem = alien_reason(where, *entry);
  if (seen.problem.empty()) {
    ask_for_stranger(seen);
  } else {
    seen.what = sighting::state::alien;
  }
}

}  // namespace

int const object_flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

std::string alien_reason(place const& where, struct ::stat const& status) {
  if (S_ISFIFO(status.st_mode)) return "a FIFO is in the way";
  if (S_ISDIR(status.st_mode)) return "a directory is in the way";
  if (!S_ISREG(status.st_mode)) return "a special file is in the way";
  if (status.st_nlink > 1) return "its file has a second name (a hard link)";
  if (where.scope == name_scope::local && status.st_uid != where.user) {
    return "its file belongs to user " + std::to_string(status.st_uid);
  }
  return {};
}

char const* alien_reason(int errno_value) {
  switch (errno_value) {
    case ELOOP:
      return "a symbolic link is in the way";
    case EISDIR:
      return "a directory is in the way";
    case ENXIO:
    case ENODEV:
      return "a special file is in the way";
    default:
      return nullptr;
  }
}

void settle(sighting& seen) {
  if (seen.what != sighting::state::stale) return;
  if (!seen.fd) {
    if (seen.visited) seen.what = sighting::state::unfinished;
    return;
  }
  // Refused by a visitor as well as by a creator. A visitor that comes later finds no mark: nobody can have set one
  // since.
  if (os::try_sweep(seen.fd.get()) != os::lock_answer::taken) {
    seen.what = sighting::state::unfinished;
    return;
  }
  auto const marked = os::marked_by_another(seen.fd.get());
  if (!marked || *marked) seen.what = sighting::state::unfinished;
  os::drop(seen.fd.get());
}

sighting look_at(place const& where, std::string const& file) {
  sighting seen;
  seen.file = file;
  auto fd = os::open_at(where.directory.get(), file.c_str(), O_RDONLY | object_flags);
  if (!fd) {
    look_from_outside(where, fd.error(), seen);
    return seen;
  }
  auto const status = os::status(fd->get());
  if (!status) return failed(std::move(seen), status.error());
  if (status->st_nlink == 0) return seen;
  seen.status = *status;
  if (seen.problem = alien_reason(where, *status); !seen.problem.empty()) {
    seen.what = sighting::state::alien;
    return seen;
  }
  auto const marked = os::marked_by_another(fd->get());
  if (!marked) return failed(std::move(seen), marked.error());
  seen.held = *marked;
  seen.what = seen.held || is_permanent(*status) ? sighting::state::live : sighting::state::stale;
  seen.fd = std::move(*fd);
  return seen;
}

}  // namespace coview
