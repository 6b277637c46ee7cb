// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace coview::inline channel {

/// A position that one thread at a time moves, and that the thread behind a descriptor for event loops looks at: it
/// may see an older one, and then looks again when it is told.
class watched_position {
 public:
  operator std::uint64_t() const noexcept { return value_.load(std::memory_order_relaxed); }
  watched_position& operator=(std::uint64_t value) noexcept {
    value_.store(value, std::memory_order_relaxed);
    return *this;
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace coview::inline channel
