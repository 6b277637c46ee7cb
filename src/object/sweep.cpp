// SPDX-License-Identifier: Apache-2.0
#include "object/sweep.hpp"

#include <fcntl.h>

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

}  // namespace

sweep_answer sweep_file(place const& where, std::string const& file, std::uint64_t& freed) {
  auto const fd = os::open_at(where.directory.get(), file.c_str(), O_RDONLY | object_flags);  // S1
  if (!fd) return fd.error() == ENOENT ? sweep_answer::gone : sweep_answer::kept;
  if (os::try_sweep(fd->get()) != lock_answer::taken) return sweep_answer::refused;

  auto const status = os::status(fd->get());  // S2
  if (!status) return sweep_answer::kept;
  if (status->st_nlink == 0) return sweep_answer::gone;
  if (is_permanent(*status) || !alien_reason(where, *status).empty()) return sweep_answer::kept;
  if (!where.may_unlink(status->st_uid)) return sweep_answer::kept;
  if (file_name_parts parts; where.scope == name_scope::global && parse_file_name(file, where.scope, parts) &&
                             later_slot_lives(where, parts.base, parts.slot + 1)) {
    return sweep_answer::kept;
  }
  if (os::unlink_at(where.directory.get(), file.c_str()) != 0) return sweep_answer::kept;  // S3
  constexpr std::uint64_t block = 512;
  freed += static_cast<std::uint64_t>(status->st_blocks) * block;
  return sweep_answer::swept;
}

sweep_answer sweep_stale(place const& where, std::string const& file, std::uint64_t& freed) {
  if (where.scope == name_scope::local) return sweep_file(where, file, freed);
  {
    auto const fd = os::open_at(where.directory.get(), file.c_str(), O_RDONLY | object_flags);
    if (!fd) return fd.error() == ENOENT ? sweep_answer::gone : sweep_answer::kept;
    if (os::try_sweep(fd->get()) != lock_answer::taken) return sweep_answer::refused;
    auto const status = os::status(fd->get());
    if (!status || is_permanent(*status) || !where.may_unlink(status->st_uid)) return sweep_answer::kept;
  }
  directory_lock d;
  constexpr std::chrono::milliseconds not_worth_more(50);  // what stays is garbage that nobody can observe
  if (!d.take(where, patience(not_worth_more))) return sweep_answer::kept;
  return sweep_file(where, file, freed);
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
