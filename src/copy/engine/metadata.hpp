// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include <coview/copy.hpp>

/// The attributes of a file, from one descriptor to another: users' attributes, owner, permissions, all other
/// attributes, access control lists and times, in this order, because each step would undo or prevent another one in
/// any other. Files and directories alike.
namespace coview::copying {

/// What the copy is, besides being a copy: that decides about permissions.
struct metadata_target {
  enum class kind : unsigned char {
    fresh,      ///< a new entry: it has what its directory gives to new ones
    replaces,   ///< a new file that takes the place of `replaced`, an entry of `directory` called `name`
    was_there,  ///< an entry that stays the same one: permissions are its own unless the rules ask for them
  } is = kind::fresh;
  struct ::stat replaced {};
  int directory = -1;
  char const* name = "";
};

/// Gives `to` what `rules` asks for of `from`, whose status is `status`. What the process may not or the filesystem
/// cannot do becomes a sentence in `warnings`; a permission change that fails for another reason throws, because it
/// decides who may read the copy. `shown` is how people know the target.
void copy_metadata(int from, struct ::stat const& status, int to, preserved const& rules,
                   std::filesystem::path const& shown, std::vector<std::string>& warnings,
                   metadata_target const& target = {});

/// Extended attributes and access control lists of what cannot be opened, by two descriptors of O_PATH.
void copy_attributes_by_name(int from, int to, preserved const& rules, std::filesystem::path const& shown,
                             std::vector<std::string>& warnings);

/// The umask, without touching it.
mode_t current_umask();

}  // namespace coview::copying
