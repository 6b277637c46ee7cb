// SPDX-License-Identifier: Apache-2.0
#include "copy/tree/node.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "copy/shared/failure.hpp"
#include "os/file.hpp"

namespace coview::copying {
namespace {

/// From the root to the node, itself left out.
std::vector<tree_node const*> way_to(tree_node const& node) {
  std::vector<tree_node const*> way;
  for (tree_node const* at = &node; at != nullptr && !at->is_root(); at = at->parent.get()) way.push_back(at);
  std::reverse(way.begin(), way.end());
  return way;
}

os::unique_fd same_as_before(int parent, std::string const& name, through_links rule, struct ::stat const& before,
                             std::filesystem::path const& shown) {
  auto opened = open_directory(parent, name.c_str(), rule);
  if (!opened) fail("open again", shown, opened.error());
  auto const now = os::status(opened->get());
  if (!now) fail("look at", shown, now.error());
  if (!os::same_file(*now, before)) {
    fail("open again", shown, EAGAIN, "another directory has taken its place meanwhile",
         "copy again when nobody moves the directories about");
  }
  return std::move(*opened);
}

}  // namespace

std::filesystem::path tree_node::source_path(std::string const& name) const {
  std::filesystem::path path;
  for (auto const* const each : way_to(*this)) path /= each->source_name;
  return path / name;
}

std::filesystem::path tree_node::target_path(std::string const& name) const {
  auto const way = way_to(*this);
  tree_node const* const first = way.empty() ? this : way.front()->parent.get();
  std::filesystem::path path = first->target_shown;
  for (auto const* const each : way)
    if (each->target_name != ".") path /= each->target_name;
  return name == "." ? path : path / name;
}

open_directories::open_directories() {
  struct ::rlimit limit {};
  std::size_t const descriptors =
      ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<std::size_t>(limit.rlim_cur) : 1024;
  // Two a node, and as much again for the files and for the rest of the program.
  most_ = std::clamp<std::size_t>(descriptors / 4, 8, 1024);
}

void open_directories::put(node_pointer const& node, open_pair&& opened) {
  std::lock_guard const guard(lock_);
  keep(node, std::make_shared<open_pair const>(std::move(opened)));
}

void open_directories::keep(node_pointer const& node, open_pointer opened) {
  node->open_ = std::move(opened);
  if (node->is_root()) return;
  opened_.push_back(node);
  while (opened_.size() > most_) {
    auto const oldest = opened_.front().lock();
    opened_.pop_front();
    if (oldest) oldest->open_.reset();
  }
}

void open_directories::drop(tree_node& node) {
  std::lock_guard const guard(lock_);
  node.open_.reset();
  while (!opened_.empty() && opened_.front().expired()) opened_.pop_front();
}

open_pointer open_directories::get(node_pointer const& node) {
  std::lock_guard const guard(lock_);
  if (node->open_) return node->open_;
  std::vector<tree_node const*> way;
  tree_node const* at = node.get();
  for (; !at->open_; at = at->parent.get()) way.push_back(at);
  open_pointer opened = at->open_;
  std::reverse(way.begin(), way.end());
  for (auto const* const step : way) opened = reopen(*step, *opened);
  keep(node, opened);
  return opened;
}

open_pointer open_directories::reopen(tree_node const& node, open_pair const& parent) {
  auto const& above = *node.parent;
  auto const rule = node.through_link ? through_links::yes : through_links::no;
  auto source = same_as_before(parent.source.get(), node.source_name, rule, node.source_status,
                               above.source_path(node.source_name));
  auto const target_rule = node.target_through_link ? through_links::yes : through_links::no;
  if (node.missing_target) return std::make_shared<open_pair const>(open_pair{std::move(source), {}});
  auto target = same_as_before(parent.target.get(), node.target_name, target_rule, node.target_status,
                               above.target_path(node.target_name));
  return std::make_shared<open_pair const>(open_pair{std::move(source), std::move(target)});
}

}  // namespace coview::copying
