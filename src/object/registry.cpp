// SPDX-License-Identifier: Apache-2.0
// Looking at objects from outside: list, stat, holders, remove, reclaim.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include <coview/object.hpp>

#include "object/fail.hpp"
#include "object/lifetime.hpp"
#include "object/name_removal.hpp"
#include "object/patience.hpp"
#include "os/file.hpp"
#include "os/process.hpp"

namespace coview {
namespace {

bool is_hold(os::file_lock const& lock) {
  return lock.kind == os::file_lock::family::flock && !lock.exclusive;
}

/// How many handles each file has, as far as /proc/locks tells.
///
/// The kernel writes that list in pieces, and goes on by position: where locks of anybody's come or go in between, it
/// shows one of them several times, or not at all. So two readings in a row must agree; where too much happens for
/// that, each file has the median of a few.
class handle_counts {
 public:
  handle_counts() {
    constexpr std::size_t most_readings = 5;
    std::vector<by_file> readings;
    do {
      auto const locks = os::file_locks();
      if (!locks) return;
      auto& now = readings.emplace_back();
      for (auto const& lock : *locks) {
        if (is_hold(lock)) ++now[{lock.device, lock.inode}];
      }
    } while (readings.size() < most_readings && !last_two_agree(readings));
    complete_ = os::sees_every_process();
    counts_ = last_two_agree(readings) ? std::move(readings.back()) : medians(readings);
  }

  /// At least.
  [[nodiscard]] std::uint64_t seen(struct ::stat const& status) const {
    auto const found = counts_.find({status.st_dev, status.st_ino});
    return found == counts_.end() ? 0 : found->second;
  }
  /// Whether there are no others.
  [[nodiscard]] bool complete() const noexcept { return complete_; }

 private:
  using by_file = std::map<std::pair<dev_t, ino_t>, std::uint64_t>;

  static bool last_two_agree(std::vector<by_file> const& readings) {
    return readings.size() > 1 && readings.back() == readings[readings.size() - 2];
  }
  static by_file medians(std::vector<by_file> const& readings) {
    std::map<std::pair<dev_t, ino_t>, std::vector<std::uint64_t>> seen;
    for (auto const& reading : readings) {
      for (auto const& [file, count] : reading) seen[file].push_back(count);
    }
    by_file made;
    for (auto& [file, counts] : seen) {
      counts.resize(readings.size());  // not at all, in the others
      auto const middle = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2);
      std::nth_element(counts.begin(), middle, counts.end());
      if (*middle > 0) made.emplace(file, *middle);
    }
    return made;
  }

  bool complete_ = false;
  by_file counts_;
};

std::string scope_prefix(name_scope scope) {
  return scope == name_scope::global ? "Global\\" : "";
}

/// What the file alone tells.
object_info describe_file(place const& where, probe const& seen, handle_counts const& counts) {
  object_info info;
  info.scope = where.scope;
  info.state = seen.held ? object_state::held : object_state::permanent;
  info.resident = memory_of(seen.status);
  info.handles_seen = counts.seen(seen.status);
  if (counts.complete()) info.handles = info.handles_seen;
  info.owner = seen.status.st_uid;
  info.mode = seen.status.st_mode & 0777U;
  info.permanent = is_permanent(where, seen.file, seen.status);
  info.file = where.path + "/" + seen.file;
  if (file_name_parts parts; parse_file_name(seen.file, where.scope, parts)) {
    info.name = scope_prefix(where.scope) + parts.readable + "…";
  }
  return info;
}

/// What the header adds, where it can be read.
object_info describe_object(place const& where, probe const& seen, handle_counts const& counts) {
  auto info = describe_file(where, seen, counts);
  if (!seen.fd) {
    info.state = object_state::unreadable;
    info.problem = seen.failure == EWOULDBLOCK ? "a process has a lease on its file"
                                               : std::generic_category().message(seen.failure);
    return info;
  }
  object_header header;
  auto const answer = read_header(seen.fd.get(), static_cast<std::uint64_t>(seen.status.st_size), header);
  if (answer != header_answer::ok) {
    info.state = object_state::incompatible;
    info.problem = describe(answer);
    return info;
  }
  object_name name;
  file_name_parts parts;
  bool const leads_here = stored_name(where.scope, header.name, name) &&
                          parse_file_name(seen.file, where.scope, parts) && parts.base == name.file;
  if (!leads_here) {
    info.state = object_state::incompatible;
    info.problem = "its header names another object";
    return info;
  }
  info.name = name.display();
  info.kind = header.kind;
  info.size = header.payload_size;
  info.created = std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::nanoseconds(header.created)));
  info.creator = static_cast<pid_t>(header.creator);
  info.target = header.target;
  return info;
}

/// What a list shows beside what exists: a file that nobody can look into, and that may stand in a name's way; and
/// one at which looking failed.
bool is_shut(probe const& seen) {
  bool const leased = seen.what == probe::state::stale && !seen.fd && seen.failure == EWOULDBLOCK;
  return leased || seen.what == probe::state::failed;
}

bool exists(probe::state what) {
  return what == probe::state::live || what == probe::state::hidden;
}

/// As `walk`, through the directory of a scope, which it returns; null where there is none. Fails where it was ended.
place_ptr walk_all(name_scope scope, std::size_t most, std::function<void(place const&, probe const&)> const& visit,
                   reclaimed& given_back, operation_context const& context) {
  for (;;) {
    auto where = find_place_of_many(scope, context);
    if (!where) return nullptr;
    int const failure = walk(
        *where, most, [&](probe const& seen) { visit(*where, seen); }, given_back);
    if (failure == 0) return where;
    // Somebody removed it when it was empty, and made another one; here the old one was remembered.
    if (failure != ENOENT || !where->gone())
      context.fail(failure, "directory " + where->path + " cannot be looked through");
    forget_places();
  }
}

struct found_object {
  place_ptr where;
  probe seen;
};

/// A name's object, or "not found".
found_object require_object(std::string_view name, char const* operation) {
  operation_context const context{operation, "object", name};
  auto const parsed = require_listed_name(name, operation);
  while (auto where = find_place(parsed.scope, if_missing::leave, context)) {
    auto seen = find_object(where, parsed, context);
    if (exists(seen.what)) return {std::move(where), std::move(seen)};
    if (!where->gone()) break;
    forget_places();
  }
  context.fail(ENOENT, "nobody holds it", "'coview ls' shows what exists");
}

/// Removes an object that is permanent no longer, unless somebody holds it. A refused sweep can come from one who
/// only looks, and who may have seen the sticky bit: ask until it is one or the other.
removed end_when_unheld(place const& where, std::string const& file) {
  patience patience;
  do {
    auto const swept = sweep_file(where, file).what;
    if (swept == sweep_answer::swept || swept == sweep_answer::gone) return removed::now;
  } while (!probe_file(where, file).held && patience.pause());
  return removed::with_the_last_handle;
}

/// Who took the holds of a file, one entry for each.
os::result<std::vector<pid_t>> holds_on(struct ::stat const& status) {
  auto const locks = os::file_locks();
  if (!locks) return os::result<std::vector<pid_t>>::failure(locks.error());
  std::vector<pid_t> takers;
  for (auto const& lock : *locks) {
    if (lock.device == status.st_dev && lock.inode == status.st_ino && is_hold(lock)) takers.push_back(lock.pid);
  }
  return takers;
}

/// Whose the holds of a file are.
struct attribution {
  std::vector<pid_t> holders;  // have one; and who took one and cannot be looked into
  std::vector<pid_t> lost;     // took one that somebody else has now
  bool sure = true;            // nobody is among the holders only because he took one
};

/// A lock is shown with the process that took it. Where a child inherited it, only its descriptors tell; and who took
/// it may have closed it since. So descriptors decide wherever this user may look at them. A description that only a
/// view keeps has none.
attribution attribute(std::vector<pid_t> const& holds, struct ::stat const& status,
                      operation_context const& context) {
  attribution all;
  std::vector<pid_t> explained;
  auto const users = os::processes_with_lock(status.st_dev, status.st_ino);
  if (!users) context.fail(users.error());
  for (auto const& user : *users) {
    all.holders.push_back(user.pid);
    explained.insert(explained.end(), user.taken_by.begin(), user.taken_by.end());
  }
  for (auto const taker : holds) {
    if (std::find(explained.begin(), explained.end(), taker) != explained.end()) continue;
    auto const where = os::find_process(taker);
    bool const shut = where == os::whereabouts::shut;
    if (shut) all.sure = false;  // it may have closed its handle, and a child of it have it now
    bool const has_it =
        shut || (where == os::whereabouts::open_to_us && os::has_mapped(taker, status.st_dev, status.st_ino));
    (has_it ? all.holders : all.lost).push_back(taker);
  }
  return all;
}

/// What was closed between the looks at the locks and at the processes is nobody's.
void drop_what_was_closed(struct ::stat const& status, std::vector<pid_t>& lost) {
  auto const now = holds_on(status);
  if (!now) return;
  std::erase_if(lost, [&](pid_t taker) { return std::find(now->begin(), now->end(), taker) == now->end(); });
}

constexpr std::array all_scopes{name_scope::local, name_scope::global};

}  // namespace

std::vector<object_info> list() {
  constexpr std::size_t sweeps_in_passing = 64;
  operation_context const context{"list", "objects"};
  handle_counts const counts;
  std::vector<object_info> all;
  for (auto const scope : all_scopes) {
    reclaimed given_back;
    auto const note = [&](place const& where, probe const& seen) {
      if (exists(seen.what) || is_shut(seen)) all.push_back(describe_object(where, seen, counts));
    };
    walk_all(scope, sweeps_in_passing, note, given_back, context);
  }
  std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.name < b.name; });
  return all;
}

object_info stat(std::string_view name) {
  auto const found = require_object(name, "look at");
  if (found.seen.what == probe::state::hidden) {
    if (found.seen.failure != EACCES) operation_context{"look at", "object", name}.fail(found.seen.failure);
    operation_context{"look at", "object", name}.fail(EACCES, "it belongs to user " +
                                                                  std::to_string(found.seen.status.st_uid) +
                                                                  " and its permissions do not let this user in");
  }
  return describe_object(*found.where, found.seen, handle_counts());
}

holders_seen find_holders(std::string_view name) {
  operation_context const context{"find the holders of", "object", name};
  auto const found = require_object(name, context.operation);
  auto const& status = found.seen.status;
  auto const holds = holds_on(status);
  if (!holds && holds.error() == ENOENT)
    context.fail(ENOSYS, "/proc is not mounted", "mount it: 'mount -t proc proc /proc'");
  if (!holds) context.fail(holds.error(), std::string("/proc/locks: ") + std::strerror(holds.error()));
  auto whose = attribute(*holds, status, context);
  if (!whose.lost.empty()) drop_what_was_closed(status, whose.lost);
  holders_seen all;
  all.complete = os::sees_every_process() && whose.sure && whose.lost.empty();
  all.held = found.seen.held || !holds->empty();
  auto& pids = whose.holders;
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  all.processes.reserve(pids.size());
  for (auto const pid : pids) all.processes.push_back({pid, os::command_line(pid), os::user_of(pid)});
  return all;
}

std::vector<holder> holders(std::string_view name) {
  return find_holders(name).processes;
}

removed remove(std::string_view name, remove_options options) {
  operation_context const context{"remove", "object", name};
  auto found = require_object(name, context.operation);
  auto const& status = found.seen.status;
  if (found.where->user != status.st_uid && !os::has_capability(os::capability::fowner)) {
    context.fail(EACCES, "it belongs to user " + std::to_string(status.st_uid),
                 "only its owner and root can remove it");
  }
  if (options.force) {
    int const failure = unlink_by_force(*found.where, found.seen.file);
    if (failure != 0 && failure != ENOENT) context.fail(failure);
    return removed::now;
  }
  if (is_permanent(*found.where, found.seen.file, status)) {
    if (!found.seen.fd && found.seen.failure != EACCES) context.fail(found.seen.failure);
    if (!found.seen.fd) context.fail(EACCES, "its mode does not let even its owner read it");
    if (int const failure = os::change_mode(found.seen.fd.get(), status.st_mode & 0777U)) context.fail(failure);
  }
  found.seen.fd.reset();
  return end_when_unheld(*found.where, found.seen.file);
}

reclaimed reclaim() {
  operation_context const context{"reclaim", "what the dead left"};
  reclaimed all;
  for (auto const scope : all_scopes) {
    auto const where = walk_all(
        scope, SIZE_MAX, [](place const&, probe const&) {}, all, context);
    if (!where) continue;
    // A creator that is just coming finds the directory gone and makes it anew.
    if (scope == name_scope::local && ::rmdir(where->path.c_str()) == 0) forget_places();
  }
  return all;
}

}  // namespace coview
