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

sweep_answer answer_of_failed_open(int failure) {
  return failure == ENOENT ? sweep_answer::gone : sweep_answer::kept;
}

/// Whether the file may go, as far as the file itself tells (S2).
bool may_go(place const& where, struct ::stat const& status) {
  return !is_permanent(status) && alien_reason(where, status).empty() && where.may_unlink(status.st_uid);
}

/// S1 to S3 on an open file.
sweep_answer sweep_open(place const& where, std::string const& file, int fd, std::uint64_t& freed) {
  if (os::try_sweep(fd) != lock_answer::taken) return sweep_answer::refused;  // S1
  auto const status = os::status(fd);                                         // S2
  if (!status) return sweep_answer::kept;
  if (status->st_nlink == 0) return sweep_answer::gone;
  if (!may_go(where, *status)) return sweep_answer::kept;
  if (file_name_parts parts; where.scope == name_scope::global && parse_file_name(file, where.scope, parts) &&
                             later_slot_lives(where, parts.base, parts.slot + 1)) {
    return sweep_answer::kept;
  }
  if (os::unlink_at(where.directory.get(), file.c_str()) != 0) return sweep_answer::kept;  // S3
  constexpr std::uint64_t block = 512;
  freed += static_cast<std::uint64_t>(status->st_blocks) * block;
  return sweep_answer::swept;
}

}  // namespace

sweep_answer sweep_file(place const& where, std::string const& file, std::uint64_t& freed) {
  auto const fd = open_to_sweep(where, file);
  return fd ? sweep_open(where, file, fd->get(), freed) : answer_of_failed_open(fd.error());
}

sweep_answer sweep_stale(place const& where, std::string const& file, std::uint64_t& freed) {
  auto const fd = open_to_sweep(where, file);
  if (!fd) return answer_of_failed_open(fd.error());
  directory_lock d;
  if (where.scope == name_scope::global) {
    // Most closers are not the last: ask before taking D. The lock is given back, because D always comes first.
    if (os::try_sweep(fd->get()) != lock_answer::taken) return sweep_answer::refused;
    auto const status = os::status(fd->get());
    if (!status || !may_go(where, *status)) return sweep_answer::kept;
    os::drop(fd->get());
    constexpr std::chrono::milliseconds not_worth_more(50);  // what stays is garbage that nobody can observe
    if (!d.take(where, patience(not_worth_more))) return sweep_answer::kept;
  }
  return sweep_open(where, file, fd->get(), freed);
}

bool directory_lock::take(place const& where, patience patience) {
  auto directory = os::open_at(where.directory.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!directory) return false;
  while (os::try_sweep(directory->get()) != lock_answer::taken) {
    if (!patience.pause()) return false;
  }
  fd_ = std::move(*directory);
  return true;
}

unsigned slots_of(place const& where) {
  constexpr unsigned of_a_global_name = 64;
  return where.scope == name_scope::global ? of_a_global_name : 1;
}

}  // namespace coview
