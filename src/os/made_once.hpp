// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>

namespace coview::os {

/// The one T of this process, made at its first use and never destroyed. Not a static object in a function: its guard
/// would leave a child waiting for ever that was forked while another thread made it. Here, where two threads make
/// one at once, the first stays and the other goes.
///
/// Thread safety: as T's own. For what is not constant, os::process_wide has a lock.
template <class T>
class made_once {
 public:
  constexpr made_once() noexcept = default;

  /// `make` gives a std::unique_ptr<T>; what it throws, this does.
  template <class Make>
  T& get(Make make) {
    if (auto* const there = one_.load(std::memory_order_acquire)) return *there;
    std::unique_ptr<T> made = make();
    T* there = nullptr;
    if (!one_.compare_exchange_strong(there, made.get(), std::memory_order_acq_rel)) return *there;
    return *made.release();
  }

 private:
  std::atomic<T*> one_{nullptr};
};

}  // namespace coview::os
