// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "os/fd.hpp"

/// Directories as a tree copy reads them.
namespace coview::copying {

/// One entry of a directory, as the directory itself tells of it.
struct directory_entry {
  std::string name;
  ino_t inode = 0;
  unsigned char type = 0;  ///< DT_REG …; DT_UNKNOWN where the filesystem does not say
};

/// All entries but . and .., in the order of their inodes: that is roughly how they lie on a disk, so that reading
/// them one after the other jumps least. Takes the descriptor's position along.
os::result<std::vector<directory_entry>> read_directory(int directory);

enum class through_links : bool { no, yes };

/// A directory in a directory, for reading. ENOTDIR or ELOOP where it is something else.
os::result<os::unique_fd> open_directory(int parent, char const* name, through_links rule);

}  // namespace coview::copying
