// SPDX-License-Identifier: Apache-2.0
// C1 to C6 of docs/lifetime.md.
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <coview/error.hpp>

#include "object/lifetime.hpp"
#include "object/name_call.hpp"
#include "object/name_removal.hpp"
#include "os/file.hpp"
#include "os/file_size_limit.hpp"
#include "os/lock.hpp"
#include "os/memory.hpp"
#include "os/process.hpp"

namespace coview::inline object {
namespace {

using os::lock_answer;

/// The filesystem has no room, though what the dead left was given back.
[[noreturn]] void fail_full(int directory, place const& where, std::string cause, operation_context const& context) {
  struct ::statvfs space {};
  struct ::statfs system {};
  // Another filesystem is not made larger by mounting it again.
  bool const memory = ::fstatfs(directory, &system) == 0 && system.f_type == TMPFS_MAGIC;
  auto const mounted = memory ? os::mount_point_of(where.path) : std::string();
  if (::fstatvfs(directory, &space) == 0 && space.f_files != 0 && space.f_favail == 0) {
    std::string remedy = "end what 'coview ls' shows";
    if (memory) remedy += ", or let it hold more: 'mount -o remount,nr_inodes=NUMBER " + mounted + "'";
    context.fail(ENOSPC, where.path + " can hold no more files (inodes)", std::move(remedy));
  }
  std::string remedy = "end what 'coview ls --long' shows";
  remedy += memory ? ", or make it larger: 'mount -o remount,size=SIZE " + mounted + "', for a container --shm-size"
                   : ", or make room there: 'df' shows how much there is";
  context.fail(ENOSPC, std::move(cause), std::move(remedy));
}

/// What would help against a failure to make a file there.
char const* remedy_for_entry(int failure, place const& where) {
  if (failure != EACCES && failure != EPERM) return "";
  return where.scope == name_scope::global
             ? "global names need a directory where this user may make files (mode 1777)"
             : "look at that directory with 'ls -ld'";
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
      fail_full(fd, where,
                "it needs " + std::to_string(bytes) + " bytes, and " + where.path + " has " +
                    std::to_string(free_bytes) + " left",
                context);
    }
  }
  require_memory(bytes, context);
}

int take_memory(int fd, object_header const& header) {
  if (header.file_backed) return 0;
  std::uint64_t const end = header.payload_offset + header.payload_size;
  if (header.reserve) return os::resize(fd, end);
  if (header.huge_pages) {  // nothing between the header and the aligned payload
    return os::commit(fd, header.payload_offset, header.payload_size);
  }
  return os::commit(fd, 0, end);
}

/// C4: mode, size, memory, header. 0 or the errno.
int fill(int fd, struct ::stat const& status, new_object const& wanted) {
  os::file_size_signal_block const no_signal;
  if ((status.st_mode & 07777U) != wanted.mode) {
    if (int const failure = os::change_mode(fd, wanted.mode)) return failure;
  }
  if (int const failure = take_memory(fd, wanted.header)) return failure;
  if (int const failure = write_header(fd, wanted.header, wanted.state)) return failure;
  // Last: a creator that is killed after this leaves a whole object, and one that is killed before it a stale file.
  return wanted.permanent ? os::change_mode(fd, wanted.mode | static_cast<mode_t>(S_ISVTX)) : 0;
}

/// One try to make a name's file.
class create_attempt {
 public:
  create_attempt(name_call& call, place_ptr const& where, bool permanent) noexcept
      : call_(call), where_(where), permanent_(permanent) {}

  /// C1 to C3: `done` where a file of ours has its sweep lock, `no` where the name is taken.
  outcome claim() { return where_->scope == name_scope::local ? claim_local() : claim_global(); }

  /// C4 to C6, after `claim`.
  open_object complete(new_object const& wanted) {
    auto const& context = call_.context();
    object_header header = wanted.header;
    int failure = 0;
    try {
      if (!header.file_backed && !header.reserve) require_space(fd_.get(), *where_, header.payload_size, context);
      failure = fill(fd_.get(), status_, wanted);                                          // C4
      if (failure == 0 && os::try_mark(fd_.get()) != lock_answer::taken) failure = errno;  // C5
      if (failure == 0 && wanted.before_visible) wanted.before_visible(*where_, file_);
      if (failure == 0 && os::try_hold(fd_.get()) != lock_answer::taken) failure = errno;  // C6
    } catch (...) {
      os::unlink_at(where_->directory.get(), file_.c_str());  // still ours alone: the sweep lock is on it
      throw;
    }
    if (failure != 0) {
      os::unlink_at(where_->directory.get(), file_.c_str());
      if (failure == ENOSPC) fail_full(where_->directory.get(), *where_, where_->path + " is full", context);
      context.fail(failure);
    }
    return {held_file(std::move(fd_), status_, where_, std::move(file_), std::move(evidence_)), std::move(header)};
  }

 private:
  enum class made : std::uint8_t { claimed, exists, again };

  /// Removes what C1 made, where C2 or C3 failed. Its sweep lock must be there: without it, another process can take
  /// the file for a stale one at any moment, and create the name anew. With it nobody else unlinks the file, so what
  /// the name leads to now is this one, or will never be.
  void take_back(int fd, std::string const& file) {
    auto const mine = os::status_by_descriptor(fd);
    auto const entry = os::status_at(where_->directory.get(), file.c_str());
    if (mine && entry && os::same_file(*mine, *entry)) os::unlink_at(where_->directory.get(), file.c_str());
  }

  /// C1 to C3 on one slot.
  made claim_slot(std::string file) {
    auto const& context = call_.context();
    constexpr int flags = O_CREAT | O_EXCL | O_RDWR;
    auto fd = os::open_at(where_->directory.get(), file.c_str(), flags | object_flags, S_IRUSR | S_IWUSR);  // C1
    if (!fd) {
      if (fd.error() == EEXIST) return made::exists;
      if (fd.error() != ENOENT) {
        if (fd.error() == ENOSPC) fail_full(where_->directory.get(), *where_, where_->path + " is full", context);
        context.fail(fd.error(), "a file in " + where_->path + ": " + std::strerror(fd.error()),
                     remedy_for_entry(fd.error(), *where_));
      }
      forget_places();  // the directory is gone
      return made::again;
    }
    patience patience;
    for (lock_answer answer{}; (answer = os::try_sweep(fd->get())) != lock_answer::taken;) {  // C2
      if (answer == lock_answer::failed) {
        int const failure = errno;
        if (os::try_sweep(fd->get()) == lock_answer::taken) take_back(fd->get(), file);
        context.fail(failure, std::string("flock: ") + std::strerror(failure));
      }
      // Not ours to remove without the lock; nobody marks it, so it is stale as soon as the other one lets go.
      if (!patience.pause()) call_.fail_busy(*where_, file);
    }
    auto const status = os::status(fd->get());  // C3
    if (!status) {
      take_back(fd->get(), file);
      context.fail(status.error());
    }
    if (status->st_nlink == 0) return made::again;
    fd_ = std::move(*fd);
    status_ = *status;
    file_ = std::move(file);
    return made::claimed;
  }

  outcome claim_local() {
    std::string file = slot_file(call_.name().file, 0);
    switch (claim_slot(file)) {
      case made::claimed:
        return outcome::done;
      case made::again:
        return outcome::again;
      case made::exists:
        break;
    }
    // Is it taken, or in the way?
    auto const seen = probe_file(*where_, file);
    if (seen.what == probe::state::live) return outcome::no;
    if (seen.what != probe::state::stale || seen.being_opened) {
      call_.pass(*where_, seen);
      return outcome::again;
    }
    call_.saw(seen);
    auto const swept = sweep_file(*where_, file);
    if (swept.what == sweep_answer::kept && swept.failure != 0) {
      call_.context().fail(swept.failure, "a stale file cannot be removed: " + where_->path + "/" + file + ": " +
                                              std::strerror(swept.failure));
    }
    return outcome::again;
  }

  outcome claim_global() {
    directory_lock d;
    if (int const failure = d.take(where_->directory.get(), patience())) {
      if (failure == EBUSY) call_.fail_busy(*where_, ".");
      call_.context().fail(failure);
    }
    auto const others = any_evident(*where_, call_.name().file);
    if (!others) call_.context().fail(others.error());
    // As a rule there is nothing, and C1 is the look at slot 0.
    if (!*others &&
        os::status_at(where_->directory.get(), slot_file(call_.name().file, 1).c_str()).error() == ENOENT) {
      auto const answer = claim_slot(slot_file(call_.name().file, 0));
      if (answer != made::exists) return answer == made::claimed ? outcome::done : outcome::again;
    }
    return claim_lowest(d.fd(), *others);
  }

  /// The lowest free slot, once none of them lives. Stale files that this user may remove go on the way.
  outcome claim_lowest(int directory, bool evidence) {
    std::vector<unsigned> taken{0, 1};
    auto const keep_what_stands = [&](std::vector<unsigned>& slots) {
      std::erase_if(slots, [&](unsigned slot) { return decided_ == outcome::done && frees(slot); });
    };
    keep_what_stands(taken);
    if (decided_ == outcome::done && (evidence || taken.size() == first_evident_slot)) {
      std::vector<unsigned> behind;
      if (int const failure = slots_behind(*where_, call_.name(), directory, behind)) call_.context().fail(failure);
      keep_what_stands(behind);
      taken.insert(taken.end(), behind.begin(), behind.end());
    }
    if (decided_ != outcome::done) return decided_;
    unsigned lowest = 0;
    for (auto const slot : taken) lowest += slot == lowest ? 1 : 0;
    if (lowest >= first_evident_slot && permanent_) fail_in_the_way();
    if (lowest >= slot_limit) call_.context().fail(EBUSY, "as many dead strangers' files as can be stand in its way");
    auto file = slot_file(call_.name().file, lowest);
    if (lowest >= first_evident_slot) {
      if (int const failure = evidence_.give(*where_, file)) call_.context().fail(failure);
    }
    return claim_slot(std::move(file)) == made::claimed ? outcome::done : outcome::again;
  }

  /// A permanent object has no holder who could give evidence of it.
  [[noreturn]] void fail_in_the_way() const {
    std::string owners;
    for (unsigned slot = 0; slot < first_evident_slot; ++slot) {
      auto const entry = os::status_at(where_->directory.get(), slot_file(call_.name().file, slot).c_str());
      if (!entry) continue;
      owners += (owners.empty() ? "" : " and ") + std::to_string(entry->st_uid);
    }
    call_.context().fail(EPERM,
                         "what processes of the users " + owners +
                             " left when they were killed takes both places that a permanent object can have",
                         "'coview reclaim', by those users or by root, removes it; an object that is not permanent "
                         "can be created");
  }

  /// Whether a slot is free, or has just become so. Decides against the attempt where its file lives, or may.
  bool frees(unsigned slot) {
    auto seen = probe_file(*where_, slot_file(call_.name().file, slot));
    recheck(*where_, seen);
    switch (seen.what) {
      case probe::state::absent:
        return true;
      case probe::state::live:
        decided_ = outcome::no;
        return false;
      case probe::state::stale:
        break;
      default:
        call_.pass(*where_, seen);
        decided_ = outcome::again;
        return false;
    }
    seen.fd.reset();
    switch (sweep_file(*where_, seen.file, sweeper::has_d).what) {
      case sweep_answer::swept:
      case sweep_answer::gone:
        return true;
      case sweep_answer::refused:
        if (!seen.stale_for_good) decided_ = outcome::again;
        break;
      case sweep_answer::kept:  // a stranger's, who will come for it; the next slot is as good
        break;
    }
    return false;
  }

  name_call& call_;
  place_ptr const& where_;
  bool permanent_;
  outcome decided_ = outcome::done;
  slot_evidence evidence_;  // from before C1, and so from before D is given back
  os::unique_fd fd_;
  struct ::stat status_ {};
  std::string file_;
};

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

std::optional<open_object> create_once(object_name const& name, new_object& wanted,
                                       operation_context const& context) {
  name_call call(name, context);
  for (;;) {
    auto const where = find_place(name.scope, if_missing::create, context);
    create_attempt attempt(call, where, wanted.permanent);
    switch (attempt.claim()) {
      case outcome::done:
        wanted.header.creator_user = where->user;
        return attempt.complete(wanted);
      case outcome::no:
        return {};
      case outcome::again:
        call.pause(*where);
    }
  }
}

/// An error that may have to do with what the dead left: no room in the filesystem, its inodes, the user's share of
/// it, or in memory.
bool is_lack_of_room(error const& failed) {
  int const code = failed.code().value();
  return code == ENOSPC || code == EDQUOT || code == ENOMEM;
}

/// Gives back all that may be given back, in both scopes; whether there was anything.
bool make_room(operation_context const& context) {
  reclaimed given_back;
  for (auto const scope : {name_scope::local, name_scope::global}) {
    try {
      if (auto const where = find_place_of_many(scope, context)) {
        walk(
            *where, SIZE_MAX, [](probe const&) {}, given_back);
      }
    } catch (error const&) {
      // A scope that cannot be looked through: its own errors belong to calls that want something there.
      continue;
    }
  }
  return given_back.objects > 0;
}

}  // namespace

std::optional<open_object> try_create_object(object_name const& name, new_object wanted,
                                             operation_context const& context) {
  wanted.header.name = name.leaf;
  wanted.header.payload_offset = payload_offset_for(wanted.header);
  // Whoever could write a header that names a file could send its openers to another one (memory/target.hpp).
  if (wanted.header.file_backed) wanted.mode &= ~static_cast<mode_t>(S_IWGRP | S_IWOTH);
  wanted.header.creator = static_cast<std::uint32_t>(::getpid());
  wanted.header.created = std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  require_sane(wanted, context);
  try {
    return create_once(name, wanted, context);
  } catch (error const& failed) {
    if (!is_lack_of_room(failed) || !make_room(context)) throw;
  }
  return create_once(name, wanted, context);
}

open_object open_or_create_object(object_name const& name, new_object const& wanted, bool& created,
                                  operation_context const& context, acceptance const& accept) {
  patience patience;
  bool const writable = (wanted.mode & S_IWUSR) != 0 || os::has_capability(os::capability::dac_override);
  for (;;) {
    created = false;
    if (auto opened = try_open_object(name, writable, context, accept)) return std::move(*opened);
    created = true;
    if (auto made = try_create_object(name, wanted, context)) return std::move(*made);
    if (!patience.pause()) context.fail(EBUSY, "it comes and goes faster than it can be opened");
  }
}

void require_memory(std::uint64_t bytes, operation_context const& context) {
  if (bytes < os::worth_asking_for_memory) return;
  auto const memory = os::available_memory();
  if (!memory || *memory >= bytes) return;
  auto const of_group = os::available_in_cgroups("/proc/self", 0);
  bool const group = of_group && *of_group < bytes;
  context.fail(
      ENOMEM,
      "it needs " + std::to_string(bytes) + " bytes, and " +
          (group ? "the memory cgroup of this process" : "the system") + " has " +
          std::to_string(group ? *of_group : *memory) + " left for this process",
      group ? "ask for less, have the cgroup's limit raised (memory.max; for a container --memory), or ask for "
              "'reserve' to take memory only as it is used"
            : "ask for less, or for 'reserve' to take memory only as it is used");
}

}  // namespace coview::inline object
