// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <coview/copy.hpp>

#include "copy/engine/temporary.hpp"

/// What was there before, kept under another name when it is replaced.
namespace coview::copying {

/// Gives the entry that stands at `target` its backup name as well, by a link, so that the target's name is never
/// without a file; where the filesystem has no links, by renaming. Does nothing where no backup is asked for. Throws
/// where that name is the source's.
void keep_backup(target_place const& target, struct ::stat const& source, backup_rules const& rules);

}  // namespace coview::copying
