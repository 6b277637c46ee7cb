// SPDX-License-Identifier: Apache-2.0
#include "object/reaper.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <set>
#include <tuple>

#include "object/fail.hpp"
#include "object/lifetime.hpp"
#include "object/local_directory.hpp"
#include "object/name_removal.hpp"
#include "os/directory_watch.hpp"
#include "os/file.hpp"
#include "os/process.hpp"

namespace coview::inline object {
namespace {

/// The kernel reports a close a moment before it drops the description's locks, so a file that still looks held is
/// looked at again after these pauses (milliseconds); then it is taken to have other holders, whose close will be
/// reported.
constexpr std::array pauses{2, 20, 200};
constexpr std::size_t looks = pauses.size();

class reaper {
 public:
  explicit reaper(std::function<void(reaper_event const&)> const& on_event) : on_event_(on_event) {}

  void run(int stop_fd) {
    if (int const failure = watch_.start()) {
      asked_.fail(failure, {},
                  failure == EMFILE ? "raise 'ulimit -n', or the number of watchers that a user may have: 'sysctl "
                                      "fs.inotify.max_user_instances=1024'"
                                    : "");
    }
    watch_root();
    for (;;) {
      look_at_due();
      auto const answer = os::wait_readable(watch_.fd(), stop_fd, due_.empty() ? -1 : pauses.at(due_.begin()->first));
      if (answer == os::wait_answer::stop) return;
      if (answer == os::wait_answer::events) take_events();
    }
  }

 private:
  using clock = std::chrono::steady_clock;

  struct file {
    int watch;
    std::string name;
    bool operator<(file const& other) const { return std::tie(watch, name) < std::tie(other.watch, other.name); }
  };

  /// The root holds the global objects, and is where the user's own directory appears.
  void watch_root() {
    auto const global = find_place_of_many(name_scope::global, asked_);
    root_ = global ? add(global) : watch(root_path());
    watch_local();
  }

  void watch_local() {
    std::erase_if(places_, [](auto const& known) { return known.second->gone(); });
    if (auto const where = find_place(name_scope::local, if_missing::leave, asked_)) add(where);
  }

  int watch(std::string const& path) {
    auto const number = watch_.watch(path);
    if (!number) {
      asked_.fail(number.error(), "directory " + path + " cannot be watched: " + std::strerror(number.error()),
                  number.error() == ENOSPC
                      ? "raise the number of watches that a user may have: 'sysctl fs.inotify.max_user_watches=65536'"
                      : "");
    }
    return *number;
  }

  int add(place_ptr const& where) {
    auto const number = watch(where->path);
    places_[number] = where;
    look_at_all(number);
    return number;
  }

  void look_at_all(int watch) {
    auto const names = os::entries(places_.at(watch)->directory.get());
    if (!names) return;
    for (auto const& name : *names) due_[0].insert({watch, name});
  }

  void take_events() {
    for (auto& event : watch_.read()) {
      if (event.lost) {
        for (auto const& [watch, where] : places_) look_at_all(watch);
      } else if (event.ended) {
        places_.erase(event.watch);
      } else if (event.watch == root_ && is_local_directory_name(event.name, ::geteuid())) {
        forget_places();
        watch_local();
      } else if (file one{event.watch, std::move(event.name)}; places_.contains(one.watch) && !own_event(one)) {
        due_[0].insert(std::move(one));
      }
    }
  }

  /// Looks at the files of the shortest pause; those that still seem held go to the next one.
  void look_at_due() {
    if (due_.empty()) return;
    auto const [round, files] = *due_.begin();
    due_.erase(due_.begin());
    for (auto const& one : files) {
      if (!look(one) && round + 1 < looks) due_[round + 1].insert(one);
    }
  }

  /// A stale file that cannot be removed yet was opened by `look`, and the close of that is reported like any other.
  bool own_event(file const& one) {
    constexpr std::chrono::seconds echo(1);
    auto const kept = kept_.find(one);
    if (kept == kept_.end()) return false;
    if (clock::now() - kept->second < echo) return true;
    kept_.erase(kept);
    return false;
  }

  /// True where there is nothing more to do. Asks /proc/locks before it opens anything: an open is followed by a
  /// close, which would be reported to us in turn, for ever.
  bool look(file const& one) {
    auto const found = places_.find(one.watch);
    if (found == places_.end()) return true;
    auto const& where = found->second;
    file_name_parts parts;
    if (!parse_file_name(one.name, where->scope, parts)) return true;
    auto const status = os::status_at(where->directory.get(), one.name.c_str());
    if (!status) return true;
    if (is_permanent(*where, one.name, *status) || !alien_reason(*where, *status).empty() ||
        !where->may_unlink(status->st_uid))
      return true;
    auto const locks = os::file_locks();
    bool const locked = locks && std::any_of(locks->begin(), locks->end(), [&](os::file_lock const& lock) {
                          return lock.device == status->st_dev && lock.inode == status->st_ino;
                        });
    if (locked) return false;

    reaper_event event{parts.readable, 0};
    if (auto const seen = probe_file(*where, one.name); seen.fd) {
      object_header header;
      if (read_header(seen.fd.get(), static_cast<std::uint64_t>(seen.status.st_size), header) == header_answer::ok) {
        event.name = (where->scope == name_scope::global ? "Global\\" : "") + header.name;
      }
    }
    if (auto const swept = sweep_file(*where, one.name); swept.what == sweep_answer::swept) {
      event.bytes = swept.freed;
      // A creator that was just between C1 and C2 begins again: nothing of its was given back.
      if (event.bytes > 0) on_event_(event);
    } else {
      kept_[one] = clock::now();
    }
    return true;
  }

  operation_context const asked_{"watch", "objects"};
  std::function<void(reaper_event const&)> const& on_event_;
  os::directory_watch watch_;
  int root_ = -1;
  std::map<int, place_ptr> places_;
  std::map<file, clock::time_point> kept_;
  std::map<std::size_t, std::set<file>> due_;  // by how often they were looked at
};

}  // namespace

void reap(int stop_fd, std::function<void(reaper_event const&)> const& on_event) {
  reaper(on_event).run(stop_fd);
}

}  // namespace coview::inline object
