// SPDX-License-Identifier: Apache-2.0
#include "object/sweep.hpp"

#include <fcntl.h>

#include <cerrno>

#include "object/sighting.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"

namespace coview {
namespace {

using os::lock_answer;

sweep_result failed(int failure) {
  return failure == ENOENT ? sweep_result{sweep_answer::gone} : sweep_result{sweep_answer::kept, failure};
}

/// Whether the file may go, as far as the file itself tells (S2).
bool may_go(place const& where, struct ::stat const& status) {
  return !is_permanent(status) && alien_reason(where, status).empty() && where.may_unlink(status.st_uid);
}

}  // namespace

sweep_result sweep_file(place const& where, std::string const& file) {
  auto const fd = os::open_at(where.directory.get(), file.c_str(), O_RDONLY | object_flags);  // S1
  if (!fd) return failed(fd.error());
  if (auto const answer = os::try_sweep(fd->get()); answer != lock_answer::taken) {
    return answer == lock_answer::refused ? sweep_result{sweep_answer::refused} : failed(errno);
  }
  auto const status = os::status(fd->get());  // S2
  if (!status) return failed(status.error());
  if (status->st_nlink == 0) return {sweep_answer::gone};
  if (!may_go(where, *status)) return {sweep_answer::kept};
  if (int const failure = os::unlink_at(where.directory.get(), file.c_str())) return failed(failure);  // S3
  constexpr std::uint64_t block = 512;
  return {sweep_answer::swept, 0, static_cast<std::uint64_t>(status->st_blocks) * block};
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
  constexpr unsigned of_a_global_name = 8;
  return where.scope == name_scope::global ? of_a_global_name : 1;
}

}  // namespace coview
