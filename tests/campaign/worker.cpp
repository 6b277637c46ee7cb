// SPDX-License-Identifier: Apache-2.0
// One process of a kill campaign: random creates, opens, checks, forks and closes over a few names, each written down
// before and after, so that the log is true at whatever moment the process is killed.
#include "worker.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <optional>
#include <utility>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "naive.hpp"
#include "payload.hpp"

namespace campaign {
namespace {

constexpr std::size_t most_handles = 3;
constexpr std::uint64_t largest_payload =
    9000;  // three pages: a commit, a zeroing and a check that take a little while

/// A handle that this process has.
struct held {
  std::uint16_t name = 0;
  std::uint32_t call = 0;
  std::uint64_t generation = 0;
  std::uint32_t owner = 0;
  std::uint16_t mode = 0;
  coview::mapping handle{};
  coview::view view{};
  naive_handle naive{};  // only of a sabotaged open
};

class worker {
 public:
  worker(assignment const& what, std::uint32_t slot, std::uint64_t seed)
      : what_(what), board_(*what.shared), slot_(slot), random_(seed) {}

  void run() {
    while (!failed_ && board_.slots[slot_].count.load() + log_reserve < log_capacity) {
      step();
      if (forked_ && random_.one_in(24)) break;  // a child leaves with whatever it holds
    }
    if (random_.one_in(2)) {
      while (!held_.empty()) close(held_.size() - 1);
    }
    note({.kind = event_kind::leave});
    ::_exit(0);
  }

 private:
  void step() {
    if (random_.one_in(64)) return list();
    if (what_.ask_for_holders && random_.one_in(64)) return ask_for_holders();
    if (random_.one_in(40)) return fork();
    if (what_.fault == sabotage::unlink && random_.one_in(200)) return delete_naively(random_name());
    if (!held_.empty() && (held_.size() >= most_handles || random_.one_in(2))) {
      std::size_t const which = random_.below(held_.size());
      random_.one_in(3) ? check(held_[which]) : close(which);
      return;
    }
    obtain();
  }

  // Creates and opens.

  void obtain() {
    std::uint16_t const name = random_name();
    if (random_.one_in(16)) return open_as_another_kind(name);
    switch (random_.below(5)) {
      case 0:
      case 1:
        attempt(event_kind::create_begin, name);
        break;
      case 2:
        attempt(event_kind::either_begin, name);
        break;
      default:
        attempt(event_kind::open_begin, name);
        break;
    }
  }

  void attempt(event_kind how, std::uint16_t name) {
    held got;
    got.name = name;
    got.call = ++calls_;
    std::uint64_t const size = smallest_payload + random_.below(largest_payload);
    coview::create_options const options{.mode = what_.several_users && random_.one_in(2) ? 0666U : 0600U,
                                         .reserve = random_.one_in(4)};
    note({.call = got.call, .name = name, .mode = static_cast<std::uint16_t>(options.mode), .kind = how});
    try {
      switch (how) {
        case event_kind::create_begin:
          got.handle = coview::mapping::create(what_.names[name], size, options);
          break;
        case event_kind::either_begin:
          got.handle = coview::mapping::open_or_create(what_.names[name], size, options);
          break;
        default:
          open(got);
          break;
      }
    } catch (coview::error const& e) {
      return refused(got, e);
    }
    if (!got.handle && !got.naive) return note({.call = got.call, .name = name, .kind = event_kind::absent});
    succeeded(std::move(got), options.mode, size);
  }

  void open(held& got) {
    if (what_.fault == sabotage::revive && random_.one_in(4)) {
      got.naive = open_naively(what_.names[got.name]);
      return;
    }
    auto const rights = random_.one_in(2) ? coview::access::read_only : coview::access::read_write;
    if (random_.one_in(2)) {
      got.handle = coview::mapping::open(what_.names[got.name], rights);
    } else if (auto opened = coview::mapping::try_open(what_.names[got.name], rights)) {
      got.handle = std::move(*opened);
    }
  }

  /// Somebody may have the name, and this process is turned away all the same: as if it wanted to create it.
  void open_as_another_kind(std::uint16_t name) {
    std::uint32_t const call = ++calls_;
    note({.call = call, .name = name, .kind = event_kind::open_begin});
    try {
      if (coview::event::try_open(what_.names[name])) return complain("it is an event", what_.names[name]);
      note({.call = call, .name = name, .kind = event_kind::absent});
    } catch (coview::error const& e) {
      refused({.name = name, .call = call}, e);
    }
  }

  void refused(held const& got, coview::error const& e) {
    event_kind kind{};
    if (e.code() == std::errc::file_exists || e.code() == std::errc::invalid_argument) {
      kind = event_kind::exists;
    } else if (e.code() == std::errc::no_such_file_or_directory) {
      kind = event_kind::absent;
    } else if (e.code() == std::errc::permission_denied) {
      kind = event_kind::denied;
    } else if (e.code() == std::errc::device_or_resource_busy) {
      kind = event_kind::busy;
    } else {
      return complain("unexpected error", what_.names[got.name] + ": " + e.what());
    }
    note({.call = got.call, .name = got.name, .kind = kind});
  }

  void succeeded(held got, mode_t asked_mode, std::uint64_t asked_size) {
    struct ::stat status {};
    if (::fstat(got.naive ? got.naive.get() : got.handle.native_handle(), &status) != 0) {
      return complain("fstat of a handle failed", what_.names[got.name]);
    }
    bool const made = got.handle && got.handle.created();
    got.generation = status.st_ino;
    got.owner = status.st_uid;
    got.mode = static_cast<std::uint16_t>(status.st_mode & 0777U);
    note({.generation = got.generation,
          .call = got.call,
          .detail = got.owner,
          .name = got.name,
          .mode = got.mode,
          .kind = made ? event_kind::created : event_kind::opened});
    if (got.handle) {
      bool const may_write = got.handle.rights() == coview::access::read_write;
      got.view =
          got.handle.map(may_write && !random_.one_in(3) ? coview::access::read_write : coview::access::read_only);
    }
    if (made) {
      if (got.mode != asked_mode || got.handle.size() != asked_size)
        complain("another mode or size", what_.names[got.name]);
      auto const writable = got.handle.map();
      if (!is_zero(writable.bytes())) complain("a new object is not zero", what_.names[got.name]);
      fill(writable.bytes(), random_.next() | 1U, got.generation);
    }
    held_.push_back(std::move(got));
    if (random_.one_in(2)) check(held_.back());
  }

  // What a holder may expect.

  void check(held const& mine) {
    if (mine.naive) return;
    if (!mine.handle.still_named()) complain("a live object was removed", what_.names[mine.name]);
    if (!intact(mine.view.bytes(), mine.generation)) complain("contents are damaged", what_.names[mine.name]);
    if (random_.one_in(2)) attempt_again(mine);
  }

  /// The name of what is held leads to it. The campaign's judge says so when the inode is another.
  void attempt_again(held const& mine) {
    std::uint32_t const call = ++calls_;
    note({.call = call, .name = mine.name, .kind = event_kind::open_begin});
    try {
      auto again = coview::mapping::try_open(what_.names[mine.name], coview::access::read_only);
      if (!again) return note({.call = call, .name = mine.name, .kind = event_kind::absent});
      struct ::stat status {};
      ::fstat(again->native_handle(), &status);
      note({.generation = status.st_ino,
            .call = call,
            .detail = status.st_uid,
            .name = mine.name,
            .mode = static_cast<std::uint16_t>(status.st_mode & 0777U),
            .kind = event_kind::opened});
      note({.call = call, .name = mine.name, .kind = event_kind::close_begin});
      again->close();
      note({.call = call, .name = mine.name, .kind = event_kind::closed});
    } catch (coview::error const& e) {
      refused({.name = mine.name, .call = call}, e);
    }
  }

  void close(std::size_t which) {
    held gone = std::move(held_[which]);
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(which));
    if (!gone.naive && !intact(gone.view.bytes(), gone.generation))
      complain("contents are damaged", what_.names[gone.name]);
    note({.call = gone.call, .name = gone.name, .kind = event_kind::close_begin});
    if (random_.one_in(2)) {
      gone.view.unmap();
      gone.handle.close();
    } else {
      gone.handle.close();
      gone.view.unmap();
    }
    gone.naive.reset();
    note({.call = gone.call, .name = gone.name, .kind = event_kind::closed});
  }

  // Looking from outside.

  void list() {
    note({.kind = event_kind::list_begin});
    try {
      for (auto const& object : coview::list()) {
        auto const it = std::ranges::find(what_.names, object.name);
        if (it == what_.names.end()) continue;
        note({.name = static_cast<std::uint16_t>(it - what_.names.begin()), .kind = event_kind::listed});
      }
    } catch (coview::error const& e) {
      return complain("list failed", e.what());
    }
    note({.kind = event_kind::list_end});
  }

  void ask_for_holders() {
    std::uint16_t const name = held_.empty() || random_.one_in(2) ? random_name() : held_.front().name;
    note({.name = name, .kind = event_kind::holders_begin});
    std::uint32_t failure = 0;
    try {
      for (auto const& one : coview::holders(what_.names[name])) {
        note({.detail = static_cast<std::uint32_t>(one.pid), .name = name, .kind = event_kind::holder});
      }
    } catch (coview::error const& e) {
      failure = static_cast<std::uint32_t>(e.code().value());
      if (failure != ENOENT && failure != EACCES && failure != EBUSY) return complain("holders failed", e.what());
    }
    note({.detail = failure, .name = name, .kind = event_kind::holders_end});
  }

  // A child holds what its parent held.

  void fork() {
    if (held_.empty() || forked_) return;
    std::optional<std::uint32_t> const free = reserve_slot();
    if (!free) return;
    slot& place = board_.slots[*free];
    std::uint64_t const seed = random_.next();
    place.user.store(board_.slots[slot_].user.load());
    for (held const& one : held_) {
      board_.write(*free, {.generation = one.generation,
                           .call = one.call,
                           .detail = one.owner,
                           .name = one.name,
                           .mode = one.mode,
                           .kind = event_kind::inherit});
    }
    // A sibling, not a child: the campaign's parent then waits for it whatever becomes of this process. The kernel
    // writes the process ID before either of the two goes on.
    long const pid =
        ::syscall(SYS_clone, CLONE_PARENT | CLONE_PARENT_SETTID | SIGCHLD, nullptr, &place.pid, nullptr, 0);
    if (pid < 0) {
      place.count.store(0);
      place.reserved_by.store(nobody);
      return;
    }
    if (pid > 0) return;
    slot_ = *free;
    forked_ = true;
    random_ = random_numbers(seed);
    for (held const& one : held_) {
      note({.generation = one.generation, .call = one.call, .name = one.name, .kind = event_kind::inherited});
    }
  }

  std::optional<std::uint32_t> reserve_slot() {
    for (std::uint32_t i = 0; i < what_.slots; ++i) {
      std::uint32_t expected = nobody;
      if (board_.slots[i].reserved_by.compare_exchange_strong(expected, slot_)) return i;
    }
    return {};
  }

  std::uint16_t random_name() { return static_cast<std::uint16_t>(random_.below(what_.names.size())); }

  void note(event what) { board_.write(slot_, what); }

  void complain(std::string const& what, std::string const& detail) {
    failed_ = true;
    board_.complain("pid " + std::to_string(::getpid()) + " at " + std::to_string(board_.now()) + ": " + what + ": " +
                    detail);
  }

  void delete_naively(std::uint16_t name) { campaign::delete_naively(what_.names[name]); }

  assignment const& what_;
  board& board_;
  std::uint32_t slot_;
  random_numbers random_;
  std::vector<held> held_{};
  std::uint32_t calls_ = 0;
  bool forked_ = false;
  bool failed_ = false;
};

}  // namespace

void work(assignment const& what, std::uint32_t slot, std::uint64_t seed) {
  try {
    worker(what, slot, seed).run();
  } catch (std::exception const& e) {
    what.shared->complain(std::string("an exception that is no answer: ") + e.what());
  }
  ::_exit(1);
}

void check_nothing_is_left(assignment const& what, std::uint64_t seed) {
  random_numbers random(seed);
  std::string at = "list";
  try {
    for (std::string const& name : what.names) {
      at = name;
      if (random.one_in(2) && coview::mapping::try_open(name, coview::access::read_only)) {
        what.shared->complain("a stale name was observed by open: " + name);
      }
    }
    for (auto const& object : coview::list())
      what.shared->complain("a stale name was observed by list: " + object.name);
    for (std::string const& name : what.names) {
      at = name;
      auto const fresh = coview::mapping::create(name, smallest_payload + random.below(largest_payload));
      if (!is_zero(fresh.map().bytes())) what.shared->complain("a new object is not zero: " + name);
    }
  } catch (std::exception const& e) {
    what.shared->complain("nobody holds " + at + ", and yet: " + e.what());
  }
}

}  // namespace campaign
