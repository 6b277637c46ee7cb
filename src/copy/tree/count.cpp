// SPDX-License-Identifier: Apache-2.0
#include "copy/tree/count.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "copy/tree/directory.hpp"
#include "copy/tree/filter.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

constexpr int deepest = 50;

class counter {
 public:
  counter(tree_options const& options, progress_record& progress) : options_(options), progress_(progress) {}

  /// One entry and all below it. False: not all could be counted.
  bool count(int directory, char const* name, bool follow, int depth, std::string const& path) {
    if (progress_.stopped()) return false;
    struct ::stat found {};
    if (::fstatat(directory, name, &found, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0) {
      progress_.found(1, 0);  // the copy will say what is wrong with it
      return true;
    }
    if (!path.empty() && is_excluded(options_.filters, path, S_ISDIR(found.st_mode))) return true;
    if (S_ISDIR(found.st_mode)) return !options_.recursive || count_directory(directory, name, follow, depth, path);
    // A file of several names is copied once.
    bool const several = S_ISREG(found.st_mode) && found.st_nlink > 1 && options_.hard_links;
    bool const again = several && !seen_.insert({found.st_dev, found.st_ino}).second;
    progress_.found(1, S_ISREG(found.st_mode) && !again ? static_cast<std::uint64_t>(found.st_size) : 0);
    return true;
  }

 private:
  bool count_directory(int directory, char const* name, bool follow, int depth, std::string const& path) {
    if (depth >= deepest) return false;
    auto const opened = open_directory(directory, name, follow ? through_links::yes : through_links::no);
    if (!opened) return true;
    auto const entries = read_directory(opened->get());
    if (!entries) return true;
    bool const follow_all = options_.follow == follow_links::always;
    return std::all_of(entries->begin(), entries->end(), [&](auto const& each) {
      return count(opened->get(), each.name.c_str(), follow_all, depth + 1,
                   path.empty() ? each.name : path + '/' + each.name);
    });
  }

  tree_options const& options_;
  progress_record& progress_;
  std::set<std::pair<dev_t, ino_t>> seen_;
};

}  // namespace

void count_trees(std::vector<std::pair<std::string, std::string>> const& sources, tree_options const& options,
                 progress_record& progress) {
  counter all(options, progress);
  for (auto const& [path, name] : sources)
    if (!all.count(AT_FDCWD, path.c_str(), options.follow != follow_links::never, 0, name_for_filters(path))) return;
  progress.counted();
}

}  // namespace coview::copying
