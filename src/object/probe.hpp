// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "object/evidence.hpp"
#include "object/place.hpp"
#include "os/fd.hpp"
#include "os/lock.hpp"

/// What stands under an object's file name: the one way in which opening, creating, listing and
/// sweeping look at a file.
namespace coview::inline object {

/// How to look.
enum class probe_as : std::uint8_t {
  onlooker,  ///< takes no lock, so it cannot tell `unfinished` from `stale`
  reader,    ///< O1 to O4: comes with the hold, on a description for reading
  writer,    ///< the same, for reading and writing
};

/// What was seen.
struct probe {
  enum class state : std::uint8_t {
    absent,      ///< no file
    stale,       ///< a file that nobody holds
    live,        ///< held, or permanent
    unfinished,  ///< being created, or being removed: ask again
    hidden,      ///< live, but this user may not, or cannot, open it; `failure` says why
    alien,   ///< not an object's file: a symbolic link, a FIFO, a hard link, a foreign owner; `problem` says which
    failed,  ///< it could not be looked at: no descriptors left, no memory …; `failure` says why
  };
  state what = state::absent;
  bool held = false;            ///< somebody has a handle
  bool stale_for_good = false;  ///< stale, and nobody can make it live: its slot needs evidence, and nobody gives any
  bool being_opened =
      false;  ///< a stale file that cannot be opened, and that somebody is about to open or just looks at
  struct ::stat status {};  ///< of the file; not set where it is absent
  os::locked_fd fd = {};    ///< empty where absent, unfinished, hidden or alien, or where it cannot be opened
  std::string file = {};    ///< with its slot
  std::string problem = {};
  int failure = 0;           ///< errno
  bool ends_a_walk = false;  ///< of `failed`: for a reason that has nothing to do with this file
};

/// `own`: evidence of this slot that the caller gives already, and that says nothing.
probe probe_file(place const& where, std::string const& file, probe_as how = probe_as::onlooker,
                 slot_evidence const* own = nullptr);

/// For whoever decides from this file about *another* one, and so has D: turns `stale` into `unfinished`
/// where somebody is making, removing or opening the file, or has just made it permanent. Who opens it may
/// have seen the mark of a holder that is gone by now, and be about to set its own. Not so where nobody gives
/// evidence: nobody can then.
void recheck(place const& where, probe& seen);

/// Why a file cannot be an object's; empty where it can.
std::string alien_reason(place const& where, struct ::stat const& status);

/// Keeps its name without a handle: the sticky bit, which every user can see (docs/lifetime.md). It says so in the
/// slots that need no evidence, and nothing in the others.
inline bool is_permanent(place const& where, std::string_view file, struct ::stat const& status) {
  return (status.st_mode & S_ISVTX) != 0 && !needs_evidence(where.scope, file);
}

/// Bytes of memory that a file takes.
inline std::uint64_t memory_of(struct ::stat const& status) {
  constexpr std::uint64_t block = 512;
  return static_cast<std::uint64_t>(status.st_blocks) * block;
}

/// How object files are opened: nothing that was planted in our way is followed or waited for.
extern int const object_flags;

}  // namespace coview::inline object
