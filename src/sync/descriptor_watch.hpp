// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "os/fd.hpp"
#include "os/futex.hpp"
#include "os/visibility.hpp"

/// Waiting for descriptors together with things that one sleeps on by futex, which no system call of Linux does: a
/// thread of this library watches them and wakes the waiter. It is started by the first wait that needs it; a wait
/// for one descriptor alone polls it and does without.
namespace coview::inline sync {

/// The descriptors of one wait. Costs nothing as long as none is added.
class descriptor_watch {
 public:
  descriptor_watch() noexcept = default;
  descriptor_watch(descriptor_watch const&) = delete;
  descriptor_watch& operator=(descriptor_watch const&) = delete;
  ~descriptor_watch();

  /// Watches it from now on, where it is not watched yet. False where the system refuses: it counts as readable then,
  /// so that the wait looks again instead of sleeping.
  bool add(int fd);
  /// Changes when one becomes readable.
  [[nodiscard]] std::uint32_t value() const noexcept { return word_.load(std::memory_order_seq_cst); }
  [[nodiscard]] ::futex_waitv entry(std::uint32_t value) const noexcept { return os::futex_entry(&word_, value); }

 private:
  struct watched {
    int fd;             // of the caller
    os::unique_fd own;  // a duplicate: two waits may watch one descriptor
    std::uint64_t number;
  };
  std::atomic<std::uint32_t> word_{0};
  std::vector<watched> watched_;
};

/// Makes a timer due at once.
void make_due(int timer_fd) noexcept;

/// Whether the thread that watches runs in this process: it keeps no process alive.
[[nodiscard]] COVIEW_PRIVATE bool watcher_runs() noexcept;

}  // namespace coview::inline sync
