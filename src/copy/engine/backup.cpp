// SPDX-License-Identifier: Apache-2.0
#include "copy/engine/backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>

#include "copy/engine/failure.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

std::string numbered(std::string const& name, std::uint64_t number) {
  return name + ".~" + std::to_string(number) + "~";
}

/// The highest number that a backup of `name` has; 0: there is none.
std::uint64_t last_number(target_place const& target) {
  std::uint64_t last = 0;
  auto const names = os::entries(target.directory);
  if (!names) {  // a directory that may not be read
    while (os::status_at(target.directory, numbered(target.name, last + 1).c_str())) ++last;
    return last;
  }
  auto const front = target.name + ".~";
  for (auto const& each : *names) {
    if (!each.starts_with(front) || !each.ends_with('~')) continue;
    std::uint64_t number = 0;
    auto const* const end = each.data() + each.size() - 1;
    auto const [stop, error] = std::from_chars(each.data() + front.size(), end, number);
    if (error == std::errc{} && stop == end) last = std::max(last, number);
  }
  return last;
}

std::string name_for(target_place const& target, backup_rules const& rules) {
  auto const simple = target.name + (rules.suffix.empty() ? "~" : rules.suffix);
  if (rules.kind == backup_kind::simple) return simple;
  auto const last = last_number(target);
  if (rules.kind == backup_kind::existing && last == 0) return simple;
  return numbered(target.name, last + 1);
}

}  // namespace

void keep_backup(target_place const& target, struct ::stat const& source, backup_rules const& rules) {
  if (rules.kind == backup_kind::none) return;
  int const directory = target.directory;
  auto const name = name_for(target, rules);
  auto const there = os::status_at(directory, name.c_str());
  if (there && os::same_file(*there, source)) {
    fail("back up", target.shown, EINVAL, "the name of its backup, '" + name + "', is the source's",
         "use another suffix with --suffix (backup_rules::suffix)");
  }
  if (there && S_ISDIR(there->st_mode))
    fail("back up", target.shown, EISDIR, "its backup '" + name + "' is a directory");
  auto const linked = [&](std::string const& as) {
    return ::linkat(directory, target.name.c_str(), directory, as.c_str(), 0) == 0 ? 0 : errno;
  };
  int failure = linked(name);
  if (failure == ENOENT) return;  // it went meanwhile
  if (failure == EEXIST) {
    // An older backup is replaced in one step.
    auto const hidden = "." + std::to_string(::getpid()) + ".backup.coview-copy";
    os::unlink_at(directory, hidden.c_str());
    failure = linked(hidden);
    if (failure == 0) failure = ::renameat(directory, hidden.c_str(), directory, name.c_str()) == 0 ? 0 : errno;
    os::unlink_at(directory, hidden.c_str());
  }
  bool const no_links = failure == EPERM || failure == EOPNOTSUPP || failure == ENOSYS || failure == EMLINK ||
                        failure == EINVAL || failure == EACCES;
  if (no_links) failure = ::renameat(directory, target.name.c_str(), directory, name.c_str()) == 0 ? 0 : errno;
  if (failure != 0) fail("back up", target.shown, failure);
}

}  // namespace coview::copying
