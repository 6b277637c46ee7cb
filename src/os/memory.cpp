// SPDX-License-Identifier: Apache-2.0
#include "os/memory.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <string_view>

#include "os/file.hpp"

namespace coview::os {
namespace {

using bytes = std::optional<std::uint64_t>;  // empty: no limit, or not known

bytes least(bytes a, bytes b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

std::uint64_t difference(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

/// A file of one number; empty where it is not there, or says "max".
bytes number_in(std::string const& path) {
  auto const text = read_whole(path.c_str());
  if (!text) return {};
  std::uint64_t value = 0;
  char const* const end = text->data() + text->size();
  if (std::from_chars(text->data(), end, value).ec != std::errc()) return {};
  return value;
}

/// The value of a key in lines "key value", or "key: value kB".
bytes value_in(std::string const& text, std::string_view key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string found;
    std::uint64_t value = 0;
    if (words >> found >> value && found == key) return value;
  }
  return {};
}

/// What the kernel would give up before it kills: the cache of files, without what only swap can hold.
std::uint64_t reclaimable(std::string const& group, std::string_view cache, std::string_view shared) {
  auto const statistics = read_whole((group + "/memory.stat").c_str());
  if (!statistics) return 0;
  return difference(value_in(*statistics, cache).value_or(0), value_in(*statistics, shared).value_or(0));
}

/// What one group of version 2 has left.
bytes left_in_unified(std::string const& group, std::uint64_t free_swap) {
  // Beyond "high" the kernel slows the processes down until they seem to stand still.
  auto const limit = least(number_in(group + "/memory.max"), number_in(group + "/memory.high"));
  if (!limit) return {};
  if (auto const most = number_in(group + "/memory.swap.max")) {
    free_swap = std::min(free_swap, difference(*most, number_in(group + "/memory.swap.current").value_or(0)));
  }
  return difference(*limit, number_in(group + "/memory.current").value_or(0)) + reclaimable(group, "file", "shmem") +
         free_swap;
}

/// What one group of version 1 has left. Its "memsw" limits memory and swap together.
bytes left_in_first(std::string const& group, std::uint64_t free_swap) {
  constexpr std::uint64_t no_limit = std::uint64_t{1} << 62U;  // it says 2^63 less a page
  auto const has_limit = [&](bytes limit) { return limit && *limit < no_limit; };
  auto const memory = number_in(group + "/memory.limit_in_bytes");
  auto const both = number_in(group + "/memory.memsw.limit_in_bytes");
  if (!has_limit(memory) && !has_limit(both)) return {};
  auto const cache = reclaimable(group, "total_cache", "total_shmem");
  auto const left = [&](bytes limit, char const* used) {
    return difference(*limit, number_in(group + used).value_or(0)) + cache;
  };
  bytes found;
  if (has_limit(memory)) found = left(memory, "/memory.usage_in_bytes") + free_swap;
  if (has_limit(both)) found = least(found, left(both, "/memory.memsw.usage_in_bytes"));
  return found;
}

/// Where the groups of this process are: their mount point, and the path below it.
struct group_place {
  bool unified = false;
  std::string top;
  std::string path;
};

bool is_listed(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    auto const comma = list.find(',');
    if (list.substr(0, comma) == word) return true;
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return false;
}

/// "36 32 0:30 /root /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw": the mount for this version's memory
/// controller. A container sees only a part of the tree: what stands before its root is taken off.
bool find_mount(std::string const& mounts, group_place& out) {
  std::istringstream lines(mounts);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number;
    std::string root;
    std::string where;
    std::string word;
    if (!(words >> number >> number >> number >> root >> where)) continue;
    while (words >> word && word != "-") {
    }
    std::string type;
    std::string options;
    if (!(words >> type >> word >> options)) continue;
    if (out.unified ? type != "cgroup2" : type != "cgroup" || !is_listed(options, "memory")) continue;
    out.top = where;
    if (root != "/") out.path = out.path.starts_with(root) ? out.path.substr(root.size()) : "";
    if (out.path.find("/..") != std::string::npos || out.path == "/") out.path.clear();
    return true;
  }
  return false;
}

/// "4:memory:/user.slice", or "0::/user.slice" of version 2.
std::optional<group_place> parse_membership(std::string const& line) {
  auto const first = line.find(':');
  auto const second = line.find(':', first == std::string::npos ? first : first + 1);
  if (second == std::string::npos) return {};
  auto const controllers = std::string_view(line).substr(first + 1, second - first - 1);
  bool const unified = controllers.empty();
  if (!unified && !is_listed(controllers, "memory")) return {};
  return group_place{unified, "", line.substr(second + 1)};
}

}  // namespace

std::optional<std::uint64_t> available_in_cgroups(std::string const& process, std::uint64_t free_swap) {
  auto const memberships = read_whole((process + "/cgroup").c_str());
  if (!memberships) return {};
  auto const mounts = read_whole((process + "/mountinfo").c_str());
  if (!mounts) return {};
  bytes found;
  std::istringstream lines(*memberships);
  for (std::string line; std::getline(lines, line);) {
    auto place = parse_membership(line);
    if (!place || !find_mount(*mounts, *place)) continue;
    for (std::string path = place->path;; path.resize(path.rfind('/'))) {
      std::string const group = place->top + path;
      found = least(found, place->unified ? left_in_unified(group, free_swap) : left_in_first(group, free_swap));
      if (path.rfind('/') == std::string::npos) break;
    }
  }
  return found;
}

std::optional<std::uint64_t> available_memory() {
  auto const text = read_whole("/proc/meminfo");
  if (!text) return {};
  auto const available = value_in(*text, "MemAvailable:");
  if (!available) return {};
  constexpr std::uint64_t kibibyte = 1024;
  auto const free_swap = value_in(*text, "SwapFree:").value_or(0) * kibibyte;
  auto const of_the_system = *available * kibibyte + free_swap;
  return least(of_the_system, available_in_cgroups("/proc/self", free_swap));
}

}  // namespace coview::os
