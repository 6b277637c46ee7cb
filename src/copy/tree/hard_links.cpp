// SPDX-License-Identifier: Apache-2.0
#include "copy/tree/hard_links.hpp"

namespace coview::copying {

link_table::turn link_table::take(struct ::stat const& file, tree_place const& place,
                                  std::optional<tree_place>& copied) {
  std::lock_guard const guard(lock_);
  key const which{file.st_dev, file.st_ino};
  auto const [at, is_first] = files_.try_emplace(which);
  auto& one = at->second;
  if (is_first) {
    one.left = file.st_nlink - 1;
    return turn::copy;
  }
  if (!one.copied) {
    one.waiting.push_back(place);
    return turn::wait;
  }
  copied = one.copied;
  if (one.left <= 1) {
    files_.erase(at);
  } else {
    --one.left;
  }
  return turn::link;
}

std::vector<tree_place> link_table::placed(struct ::stat const& file, tree_place const& place) {
  std::lock_guard const guard(lock_);
  auto const at = files_.find({file.st_dev, file.st_ino});
  if (at == files_.end()) return {};
  auto& one = at->second;
  auto waiting = std::exchange(one.waiting, {});
  if (waiting.size() >= one.left) {
    files_.erase(at);
  } else {
    one.left -= static_cast<nlink_t>(waiting.size());
    one.copied = place;
  }
  return waiting;
}

std::vector<tree_place> link_table::not_placed(struct ::stat const& file) {
  std::lock_guard const guard(lock_);
  auto const at = files_.find({file.st_dev, file.st_ino});
  if (at == files_.end()) return {};
  auto waiting = std::move(at->second.waiting);
  files_.erase(at);
  return waiting;
}

}  // namespace coview::copying
