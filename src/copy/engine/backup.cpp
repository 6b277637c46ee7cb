// SPDX-License-Identifier: Apache-2.0
#include "copy/engine/backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>

#include "copy/shared/failure.hpp"
#include "object/utf8.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

std::string numbered(std::string const& name, std::uint64_t number) {
  return name + ".~" + std::to_string(number) + "~";
}

/// The highest number that a backup of a file called `name` has in `directory`; 0: there is none.
std::uint64_t last_number(int directory, std::string const& name) {
  std::uint64_t last = 0;
  auto const names = os::entries(directory);
  if (!names) {  // a directory that may not be read
    while (os::status_at(directory, numbered(name, last + 1).c_str())) ++last;
    return last;
  }
  auto const front = name + ".~";
  for (auto const& each : *names) {
    if (!each.starts_with(front) || !each.ends_with('~')) continue;
    std::uint64_t number = 0;
    auto const* const end = each.data() + each.size() - 1;
    auto const [stop, error] = std::from_chars(each.data() + front.size(), end, number);
    if (error == std::errc{} && stop == end) last = std::max(last, number);
  }
  return last;
}

/// What a backup is called, and whether only a part of the file's name is in it.
struct backup_name {
  std::string name;
  bool shortened = false;
};

/// `name` and `suffix`, in the bytes that a name may have: the end of `name` goes, in whole characters.
backup_name joined(std::string const& name, std::string const& suffix, std::size_t longest) {
  if (name.size() + suffix.size() <= longest || suffix.size() >= longest) return {name + suffix};
  return {name.substr(0, utf8::whole_characters(name, longest - suffix.size())) + suffix, true};
}

backup_name name_for(target_place const& target, backup_rules const& rules) {
  auto const limit = ::fpathconf(target.directory, _PC_NAME_MAX);
  auto const longest = limit > 0 ? static_cast<std::size_t>(limit) : std::size_t{255};
  auto simple = joined(target.name, rules.suffix.empty() ? "~" : rules.suffix, longest);
  if (rules.kind == backup_kind::simple) return simple;
  auto const last = last_number(target.directory, target.name);
  // So much of a name that is too long leaves room for every number, so that all of its backups begin alike.
  constexpr std::size_t room_for_a_number = 24;
  auto const begin = joined(target.name, std::string(room_for_a_number, '~'), longest);
  auto const front = begin.name.substr(0, begin.name.size() - room_for_a_number);
  auto const last_shortened = begin.shortened ? last_number(target.directory, front) : 0;
  if (rules.kind == backup_kind::existing && last == 0 && last_shortened == 0) return simple;
  auto const whole = numbered(target.name, last + 1);
  if (whole.size() <= longest && last_shortened == 0) return {whole};
  return {numbered(front, std::max(last, last_shortened) + 1), true};
}

}  // namespace

void keep_backup(target_place const& target, struct ::stat const& source, backup_rules const& rules) {
  if (rules.kind == backup_kind::none) return;
  int const directory = target.directory;
  auto const [name, shortened] = name_for(target, rules);
  auto const there = os::status_at(directory, name.c_str());
  if (there && os::same_file(*there, source)) {
    fail("back up", target.shown, EINVAL, "the name of its backup, '" + name + "', is the source's",
         "use another suffix with --suffix (backup_rules::suffix)");
  }
  if (there && shortened) {
    fail("back up", target.shown, EEXIST,
         "the name of its backup is too long, and what is left of it, '" + name + "', may be another file's backup",
         "number the backups with --backup=numbered (backup_kind::numbered)");
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
