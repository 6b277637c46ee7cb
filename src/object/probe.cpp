// SPDX-License-Identifier: Apache-2.0
#include "object/probe.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "os/file.hpp"
#include "os/lock.hpp"
#include "os/process.hpp"

namespace coview::inline object {
namespace {

using os::lock_answer;

/// The same as `alien_reason`, from the errno of an open that refused to follow or to wait; nullptr where it says
/// nothing of the kind.
char const* alien_reason(int open_failure) {
  switch (open_failure) {
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

/// Nothing to do with the file: the next one could not be opened either.
bool concerns_this_process(int failure) {
  return failure == EMFILE || failure == ENFILE || failure == ENOMEM;
}

void fail_probe(probe& seen, int failure) {
  seen.what = probe::state::failed;
  seen.failure = failure;
  seen.fd.reset();
}

void find_alien(probe& seen, std::string why) {
  seen.what = probe::state::alien;
  seen.problem = std::move(why);
  seen.fd.reset();
}

/// What the locks say that /proc/locks shows. The mark says that an object lives; an exclusive flock is a creator's
/// or a sweeper's, and a shared one without a mark that of somebody who opens it.
void ask_for_locks(probe& seen) {
  auto const locks = os::file_locks_on(seen.status.st_dev, seen.status.st_ino);
  seen.what = probe::state::hidden;
  seen.held = true;
  if (!locks) return;  // not known: never risk a second live object
  seen.what = probe::state::stale;
  seen.held = false;
  for (auto const& lock : *locks) {
    if (lock.kind == os::file_lock::family::description) {
      seen.what = probe::state::hidden;
      seen.held = true;
      return;
    }
    if (lock.exclusive) seen.what = probe::state::unfinished;
    seen.being_opened = true;
  }
}

/// The entry's status, without opening it; false where that is all there is to say.
bool look_at_entry(place const& where, probe& seen) {
  auto const entry = os::status_at(where.directory.get(), seen.file.c_str());
  if (!entry) {
    seen.what = entry.error() == ENOENT ? probe::state::absent : probe::state::hidden;
    seen.failure = entry.error();
    return false;
  }
  seen.status = *entry;
  if (auto why = alien_reason(where, *entry); !why.empty()) {
    find_alien(seen, std::move(why));
    return false;
  }
  if (is_permanent(where, seen.file, *entry)) {
    seen.what = probe::state::hidden;
    return false;
  }
  return true;
}

/// What can be said of a file that could not be opened: no rights, a lease on it, or whatever else its owner may do
/// to keep others from opening it.
void probe_from_outside(place const& where, int open_failure, probe& seen) {
  if (open_failure == ENOENT) return;
  if (char const* const why = alien_reason(open_failure)) return find_alien(seen, why);
  if (concerns_this_process(open_failure)) {
    seen.ends_a_walk = true;
    return fail_probe(seen, open_failure);
  }
  seen.failure = open_failure;
  if (!look_at_entry(where, seen)) return;
  auto const asked = seen.status;
  ask_for_locks(seen);
  if (seen.what != probe::state::stale) return;
  // A creator sets the sticky bit while it has the sweep lock. So whoever finds no lock looks for the bit afterwards:
  // before, it may not have been there yet.
  if (look_at_entry(where, seen) && !os::same_file(asked, seen.status)) seen.what = probe::state::unfinished;
}

/// O1 to O4, by the file and its locks alone.
probe look_at_file(place const& where, std::string const& file, probe_as how) {
  probe seen;
  seen.file = file;
  int const rights = how == probe_as::writer ? O_RDWR : O_RDONLY;
  auto opened = os::open_at(where.directory.get(), file.c_str(), rights | object_flags);  // O1
  if (!opened) {
    probe_from_outside(where, opened.error(), seen);
    return seen;
  }
  os::locked_fd fd(std::move(*opened));
  bool const holds = how != probe_as::onlooker;
  auto const hold = holds ? os::try_hold(fd.get()) : lock_answer::taken;  // O2
  if (hold == lock_answer::failed) {
    fail_probe(seen, errno);
    return seen;
  }
  // O3. The mark before the sticky bit: a creator sets the bit first, so one of them is seen, whatever it does now.
  auto const marked = hold == lock_answer::taken ? os::marked_by_another(fd.get()) : os::result<bool>(false);
  auto status = os::status(fd.get());  // O4
  if (!status) status = os::status_by_descriptor(fd.get());
  if (!marked || !status) {
    fail_probe(seen, marked ? status.error() : marked.error());
    if (status) seen.status = *status;
    return seen;
  }
  seen.status = *status;
  if (hold == lock_answer::refused || status->st_nlink == 0) {
    seen.what = holds ? probe::state::unfinished : probe::state::absent;
    return seen;
  }
  if (auto why = alien_reason(where, *status); !why.empty()) {
    find_alien(seen, std::move(why));
    return seen;
  }
  seen.held = *marked;
  seen.what = seen.held || is_permanent(where, file, *status) ? probe::state::live : probe::state::stale;
  seen.fd = std::move(fd);
  return seen;
}

}  // namespace

int const object_flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

std::string alien_reason(place const& where, struct ::stat const& status) {
  if (S_ISLNK(status.st_mode)) return "a symbolic link is in the way";
  if (S_ISFIFO(status.st_mode)) return "a FIFO is in the way";
  if (S_ISDIR(status.st_mode)) return "a directory is in the way";
  if (!S_ISREG(status.st_mode)) return "a special file is in the way";
  if (where.scope == name_scope::global) return {};
  // Nobody else can put a name here. In the global scope, whoever may write an object's file can give it a second
  // name: that must cost its users nothing.
  if (status.st_nlink > 1) return "its file has a second name (a hard link)";
  if (status.st_uid != where.user) {
    return "its file belongs to user " + std::to_string(status.st_uid);
  }
  return {};
}

void recheck(place const& where, probe& seen) {
  if (seen.what != probe::state::stale || seen.stale_for_good) return;
  if (!seen.fd) {
    if (seen.being_opened) seen.what = probe::state::unfinished;
    return;
  }
  // Refused by one who opens it as well as by a creator. One who comes later finds no mark: nobody can have set one
  // since. A creator that was seen at work may have made its object permanent, and gone.
  bool still_stale = os::try_sweep(seen.fd.get()) == lock_answer::taken;
  if (still_stale) {
    auto const marked = os::marked_by_another(seen.fd.get());
    auto const status = os::status(seen.fd.get());
    still_stale = marked && !*marked && status && status->st_nlink > 0 && !is_permanent(where, seen.file, *status);
    os::drop(seen.fd.get());
  }
  if (!still_stale) seen.what = probe::state::unfinished;
}

probe probe_file(place const& where, std::string const& file, probe_as how, slot_evidence const* own) {
  if (!needs_evidence(where.scope, file)) return look_at_file(where, file, how);
  // Before the mark: under D both can only go, so who finds both has found them at one moment.
  auto const evidence = evident(where, file, own);
  probe seen;
  seen.file = file;
  if (!evidence) {
    fail_probe(seen, evidence.error());
    return seen;
  }
  seen = look_at_file(where, file, how);
  if (*evidence || seen.what == probe::state::absent || seen.what == probe::state::failed) return seen;
  seen.what = probe::state::stale;
  seen.stale_for_good = true;
  seen.held = seen.being_opened = false;
  return seen;
}

}  // namespace coview::inline object
