// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

/// Times of two files on two filesystems, of which one may keep them less exactly than the other: whole seconds, or
/// every second one (FAT), or tenths of a microsecond (NTFS).
namespace coview::copying {

/// Whether the source was changed after the target was, as far as the target's filesystem can tell.
bool is_newer(struct ::stat const& source, struct ::stat const& target) noexcept;

/// Whether both were changed at the same time, as far as the target's filesystem can tell.
bool same_change(struct ::stat const& source, struct ::stat const& target) noexcept;

}  // namespace coview::copying
