// SPDX-License-Identifier: Apache-2.0
// The public way in to copying trees: finds out where the sources go, and under which names.
#include <fcntl.h>

#include <cerrno>
#include <utility>

#include <coview/copy_tree.hpp>

#include "copy/shared/failure.hpp"
#include "copy/tree/tree_copy.hpp"
#include "os/file.hpp"

namespace coview {
namespace {

namespace fs = std::filesystem;
using copying::fail;
using names = std::vector<std::pair<std::string, std::string>>;

/// A path without the slashes at its end, but for the one that is all of it.
std::string without_slashes(fs::path const& path) {
  std::string text = path.native();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

/// The name that a copy gets from its source. Of `.` and `..` and `/`, the contents are what is copied.
std::string name_from(fs::path const& source) {
  auto const name = fs::path(without_slashes(source)).filename().native();
  return name.empty() || name == ".." || name == "/" ? "." : name;
}

struct destination {
  os::unique_fd directory;
  fs::path shown;
  names sources;
};

os::unique_fd open_target(fs::path const& path, fs::path const& shown) {
  auto opened = copying::open_directory(AT_FDCWD, path.c_str(), copying::through_links::yes);
  // One that may be written and not read: enough to put entries into it.
  if (!opened && opened.error() == EACCES) opened = os::open(path.c_str(), O_PATH | O_DIRECTORY);
  if (!opened && opened.error() == ENOTDIR)
    fail("copy to", shown, ENOTDIR, "it is no directory", "name a directory to put the copies in");
  if (!opened && opened.error() == ENOENT)
    fail("copy to", shown, ENOENT, "there is no such directory", "make it first with 'mkdir'");
  if (!opened) fail("open", shown, opened.error());
  return std::move(*opened);
}

/// Into a directory, each under its own name.
destination into(std::span<fs::path const> sources, fs::path const& target) {
  destination to{open_target(target, target), target, {}};
  for (auto const& each : sources) to.sources.emplace_back(each.native(), name_from(each));
  return to;
}

/// One source, under the name that the target is.
destination as_named(fs::path const& source, fs::path const& target) {
  fs::path const path = without_slashes(target);
  auto const name = path.filename().native();
  if (name.empty() || name == "." || name == ".." || name == "/")
    return {open_target(target, target), target, {{source.native(), "."}}};
  if (path != target && !fs::is_directory(source)) {
    fail("copy to", target, ENOTDIR, "it ends with a slash, as a directory does, and there is none",
         "make it first with 'mkdir', or leave the slash out");
  }
  fs::path const parent = path.has_parent_path() ? path.parent_path() : ".";
  // Shown as it was written.
  return {open_target(parent, parent), path.has_parent_path() ? parent : fs::path(), {{source.native(), name}}};
}

destination find(std::span<fs::path const> sources, fs::path const& target, tree_options const& options) {
  auto const kind = options.parents ? tree_target::directory : options.target;
  if (sources.empty()) fail("copy to", target, EINVAL, "there is nothing to copy", "name a source");
  if (target.empty()) fail("copy to", target, ENOENT, "the target has no name", "name a target");
  std::error_code ignored;
  bool const directory = kind != tree_target::exact && fs::is_directory(target, ignored);
  if (directory || kind == tree_target::directory || (sources.size() > 1 && kind != tree_target::exact))
    return into(sources, target);
  if (sources.size() > 1)
    fail("copy to", target, EINVAL, "several sources cannot have one name", "name a directory to put them in");
  return as_named(sources.front(), target);
}

}  // namespace

tree_report copy_tree(std::span<fs::path const> sources, fs::path const& target, tree_options const& options) {
  auto to = find(sources, target, options);
  auto root = std::make_shared<copying::tree_node>();
  root->target_shown = std::move(to.shown);
  copying::tree_copy copy(options, std::move(root), std::move(to.directory));
  return copy.run(to.sources);
}

}  // namespace coview
