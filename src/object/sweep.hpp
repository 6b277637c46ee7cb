// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "object/patience.hpp"
#include "object/place.hpp"
#include "os/fd.hpp"

/// Removing files that nobody holds: S1 to S3 of docs/lifetime.md, and D, the lock under which the slots of a global
/// name change.
namespace coview {

/// What a sweep came to.
enum class sweep_answer : std::uint8_t {
  swept,    ///< the file is gone, by this call
  gone,     ///< it was gone already
  refused,  ///< somebody holds, visits, creates or sweeps it
  kept,     ///< not ours to remove: permanent, another user's, or not an object's file
};

struct sweep_result {
  sweep_answer what = sweep_answer::kept;
  int failure = 0;          ///< of `kept`: the errno of the call that failed; 0 where the file is not to be removed
  std::uint64_t freed = 0;  ///< of `swept`: bytes of memory
};

/// S1 to S3.
sweep_result sweep_file(place const& where, std::string const& file);

/// D: an exclusive flock on a description of the directory, one of its own each time, so that threads exclude one
/// another too.
class directory_lock {
 public:
  /// 0, EBUSY where somebody else kept it until patience ended, or what failed.
  int take(place const& where, patience patience);

 private:
  os::unique_fd fd_;
};

/// How many slots a name has here.
unsigned slots_of(place const& where);

}  // namespace coview
