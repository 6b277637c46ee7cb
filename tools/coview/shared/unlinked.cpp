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

#include "object/local_directory.hpp"
#include "object/name.hpp"
#include "object/place.hpp"

namespace coview::tool {

namespace {

namespace fs = std::filesystem;

/// Where the name's files are, as the kernel shows it, without symbolic links.
class file_pattern {
 public:
  explicit file_pattern(object_name const& name) : scope_(name.scope), file_(name.file + ".") {
    std::error_code unknown;
    root_ = fs::weakly_canonical(root_path(), unknown).string() + "/";
  }
  /// Any slot, and any directory that this user may have had: another than the usual one, should somebody have been
  /// in its way.
  [[nodiscard]] bool matches(std::string_view path) const {
    if (!path.starts_with(root_)) return false;
    path.remove_prefix(root_.size());
    if (scope_ == name_scope::local) {
      auto const slash = path.find('/');
      if (slash == std::string_view::npos || !is_local_directory_name(path.substr(0, slash), geteuid())) return false;
      path.remove_prefix(slash + 1);
    }
    return path.starts_with(file_) && path.find('/') == std::string_view::npos;
  }

 private:
  name_scope scope_;
  std::string file_;
  std::string root_;
};

bool leads_to_deleted(fs::path const& descriptor, file_pattern const& wanted) {
  std::array<char, PATH_MAX> buffer{};
  auto const length = readlink(descriptor.c_str(), buffer.data(), buffer.size());
  if (length <= 0) return false;
  std::string_view const target(buffer.data(), static_cast<std::size_t>(length));
  return target.ends_with(" (deleted)") && wanted.matches(target);
}

bool holds_deleted(fs::path const& process, file_pattern const& wanted) {
  std::error_code gone;  // other users' processes, and those that end meanwhile, tell nothing
  for (fs::directory_iterator fd(process / "fd", gone); !gone && fd != fs::directory_iterator(); fd.increment(gone)) {
    if (leads_to_deleted(fd->path(), wanted)) return true;
  }
  return false;
}

}  // namespace

std::vector<pid_t> holders_of_unlinked(std::string_view name) {
  std::vector<pid_t> found;
  object_name parsed;
  if (parse_name(name, parsed) != name_fault::none) return found;
  file_pattern const wanted(parsed);
  std::error_code gone;
  for (fs::directory_iterator entry("/proc", gone); !gone && entry != fs::directory_iterator();
       entry.increment(gone)) {
    auto const text = entry->path().filename().string();
    pid_t pid = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
    if (error != std::errc{} || end != text.data() + text.size()) continue;
    if (holds_deleted(entry->path(), wanted)) found.push_back(pid);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace coview::tool
