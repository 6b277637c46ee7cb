// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

#include <atomic>

namespace coview::os {

/// The one T of this process, for one user at a time. Its lock is held across fork, so that a child never inherits it
/// locked by a thread that it does not have. Never destroyed: handles in static objects close after anything else.
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

 private:
  static process_wide& instance() {
    static process_wide& made = make();
    return made;
  }

  static process_wide& make() {
    static std::atomic<process_wide*> one{nullptr};  // a fork in another thread may look as soon as it is registered
    one.store(new process_wide, std::memory_order_release);
    ::pthread_atfork([] { ::pthread_mutex_lock(&one.load(std::memory_order_acquire)->lock_); },
                     [] { ::pthread_mutex_unlock(&one.load(std::memory_order_acquire)->lock_); },
                     [] { ::pthread_mutex_unlock(&one.load(std::memory_order_acquire)->lock_); });
    return *one.load(std::memory_order_acquire);
  }

  pthread_mutex_t lock_ = PTHREAD_MUTEX_INITIALIZER;
  T value_;
};

}  // namespace coview::os
