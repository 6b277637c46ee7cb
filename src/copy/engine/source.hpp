// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>

#include <coview/copy.hpp>

#include "os/fd.hpp"

/// The file that is copied, and whether it stayed as it was while that went on.
///
/// What is compared is size, time of change (mtime) and time of status change (ctime), of the descriptor and not of
/// the name: a writer can set mtime back, but not ctime. A source with no size of its own (pipes, /proc) has nothing
/// to compare and is read until its end.
namespace coview::copying {

struct source_file {
  os::unique_fd fd;
  struct ::stat before {};      ///< as it was when it was opened
  std::filesystem::path shown;  ///< how people know it

  /// A regular file whose length means something: not of /proc or /sys, which say 0 or 4096 whatever they hold.
  bool sized = false;
  [[nodiscard]] std::uint64_t size() const noexcept { return sized ? static_cast<std::uint64_t>(before.st_size) : 0; }
};

/// How a source is opened: the members of copy_options that matter for it.
struct source_rules {
  bool follow = true;
  bool read_special = false;
};

/// Opens an entry of a directory (AT_FDCWD and a path do as well) without waiting for anybody, and without doing
/// anything to a device. `shown` is what errors call it.
source_file open_source(int directory, char const* name, std::filesystem::path const& shown, source_rules rules);

/// Throws errc::resource_unavailable_try_again where the file is not as it was when it was opened.
void check_unchanged(source_file const& source);

}  // namespace coview::copying
