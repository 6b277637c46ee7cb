// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include <coview/object.hpp>

#include "object/patience.hpp"
#include "object/place.hpp"
#include "object/probe.hpp"
#include "os/fd.hpp"

/// Removing files that nobody holds: S1 to S4 of docs/lifetime.md, and D, the lock under which the slots of a global
/// name change.
namespace coview::inline object {

/// D: an exclusive flock on a description of the directory, one of its own each time, so that threads exclude one
/// another too.
class directory_lock {
 public:
  /// 0, EBUSY where somebody else kept it until patience ended, or what failed.
  int take(int directory, patience patience);
  /// The description it is on: of the directory, never read from.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  os::locked_fd fd_;
};

/// What a sweep came to.
enum class sweep_answer : std::uint8_t {
  swept,    ///< the file is gone, by this call
  gone,     ///< it was gone already
  refused,  ///< somebody holds, opens, creates or sweeps it
  kept,     ///< not ours to remove: permanent, another user's, or not an object's file
};

struct sweep_result {
  sweep_answer what = sweep_answer::kept;
  int failure = 0;          ///< of `kept`: the errno of the call that failed; 0 where the file is not to be removed
  std::uint64_t freed = 0;  ///< of `swept`: bytes of memory
};

/// Whether the caller has the lock of this directory (D).
enum class sweeper : std::uint8_t { without_d, has_d };
/// S1 to S4. `only`: which file it must be; where the name leads to another one, the answer is `gone`.
sweep_result sweep_file(place const& where, std::string const& file, sweeper who = sweeper::without_d,
                        os::own_descriptor const* only = nullptr);

/// Takes the name away though it is held. 0 or the errno.
int unlink_by_force(place const& where, std::string const& file);

/// Looks at every object file of a place, gives what it sees to `visit`, and gives at most `most` stale ones back. A
/// file that cannot be looked at counts as one that somebody opens. 0 or the errno of what ended the walk; only what
/// concerns this process or the directory does.
int walk(place const& where, std::size_t most, std::function<void(probe const&)> const& visit, reclaimed& given_back);

}  // namespace coview::inline object
