// SPDX-License-Identifier: Apache-2.0
#include "object/name_removal.hpp"

#include <fcntl.h>

#include <cerrno>
#include <string_view>

#include "object/name.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"

namespace coview::inline object {
namespace {

using os::lock_answer;

/// Of the names that strangers' files get for their last moment. No object's file is called so.
constexpr std::string_view away_prefix = "coview-removed.";

/// Nobody waits for a sweep: what it leaves is given back by the next one.
constexpr std::chrono::milliseconds short_patience(20);

sweep_result failed(int failure) {
  return failure == ENOENT ? sweep_result{sweep_answer::gone} : sweep_result{sweep_answer::kept, failure};
}

/// Whether the file may go, as far as the file itself tells (S2).
bool may_go(place const& where, std::string_view file, struct ::stat const& status) {
  return !is_permanent(where, file, status) && alien_reason(where, status).empty() && where.may_unlink(status.st_uid);
}

/// A creator with a umask that takes its own rights away was killed before it set the mode: give them back, so that
/// the file can be locked. Nobody else can exchange a file of ours, and a creator that still lives sets the mode it
/// wants all the same.
bool make_readable(place const& where, std::string const& file) {
  auto const entry = os::status_at(where.directory.get(), file.c_str());
  return entry && entry->st_uid == where.user && entry->st_nlink == 1 && (entry->st_mode & S_IRUSR) == 0 &&
         may_go(where, file, *entry) &&
         os::change_mode_at(where.directory.get(), file.c_str(), S_IRUSR | S_IWUSR) == 0;
}

/// S4.
sweep_result unlink_swept(place const& where, std::string const& file, struct ::stat const& status) {
  if (int const failure = os::unlink_at(where.directory.get(), file.c_str())) return failed(failure);
  return {sweep_answer::swept, 0, memory_of(status)};
}

/// S3: takes the name away from a stranger's file, under D. The file is then called `away`, which nobody creates.
sweep_result move_away(place const& where, std::string const& file, struct ::stat const& status, sweeper who,
                       std::string& away) {
  directory_lock d;
  if (who == sweeper::without_d) {
    if (int const failure = d.take(where.directory.get(), patience(short_patience))) return failed(failure);
  }
  auto const entry = os::status_at(where.directory.get(), file.c_str());
  if (!entry) return failed(entry.error());
  if (!os::same_file(*entry, status)) return {sweep_answer::gone};
  away = std::string(away_prefix) + os::random_digits();
  int const failure = os::rename_in(where.directory.get(), file.c_str(), away.c_str());
  return failure != 0 ? failed(failure) : sweep_result{sweep_answer::swept};
}

/// What a sweeper that was killed between S3 and S4 has left.
void finish_removal(place const& where, std::string const& away) {
  auto opened = os::open_at(where.directory.get(), away.c_str(), O_RDONLY | object_flags);
  if (!opened || os::try_sweep(opened->get()) != lock_answer::taken) return;
  os::locked_fd const fd(std::move(*opened));
  auto const status = os::status(fd.get());
  if (status && status->st_nlink > 0 && may_go(where, away, *status))
    os::unlink_at(where.directory.get(), away.c_str());
}

}  // namespace

int directory_lock::take(int directory, patience patience) {
  auto fresh = os::open_at(directory, ".", O_RDONLY | O_DIRECTORY);
  if (!fresh) return fresh.error();
  for (lock_answer answer{}; (answer = os::try_sweep(fresh->get())) != lock_answer::taken;) {
    if (answer == lock_answer::failed) return errno;
    if (!patience.pause()) return EBUSY;
  }
  fd_ = os::locked_fd(std::move(*fresh));
  return 0;
}

sweep_result sweep_file(place const& where, std::string const& file, sweeper who, os::own_descriptor const* only) {
  auto opened = os::open_at(where.directory.get(), file.c_str(), O_RDONLY | object_flags);  // S1
  if (!opened && opened.error() == EACCES && make_readable(where, file)) {
    opened = os::open_at(where.directory.get(), file.c_str(), O_RDONLY | object_flags);
  }
  if (!opened) return failed(opened.error());
  if (auto const answer = os::try_sweep(opened->get()); answer != lock_answer::taken) {
    return answer == lock_answer::refused ? sweep_result{sweep_answer::refused} : failed(errno);
  }
  os::locked_fd fd(std::move(*opened));
  auto const status = os::status(fd.get());  // S2
  if (!status) return failed(status.error());
  if (status->st_nlink == 0 || (only != nullptr && !only->leads_to(*status))) return {sweep_answer::gone};
  if (!may_go(where, file, *status)) return {sweep_answer::kept};
  // A file of one's own: nobody else can rename it, and should another user's stand there all the same, the sticky
  // directory keeps it.
  std::string away = file;
  if (where.scope != name_scope::local && status->st_uid != where.user) {
    if (auto const moved = move_away(where, file, *status, who, away); moved.what != sweep_answer::swept)
      return moved;
  }
  auto const swept = unlink_swept(where, away, *status);
  if (swept.what == sweep_answer::swept) fd.keep();  // nobody can come to it any more
  return swept;
}

int unlink_by_force(place const& where, std::string const& file) {
  directory_lock d;  // two forces at once could otherwise remove the file that was made after the first of them
  if (int const failure = d.take(where.directory.get(), patience())) return failure;
  auto opened = os::open_at(where.directory.get(), file.c_str(), O_RDONLY | object_flags);
  if (!opened) return opened.error();
  os::locked_fd const fd(std::move(*opened));
  patience patience;
  while (os::try_hold(fd.get()) != lock_answer::taken) {  // keeps sweepers away, who unlink by name too
    if (!patience.pause()) return EBUSY;
  }
  auto const status = os::status(fd.get());
  if (!status) return status.error();
  auto const entry = os::status_at(where.directory.get(), file.c_str());  // its owner can have renamed it
  if (!entry) return entry.error();
  return os::same_file(*entry, *status) ? os::unlink_at(where.directory.get(), file.c_str()) : ENOENT;
}

int walk(place const& where, std::size_t most, std::function<void(probe const&)> const& visit,
         reclaimed& given_back) {
  auto const names = os::entries(where.directory.get());
  if (!names) return names.error();
  for (auto const& file : *names) {
    if (where.scope == name_scope::global && file.starts_with(away_prefix)) finish_removal(where, file);
    file_name_parts parts;
    if (!parse_file_name(file, where.scope, parts)) continue;
    auto seen = probe_file(where, file);
    if (seen.ends_a_walk) return seen.failure;
    visit(seen);
    if (seen.what != probe::state::stale || given_back.objects >= most) continue;
    seen.fd.reset();
    auto const swept = sweep_file(where, file);
    if (swept.what != sweep_answer::swept) continue;
    ++given_back.objects;
    given_back.bytes += swept.freed;
  }
  return 0;
}

}  // namespace coview::inline object
