// SPDX-License-Identifier: Apache-2.0
// Directories: entered and read (step 2), made in the target, and finished when nothing below is left (step 4).
#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "copy/engine/metadata.hpp"
#include "copy/shared/failure.hpp"
#include "copy/tree/tree_copy.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

bool may_hold_files(unsigned char type) {
  return type == DT_DIR;
}

}  // namespace

/// Step 2.
void tree_copy::enter_directory(tree_place const& place, bool through_link) {
  node_pointer node;
  if (!progress_.stopped()) {
    guarded(place, [&] {
      entry_directory const directory(place.node, directories_);
      node = open_both(directory, place, through_link);
    });
  }
  if (!node) {
    if (place.node->is_root()) source_done(place.target_name);
    return release(place.node);
  }
  bool const mounted = options_.one_file_system && !node->parent->is_root() &&
                       node->source_status.st_dev != node->parent->source_status.st_dev;
  if (!mounted) guarded(place, [&] { scan(node); });
  release(node);
}

node_pointer tree_copy::open_both(entry_directory const& directory, tree_place const& place, bool through_link) {
  auto const& name = place.entry.name;
  auto const shown = directory.source_path(name);
  auto opened =
      open_directory(directory.source(), name.c_str(), through_link ? through_links::yes : through_links::no);
  if (!opened) fail("open", shown, opened.error());
  auto const status = os::status(opened->get());
  if (!status) fail("look at", shown, status.error());
  auto node = std::make_shared<tree_node>();
  node->parent = directory.node;
  node->source_name = name;
  node->target_name = place.target_name;
  node->source_status = *status;
  node->order = directory.node->is_root() ? sources_begun_.fetch_add(1) : directory.node->order;
  node->through_link = through_link;
  node->filter_path = filter_path_of(place);
  check_loops(*node, shown);
  open_pair both{std::move(*opened), {}};
  make_target(directory, *node, both);
  directories_.put(node, std::move(both));
  return node;
}

/// A directory in itself has no end.
void tree_copy::check_loops(tree_node const& node, std::filesystem::path const& shown) {
  {
    std::lock_guard const guard(lock_);
    if (targets_.contains({node.source_status.st_dev, node.source_status.st_ino}))
      fail("copy", shown, EINVAL, "it is where this copy goes to", "copy to a place outside the source");
  }
  if (options_.follow != follow_links::always) return;
  for (auto const* above = node.parent.get(); !above->is_root(); above = above->parent.get()) {
    if (os::same_file(above->source_status, node.source_status))
      fail("copy", shown, ELOOP, "a link leads back to a directory above it", "copy links as links");
  }
}

void tree_copy::make_target(entry_directory const& directory, tree_node& node, open_pair& opened) {
  auto const shown = directory.target_path(node.target_name);
  node.missing_target = directory.node->missing_target;
  if (node.missing_target) return;
  // For nobody else until it is finished; its own permissions may not even let us in.
  if (!options_.dry_run) {
    node.fresh = ::mkdirat(directory.target(), node.target_name.c_str(), S_IRWXU) == 0;
    if (!node.fresh && errno != EEXIST) fail("make directory", shown, errno);
  }
  auto target = open_directory(directory.target(), node.target_name.c_str(), through_links::no);
  if (!target && (target.error() == ENOTDIR || target.error() == ELOOP) && options_.keep_directory_links) {
    target = open_directory(directory.target(), node.target_name.c_str(), through_links::yes);
    node.target_through_link = static_cast<bool>(target);
  }
  if (!target && target.error() == ENOENT && options_.dry_run) {
    node.missing_target = true;
    return;
  }
  if (!target && (target.error() == ENOTDIR || target.error() == ELOOP)) {
    fail("make directory", shown, ENOTDIR, "something else has this name",
         "move it away first; a link to a directory is entered with --keep-directory-symlink");
  }
  if (!target) fail("open", shown, target.error());
  auto const status = os::status(target->get());
  if (!status) fail("look at", shown, status.error());
  if (os::same_file(*status, node.source_status))
    fail("copy", shown, EINVAL, "source and target are the same directory", "name another target");
  node.target_status = *status;
  opened.target = std::move(*target);
  if (options_.dry_run) return;
  if (must_flush() && status->st_dev != directory.node->target_status.st_dev) will_write_to(opened.target.get());
  check_meeting(node, shown);
  if (!directory.node->is_root()) return;
  std::lock_guard const guard(lock_);
  targets_.insert({status->st_dev, status->st_ino});
}

/// Directories of one name, from several sources, become one. Those of two names that the filesystem holds for the
/// same are two, and what is in them would be mixed up.
void tree_copy::check_meeting(tree_node& node, std::filesystem::path const& shown) {
  auto const& above = node.parent->target_status;
  std::lock_guard const guard(lock_);
  auto const [at, is_first] =
      merged_.try_emplace({node.target_status.st_dev, node.target_status.st_ino},
                          merged_directory{{above.st_dev, above.st_ino}, node.target_name, node.fresh, node.order});
  if (is_first || node.target_name == ".") return;
  auto const& other = at->second;
  if (other.name != node.target_name && other.name != "." && other.parent == std::pair(above.st_dev, above.st_ino)) {
    fail("copy to", shown, EEXIST, "the filesystem holds that name and '" + other.name + "' for the same",
         "give one of them another name, or copy to another filesystem");
  }
  node.fresh = other.fresh;
  node.merged = true;
}

void tree_copy::scan(node_pointer const& node) {
  auto const open = directories_.get(node);
  auto entries = read_directory(open->source.get());
  if (!entries) fail("read directory", node->source_path("."), entries.error());
  places batch;
  // Tasks are done from the end: put what shall come first last.
  std::reverse(entries->begin(), entries->end());
  for (auto const subdirectories : {true, false}) {
    for (auto const& each : *entries) {
      if (may_hold_files(each.type) != subdirectories) continue;
      batch.emplace_back(node, each, each.name);
      if (batch.size() < (subdirectories ? 1 : batch_size)) continue;
      std::reverse(batch.begin(), batch.end());
      put_batch(std::exchange(batch, {}));
    }
  }
  if (batch.empty()) return;
  std::reverse(batch.begin(), batch.end());
  put_batch(std::move(batch));
}

/// Step 4. Something that kept the node from being finished is done.
void tree_copy::release(node_pointer node) {
  while (node && node->pending.fetch_sub(1) == 1) {
    if (node->is_root()) return;
    tree_place const place(node->parent, directory_entry{node->source_name, 0, DT_DIR}, node->target_name);
    guarded(place, [&] { finish(*node, node); });
    directories_.drop(*node);
    if (node->parent->is_root()) source_done(node->target_name);
    node = node->parent;
  }
}

/// Whether no later source has given the directory its attributes.
bool tree_copy::is_last_to_say(tree_node const& node) {
  std::lock_guard const guard(lock_);
  auto const at = merged_.find({node.target_status.st_dev, node.target_status.st_ino});
  if (at == merged_.end() || at->second.order > node.order) return at == merged_.end();
  at->second.order = node.order;
  return true;
}

void tree_copy::finish(tree_node& node, node_pointer const& pointer) {
  bool const made = !options_.dry_run && !progress_.stopped();
  if (made) {
    auto rules = options_.file.preserve;
    auto const open = directories_.get(pointer);
    auto const shown = node.parent->target_path(node.target_name);
    std::vector<std::string> warnings;
    metadata_target target;
    if (!node.fresh) {
      rules = options_.existing_directories;
      target.is = metadata_target::kind::was_there;
    }
    bool const wanted =
        node.fresh || rules.mode || rules.owner || rules.times || rules.attributes || rules.acl || rules.security;
    if (wanted && is_last_to_say(node))
      copy_metadata(open->source.get(), node.source_status, open->target.get(), rules, shown, warnings, target);
    progress_.warn(std::move(warnings));
  }
  tree_entry entry;
  entry.kind = entry_kind::directory;
  entry.outcome = options_.dry_run ? entry_outcome::planned : entry_outcome::copied;
  if (progress_.told()) {
    entry.source = node.parent->source_path(node.source_name);
    entry.target = node.parent->target_path(node.target_name);
  }
  progress_.done(entry);
}

}  // namespace coview::copying
