// SPDX-License-Identifier: Apache-2.0
// Mutexes: MX-01 to MX-12, by name and placed in one's own memory.
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/object.hpp>

#include "support/asleep.hpp"
#include "support/expect_error.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

using coview_test::at_once;
using coview_test::child;
using coview_test::parent_link;
using std::chrono::hours;
using std::chrono::seconds;

class Mutex : public testing::Test {
 protected:
  static std::string text(acquired answer) {
    return answer == acquired::yes ? "yes" : answer == acquired::abandoned ? "abandoned" : "timed out";
  }
  /// A process that owns the mutex until it is told to release it, or killed.
  static void own(parent_link const& parent) {
    auto const mine = mutex::open_or_create("m");
    parent.say(text(mine.acquire()));
    if (parent.hear() == "release") mine.release();
    parent.say("released");
    (void)parent.hear();
  }
  /// A process that waits for the mutex, and says what it got.
  static void want(parent_link const& parent) {
    auto const mine = mutex::open("m");
    parent.say("waiting");
    parent.say(text(mine.acquire()));
    (void)parent.hear();
  }
  coview_test::scoped_root root_;
};

TEST_F(Mutex, IsOwnedAndReleased) {
  auto const m = mutex::create("m");
  EXPECT_TRUE(m.created());
  EXPECT_EQ(m.acquire(), acquired::yes);
  m.release();
  EXPECT_EQ(m.acquire(at_once), acquired::yes);
  m.release();
}

TEST_F(Mutex, IsRecursive_MX02) {
  auto const m = mutex::create("m");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(m.acquire(at_once), acquired::yes);
  for (int i = 0; i < 3; ++i) m.release();
  EXPECT_ERROR(std::errc::operation_not_permitted, "cannot release mutex 'm': this thread does not own it",
               m.release());
}

TEST_F(Mutex, IsOwnedByAThread_MX02) {
  auto const m = mutex::create("m");
  (void)m.acquire();
  std::thread([&] {
    EXPECT_EQ(m.acquire(at_once), acquired::timed_out);
    EXPECT_ERROR(std::errc::operation_not_permitted, "does not own it", m.release());
  }).join();
  m.release();
}

TEST_F(Mutex, IsTheSameThroughEveryHandle) {
  auto const first = mutex::create("m");
  auto const second = mutex::open("m");
  (void)first.acquire();
  EXPECT_EQ(second.acquire(at_once), acquired::yes);
  second.release();
  second.release();
  EXPECT_ERROR(std::errc::operation_not_permitted, "", first.release());
}

TEST_F(Mutex, SuitsTheStandardLocks) {
  auto m = mutex::create("m");
  { std::lock_guard const guard(m); }
  {
    std::unique_lock const lock(m, std::chrono::milliseconds(1));
    EXPECT_TRUE(lock.owns_lock());
  }
  {
    std::unique_lock const lock(m, std::chrono::system_clock::now() + seconds(1));
    EXPECT_TRUE(lock.owns_lock());
  }
  auto other = mutex::create("other");
  { std::scoped_lock const both(m, other); }
  EXPECT_TRUE(m.try_lock());
  m.unlock();
}

TEST_F(Mutex, ExcludesOtherProcesses) {
  child owner(&Mutex::own);
  ASSERT_EQ(owner.hear(), "yes");
  auto const m = mutex::open("m");
  EXPECT_EQ(m.acquire(at_once), acquired::timed_out);
  EXPECT_EQ(m.acquire(std::chrono::milliseconds(2)), acquired::timed_out);
  owner.say("release");
  ASSERT_EQ(owner.hear(), "released");
  EXPECT_EQ(m.acquire(at_once), acquired::yes);
  m.release();
}

TEST_F(Mutex, AKilledOwnerAbandonsIt_MX03) {
  child owner(&Mutex::own);
  ASSERT_EQ(owner.hear(), "yes");
  auto const m = mutex::open("m");
  owner.kill();
  EXPECT_EQ(m.acquire(at_once), acquired::abandoned);
  EXPECT_TRUE(m.was_abandoned());
  EXPECT_EQ(m.acquire(at_once), acquired::yes);  // a recursive lock is told nothing new
  m.release();
  m.release();
  EXPECT_FALSE(m.was_abandoned());
  EXPECT_EQ(m.acquire(at_once), acquired::yes);  // and neither is the next owner: exactly once
  EXPECT_FALSE(m.was_abandoned());
  m.release();
}

TEST_F(Mutex, AWaiterLearnsOfTheDeathAtOnce_MX04) {
  child owner(&Mutex::own);
  ASSERT_EQ(owner.hear(), "yes");
  child waiter(&Mutex::want);
  ASSERT_EQ(waiter.hear(), "waiting");
  ASSERT_TRUE(coview_test::until_asleep(waiter.pid()));
  owner.kill();
  EXPECT_EQ(waiter.hear(), "abandoned");
}

TEST_F(Mutex, EveryWayToEndAbandonsIt_MX03) {
  auto const m = mutex::create("m");
  std::thread([&] { (void)m.acquire(); }).join();  // thread exit
  EXPECT_EQ(m.acquire(at_once), acquired::abandoned);
  m.release();
  for (char const* const way : {"exit", "exec", "abort"}) {
    child ended([way](parent_link const& parent) {
      auto const mine = mutex::open("m");
      (void)mine.acquire();
      parent.say("owned");
      (void)parent.hear();
      if (std::string(way) == "exec") ::execl("/bin/true", "true", nullptr);
      if (std::string(way) == "abort") ::abort();
      ::_exit(0);
    });
    ASSERT_EQ(ended.hear(), "owned");
    ended.say("now");
    ended.wait();
    EXPECT_EQ(m.acquire(at_once), acquired::abandoned) << way;
    m.release();
  }
}

TEST_F(Mutex, AReleaseWakesAWaiter) {
  child owner(&Mutex::own);
  ASSERT_EQ(owner.hear(), "yes");
  child waiter(&Mutex::want);
  ASSERT_EQ(waiter.hear(), "waiting");
  ASSERT_TRUE(coview_test::until_asleep(waiter.pid()));
  owner.say("release");
  EXPECT_EQ(waiter.hear(), "yes");
}

TEST_F(Mutex, AKilledWaiterTakesNoWakeUpAlong) {
  auto const m = mutex::create("m");
  (void)m.acquire();
  child first(&Mutex::want);
  ASSERT_EQ(first.hear(), "waiting");
  ASSERT_TRUE(coview_test::until_asleep(first.pid()));
  child second(&Mutex::want);
  ASSERT_EQ(second.hear(), "waiting");
  ASSERT_TRUE(coview_test::until_asleep(second.pid()));
  first.kill();
  m.release();
  EXPECT_EQ(second.hear(), "yes");
}

TEST_F(Mutex, AForkedChildOwnsNothing) {
  auto const m = mutex::create("m");
  (void)m.acquire();
  child forked([&](parent_link const& parent) {
    parent.say(text(m.acquire(at_once)));
    try {
      m.release();
    } catch (error const& e) {
      parent.say(e.cause());
    }
    (void)parent.hear();
  });
  EXPECT_EQ(forked.hear(), "timed out");
  EXPECT_EQ(forked.hear(), "this thread does not own it");
  forked.kill();
  EXPECT_EQ(m.acquire(at_once), acquired::yes);  // the child's end was not the owner's
  m.release();
  m.release();
}

TEST_F(Mutex, AChildThatWasForkedBehindTheLibrarysBackOwnsNothingEither) {  // _Fork runs no handlers
  auto const m = mutex::create("m");
  (void)m.acquire();
  pid_t const forked = ::_Fork();
  ASSERT_GE(forked, 0);
  if (forked == 0) ::_exit(m.acquire(at_once) == acquired::timed_out ? 0 : 1);
  int status = 0;
  ASSERT_EQ(::waitpid(forked, &status, 0), forked);
  EXPECT_EQ(status, 0);
  m.release();
}

TEST_F(Mutex, ClosingWhileOwningKeepsThePage_MX09) {
  auto other = mutex::create("m");
  std::thread([] {
    auto mine = mutex::open("m");
    (void)mine.acquire();
    mine = mutex();                         // closed, not released
    auto again = mutex::create("another");  // a node for the list behind it
    (void)again.acquire();
  }).join();
  EXPECT_EQ(other.acquire(at_once), acquired::abandoned);
  other.release();
}

TEST_F(Mutex, TheNameGoesWithTheLastHandleThoughItIsOwned_MX09) {
  {
    auto const m = mutex::create("m");
    (void)m.acquire();
  }
  EXPECT_FALSE(mutex::try_open("m"));
  auto const m = mutex::create("m");
  std::thread([&] { EXPECT_EQ(m.acquire(at_once), acquired::yes); }).join();
}

TEST_F(Mutex, AnEmptyHandleIsAnErrorAndNoCrash) {
  auto from = mutex::create("m");
  auto const to = std::move(from);
  EXPECT_FALSE(from);
  EXPECT_ERROR(std::errc::bad_file_descriptor, "cannot acquire mutex: it was moved from", (void)from.acquire());
  EXPECT_ERROR(std::errc::bad_file_descriptor, "cannot release mutex: it was moved from", from.release());
  EXPECT_FALSE(from.was_abandoned());
  EXPECT_EQ(from.name(), "");
  EXPECT_FALSE(mutex().created());
  EXPECT_EQ(to.name(), "m");
}

TEST_F(Mutex, SharesOneNamespace_C25) {
  auto const m = mutex::create("m");
  EXPECT_ERROR(std::errc::file_exists, "taken", (void)mapping::create("m", 1));
  EXPECT_ERROR(std::errc::invalid_argument, "another kind", (void)mapping::open("m"));
  auto const memory = mapping::create("memory", 1);
  EXPECT_ERROR(std::errc::invalid_argument, "another kind", (void)mutex::open("memory"));
  EXPECT_ERROR(std::errc::invalid_argument, "another kind", (void)mutex::open_or_create("memory"));
  EXPECT_EQ(stat("m").kind, object_kind::mutex);
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "nobody holds it", (void)mutex::open("none"));
}

TEST_F(Mutex, CountsExactlyUnderContention) {
  auto const memory = mapping::anonymous(4096);
  auto const view = memory.map();
  constexpr int processes = 4;
  constexpr int rounds = 5000;
  auto const m = mutex::create("m");
  {
    std::vector<std::unique_ptr<child>> all;
    for (int i = 0; i < processes; ++i) {
      all.push_back(std::make_unique<child>([&](parent_link const& parent) {
        auto mine = mutex::open("m");
        auto& total = view.as<long>();
        for (int k = 0; k < rounds; ++k) {
          std::lock_guard const guard(mine);
          total = total + 1;
        }
        parent.say("done");
      }));
    }
    for (auto const& one : all) EXPECT_EQ(one->hear(), "done");
  }
  EXPECT_EQ(view.as<long>(), processes * rounds);
}

TEST_F(Mutex, PlacedInOnesOwnMemory) {
  auto const view = mapping::create("x", 4096).map();
  auto& lock = view.as<robust_mutex>();  // fresh memory is a free lock
  EXPECT_EQ(lock.acquire(at_once), acquired::yes);
  lock.release();
  EXPECT_ERROR(std::errc::operation_not_permitted, "cannot release mutex", lock.release());
  child owner([&](parent_link const& parent) {
    auto& same = view.as<robust_mutex>();
    parent.say(text(same.acquire()));
    (void)parent.hear();
  });
  ASSERT_EQ(owner.hear(), "yes");
  EXPECT_FALSE(lock.try_lock_for(std::chrono::milliseconds(1)));
  owner.kill();
  EXPECT_EQ(lock.acquire(hours(1)), acquired::abandoned);
  EXPECT_TRUE(lock.was_abandoned());
  lock.unlock();
}

TEST_F(Mutex, ManyAreOwnedAtOnceAndAllAbandoned) {
  constexpr int count = 100;
  child owner([](parent_link const& parent) {
    std::vector<mutex> all;
    for (int i = 0; i < count; ++i) {
      all.push_back(mutex::create("m" + std::to_string(i)));
      (void)all.back().acquire();
    }
    for (int i = 0; i < count; i += 3) all[static_cast<std::size_t>(i)].release();  // out of the middle of the list
    parent.say("owned");
    (void)parent.hear();
  });
  ASSERT_EQ(owner.hear(), "owned");
  std::vector<mutex> all;
  for (int i = 0; i < count; ++i) all.push_back(mutex::open("m" + std::to_string(i)));
  owner.kill();
  for (int i = 0; i < count; ++i) {
    EXPECT_EQ(all[static_cast<std::size_t>(i)].acquire(at_once), i % 3 == 0 ? acquired::yes : acquired::abandoned)
        << i;
  }
}

TEST_F(Mutex, SharesTheListWithTheCLibrary) {  // glibc's own robust mutexes among ours, released in every order
  auto const page = mapping::anonymous(4096).map();
  auto& theirs = page.as<pthread_mutex_t>();
  pthread_mutexattr_t robust;
  ASSERT_EQ(::pthread_mutexattr_init(&robust), 0);
  ASSERT_EQ(::pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST), 0);
  ASSERT_EQ(::pthread_mutexattr_setpshared(&robust, PTHREAD_PROCESS_SHARED), 0);
  ASSERT_EQ(::pthread_mutex_init(&theirs, &robust), 0);
  auto const a = mutex::create("a");
  auto const b = mutex::create("b");
  std::thread([&] {
    (void)a.acquire();
    ::pthread_mutex_lock(&theirs);
    (void)b.acquire();
    ::pthread_mutex_unlock(&theirs);  // out of the middle
    ::pthread_mutex_lock(&theirs);
    a.release();  // the oldest
  }).join();
  EXPECT_EQ(a.acquire(at_once), acquired::yes);
  EXPECT_EQ(b.acquire(at_once), acquired::abandoned);
  EXPECT_EQ(::pthread_mutex_lock(&theirs), EOWNERDEAD);
  ::pthread_mutex_unlock(&theirs);  // or the list would lead into memory that is gone
  a.release();
  b.release();
}

}  // namespace
}  // namespace coview
