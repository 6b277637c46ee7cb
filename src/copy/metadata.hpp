// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include <coview/copy.hpp>

/// The attributes of a file, from one descriptor to another: owner, permissions, extended attributes, access control
/// lists and times, in this order, because each step would undo one that came before it in any other. Files and
/// directories alike.
namespace coview::copying {

/// Gives `to` what `rules` asks for of `from`, whose status is `status`. What the process may not or the filesystem
/// cannot do becomes a sentence in `warnings`; a failed permission change throws, because it decides who may read the
/// copy. `shown` is how people know the target.
void copy_metadata(int from, struct ::stat const& status, int to, preserved const& rules,
                   std::filesystem::path const& shown, std::vector<std::string>& warnings);

/// The umask, without touching it.
mode_t current_umask();

}  // namespace coview::copying
