// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>

#include <coview/copy.hpp>

#include "copy/shared/storage.hpp"
#include "copy/shared/stream.hpp"
#include "os/fd.hpp"

/// The file that is copied, and whether its bytes stayed as they were while that went on.
///
/// What is compared is size, time of change (mtime) and time of status change (ctime), of the descriptor and not of
/// the name: a writer can set mtime back, but not ctime. Another ctime alone is a rename, a link, another mode, or
/// such a writer: then only the bytes can tell. A source with no size of its own (pipes, /proc) has nothing to
/// compare and is read until its end.
namespace coview::copying {

struct source_file {
  os::unique_fd fd;
  struct ::stat before {};         ///< as it was when it was opened
  std::filesystem::path shown;     ///< how people know it
  char const* operation = "copy";  ///< what is done with it, for errors
  changing_source changing = changing_source::fail;
  storage place = storage::disk;

  /// A regular file whose length means something: not of /proc or /sys, which say 0 or 4096 whatever they hold.
  bool sized = false;
  /// Reading starts where the descriptor stands, and not at the beginning.
  bool from_position = false;
  [[nodiscard]] std::uint64_t size() const noexcept { return sized ? static_cast<std::uint64_t>(before.st_size) : 0; }
};

/// How a source is opened: the members of copy_options that matter for it.
struct source_rules {
  bool follow = true;
  bool read_special = false;
  changing_source changing = changing_source::fail;
  char const* operation = "copy";
};

/// Opens an entry of a directory (AT_FDCWD and a path do as well) without waiting for anybody, and without doing
/// anything to a device. `shown` is what errors call it. What is no regular file is to be read as a stream.
source_file open_source(int directory, char const* name, std::filesystem::path const& shown, source_rules rules);

enum class source_state : std::uint8_t {
  same,     ///< as it was when it was opened
  touched,  ///< another time of status change, and nothing else
  changed,  ///< somebody wrote to it, and that is no accepted change
};
source_state state_of(source_file const& source, struct ::stat& now);

/// Throws errc::resource_unavailable_try_again where somebody wrote to it.
void check_unchanged(source_file const& source);

/// The same, and where it was touched, reads it again and compares with what `copy` has. False: `go_on` said so.
bool check_bytes(source_file const& source, int copy, keep_waiting const& go_on);

/// Throws what check_unchanged says of a changed one.
[[noreturn]] void fail_of_change(source_file const& source, struct ::stat const& now);

}  // namespace coview::copying
