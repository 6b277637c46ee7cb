// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <mutex>
#include <set>
#include <utility>

/// The files that one copy of several sources has put in place, so that no later source takes the place of an earlier
/// one: under the same name, or under another one that the filesystem holds for the same (it ignores case, or
/// normalises). Thread-safe.
///
///   P1  a file is noted before it gets its name: whoever finds that name taken can tell by whom
///   P2  a name that is free is taken only where it still is (link, RENAME_NOREPLACE)
///   P3  what replaces an entry looks at that entry and renames under `replacing`, one at a time
namespace coview::copying {

class placed_files {
 public:
  void add(struct ::stat const& file) {
    std::lock_guard const guard(lock_);
    files_.insert({file.st_dev, file.st_ino});
  }
  /// It got no name after all.
  void remove(struct ::stat const& file) {
    std::lock_guard const guard(lock_);
    files_.erase({file.st_dev, file.st_ino});
  }
  [[nodiscard]] bool has(struct ::stat const& file) const {
    std::lock_guard const guard(lock_);
    return files_.contains({file.st_dev, file.st_ino});
  }
  [[nodiscard]] std::mutex& replacing() noexcept { return replacing_; }

 private:
  mutable std::mutex lock_;
  std::set<std::pair<dev_t, ino_t>> files_;
  std::mutex replacing_;
};

}  // namespace coview::copying
