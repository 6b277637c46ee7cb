// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness.hpp"
#include "sync_pair.hpp"

/// How long a waiter takes to run again. Timed from right before it is woken, in one process, to right after its
/// wait, in the other, by the clock that both share; begun when the kernel says that the other one sleeps.
namespace bench {

/// A process that sleeps, and says when it was woken.
class waiter {
 public:
  /// `prepare` makes what it waits with, in its process.
  waiter(std::function<std::function<void()>()> prepare, std::function<void()> set);
  ~waiter();
  waiter(waiter const&) = delete;
  waiter& operator=(waiter const&) = delete;

  /// In nanoseconds.
  double wake();

 private:
  struct exchange {
    std::atomic<std::uint32_t> began{0};
    std::atomic<std::uint32_t> answered{0};
    std::atomic<std::int64_t> woken_at{0};
  };
  [[nodiscard]] bool sleeps() const;

  std::function<void()> set_;
  std::shared_ptr<exchange> shared_;
  partner process_;
  int stat_ = -1;
  std::uint32_t turn_ = 0;
};

struct named_waiter {
  std::string name;
  std::unique_ptr<waiter> who;
};

/// By turns, as contenders.
measured wake_times(std::string title, std::vector<named_waiter> waiters, std::uint32_t rounds);

}  // namespace bench
