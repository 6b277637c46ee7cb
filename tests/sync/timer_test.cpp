// SPDX-License-Identifier: Apache-2.0
// Timers: due once, again and again, by either clock; set and cancelled under waiters; whoever is killed.
#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include <coview/mutex.hpp>
#include <coview/sync_status.hpp>
#include <coview/timer.hpp>
#include <coview/wait.hpp>

#include "shared_state.hpp"
#include "support/asleep.hpp"
#include "support/expect_error.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"
#include "sync/timer_state.hpp"

// The wall clock of this program, which a test can set: the library asks the same function.
static std::atomic<std::int64_t> wall_offset{0};  // seconds
extern "C" int clock_gettime(clockid_t which, timespec* out) noexcept {
  static auto* const real = reinterpret_cast<int (*)(clockid_t, timespec*)>(::dlsym(RTLD_NEXT, "clock_gettime"));
  int const answer = real(which, out);
  if (which == CLOCK_REALTIME) out->tv_sec += wall_offset.load();
  return answer;
}

namespace coview {
namespace {

using coview_test::child;
using coview_test::parent_link;
using coview_test::shared_state;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds without_waiting(0);

class Timer : public testing::Test {
 protected:
  ~Timer() override { wall_offset = 0; }
  coview_test::scoped_root root_;
};

TEST_F(Timer, IsNotThereUntilItIsSetAndDue) {
  auto const t = timer::create("t", reset::manual);
  EXPECT_TRUE(t.created());
  EXPECT_FALSE(t.wait(without_waiting));
  EXPECT_FALSE(t.due_in());
  auto const before = steady_clock::now();
  t.set(milliseconds(30));
  EXPECT_FALSE(t.wait(without_waiting));
  EXPECT_TRUE(t.due_in());
  EXPECT_TRUE(t.wait());
  EXPECT_GE(steady_clock::now() - before, milliseconds(30));
  EXPECT_FALSE(t.due_in());
}

TEST_F(Timer, ManualStaysAutomaticLetsOneThrough) {
  auto const stays = timer::create("stays", reset::manual);
  auto const one = timer::create("one", reset::automatic);
  EXPECT_EQ(timer::open("stays").kind(), reset::manual);
  EXPECT_EQ(timer::open("one").kind(), reset::automatic);
  stays.set(without_waiting);
  one.set(seconds(-1));
  EXPECT_TRUE(stays.wait(without_waiting));
  EXPECT_TRUE(stays.wait(without_waiting));
  EXPECT_TRUE(one.wait(without_waiting));
  EXPECT_FALSE(one.wait(without_waiting));
}

TEST_F(Timer, SettingItAnewTakesItAwayCancellingItDoesNot) {
  auto const t = timer::create("t", reset::manual);
  t.set(without_waiting);
  EXPECT_TRUE(t.wait(without_waiting));
  t.set(hours(1));
  EXPECT_FALSE(t.wait(without_waiting));
  t.set(without_waiting);
  EXPECT_TRUE(t.wait(without_waiting));
  t.cancel();
  EXPECT_TRUE(t.wait(without_waiting));
  t.set(milliseconds(20));
  t.cancel();
  EXPECT_FALSE(t.wait(milliseconds(60)));
}

TEST_F(Timer, IsDueAgainAndAgainAndKeepsItsPointsOfTime) {
  auto const t = timer::create("t", reset::automatic);
  auto const begin = steady_clock::now();
  t.set(milliseconds(20), milliseconds(20));
  for (int i = 1; i <= 5; ++i) {
    EXPECT_TRUE(t.wait());
    EXPECT_GE(steady_clock::now() - begin, milliseconds(20) * i);
  }
}

TEST_F(Timer, OfPeriodsThatNobodyLookedAtOneIsLeft) {
  auto const t = timer::create("t", reset::automatic);
  t.set(milliseconds(1), hours(1));
  std::this_thread::sleep_for(milliseconds(5));
  EXPECT_TRUE(t.wait(without_waiting));
  EXPECT_FALSE(t.wait(without_waiting));
  // Many periods ago: one is there, and the next point of time is where it would have been.
  t.set(std::chrono::system_clock::now() - hours(24) + seconds(30), std::chrono::minutes(1));
  EXPECT_TRUE(t.wait(without_waiting));
  EXPECT_FALSE(t.wait(without_waiting));
  ASSERT_TRUE(t.due_in());
  EXPECT_LE(*t.due_in(), seconds(30));
  EXPECT_GT(*t.due_in(), seconds(5));
}

TEST_F(Timer, FarAwayIsNever) {
  auto const t = timer::create("t", reset::automatic);
  t.set(std::chrono::nanoseconds::max());
  EXPECT_FALSE(t.wait(without_waiting));
  t.set(std::chrono::system_clock::time_point::max());
  EXPECT_FALSE(t.wait(milliseconds(1)));
  t.set(without_waiting, std::chrono::nanoseconds::max());
  EXPECT_TRUE(t.wait(without_waiting));
  EXPECT_FALSE(t.wait(milliseconds(1)));
  t.set(std::chrono::system_clock::time_point::min());
  EXPECT_TRUE(t.wait(without_waiting));
  EXPECT_ERROR(std::errc::invalid_argument, "negative", t.set(without_waiting, seconds(-1)));
}

TEST_F(Timer, FollowsTheWallClock) {
  auto const t = timer::create("t", reset::automatic);
  t.set(std::chrono::system_clock::now() + hours(1));
  EXPECT_FALSE(t.wait(without_waiting));
  std::atomic<bool> came{false};
  std::thread waiter([&] { came = t.wait(seconds(60)); });
  wall_offset = 3600;  // found by a waiter that has a deadline as well
  waiter.join();
  EXPECT_TRUE(came);
  t.set(std::chrono::system_clock::now() + hours(1));
  t.set(hours(1));  // by the other clock
  wall_offset = 7200;
  EXPECT_FALSE(t.wait(without_waiting));
}

TEST_F(Timer, SettingItWakesWhoSleepsByAnotherTime) {
  auto const t = timer::create("t", reset::manual);
  std::array<std::unique_ptr<child>, 3> waiters;
  for (auto& each : waiters) {
    each = std::make_unique<child>([](parent_link const& parent) {
      auto const mine = timer::open("t");
      parent.say("waiting");
      parent.say(mine.wait() ? "due" : "not due");
    });
    ASSERT_EQ(each->hear(), "waiting");
  }
  for (auto& each : waiters) ASSERT_TRUE(coview_test::until_asleep(each->pid()));
  t.set(hours(1));
  for (auto& each : waiters) ASSERT_TRUE(coview_test::until_asleep(each->pid()));
  t.set(milliseconds(1));
  for (auto& each : waiters) EXPECT_EQ(each->hear(), "due");
}

TEST_F(Timer, WorksInWaitsForAnyAndAll) {
  auto const t = timer::create("t", reset::automatic);
  auto const m = mutex::create("m");
  auto const e = event::create("e", reset::automatic);
  EXPECT_FALSE(wait_any({t, e}, milliseconds(1)));
  t.set(milliseconds(10));
  EXPECT_EQ(wait_any({e, t})->index, 1U);
  t.set(milliseconds(10));
  EXPECT_FALSE(wait_all({t, e, m}, milliseconds(50)));
  EXPECT_TRUE(t.wait(without_waiting));
}

TEST_F(Timer, AWaitForAllTakesItWithTheOthers) {
  auto const t = timer::create("t", reset::automatic);
  auto const e = event::create("e", reset::automatic);
  t.set(milliseconds(5));
  std::thread setter([&] {
    std::this_thread::sleep_for(milliseconds(20));
    e.set();
  });
  EXPECT_TRUE(wait_all({t, e}));
  setter.join();
  EXPECT_FALSE(t.wait(without_waiting));
  EXPECT_FALSE(e.wait(without_waiting));
  t.set(milliseconds(20));
  e.set();
  EXPECT_TRUE(wait_all({e, t}));
}

TEST_F(Timer, SixtyFourOfThemAreWaitedFor) {
  std::vector<timer> all;
  std::vector<waitable> wanted;
  for (int i = 0; i < 64; ++i) all.push_back(timer::create("t" + std::to_string(i), reset::automatic));
  for (auto const& each : all) wanted.emplace_back(each);
  all[63].set(milliseconds(20));
  EXPECT_EQ(wait_any(wanted)->index, 63U);
  std::thread setter([&] {
    std::this_thread::sleep_for(milliseconds(20));
    all[62].set(without_waiting);
  });
  EXPECT_EQ(wait_any(wanted)->index, 62U);
  setter.join();
}

TEST_F(Timer, CannotBeSignalled) {
  auto const t = timer::create("t", reset::automatic);
  auto const e = event::create("e", reset::automatic, true);
  EXPECT_ERROR(std::errc::invalid_argument, "cannot be signalled", (void)signal_and_wait(t, e, without_waiting));
  EXPECT_TRUE(e.wait(without_waiting));
  EXPECT_ERROR(std::errc::invalid_argument, "another kind", (void)event::open("t"));
  EXPECT_ERROR(std::errc::bad_file_descriptor, "", timer().set(without_waiting));
}

TEST_F(Timer, IsSeenFromOutside) {
  auto const t = timer::create("t", reset::automatic);
  EXPECT_EQ(status_of("t").kind, object_kind::timer);
  EXPECT_FALSE(status_of("t").due_in);
  t.set(hours(1), seconds(5));
  EXPECT_TRUE(status_of("t").due_in);
  EXPECT_EQ(status_of("t").period, seconds(5));
  EXPECT_FALSE(status_of("t").set);
  t.set(without_waiting);
  EXPECT_TRUE(status_of("t").set);  // though nobody has looked at it
  EXPECT_TRUE(t.still_named());
}

/// What others may have left claimed: by threads that are gone, it is taken over; by one that lives, others go on.
TEST_F(Timer, SlotsOfTheDeadAreTakenOver) {
  constexpr std::uint32_t no_thread = 0x3ffffffe;
  auto const t = timer::create("t", reset::automatic);
  shared_state const shared("t");
  for (auto& slot : shared.schedule().slots) slot.claimed_by = no_thread;
  for (int i = 0; i < 100; ++i) t.set(hours(i));
  for (auto& slot : shared.schedule().slots) slot.claimed_by = static_cast<std::uint32_t>(::getpid());
  EXPECT_ERROR(std::errc::device_or_resource_busy, "setting it", t.set(without_waiting));
  EXPECT_TRUE(t.due_in());
}

TEST_F(Timer, KeepsDeadlinesWhateverOthersWrite) {
  auto const t = timer::create("t", reset::automatic);
  shared_state const shared("t");
  std::uint64_t number = 88172645463325252U;
  auto const next = [&] {
    number ^= number << 13U;
    number ^= number >> 7U;
    return number ^= number << 17U;
  };
  for (int i = 0; i < 40; ++i) {
    t.set(hours(1), milliseconds(1));
    shared.word() = next() & ~std::uint64_t{owner_mask};
    for (auto& slot : shared.schedule().slots)
      slot = {static_cast<std::uint32_t>(::getpid()), static_cast<std::uint32_t>(next()), next(), next(), next()};
    auto const before = steady_clock::now();
    (void)t.wait(milliseconds(20));
    (void)t.due_in();
    EXPECT_LT(steady_clock::now() - before, seconds(10));
    for (auto& slot : shared.schedule().slots) slot.claimed_by = 0;
  }
  t.set(without_waiting);
  EXPECT_TRUE(t.wait());
}

/// Setters are killed at any moment; the timer is then as one of them set it, and whoever waits sees it.
TEST_F(Timer, SurvivesSettersThatAreKilled) {
  auto const t = timer::create("t", reset::automatic);
  for (int round = 0; round < 60; ++round) {
    t.set(hours(1));
    child setter([](parent_link const& parent) {
      auto const mine = timer::open("t");
      parent.say("begins");
      for (unsigned i = 0;; ++i) {
        mine.set(milliseconds(i % 3 == 0 ? 0 : 1), milliseconds(i % 2));
        if (i % 5 == 0) (void)mine.wait(without_waiting);
        if (i % 7 == 0) mine.cancel();
      }
    });
    ASSERT_EQ(setter.hear(), "begins");
    (void)t.wait(milliseconds(2));
    setter.kill();
    std::thread waiter([&] { EXPECT_TRUE(t.wait()); });
    t.set(milliseconds(1));  // whatever it was: this one is seen, by a waiter too that slept before it
    waiter.join();
  }
}

/// Each time it is due, one of many waiters is let through, and none is missed for longer than the period.
TEST_F(Timer, WaitersAreKilledAndTheOthersGoOn) {
  auto const t = timer::create("t", reset::automatic);
  t.set(milliseconds(1), milliseconds(1));
  std::vector<std::unique_ptr<child>> waiters;
  auto const add = [&] {
    waiters.push_back(std::make_unique<child>([](parent_link const& parent) {
      auto const mine = timer::open("t");
      parent.say("begins");
      while (mine.wait()) {
      }
    }));
    ASSERT_EQ(waiters.back()->hear(), "begins");
  };
  for (int i = 0; i < 4; ++i) add();
  for (int round = 0; round < 40; ++round) {
    EXPECT_TRUE(t.wait(seconds(60)));
    waiters.front()->kill();
    waiters.erase(waiters.begin());
    add();
  }
}

}  // namespace
}  // namespace coview
