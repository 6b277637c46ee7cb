// SPDX-License-Identifier: Apache-2.0
#include "os/fork_lock.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "os/process_wide.hpp"

namespace coview::os {
namespace {

constexpr unsigned a_hang = 60;  // seconds, after which a child is ended
constexpr int forks = 200;

/// A child that does this and leaves; 0, or the signal that ended it.
template <class Body>
int in_child(Body const& body) {
  pid_t const pid = ::fork();
  if (pid == 0) {
    ::alarm(a_hang);
    body();
    ::_exit(0);
  }
  int status = -1;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/// Threads that go on until it is destroyed.
class busy {
 public:
  template <class Body>
  explicit busy(std::vector<Body> const& bodies) {
    for (auto const& body : bodies)
      threads_.emplace_back([this, body] {
        while (!stop_) body();
      });
  }
  busy(busy const&) = delete;
  busy& operator=(busy const&) = delete;
  ~busy() {
    stop_ = true;
    for (auto& one : threads_) one.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_{};
};

using work = std::function<void()>;

TEST(ForkLock, IsFreeInAChildInWhateverOrderThreadsTakeSeveral) {
  fork_lock first;
  fork_lock second;
  static constinit static_fork_lock third;
  int guarded = 0;  // whole while the lock is free: even
  busy const others(std::vector<work>{[&] {
                                        std::lock_guard const outer(first);
                                        std::lock_guard const inner(second);
                                        ++guarded;
                                        std::lock_guard const innermost(third);
                                        ++guarded;
                                      },
                                      [&] {
                                        std::lock_guard const outer(third);
                                        (void)outer;
                                      }});
  for (int i = 0; i < forks; ++i) {
    int const status = in_child([&] {
      for (static_fork_lock* one :
           {static_cast<static_fork_lock*>(&first), static_cast<static_fork_lock*>(&second), &third})
        one->lock();
      if (guarded % 2 != 0) ::_exit(1);
    });
    ASSERT_EQ(status, 0) << "fork " << i;
  }
}

TEST(ForkLock, MadeWhileOthersForkIsNeverLockedInAChild) {
  std::array<std::unique_ptr<fork_lock>, 8> fresh;
  fork_lock of_all;
  busy const others(std::vector<work>{[&] {
    std::lock_guard const guard(of_all);
    for (auto& one : fresh) {
      one = std::make_unique<fork_lock>();
      std::lock_guard const inner(*one);
    }
  }});
  for (int i = 0; i < forks; ++i) {
    int const status = in_child([&] {
      std::lock_guard const guard(of_all);
      for (auto const& one : fresh) {
        if (one) std::lock_guard const inner(*one);
      }
    });
    ASSERT_EQ(status, 0) << "fork " << i;
  }
}

struct counted {
  int value = 0;
};

TEST(ForkLock, GuardsWhatAProcessHasOnceAlsoWhereItIsMadeBesideAFork) {
  using all = process_wide<counted>;
  busy const others(std::vector<work>{[] { ++all::access()->value; }, [] { ++all::access()->value; }});
  for (int i = 0; i < forks; ++i) ASSERT_EQ(in_child([] { ++all::access()->value; }), 0) << "fork " << i;
}

TEST(ForkLock, AConditionIsUsedAndDestroyedInAChildWhoseParentsThreadsSleepOnIt) {
  struct both {
    fork_lock lock;
    fork_condition changed;
    bool over = false;
  };
  auto shared = std::make_unique<both>();
  std::atomic<bool> sleeps{false};
  std::thread sleeper([&] {
    std::unique_lock held(shared->lock);
    shared->changed.wait(held, [&] {
      sleeps = true;
      return shared->over;
    });
  });
  while (!sleeps) std::this_thread::yield();
  int const status = in_child([&] {
    std::unique_lock held(shared->lock);
    shared->over = true;
    shared->changed.notify_all();
    shared->changed.wait(held, [&] { return shared->over; });
    held.unlock();
    shared.reset();
  });
  EXPECT_EQ(status, 0);
  {
    std::lock_guard const guard(shared->lock);
    shared->over = true;
    shared->changed.notify_all();
  }
  sleeper.join();
}

TEST(ForkLock, IsTriedAndRefused) {
  fork_lock one;
  ASSERT_TRUE(one.try_lock());
  std::thread([&] { EXPECT_FALSE(one.try_lock()); }).join();
  one.unlock();
  EXPECT_TRUE(one.try_lock());
  one.unlock();
}

}  // namespace
}  // namespace coview::os
