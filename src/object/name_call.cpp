// SPDX-License-Identifier: Apache-2.0
#include "object/name_call.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>

#include "os/file.hpp"
#include "os/process.hpp"

namespace coview::inline object {

void name_call::fail_busy(place const& where, std::string const& file) const {
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
  context_.fail(EBUSY, who + " keeps " + where.path + (file == "." ? "" : "/" + file) + " locked",
                "wait for that process, or end it");
}

void name_call::fail_alien(place const& where, probe const& seen) const {
  context_.fail(EPERM, seen.problem + ": " + where.path + "/" + seen.file, "look who put it there, then remove it");
}

void name_call::fail_hidden(probe const& seen) const {
  if (seen.failure == EWOULDBLOCK) {
    context_.fail(EBUSY, "a process of user " + std::to_string(seen.status.st_uid) + " has a lease on its file",
                  "wait for that process, or end it");
  }
  if (seen.failure != 0 && seen.failure != EACCES) context_.fail(seen.failure);
  context_.fail(
      EACCES,
      "it belongs to user " + std::to_string(seen.status.st_uid) + " and its permissions do not let this user in",
      "its creator can choose a wider mode");
}

void name_call::pause(place const& where) {
  if (!patience_.pause()) fail_busy(where, slot_file(name_.file, 0));
}

outcome name_call::pass(place const& where, probe const& seen) {
  switch (seen.what) {
    case probe::state::absent:
      return outcome::again;
    case probe::state::unfinished:
      saw(seen);
      return outcome::again;
    case probe::state::stale:  // unless somebody is about to make it live
      return seen.being_opened ? outcome::again : outcome::no;
    case probe::state::alien:
      fail_alien(where, seen);
    case probe::state::failed:
      context_.fail(seen.failure);
    case probe::state::hidden:
    case probe::state::live:
      break;
  }
  // It may just have been created, and have got its mode only after it kept this user out.
  if (!std::exchange(refused_before_, true)) return outcome::again;
  fail_hidden(seen);
}

int slots_behind(place const& where, object_name const& name, int fresh, std::vector<unsigned>& out) {
  out.clear();
  auto const note = [&](std::string_view file) {
    if (file.size() < name.file.size() + 2 || !file.starts_with(name.file) || file[name.file.size()] != '.') return;
    file_name_parts parts;
    bool const is_slot = parse_file_name(file, where.scope, parts);
    if (is_slot && parts.slot >= first_evident_slot && parts.slot < slot_limit) out.push_back(parts.slot);
  };
  int const failure =
      fresh < 0 ? os::for_each_entry(where.directory.get(), note) : os::for_each_entry_of(fresh, note);
  std::sort(out.begin(), out.end());
  return failure;
}

}  // namespace coview::inline object
