// SPDX-License-Identifier: Apache-2.0
#include "os/fork_lock.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>

#include "os/futex.hpp"

namespace coview::os {

constinit std::atomic<int> static_fork_lock::forks_wait_{0};

namespace {
void rest(std::chrono::nanoseconds time) noexcept {
  auto const length = as_timespec(time);
  ::syscall(SYS_nanosleep, &length, nullptr);  // by the C library it would be a cancellation point
}
}  // namespace

void static_fork_lock::step_back() noexcept {
  rest(std::chrono::microseconds(100));
}

/// All that were ever locked. `list_` is held from before a fork to after it.
class every_fork_lock {
 public:
  static void before_fork() noexcept {
    // Whoever has one may want another, or may want to make one known: so nothing is kept while one is waited for.
    auto& forks_wait = static_fork_lock::forks_wait_;
    bool waited = false;
    for (;;) {
      ::pthread_mutex_lock(&list_);
      if (take_all()) break;
      ::pthread_mutex_unlock(&list_);
      if (!waited) forks_wait.fetch_add(1, std::memory_order_relaxed);
      waited = true;
      rest(std::chrono::microseconds(20));
    }
    if (waited) forks_wait.fetch_sub(1, std::memory_order_relaxed);
  }
  static void after_fork() noexcept {
    for (auto* one = first_; one != nullptr; one = one->next_) one->unlock();
    ::pthread_mutex_unlock(&list_);
  }
  static void after_fork_in_child() noexcept {
    static_fork_lock::forks_wait_.store(0, std::memory_order_relaxed);  // other threads' forks
    after_fork();
  }

  static void add(static_fork_lock& one) noexcept {
    ::pthread_mutex_lock(&list_);
    if (!one.known_.load(std::memory_order_relaxed)) {
      one.next_ = first_;
      if (first_ != nullptr) first_->previous_ = &one;
      first_ = &one;
      // Release: pairs with the acquire in lock(), for whoever finds that there is nothing left to do.
      one.known_.store(true, std::memory_order_release);
    }
    ::pthread_mutex_unlock(&list_);
  }
  static void remove(static_fork_lock& one) noexcept {
    ::pthread_mutex_lock(&list_);
    (one.previous_ != nullptr ? one.previous_->next_ : first_) = one.next_;
    if (one.next_ != nullptr) one.next_->previous_ = one.previous_;
    ::pthread_mutex_unlock(&list_);
  }

 private:
  static bool take_all() noexcept {
    for (auto* one = first_; one != nullptr; one = one->next_) {
      if (::pthread_mutex_trylock(&one->mutex_) == 0) continue;
      for (auto* taken = first_; taken != one; taken = taken->next_) taken->unlock();
      return false;
    }
    return true;
  }

  static inline constinit pthread_mutex_t list_ = PTHREAD_MUTEX_INITIALIZER;
  static inline constinit static_fork_lock* first_ = nullptr;
};

void static_fork_lock::mind_forks() noexcept {
  static constinit std::atomic<bool> minded{false};
  if (!minded.exchange(true, std::memory_order_relaxed)) {
    ::pthread_atfork(&every_fork_lock::before_fork, &every_fork_lock::after_fork,
                     &every_fork_lock::after_fork_in_child);
  }
}

void static_fork_lock::make_known() noexcept {
  mind_forks();
  every_fork_lock::add(*this);
}

void static_fork_lock::forget() noexcept {
  every_fork_lock::remove(*this);
}

namespace {
/// Before anybody can fork, and before most other handlers.
[[gnu::constructor]] void mind_forks_early() {
  static_fork_lock::mind_forks();
}
}  // namespace

void fork_condition::sleep(std::uint32_t seen) {
  (void)futex_wait(&changes_, seen, {});
}

void fork_condition::notify_all() noexcept {
  changes_.fetch_add(1, std::memory_order_relaxed);
  futex_wake(&changes_, everybody);
}

}  // namespace coview::os
