// SPDX-License-Identifier: Apache-2.0
#include "object/sweep.hpp"

#include <fcntl.h>

#include <cerrno>

#include "object/name.hpp"
#include "object/sighting.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"

namespace coview {
namespace {

using os::lock_answer;

/// The first slot from `slot` on that has a living object, or one in the making.
bool later_slot_lives(place const& where, std::string const& base, unsigned slot) {
  for (; slot < slots_of(where); ++slot) {
    auto seen = look_at(where, slot_file(base, slot));
    settle(seen);
    if (seen.what == sighting::state::absent) return false;
    if (seen.what != sighting::state::stale) return true;
  }
  return false;
}

os::result<os::unique_fd> open_to_sweep(place const& where, std::string const& file) {
  return os::open_at(where.directory.get(), file.c_str(), O_RDONLY | object_flags);
}

sweep_result failed(int failure) {
  return failure == ENOENT ? sweep_result{sweep_answer::gone} : sweep_result{sweep_answer::kept, failure};
}

/// Whether the file may go, as far as the file itself tells (S2).
bool may_go(place const& where, struct ::stat const& status) {
  return !is_permanent(status) && alien_reason(where, status).empty() && where.may_unlink(status.st_uid);
}

/// S1 to S3 on an open file.
sweep_result sweep_open(place const& where, std::string const& file, int fd) {
  if (auto const answer = os::try_sweep(fd); answer != lock_answer::taken) {  // S1
    return answer == lock_answer::refused ? sweep_result{sweep_answer::refused} : failed(errno);
  }
  auto const status = os::status(fd);  // S2
  if (!status) return failed(status.error());
  if (status->st_nlink == 0) return {sweep_answer::gone};
  if (!may_go(where, *status)) return {sweep_answer::kept};
  if (file_name_parts parts; where.scope == name_scope::global && parse_file_name(file, where.scope, parts) &&
                             later_slot_lives(where, parts.base, parts.slot + 1)) {
    return {sweep_answer::kept};
  }
  if (int const failure = os::unlink_at(where.directory.get(), file.c_str())) return failed(failure);  // S3
  constexpr std::uint64_t block = 512;
  return {sweep_answer::swept, 0, static_cast<std::uint64_t>(status->st_blocks) * block};
}

}  // namespace

sweep_result sweep_file(place const& where, std::string const& file) {
  auto const fd = open_to_sweep(where, file);
  return fd ? sweep_open(where, file, fd->get()) : failed(fd.error());
}

sweep_result sweep_stale(place const& where, std::string const& file) {
  auto const fd = open_to_sweep(where, file);
  if (!fd) return failed(fd.error());
  directory_lock d;
  if (where.scope == name_scope::global) {
    // Most closers are not the last: ask before taking D. The lock is given back, because D always comes first.
    if (auto const answer = os::try_sweep(fd->get()); answer != lock_answer::taken) {
      return answer == lock_answer::refused ? sweep_result{sweep_answer::refused} : failed(errno);
    }
    auto const status = os::status(fd->get());
    if (!status) return failed(status.error());
    if (!may_go(where, *status)) return {sweep_answer::kept};
    os::drop(fd->get());
    constexpr std::chrono::milliseconds not_worth_more(50);  // what stays is garbage that nobody can observe
    if (int const failure = d.take(where, patience(not_worth_more))) return {sweep_answer::kept, failure};
  }
  return sweep_open(where, file, fd->get());
}

int directory_lock::take(place const& where, patience patience) {
  auto directory = os::open_at(where.directory.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!directory) return directory.error();
  for (lock_answer answer{}; (answer = os::try_sweep(directory->get())) != lock_answer::taken;) {
    if (answer == lock_answer::failed) return errno;
    if (!patience.pause()) return EBUSY;
  }
  fd_ = std::move(*directory);
  return 0;
}

unsigned slots_of(place const& where) {
  constexpr unsigned of_a_global_name = 64;
  return where.scope == name_scope::global ? of_a_global_name : 1;
}

}  // namespace coview
