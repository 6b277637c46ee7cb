// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "os/fork_lock.hpp"

namespace coview::os {

/// The one T of this process, for one user at a time. Its lock is held across fork, so that a child never inherits it
/// locked by a thread that it does not have. Never destroyed: handles in static objects close after anything else.
template <class T>
class process_wide {
 public:
  /// Access for as long as it lives.
  class access {
   public:
    access() noexcept : all_(instance()) { all_.lock_.lock(); }
    ~access() { all_.lock_.unlock(); }
    access(access const&) = delete;
    access& operator=(access const&) = delete;
    T& operator*() noexcept { return all_.value_; }
    T* operator->() noexcept { return &all_.value_; }

   private:
    process_wide& all_;
  };

  /// Makes it, unless it is there: where the first access must not allocate, and before handlers of forks are
  /// registered that use it in a child, whose locks are then free already.
  static void make() noexcept {
    static_fork_lock::mind_forks();
    instance();
  }

 private:
  static process_wide& instance() {
    // Acquire: pairs with the exchange below, which publishes the object.
    if (auto* const there = one_.load(std::memory_order_acquire)) return *there;
    // No guarded static: a fork while another thread makes it would leave the child waiting for ever.
    auto* const made = new process_wide;
    process_wide* there = nullptr;
    if (one_.compare_exchange_strong(there, made, std::memory_order_acq_rel)) return *made;
    delete made;
    return *there;
  }

  static inline constinit std::atomic<process_wide*> one_{nullptr};

  fork_lock lock_;
  T value_;
};

}  // namespace coview::os
