// SPDX-License-Identifier: Apache-2.0
// Events and semaphores: EV-01 to EV-08, SM-01 to SM-06.
#include <gtest/gtest.h>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/semaphore.hpp>

#include "support/asleep.hpp"
#include "support/expect_error.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

using coview_test::at_once;
using coview_test::child;
using coview_test::parent_link;
using coview_test::until_asleep;

class Signals : public testing::Test {
 protected:
  static void wait_for_event(parent_link const& parent) {
    auto const e = event::open("e");
    parent.say("waiting");
    parent.say(e.wait() ? "through" : "not");
    (void)parent.hear();
  }
  static void wait_for_permit(parent_link const& parent) {
    auto const s = semaphore::open("s");
    parent.say("waiting");
    parent.say(s.acquire() ? "through" : "not");
    (void)parent.hear();
  }
  static void expect_asleep(child const& one) {
    ASSERT_EQ(one.hear(), "waiting");
    ASSERT_TRUE(until_asleep(one.pid()));
  }
  coview_test::scoped_root root_;
};

using Event = Signals;
using Semaphore = Signals;

TEST_F(Event, AutomaticLetsOneThrough_EV01) {
  auto const e = event::create("e", reset::automatic);
  EXPECT_FALSE(e.wait(at_once));
  e.set();
  e.set();  // two with nobody waiting are one
  EXPECT_TRUE(e.wait(at_once));
  EXPECT_FALSE(e.wait(at_once));
  EXPECT_EQ(e.kind(), reset::automatic);
}

TEST_F(Event, ManualStaysSet_EV02) {
  auto const e = event::create("e", reset::manual, true);
  EXPECT_TRUE(e.wait(at_once));
  EXPECT_TRUE(e.wait(at_once));
  e.clear();
  EXPECT_FALSE(e.wait(std::chrono::milliseconds(1)));
  EXPECT_EQ(e.kind(), reset::manual);
}

TEST_F(Event, AnExistingOneKeepsItsKindAndState_EV04) {
  auto const first = event::create("e", reset::manual, true);
  auto const second = event::open_or_create("e", reset::automatic, false);
  EXPECT_FALSE(second.created());
  EXPECT_EQ(second.kind(), reset::manual);
  EXPECT_TRUE(second.wait(at_once));
  EXPECT_TRUE(second.wait(at_once));
}

TEST_F(Event, AutomaticWakesExactlyOneWaiter_EV01) {
  auto const e = event::create("e", reset::automatic);
  child first(&Signals::wait_for_event);
  expect_asleep(first);
  child second(&Signals::wait_for_event);
  expect_asleep(second);
  e.set();
  EXPECT_EQ(first.hear(), "through");
  EXPECT_TRUE(until_asleep(second.pid()));
  e.set();
  EXPECT_EQ(second.hear(), "through");
  EXPECT_FALSE(e.wait(at_once));
}

TEST_F(Event, ManualWakesAll_EV02) {
  auto const e = event::create("e", reset::manual);
  child first(&Signals::wait_for_event);
  child second(&Signals::wait_for_event);
  expect_asleep(first);
  expect_asleep(second);
  e.set();
  EXPECT_EQ(first.hear(), "through");
  EXPECT_EQ(second.hear(), "through");
  EXPECT_TRUE(e.wait(at_once));
}

TEST_F(Event, PulseLetsThroughWhoWaitsNow_EV03) {
  auto const e = event::create("e", reset::manual);
  e.pulse();  // lost
  child first(&Signals::wait_for_event);
  child second(&Signals::wait_for_event);
  expect_asleep(first);
  expect_asleep(second);
  e.pulse();
  EXPECT_EQ(first.hear(), "through");
  EXPECT_EQ(second.hear(), "through");
  EXPECT_FALSE(e.wait(at_once));
}

TEST_F(Event, PulseOfAnAutomaticOneLetsOneThrough_EV03) {
  auto const e = event::create("e", reset::automatic);
  e.pulse();
  EXPECT_FALSE(e.wait(at_once));
  child first(&Signals::wait_for_event);
  expect_asleep(first);
  child second(&Signals::wait_for_event);
  expect_asleep(second);
  e.pulse();
  EXPECT_EQ(first.hear(), "through");
  EXPECT_FALSE(e.wait(at_once));
  EXPECT_TRUE(until_asleep(second.pid()));
  e.set();
  EXPECT_EQ(second.hear(), "through");
}

TEST_F(Event, AKilledWaiterTakesNoSetAlong) {
  auto const e = event::create("e", reset::automatic);
  child first(&Signals::wait_for_event);
  expect_asleep(first);
  child second(&Signals::wait_for_event);
  expect_asleep(second);
  first.kill();
  e.set();
  EXPECT_EQ(second.hear(), "through");
}

TEST_F(Event, PlacedInOnesOwnMemory) {
  auto const view = mapping::create("x", 4096).map();
  auto& changed = view.as<futex_event>(64);
  EXPECT_FALSE(changed.wait(at_once));
  child waiter([&](parent_link const& parent) {
    parent.say("waiting");
    parent.say(view.as<futex_event>(64).wait() ? "through" : "not");
  });
  expect_asleep(waiter);
  changed.set();
  EXPECT_EQ(waiter.hear(), "through");
  EXPECT_TRUE(changed.wait(at_once));
  changed.clear();
  EXPECT_FALSE(changed.wait(at_once));
}

TEST_F(Event, AnEmptyHandleIsAnErrorAndNoCrash) {
  event const none;
  EXPECT_ERROR(std::errc::bad_file_descriptor, "cannot set event: it was moved from", none.set());
  EXPECT_ERROR(std::errc::bad_file_descriptor, "cannot clear event: it was moved from", none.clear());
  EXPECT_ERROR(std::errc::bad_file_descriptor, "cannot pulse event: it was moved from", none.pulse());
  EXPECT_ERROR(std::errc::bad_file_descriptor, "cannot wait for event: it was moved from", (void)none.wait(at_once));
  EXPECT_EQ(none.name(), "");
  EXPECT_EQ(none.kind(), reset::manual);
}

TEST_F(Semaphore, AnEmptyHandleIsAnErrorAndNoCrash) {
  semaphore const none;
  EXPECT_ERROR(std::errc::bad_file_descriptor, "cannot acquire semaphore: it was moved from",
               (void)none.acquire(at_once));
  EXPECT_ERROR(std::errc::bad_file_descriptor, "cannot release semaphore: it was moved from", (void)none.release());
  EXPECT_EQ(none.count(), 0U);
  EXPECT_EQ(none.maximum(), 0U);
  EXPECT_EQ(none.name(), "");
}

TEST_F(Semaphore, CanBeUsedAsTheStandardOne) {
  auto const s = semaphore::create("s", 1, 2);
  EXPECT_TRUE(s.try_acquire());
  EXPECT_FALSE(s.try_acquire());
  EXPECT_FALSE(s.try_acquire_for(std::chrono::microseconds(1)));
  EXPECT_FALSE(s.try_acquire_until(std::chrono::system_clock::now()));
  s.release();
  EXPECT_TRUE(s.try_acquire_for(std::chrono::hours(1)));
}

TEST_F(Semaphore, CountsDownAndUp) {
  auto const s = semaphore::create("s", 2, 3);
  EXPECT_EQ(s.maximum(), 3U);
  EXPECT_TRUE(s.acquire(at_once));
  EXPECT_TRUE(s.acquire(at_once));
  EXPECT_FALSE(s.acquire(at_once));
  EXPECT_EQ(s.release(), 0U);
  EXPECT_EQ(s.release(2), 1U);
  EXPECT_EQ(s.count(), 3U);
}

TEST_F(Semaphore, CountsThatCannotBe_SM01) {
  EXPECT_ERROR(std::errc::invalid_argument, "its maximum", (void)semaphore::create("s", 0, 0));
  EXPECT_ERROR(std::errc::invalid_argument, "its maximum", (void)semaphore::create("s", 0, 0x80000000U));
  EXPECT_ERROR(std::errc::invalid_argument, "more than its maximum", (void)semaphore::create("s", 4, 3));
  auto const largest = semaphore::create("s", 0x7fffffffU, 0x7fffffffU);
  EXPECT_TRUE(largest.acquire(at_once));
  EXPECT_EQ(largest.count(), 0x7ffffffeU);
}

TEST_F(Semaphore, ReleaseBeyondTheMaximumChangesNothing_SM02) {
  auto const s = semaphore::create("s", 1, 3);
  EXPECT_ERROR(std::errc::value_too_large, "1 and 3 permits are more than its maximum of 3", s.release(3));
  EXPECT_ERROR(std::errc::value_too_large, "", s.release(0xffffffffU));
  EXPECT_EQ(s.count(), 1U);
}

TEST_F(Semaphore, ReleaseOfNothingIsRefused_SM03) {
  auto const s = semaphore::create("s", 1, 3);
  EXPECT_ERROR(std::errc::invalid_argument, "0 permits", s.release(0));
}

TEST_F(Semaphore, AnExistingOneKeepsItsCounts_SM04) {
  auto const first = semaphore::create("s", 1, 3);
  auto const second = semaphore::open_or_create("s", 5, 9);
  EXPECT_EQ(second.count(), 1U);
  EXPECT_EQ(second.maximum(), 3U);
}

TEST_F(Semaphore, WakesAsManyAsPermitsWereGiven) {
  auto const s = semaphore::create("s", 0, 10);
  child first(&Signals::wait_for_permit);
  child second(&Signals::wait_for_permit);
  child third(&Signals::wait_for_permit);
  expect_asleep(first);
  expect_asleep(second);
  expect_asleep(third);
  s.release(3);
  EXPECT_EQ(first.hear(), "through");
  EXPECT_EQ(second.hear(), "through");
  EXPECT_EQ(third.hear(), "through");
  EXPECT_EQ(s.count(), 0U);
}

TEST_F(Semaphore, AKilledHolderKeepsItsPermit_SM05) {
  auto const s = semaphore::create("s", 1, 1);
  child holder(&Signals::wait_for_permit);
  ASSERT_EQ(holder.hear(), "waiting");
  ASSERT_EQ(holder.hear(), "through");
  holder.kill();
  EXPECT_FALSE(s.acquire(at_once));
}

}  // namespace
}  // namespace coview
