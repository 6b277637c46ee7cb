// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <coview/copy_tree.hpp>

#include "copy/source.hpp"
#include "copy/temporary.hpp"
#include "copy/tree_ledger.hpp"
#include "copy/tree_node.hpp"

/// Entries of a tree that are put in place one by one. Where nothing stands in the way they are made under their
/// name; else they are made under a hidden one and renamed, so that at no time there is nothing.
namespace coview::copying {

/// A directory that a worker is at work in, with what it needs for each entry at hand.
struct tree_desk {
  node_pointer node;
  open_pointer open;
  std::filesystem::path source_base;
  std::filesystem::path target_base;

  tree_desk(node_pointer where, open_directories& directories);
  [[nodiscard]] int source() const noexcept { return open->source.get(); }
  [[nodiscard]] int target() const noexcept { return open->target.get(); }
  [[nodiscard]] std::filesystem::path source_path(std::string const& name) const { return source_base / name; }
  [[nodiscard]] std::filesystem::path target_path(std::string const& name) const {
    return name == "." ? target_base : target_base / name;
  }
};

/// What stands where an entry is to go.
struct standing {
  bool there = false;
  struct ::stat status {};
};

standing look_at_target(tree_desk const& desk, std::string const& name);

/// Whether the entry is to be put there, by what the options say of targets that stand. Throws where it must not be.
bool may_put(tree_desk const& desk, std::string const& source_name, std::string const& target_name,
             struct ::stat const& source, standing const& target, tree_options const& options, tree_ledger& ledger);

/// The link itself, with owner, attributes and times.
void put_symbolic_link(tree_desk const& desk, std::string const& source_name, std::string const& target_name,
                       struct ::stat const& source, standing const& target, preserved const& rules,
                       std::vector<std::string>& warnings);

/// A FIFO, socket or device, with owner, permissions, attributes and times.
void put_special(tree_desk const& desk, std::string const& source_name, std::string const& target_name,
                 struct ::stat const& source, standing const& target, preserved const& rules,
                 std::vector<std::string>& warnings);

/// A further name for `copied_name` in the directory `copied`. Not possible: the errno.
int put_hard_link(int copied, std::string const& copied_name, tree_desk const& desk, std::string const& target_name,
                  standing const& target);

}  // namespace coview::copying
