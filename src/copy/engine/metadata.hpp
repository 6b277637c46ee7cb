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

/// Gives `to` what `rules` asks for of `from`, whose status is `status`. What the process may not or the filesystem
/// cannot do becomes a sentence in `warnings`; a failed permission change throws, because it decides who may read the
/// copy. `shown` is how people know the target.
void copy_metadata(int from, struct ::stat const& status, int to, preserved const& rules,
                   std::filesystem::path const& shown, std::vector<std::string>& warnings);

/// Extended attributes and access control lists of what cannot be opened, by two descriptors of O_PATH.
void copy_attributes_by_name(int from, int to, preserved const& rules, std::filesystem::path const& shown,
                             std::vector<std::string>& warnings);

/// The umask, without touching it.
mode_t current_umask();

}  // namespace coview::copying
