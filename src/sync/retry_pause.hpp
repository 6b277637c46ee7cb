// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "os/futex.hpp"

/// Between a look that finds an object there and an attempt that fails: mostly, another thread was faster. But what
/// lies in shared memory can also contradict itself for ever, and no wait may turn into a busy loop because of it.
namespace coview::inline sync {

/// Of one wait. Yields the first times; then sleeps, 1 ms at first and 16 ms at most, but not beyond the deadline.
/// A cancellation point.
class retry_pause {
 public:
  void operator()(os::deadline const& until);
  /// The wait got as far as to sleep on the objects: what was seen was true.
  void reset() noexcept { times_ = 0; }

 private:
  unsigned times_ = 0;
};

/// For one who asks and does not wait, about what is undecided just now: a thousand turns of the processor, but 20 ms
/// at most, which on a busy machine are far fewer.
class moment {
 public:
  /// Gives the processor to others; false once it is over.
  bool lasts() noexcept;

 private:
  unsigned turns_ = 0;
  std::chrono::steady_clock::time_point end_;
};

}  // namespace coview::inline sync
