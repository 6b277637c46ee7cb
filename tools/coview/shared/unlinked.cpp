// SPDX-License-Identifier: Apache-2.0
// Objects that lost their name while they were held, by 'coview rm --force', a cleaner of /dev/shm or logind's
// RemoveIPC. The kernel shows the path that a descriptor was opened by, with " (deleted)" after it.
#include "shared/unlinked.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <filesystem>
#include <string>
#include <system_error>

#include "object/name.hpp"
#include "object/place.hpp"

namespace coview::tool {

namespace {

namespace fs = std::filesystem;

/// How the path of the name's files begins, as the kernel shows it, without symbolic links; the slot's number
/// follows.
std::string path_prefix(object_name const& name) {
  std::error_code unknown;
  auto const root = fs::weakly_canonical(root_path(), unknown).string();
  auto const file = name.file + ".";
  if (name.scope == name_scope::global) return root + "/" + file;
  return root + "/" + local_directory_name(geteuid()) + "/" + file;
}

bool leads_to_deleted(fs::path const& descriptor, std::string const& prefix) {
  std::array<char, PATH_MAX> buffer{};
  auto const length = readlink(descriptor.c_str(), buffer.data(), buffer.size());
  if (length <= 0) return false;
  std::string_view const target(buffer.data(), static_cast<std::size_t>(length));
  return target.starts_with(prefix) && target.ends_with(" (deleted)");
}

bool holds_deleted(fs::path const& process, std::string const& prefix) {
  std::error_code gone;  // other users' processes, and those that end meanwhile, tell nothing
  for (fs::directory_iterator fd(process / "fd", gone); !gone && fd != fs::directory_iterator(); fd.increment(gone)) {
    if (leads_to_deleted(fd->path(), prefix)) return true;
  }
  return false;
}

}  // namespace

std::vector<pid_t> holders_of_unlinked(std::string_view name) {
  std::vector<pid_t> found;
  object_name parsed;
  if (parse_name(name, parsed) != name_fault::none) return found;
  auto const prefix = path_prefix(parsed);
  std::error_code gone;
  for (fs::directory_iterator entry("/proc", gone); !gone && entry != fs::directory_iterator();
       entry.increment(gone)) {
    auto const text = entry->path().filename().string();
    pid_t pid = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
    if (error != std::errc{} || end != text.data() + text.size()) continue;
    if (holds_deleted(entry->path(), prefix)) found.push_back(pid);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace coview::tool
