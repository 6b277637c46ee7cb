// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "copy/tree/directory.hpp"
#include "os/fd.hpp"

/// Directories that a tree copy is at work in: on the one side where entries come from, on the other where they go.
///
/// A node lives as long as anything below it is to be done. Its two descriptors need not: so that a tree of any depth
/// and any width is copied with a bounded number of them, `open_directories` closes those that were opened first, and
/// opens them again, from the nearest ancestor that is still open and name by name, when they are needed. What is
/// opened again must be the very directory that it was, else somebody moved things about, and that is an error.
namespace coview::copying {

struct open_pair {
  os::unique_fd source;
  os::unique_fd target;  ///< empty in a dry run, where there is none yet
};

class tree_node;
using node_pointer = std::shared_ptr<tree_node>;
using open_pointer = std::shared_ptr<open_pair const>;

/// One directory, or at the root of all the working directory and the directory that the sources go to. Everything
/// but `pending` is set before other threads see it.
class tree_node {
 public:
  node_pointer parent;      ///< nullptr: the root
  std::string source_name;  ///< in the parent
  std::string target_name;
  std::string filter_path;             ///< as patterns see it; empty: above all names
  std::filesystem::path target_shown;  ///< of the root: how people know the target directory
  struct ::stat source_status {};      ///< as it was when it was opened
  struct ::stat target_status {};
  std::size_t order = 0;                ///< number of the source that it belongs to
  bool fresh = false;                   ///< made by this copy: nobody else's files are in it
  bool merged = false;                  ///< another source goes there, too
  bool through_link = false;            ///< its source name is a symbolic link that is followed
  bool target_through_link = false;     ///< its target name is a symbolic link that is entered
  bool missing_target = false;          ///< a dry run, and there is no such directory
  std::atomic<std::size_t> pending{1};  ///< what keeps it from being finished: the scan, and everything found by it

  [[nodiscard]] bool is_root() const noexcept { return parent == nullptr; }
  /// How people know an entry of it.
  [[nodiscard]] std::filesystem::path source_path(std::string const& name) const;
  [[nodiscard]] std::filesystem::path target_path(std::string const& name) const;

 private:
  friend class open_directories;
  open_pointer open_;  // guarded by open_directories
};

/// The descriptors of nodes. Thread-safe.
class open_directories {
 public:
  /// As many nodes as the limit on descriptors leaves room for.
  open_directories();

  /// Descriptors of a node; they stay open while somebody has them. Throws coview::error.
  open_pointer get(node_pointer const& node);
  /// Gives a node that was just opened its descriptors.
  void put(node_pointer const& node, open_pair&& opened);
  /// A node is done.
  void drop(tree_node& node);

 private:
  void keep(node_pointer const& node, open_pointer opened);
  static open_pointer reopen(tree_node const& node, open_pair const& parent);

  std::mutex lock_;
  std::deque<std::weak_ptr<tree_node>> opened_;  // first opened first; the root is not among them
  std::size_t most_;
};

}  // namespace coview::copying
