// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "object/place.hpp"
#include "os/fd.hpp"

/// Looking at an object's file without becoming a holder: what listing, sweeping and creating decide by.
namespace coview {

/// What stands at a place.
struct sighting {
  enum class state : std::uint8_t {
    absent,      ///< no file
    stale,       ///< a file that nobody holds
    live,        ///< held, or permanent
    unfinished,  ///< being created, or being removed
    hidden,      ///< live, but this user may not open it
    alien,   ///< not an object's file: a symbolic link, a FIFO, a hard link, a foreign owner; `problem` says which
    failed,  ///< it could not be looked at: no descriptors left, no memory …; `failure` says why
  };
  state what = state::absent;
  bool held = false;     ///< somebody has a handle
  bool visited = false;  ///< a stale file that may not be opened, and that somebody is about to open or just looks at
  struct ::stat status {};  ///< of the file; not set where it is absent
  os::unique_fd fd = {};    ///< for reading; carries no lock; empty where absent, hidden or alien
  std::string file = {};    ///< with its slot
  std::string problem = {};
  int failure = 0;  ///< errno
};

/// Looks at one file. Takes no lock, so it cannot tell `unfinished` from `stale`.
sighting look_at(place const& where, std::string const& file);

/// For whoever decides from this file about *another* one, and so has D: turns `stale` into `unfinished` where
/// somebody is making, removing or visiting the file. A visitor may have seen the mark of a holder that is gone by
/// now, and be about to set its own.
void settle(sighting& seen);

/// Why a file cannot be an object's; empty where it can.
std::string alien_reason(place const& where, struct ::stat const& status);
/// The same from the errno of an open that refused to follow or to wait; nullptr where it says nothing of the kind.
char const* alien_reason(int errno_value);

/// Keeps its name without a handle: the sticky bit, which every user can see (docs/lifetime.md).
inline bool is_permanent(struct ::stat const& status) {
  return (status.st_mode & S_ISVTX) != 0;
}

/// How object files are opened: nothing that was planted in our way is followed or waited for.
extern int const object_flags;

}  // namespace coview
