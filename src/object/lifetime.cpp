// SPDX-License-Identifier: Apache-2.0
#include "object/lifetime.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "object/layout.hpp"
#include "object/patience.hpp"
#include "object/sweep.hpp"
#include "os/cancellation.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"
#include "os/memory.hpp"
#include "os/process.hpp"
#include "os/virtual_memory.hpp"

namespace coview {
namespace {

using os::lock_answer;

/// "busy", with the process that stands in the way.
[[noreturn]] void refuse_busy(place const& where, std::string const& file, operation_context const& context) {
  std::string who = "another process";
  auto const entry =
      file == "." ? os::status(where.directory.get()) : os::status_at(where.directory.get(), file.c_str());
  auto const locks = os::file_locks();
  if (entry && locks) {
    for (auto const& lock : *locks) {
      if (lock.inode != entry->st_ino || lock.device != entry->st_dev || lock.pid <= 0) continue;
      who = "process " + std::to_string(lock.pid) + " (" + os::command_line(lock.pid) + ")";
      if (lock.exclusive) break;
    }
  }
  context.fail(EBUSY, who + " keeps " + where.path + (file == "." ? "" : "/" + file) + " locked",
               "wait for that process, or end it");
}

[[noreturn]] void refuse_alien(place const& where, std::string const& file, std::string const& why,
                               operation_context const& context) {
  context.fail(EPERM, why + ": " + where.path + "/" + file, "look who put it there, then remove it");
}

enum class visit_answer : std::uint8_t { absent, live, stale, again, forbidden };

struct visit {
  visit_answer answer = visit_answer::absent;
  os::unique_fd fd;
  struct ::stat status {};
};

/// O1 to O4 on one file, without its header.
visit visit_file(place const& where, std::string const& file, bool writable, operation_context const& context) {
  auto fd = os::open_at(where.directory.get(), file.c_str(), (writable ? O_RDWR : O_RDONLY) | object_flags);  // O1
  if (!fd) {
    if (fd.error() == ENOENT) return {visit_answer::absent, {}, {}};
    if (fd.error() == EACCES) return {visit_answer::forbidden, {}, {}};
    if (char const* const why = alien_reason(fd.error())) refuse_alien(where, file, why, context);
    context.fail(fd.error());
  }
  switch (os::try_hold(fd->get())) {  // O2
    case lock_answer::taken:
      break;
    case lock_answer::refused:
      return {visit_answer::again, {}, {}};
    case lock_answer::failed:
      context.fail(errno);
  }
  auto const marked = os::marked_by_another(fd->get());  // O3
  if (!marked) context.fail(marked.error());
  if (!*marked) {
    auto const status = os::status(fd->get());
    if (!status) context.fail(status.error());
    if (status->st_nlink == 0) return {visit_answer::again, {}, {}};
    if (auto const why = alien_reason(where, *status); !why.empty()) refuse_alien(where, file, why, context);
    if (!is_permanent(*status)) return {visit_answer::stale, std::move(*fd), *status};
  }
  auto const status = os::status(fd->get());  // O4
  if (!status) context.fail(status.error());
  if (status->st_nlink == 0) return {visit_answer::again, {}, {}};
  if (auto const why = alien_reason(where, *status); !why.empty()) refuse_alien(where, file, why, context);
  return {visit_answer::live, std::move(*fd), *status};
}

/// The rest of O4, and O5. Empty where somebody keeps the mark away: ask again.
std::optional<open_object> read_object(visit seen, place_ptr const& where, std::string file, object_name const& name,
                                       operation_context const& context) {
  auto const size = static_cast<std::uint64_t>(seen.status.st_size);
  // From here on the file is a handle: should reading it fail, its close must take the name along where it is the
  // last.
  open_object opened{held_file(std::move(seen.fd), where, std::move(file)), {}};
  auto const path = [&] { return where->path + "/" + opened.file.file_name(); };
  auto const answer = read_header(opened.file.fd(), size, opened.header);
  switch (answer) {
    case header_answer::ok:
      break;
    case header_answer::unreadable:
      context.fail(errno, describe(answer) + std::string(": ") + std::strerror(errno));
    case header_answer::other_version:
    case header_answer::other_machine:
      context.fail(ENOTSUP, describe(answer), "use the coview that its holder uses; the file is " + path());
    default:
      context.fail(EBADMSG, describe(answer),
                   "end its holders ('fuser " + path() + "' names them), then it is given back");
  }
  if (opened.header.name != name.leaf) {
    context.fail(EBADMSG, "its file holds an object of another name, " + in_quotes(opened.header.name),
                 "the file is " + path());
  }
  if (auto const mark = os::try_mark(opened.file.fd()); mark != lock_answer::taken) {  // O5
    if (mark == lock_answer::failed) context.fail(errno);
    return {};
  }
  return opened;
}

enum class pass_answer : std::uint8_t { found, absent, again };

struct pass {
  pass_answer answer = pass_answer::absent;
  std::optional<open_object> object = {};
};

/// A file that may not be opened as asked: is there a living object behind it? Refuses where there is.
pass_answer judge_forbidden(place const& where, sighting const& seen, bool& refused_before,
                            operation_context const& context) {
  switch (seen.what) {
    case sighting::state::absent:
    case sighting::state::unfinished:
      return pass_answer::again;
    case sighting::state::stale:  // unless a visitor is about to make it live
      return seen.visited ? pass_answer::again : pass_answer::absent;
    case sighting::state::alien:
      refuse_alien(where, seen.file, seen.problem, context);
    case sighting::state::failed:
      context.fail(seen.failure);
    case sighting::state::hidden:
    case sighting::state::live:
      break;
  }
  // It may just have been created, and have got its mode only after it kept this user out.
  if (!std::exchange(refused_before, true)) return pass_answer::again;
  context.fail(
      EACCES,
      "it belongs to user " + std::to_string(seen.status.st_uid) + " and its permissions do not let this user in",
      "its creator can choose a wider mode");
}

/// One way through the slots of a name.
pass open_pass(place_ptr const& where, object_name const& name, bool writable, bool& refused_before,
               operation_context const& context) {
  for (unsigned slot = 0; slot < slots_of(*where); ++slot) {
    std::string file = slot_file(name.file, slot);
    auto seen = visit_file(*where, file, writable, context);
    switch (seen.answer) {
      case visit_answer::absent:
        break;
      case visit_answer::again:
        return {pass_answer::again};
      case visit_answer::live:
        if (auto object = read_object(std::move(seen), where, std::move(file), name, context)) {
          return {pass_answer::found, std::move(object)};
        }
        return {pass_answer::again};
      case visit_answer::forbidden:
        if (judge_forbidden(*where, look_at(*where, file), refused_before, context) == pass_answer::again) {
          return {pass_answer::again};
        }
        break;
      case visit_answer::stale: {
        seen.fd.reset();
        auto const swept = sweep_file(*where, file).what;
        if (swept == sweep_answer::refused || swept == sweep_answer::gone) return {pass_answer::again};
        break;
      }
    }
  }
  return {pass_answer::absent};
}

/// Fails early where a large object cannot fit: filling a tmpfs to the brim only to find that out would hurt
/// everybody.
void require_space(int fd, place const& where, std::uint64_t bytes, operation_context const& context) {
  constexpr std::uint64_t not_worth_asking = std::uint64_t{1} << 20U;
  if (bytes < not_worth_asking) return;
  struct ::statvfs space {};
  if (::fstatvfs(fd, &space) == 0 && space.f_blocks != 0) {
    auto const free_bytes = std::uint64_t{space.f_bavail} * space.f_frsize;
    if (free_bytes < bytes) {
      context.fail(ENOSPC, "it needs " + std::to_string(bytes) + " bytes, and " + where.path + " has " +
                               std::to_string(free_bytes) + " left");
    }
  }
  require_memory(bytes, context);
}

/// C4: mode, size, memory, header. 0 or the errno.
int fill(int fd, struct ::stat const& status, new_object const& wanted) {
  if ((status.st_mode & 07777U) != wanted.mode) {
    if (int const failure = os::change_mode(fd, wanted.mode)) return failure;
  }
  auto const& header = wanted.header;
  if (!header.file_backed) {
    std::uint64_t const end = header.payload_offset + header.payload_size;
    int failure = 0;
    if (header.reserve) {
      failure = os::resize(fd, end);
    } else if (header.huge_pages) {  // nothing between the header and the aligned payload
      failure = os::commit(fd, header.payload_offset, header.payload_size);
    } else {
      failure = os::commit(fd, 0, end);
    }
    if (failure != 0) return failure;
  }
  if (!wanted.state.empty()) {
    if (int const failure = os::write_at(fd, wanted.state, layout::state_offset)) return failure;
  }
  if (int const failure = write_header(fd, header)) return failure;
  // Last: a creator that is killed after this leaves a whole object, and one that is killed before it a stale file.
  return wanted.permanent ? os::change_mode(fd, wanted.mode | static_cast<mode_t>(S_ISVTX)) : 0;
}

/// C4 to C6 on a file that has its sweep lock.
open_object complete(os::unique_fd fd, struct ::stat const& status, place_ptr const& where, std::string file,
                     new_object wanted, operation_context const& context) {
  int failure = 0;
  try {
    if (!wanted.header.file_backed && !wanted.header.reserve)
      require_space(fd.get(), *where, wanted.header.payload_size, context);
    failure = fill(fd.get(), status, wanted);                                           // C4
    if (failure == 0 && os::try_mark(fd.get()) != lock_answer::taken) failure = errno;  // C5
    if (failure == 0 && wanted.before_visible) wanted.before_visible(*where, file);
    if (failure == 0 && os::try_hold(fd.get()) != lock_answer::taken) failure = errno;  // C6
  } catch (...) {
    os::unlink_at(where->directory.get(), file.c_str());  // still ours alone: the sweep lock is on it
    throw;
  }
  if (failure != 0) {
    os::unlink_at(where->directory.get(), file.c_str());
    if (failure == ENOSPC) context.fail(failure, where->path + " is full");
    context.fail(failure);
  }
  return {held_file(std::move(fd), where, std::move(file)), std::move(wanted.header)};
}

/// A file of ours with its sweep lock, as C1 to C3 leave it; `exists` where the name is taken.
struct claim {
  enum class answer : std::uint8_t { claimed, exists, again, directory_gone };
  answer what = answer::again;
  os::unique_fd fd = {};
  struct ::stat status {};
  std::string file = {};
};

/// C1 to C3 on one slot.
claim claim_file(place const& where, std::string const& file, operation_context const& context) {
  auto fd = os::open_at(where.directory.get(), file.c_str(), O_CREAT | O_EXCL | O_RDWR | object_flags,
                        S_IRUSR | S_IWUSR);  // C1
  if (!fd) {
    if (fd.error() == EEXIST) return {claim::answer::exists};
    if (fd.error() == ENOENT) return {claim::answer::directory_gone};
    context.fail(fd.error(), "a file in " + where.path + ": " + std::strerror(fd.error()));
  }
  patience patience;
  for (lock_answer answer{}; (answer = os::try_sweep(fd->get())) != lock_answer::taken;) {  // C2
    int const failure = errno;
    if (answer == lock_answer::failed || !patience.pause()) {
      // Not ours to remove without the lock; nobody marks it, so it is stale as soon as the other one lets go.
      if (answer == lock_answer::failed) context.fail(failure);
      refuse_busy(where, file, context);
    }
  }
  auto const status = os::status(fd->get());  // C3
  if (!status) context.fail(status.error());
  if (status->st_nlink == 0) return {claim::answer::again};
  return {claim::answer::claimed, std::move(*fd), *status, file};
}

/// The name's file is there: is it taken, or in the way?
claim judge_existing(place const& where, std::string const& file, bool& refused_before,
                     operation_context const& context) {
  auto const seen = look_at(where, file);
  switch (seen.what) {
    case sighting::state::live:
      return {claim::answer::exists};
    case sighting::state::stale: {
      auto const swept = sweep_file(where, file);
      if (swept.what == sweep_answer::kept && swept.failure != 0) {
        context.fail(swept.failure, "a stale file cannot be removed: " + where.path + "/" + file + ": " +
                                        std::strerror(swept.failure));
      }
      return {claim::answer::again};
    }
    case sighting::state::absent:
    case sighting::state::unfinished:
      return {claim::answer::again};
    case sighting::state::alien:
    case sighting::state::hidden:
    case sighting::state::failed:
      break;
  }
  judge_forbidden(where, seen, refused_before, context);
  return {claim::answer::again};
}

claim claim_local(place const& where, object_name const& name, bool& refused_before,
                  operation_context const& context) {
  std::string const file = slot_file(name.file, 0);
  auto claimed = claim_file(where, file, context);
  return claimed.what == claim::answer::exists ? judge_existing(where, file, refused_before, context)
                                               : std::move(claimed);
}

/// The lowest free slot, once none of them lives. Stale files of this user go on the way. The caller has D.
claim claim_slot(place const& where, object_name const& name, bool& refused_before,
                 operation_context const& context) {
  std::optional<unsigned> free_slot;
  for (unsigned slot = 0; slot < slots_of(where); ++slot) {
    std::string const file = slot_file(name.file, slot);
    auto seen = look_at(where, file);
    settle(seen);
    if (seen.what == sighting::state::live) return {claim::answer::exists};
    if (seen.what == sighting::state::unfinished) return {claim::answer::again};
    bool is_free = seen.what == sighting::state::absent;
    if (seen.what == sighting::state::stale && where.may_unlink(seen.status.st_uid)) {
      seen.fd.reset();
      auto const swept = sweep_file(where, file);
      if (swept.failure != 0) context.fail(swept.failure);
      if (swept.what == sweep_answer::refused) return {claim::answer::again};
      is_free = swept.what == sweep_answer::swept || swept.what == sweep_answer::gone;
    } else if (!is_free && seen.what != sighting::state::stale) {
      judge_forbidden(where, seen, refused_before, context);
      return {claim::answer::again};
    }
    if (is_free && !free_slot) free_slot = slot;
  }
  if (!free_slot) {
    context.fail(ENOSPC,
                 "stale files of other users take all " + std::to_string(slots_of(where)) +
                     " slots of this name in " + where.path,
                 "'coview reclaim' as root removes them");
  }
  auto claimed = claim_file(where, slot_file(name.file, *free_slot), context);
  return claimed.what == claim::answer::exists ? claim{claim::answer::again} : std::move(claimed);
}

claim claim_global(place const& where, object_name const& name, bool& refused_before,
                   operation_context const& context) {
  directory_lock d;
  if (int const failure = d.take(where, patience())) {
    if (failure == EBUSY) refuse_busy(where, ".", context);
    context.fail(failure);
  }
  return claim_slot(where, name, refused_before, context);
}

void require_sane(new_object const& wanted, operation_context const& context) {
  constexpr std::uint64_t largest_file = INT64_MAX;
  if (wanted.header.payload_size > largest_file - wanted.header.payload_offset) {
    context.fail(EFBIG, "no file can have " + std::to_string(wanted.header.payload_size) + " bytes");
  }
  if ((wanted.mode & ~mode_t{0777}) != 0) context.fail(EINVAL, "the mode has bits beyond 0777");
  if ((wanted.mode & S_IRUSR) == 0) {
    context.fail(EINVAL, "the mode does not let its owner read", "add 0400: its owner must be able to open it");
  }
}

}  // namespace

held_file& held_file::operator=(held_file&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::move(other.fd_);
    where_ = std::move(other.where_);
    file_ = std::move(other.file_);
  }
  return *this;
}

bool held_file::still_named() const noexcept {
  if (!fd_) return false;
  auto const status = os::status(fd_.get());
  return status && status->st_nlink > 0;
}

os::result<os::unique_fd> held_file::reopen_without_locks(bool writable) const {
  int const flags = writable ? O_RDWR : O_RDONLY;
  auto again = os::open_at(where_->directory.get(), file_.c_str(), flags | object_flags);
  if (again) {
    auto const mine = os::status(fd_.get());
    auto const other = os::status(again->get());
    if (mine && other && os::same_file(*mine, *other)) return again;
  }
  // The name was taken away; the kernel still knows the file by our descriptor.
  return os::open(("/proc/self/fd/" + std::to_string(fd_.get())).c_str(), flags);
}

void held_file::close() noexcept {
  if (!fd_) return;
  fd_.reset();  // X1
  remove_name();
}

os::unique_fd held_file::give_up_name() noexcept {
  auto fd = std::move(fd_);
  if (!fd) return fd;
  os::drop_mark(fd.get());  // X1, in the order in which the kernel drops them when it closes a description
  os::drop(fd.get());
  remove_name();
  return fd;
}

void held_file::remove_name() noexcept {
  os::not_cancelled const until_removed;  // half of the calls below are cancellation points
  try {
    sweep_file(*where_, file_);  // X2
  } catch (std::bad_alloc const&) {
    // Without memory the file stays: garbage that nobody can observe, until the next create, open or list.
  }
  where_.reset();
}

held_file held_file::another(bool writable) const {
  if (!fd_) return {};
  auto again = os::open_at(where_->directory.get(), file_.c_str(), (writable ? O_RDWR : O_RDONLY) | object_flags);
  if (!again) return {};
  // This handle's own locks keep everybody from sweeping or replacing the file, so none of the steps can be refused.
  auto const mine = os::status(fd_.get());
  auto const other = os::status(again->get());
  if (!mine || !other || !os::same_file(*mine, *other)) return {};
  if (os::try_hold(again->get()) != lock_answer::taken || os::try_mark(again->get()) != lock_answer::taken) return {};
  return {std::move(*again), where_, file_};
}

std::optional<open_object> try_open_object(object_name const& name, bool writable, operation_context const& context) {
  patience patience;
  bool refused_before = false;
  for (;;) {
    auto const where = find_place(name.scope, if_missing::leave, context);
    if (!where) return {};
    auto tried = open_pass(where, name, writable, refused_before, context);
    if (tried.answer == pass_answer::found) return std::move(tried.object);
    if (tried.answer == pass_answer::absent) {
      if (!where->gone()) return {};
      forget_places();
    } else if (!patience.pause()) {
      refuse_busy(*where, slot_file(name.file, 0), context);
    }
  }
}

std::optional<open_object> try_create_object(object_name const& name, new_object wanted,
                                             operation_context const& context) {
  wanted.header.name = name.leaf;
  wanted.header.payload_offset = payload_offset_for(wanted.header);
  // Whoever could write a header that names a file could send its openers to another one (memory/target.hpp).
  if (wanted.header.file_backed) wanted.mode &= ~static_cast<mode_t>(S_IWGRP | S_IWOTH);
  wanted.header.creator = static_cast<std::uint32_t>(::getpid());
  wanted.header.created = std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  require_sane(wanted, context);

  patience patience;
  bool refused_before = false;
  for (;;) {
    auto const where = find_place(name.scope, if_missing::create, context);
    auto claimed = name.scope == name_scope::local ? claim_local(*where, name, refused_before, context)
                                                   : claim_global(*where, name, refused_before, context);
    switch (claimed.what) {
      case claim::answer::claimed:
        wanted.header.creator_user = where->user;
        return complete(std::move(claimed.fd), claimed.status, where, std::move(claimed.file), std::move(wanted),
                        context);
      case claim::answer::exists:
        return {};
      case claim::answer::directory_gone:
        forget_places();
        break;
      case claim::answer::again:
        break;
    }
    if (!patience.pause()) refuse_busy(*where, slot_file(name.file, 0), context);
  }
}

open_object open_or_create_object(object_name const& name, new_object const& wanted, bool& created,
                                  operation_context const& context) {
  patience patience;
  for (;;) {
    bool const writable = (wanted.mode & S_IWUSR) != 0 || ::geteuid() == 0;
    created = false;
    if (auto opened = try_open_object(name, writable, context)) return std::move(*opened);
    created = true;
    if (auto made = try_create_object(name, wanted, context)) return std::move(*made);
    if (!patience.pause()) context.fail(EBUSY, "it comes and goes faster than it can be opened");
  }
}

void require_memory(std::uint64_t bytes, operation_context const& context) {
  if (bytes < os::worth_asking_for_memory) return;
  if (auto const memory = os::available_memory(); memory && *memory < bytes) {
    context.fail(ENOMEM,
                 "it needs " + std::to_string(bytes) + " bytes, and the system has " + std::to_string(*memory) +
                     " left for this process",
                 "ask for less, or for 'reserve' to take memory only as it is used");
  }
}

sighting find_object(place_ptr const& where, object_name const& name, operation_context const& context) {
  patience patience;
  for (unsigned slot = 0; slot < slots_of(*where);) {
    auto seen = look_at(*where, slot_file(name.file, slot));
    switch (seen.what) {
      case sighting::state::live:
      case sighting::state::hidden:
        return seen;
      case sighting::state::alien:
        refuse_alien(*where, seen.file, seen.problem, context);
      case sighting::state::failed:
        context.fail(seen.failure);
      case sighting::state::unfinished:  // a stranger makes or removes it just now
        if (patience.pause()) continue;
        break;
      case sighting::state::stale:
        seen.fd.reset();
        if (sweep_file(*where, seen.file).what == sweep_answer::refused && patience.pause())
          continue;  // somebody decides
        break;
      case sighting::state::absent:
        break;
    }
    ++slot;
  }
  return {};
}

int unlink_by_force(place_ptr const& where, std::string const& file) {
  directory_lock d;  // two forces at once could otherwise remove the file that was made after the first of them
  if (int const failure = d.take(*where, patience())) return failure;
  auto const fd = os::open_at(where->directory.get(), file.c_str(), O_RDONLY | object_flags);
  if (!fd) return fd.error();
  patience patience;
  while (os::try_hold(fd->get()) != lock_answer::taken) {  // keeps sweepers away, who unlink by name too
    if (!patience.pause()) return EBUSY;
  }
  auto const status = os::status(fd->get());
  if (!status || status->st_nlink == 0) return status ? ENOENT : status.error();
  return os::unlink_at(where->directory.get(), file.c_str());
}

}  // namespace coview
