// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <coview/copy_tree.hpp>

#include "copy/engine/placed_files.hpp"
#include "copy/engine/temporary.hpp"
#include "copy/shared/source.hpp"
#include "copy/tree/directory.hpp"
#include "copy/tree/node.hpp"
#include "copy/tree/progress_record.hpp"

/// Entries of a tree that are put in place one by one. Where nothing stands in the way they are made under their
/// name; else they are made under a hidden one and renamed, so that at no time there is nothing.
namespace coview::copying {

/// A directory that a worker is at work in, with what it needs for each entry at hand.
struct entry_directory {
  node_pointer node;
  open_pointer open;
  std::filesystem::path source_base;
  std::filesystem::path target_base;

  entry_directory(node_pointer where, open_directories& directories);
  [[nodiscard]] int source() const noexcept { return open->source.get(); }
  [[nodiscard]] int target() const noexcept { return open->target.get(); }
  [[nodiscard]] std::filesystem::path source_path(std::string const& name) const { return source_base / name; }
  [[nodiscard]] std::filesystem::path target_path(std::string const& name) const {
    return name == "." ? target_base : target_base / name;
  }
};

/// What stands where an entry is to go.
struct existing_entry {
  bool there = false;
  struct ::stat status {};
};

existing_entry look_at_target(entry_directory const& directory, std::string const& name);

/// Throws where another source of this copy became this entry.
void check_not_placed(entry_directory const& directory, std::string const& target_name, existing_entry const& target,
                      placed_files const& placed);

/// Whether a copy that goes on has this file already: it appeared under its name when it was complete.
bool was_copied_before(struct ::stat const& source, existing_entry const& target, copy_options const& options);

/// Whether the entry is to be put there, by what the options say of targets that stand. Throws where it must not be.
bool may_put(entry_directory const& directory, std::string const& source_name, std::string const& target_name,
             struct ::stat const& source, existing_entry const& target, tree_options const& options,
             progress_record& progress);

/// The link itself, with owner, attributes and times.
void put_symbolic_link(entry_directory const& directory, std::string const& source_name,
                       std::string const& target_name, struct ::stat const& source, existing_entry const& target,
                       preserved const& rules, std::vector<std::string>& warnings, placed_files& placed);

/// A link with this text, as a new one has it. 0, or the errno.
int put_link_with_text(std::string const& text, entry_directory const& directory, std::string const& target_name,
                       existing_entry const& target, placed_files& placed);

/// A FIFO, socket or device, with owner, permissions, attributes and times.
void put_special(entry_directory const& directory, std::string const& source_name, std::string const& target_name,
                 struct ::stat const& source, existing_entry const& target, preserved const& rules,
                 std::vector<std::string>& warnings, placed_files& placed);

/// A further name for `copied_name` in the directory `copied`. Not possible: the errno.
int put_hard_link(int copied, std::string const& copied_name, entry_directory const& directory,
                  std::string const& target_name, existing_entry const& target, placed_files& placed,
                  through_links rule = through_links::no);

}  // namespace coview::copying
