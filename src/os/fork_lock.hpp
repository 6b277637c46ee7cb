// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "os/visibility.hpp"

/// Locks for what a forked child goes on using: it has one thread, and must not inherit a lock
/// that another thread had.
namespace coview::os {

/// A mutex that no other thread has while the process forks.
///
/// Invariants:
/// 1. A fork holds all of these from before it to after it, so what they guard is whole in the child, and free.
/// 2. It takes them all at once or none (it tries, and gives back what it has where one is refused): in which order
///    threads take several does not matter, nor in which order they were made.
/// 3. One that was never locked before a fork is not locked in the middle of it: the first lock of each waits for the
///    fork's end.
///
/// A fork means fork(3), and whatever calls the handlers of pthread_atfork; clone(2) calls none. Whoever forks has
/// none. Not recursive. Goes with BasicLockable's users, such as std::lock_guard.
///
/// This one is never destroyed: for what is static. It needs no construction either (constinit).
class static_fork_lock {
 public:
  constexpr static_fork_lock() noexcept = default;
  static_fork_lock(static_fork_lock const&) = delete;
  static_fork_lock& operator=(static_fork_lock const&) = delete;

  void lock() noexcept {
    if (!known_.load(std::memory_order_acquire)) [[unlikely]]
      make_known();
    if (forks_wait_.load(std::memory_order_relaxed) != 0) [[unlikely]]
      step_back();
    ::pthread_mutex_lock(&mutex_);
  }
  bool try_lock() noexcept {
    if (!known_.load(std::memory_order_acquire)) [[unlikely]]
      make_known();
    return ::pthread_mutex_trylock(&mutex_) == 0;
  }
  void unlock() noexcept { ::pthread_mutex_unlock(&mutex_); }

  /// So that handlers of forks which are registered later run in the child when all of these are free.
  COVIEW_PRIVATE static void mind_forks() noexcept;

 protected:
  void be_forgotten() noexcept {
    if (known_.load(std::memory_order_relaxed)) forget();
  }

 private:
  friend class every_fork_lock;
  COVIEW_PRIVATE void make_known() noexcept;
  COVIEW_PRIVATE void forget() noexcept;
  /// For a moment, so that a fork comes to its turn beside threads that lock and unlock without a pause. Not for
  /// longer: this thread may have what the fork waits for.
  COVIEW_PRIVATE static void step_back() noexcept;

  COVIEW_PRIVATE static std::atomic<int> forks_wait_;

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  std::atomic<bool> known_{false};
  static_fork_lock* previous_ = nullptr;  // of all that are known
  static_fork_lock* next_ = nullptr;
};

/// The same for a member of something that comes and goes.
class fork_lock : public static_fork_lock {
 public:
  constexpr fork_lock() noexcept = default;
  fork_lock(fork_lock const&) = delete;
  fork_lock& operator=(fork_lock const&) = delete;
  ~fork_lock() { be_forgotten(); }
};

/// What std::condition_variable is for std::mutex. It counts nobody, so a child that has inherited one on which its
/// parent's threads slept can use it, and destroy it, without waiting for them. May wake for nothing.
class fork_condition {
 public:
  constexpr fork_condition() noexcept = default;
  fork_condition(fork_condition const&) = delete;
  fork_condition& operator=(fork_condition const&) = delete;
  ~fork_condition() = default;

  /// The lock is the caller's, before and after. A cancellation point.
  template <class Lock>
  void wait(Lock& held) {
    auto const seen = changes_.load(std::memory_order_relaxed);  // the lock orders it
    held.unlock();
    struct again {
      Lock& held;
      ~again() { held.lock(); }
    } const locked{held};
    sleep(seen);
  }
  template <class Lock, class Condition>
  void wait(Lock& held, Condition const& holds) {
    while (!holds()) wait(held);
  }
  /// While having the lock.
  COVIEW_PRIVATE void notify_all() noexcept;

 private:
  COVIEW_PRIVATE void sleep(std::uint32_t seen);
  std::atomic<std::uint32_t> changes_{0};
};

}  // namespace coview::os
