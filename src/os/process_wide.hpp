// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

#include <atomic>

namespace coview::os {

/// The one T of this process, for one user at a time. Its lock is held across fork, so that a child never inherits it
/// locked by a thread that it does not have. Never destroyed: handles in static objects close after anything else.
/// A fork takes the locks in the order opposite to that in which they were made: who takes a second lock while having
/// one makes the second first (`make`). Each is made when the library is loaded, by a function with
/// [[gnu::constructor]]: made at its first use, in the middle of another thread's fork, it could be locked in the child
/// although that fork found nothing to lock.
template <class T>
class process_wide {
 public:
  /// Access for as long as it lives.
  class access {
   public:
    access() noexcept : all_(instance()) { ::pthread_mutex_lock(&all_.lock_); }
    ~access() { ::pthread_mutex_unlock(&all_.lock_); }
    access(access const&) = delete;
    access& operator=(access const&) = delete;
    T& operator*() noexcept { return all_.value_; }
    T* operator->() noexcept { return &all_.value_; }

   private:
    process_wide& all_;
  };

  /// Makes it, unless it is there.
  static void make() noexcept { instance(); }

 private:
  static process_wide& instance() {
    // Acquire, here and in the handlers: pairs with the exchange below, which publishes the object.
    if (auto* const there = one_.load(std::memory_order_acquire)) return *there;
    // No guarded static: a fork while another thread makes it would leave the child waiting for ever. Handlers first,
    // so that nobody can have the lock before they are there; where two threads make one, they are there twice.
    ::pthread_atfork(&before_fork, &after_fork, &after_fork);
    auto* const made = new process_wide;
    process_wide* there = nullptr;
    if (one_.compare_exchange_strong(there, made, std::memory_order_acq_rel)) return *made;
    delete made;
    return *there;
  }

  static void before_fork() {
    auto* const one = one_.load(std::memory_order_acquire);
    if (one == nullptr || forking_) return;
    ::pthread_mutex_lock(&one->lock_);
    forking_ = true;
  }
  static void after_fork() {
    if (!forking_) return;
    forking_ = false;
    ::pthread_mutex_unlock(&one_.load(std::memory_order_acquire)->lock_);
  }

  static inline constinit std::atomic<process_wide*> one_{nullptr};
  static inline constinit thread_local bool forking_ = false;  // this thread has the lock for a fork

  pthread_mutex_t lock_ = PTHREAD_MUTEX_INITIALIZER;
  T value_;
};

}  // namespace coview::os
