// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "os/fd.hpp"

/// Names that stand for open descriptors: /dev/stdout, /dev/fd/3, /proc/1234/fd/1, and links to them. To replace one
/// is never meant; what is meant is the file, pipe or terminal that is open there.
namespace coview::copying {

struct descriptor_link {
  int own = -1;      ///< a descriptor of this process; -1: another process's
  std::string path;  ///< the link in /proc itself
};

/// Where the entry `name` of `directory` (AT_FDCWD and a path do as well) is such a link, or leads to one.
std::optional<descriptor_link> find_descriptor_link(int directory, std::string const& name);

/// The open file for writing. That of this process goes on where it stands; another's regular file begins anew.
os::result<os::unique_fd> open_to_write(descriptor_link const& link);

}  // namespace coview::copying
