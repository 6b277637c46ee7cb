// SPDX-License-Identifier: Apache-2.0
// Waiting for one of several, for all, and signalling while at it: WA-01 to WA-12.
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <vector>

#include <coview/event.hpp>
#include <coview/mutex.hpp>
#include <coview/semaphore.hpp>
#include <coview/wait.hpp>

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

class Wait : public testing::Test {
 protected:
  Wait()
      : m_(mutex::create("m")),
        e_(event::create("e", reset::automatic)),
        s_(semaphore::create("s", 0, 10)),
        manual_(event::create("manual", reset::manual)) {}

  /// Another process that waits for any of the four; says the index.
  static void any(parent_link const& parent) {
    auto const m = mutex::open("m");
    auto const e = event::open("e");
    auto const s = semaphore::open("s");
    auto const manual = event::open("manual");
    parent.say("waiting");
    auto const which = wait_any({m, e, s, manual});
    parent.say(std::to_string(which->index) + (which->abandoned ? " abandoned" : ""));
    (void)parent.hear();
  }
  static void all(parent_link const& parent) {
    auto const e = event::open("e");
    auto const s = semaphore::open("s");
    parent.say("waiting");
    parent.say(wait_all({e, s}) ? "all" : "none");
    (void)parent.hear();
  }
  void own_mutex_elsewhere() {
    owner_ = std::make_unique<child>([](parent_link const& parent) {
      auto const m = mutex::open("m");
      (void)m.acquire();
      parent.say("owned");
      if (parent.hear() == "release") m.release();
      (void)parent.hear();
    });
    ASSERT_EQ(owner_->hear(), "owned");
  }

  coview_test::scoped_root root_;
  mutex m_;
  event e_;
  semaphore s_;
  event manual_;
  std::unique_ptr<child> owner_;
};

TEST_F(Wait, AnyTakesTheLowestIndexAndNothingElse_WA05) {
  e_.set();
  s_.release(2);
  auto const which = wait_any({manual_, e_, s_}, at_once);
  ASSERT_TRUE(which);
  EXPECT_EQ(which->index, 1U);
  EXPECT_EQ(s_.count(), 2U);
  EXPECT_EQ(wait_any({manual_, e_, s_}, at_once)->index, 2U);
  EXPECT_EQ(s_.count(), 1U);
  EXPECT_EQ(wait_any({m_, s_}, at_once)->index, 0U);
  m_.release();
}

TEST_F(Wait, AnyTimesOut) {
  EXPECT_FALSE(wait_any({manual_, e_, s_}, at_once));
  EXPECT_FALSE(wait_any({manual_, e_, s_}, std::chrono::milliseconds(1)));
  EXPECT_FALSE(wait_any({e_}, at_once));
}

TEST_F(Wait, TheSameObjectTwiceIsFineForAnyAndNotForAll_WA07) {
  e_.set();
  EXPECT_EQ(wait_any({e_, e_}, at_once)->index, 0U);
  EXPECT_ERROR(std::errc::invalid_argument, "the same object was given twice", (void)wait_all({e_, s_, e_}, at_once));
  auto const again = event::open("e");
  EXPECT_ERROR(std::errc::invalid_argument, "the same object was given twice", (void)wait_all({e_, again}, at_once));
}

TEST_F(Wait, OneTo64Objects_WA03) {
  std::vector<waitable> none;
  EXPECT_ERROR(std::errc::invalid_argument, "0 objects were given", (void)wait_any(none, at_once));
  std::vector<event> events;
  std::vector<waitable> many;
  events.reserve(65);
  for (int i = 0; i < 65; ++i) {
    events.push_back(event::create("e" + std::to_string(i), reset::automatic));
    many.emplace_back(events.back());
  }
  EXPECT_ERROR(std::errc::invalid_argument, "65 objects were given", (void)wait_any(many, at_once));
  many.pop_back();
  events[63].set();
  EXPECT_EQ(wait_any(many, at_once)->index, 63U);
  EXPECT_FALSE(wait_any(many, std::chrono::milliseconds(1)));
  for (auto const& e : events) e.set();
  EXPECT_TRUE(wait_all(many, at_once));
  EXPECT_FALSE(wait_all(many, at_once));
  EXPECT_ERROR(std::errc::invalid_argument, "never opened", (void)wait_any({event()}, at_once));
}

TEST_F(Wait, ASleepingAnyIsWokenByEachKind) {
  own_mutex_elsewhere();
  struct {
    char const* expected;
    std::function<void()> signal;
  } const ways[] = {
      {"1", [&] { e_.set(); }},
      {"2", [&] { s_.release(); }},
      {"3", [&] { manual_.pulse(); }},
      {"0", [&] { owner_->say("release"); }},
      {"0 abandoned",
       [&] {
         own_mutex_elsewhere();
         owner_->kill();
       }},
  };
  for (auto const& way : ways) {
    if (std::string(way.expected) == "0 abandoned") {
      auto fresh = std::make_unique<child>([](parent_link const& parent) {
        auto const m = mutex::open("m");
        (void)m.acquire();
        parent.say("owned");
        (void)parent.hear();
      });
      ASSERT_EQ(fresh->hear(), "owned");
      child waiter(&Wait::any);
      ASSERT_EQ(waiter.hear(), "waiting");
      ASSERT_TRUE(until_asleep(waiter.pid()));
      fresh->kill();
      EXPECT_EQ(waiter.hear(), way.expected);
      continue;
    }
    child waiter(&Wait::any);
    ASSERT_EQ(waiter.hear(), "waiting");
    ASSERT_TRUE(until_asleep(waiter.pid()));
    way.signal();
    EXPECT_EQ(waiter.hear(), way.expected);
    waiter.kill();
    if (std::string(way.expected) == "0") (void)m_.acquire(at_once), m_.release();  // the killed waiter owned it
  }
}

TEST_F(Wait, AnyLeavesNoOtherWaiterBehind) {  // a wake-up that it has no use for belongs to somebody else
  own_mutex_elsewhere();
  child several(&Wait::any);
  ASSERT_EQ(several.hear(), "waiting");
  ASSERT_TRUE(until_asleep(several.pid()));
  child single([](parent_link const& parent) {
    auto const s = semaphore::open("s");
    parent.say("waiting");
    parent.say(s.acquire() ? "through" : "not");
    (void)parent.hear();
  });
  ASSERT_EQ(single.hear(), "waiting");
  ASSERT_TRUE(until_asleep(single.pid()));
  e_.set();
  EXPECT_EQ(several.hear(), "1");
  s_.release();
  EXPECT_EQ(single.hear(), "through");
}

TEST_F(Wait, AllTakesNothingUntilAllAreThere_WA06) {
  e_.set();
  EXPECT_FALSE(wait_all({e_, s_}, at_once));
  EXPECT_FALSE(wait_all({e_, s_}, std::chrono::milliseconds(1)));
  EXPECT_TRUE(e_.wait(at_once));  // still set
  e_.set();
  s_.release(2);
  auto const result = wait_all({s_, e_, manual_}, at_once);
  EXPECT_FALSE(result);
  manual_.set();
  EXPECT_TRUE(wait_all({s_, e_, manual_}, at_once));
  EXPECT_FALSE(e_.wait(at_once));
  EXPECT_EQ(s_.count(), 1U);
  EXPECT_TRUE(manual_.wait(at_once));
}

TEST_F(Wait, ASleepingAllWakesWhenTheLastComes) {
  child waiter(&Wait::all);
  ASSERT_EQ(waiter.hear(), "waiting");
  ASSERT_TRUE(until_asleep(waiter.pid()));
  e_.set();
  ASSERT_TRUE(until_asleep(waiter.pid()));
  EXPECT_TRUE(e_.wait(at_once));  // not taken yet: another can have it
  e_.set();
  s_.release();
  EXPECT_EQ(waiter.hear(), "all");
  EXPECT_FALSE(e_.wait(at_once));
  EXPECT_EQ(s_.count(), 0U);
}

TEST_F(Wait, AllTellsOfAnAbandonedMutex_MX05) {
  own_mutex_elsewhere();
  owner_->kill();
  EXPECT_FALSE(wait_all({e_, m_}, at_once));
  e_.set();
  auto const result = wait_all({e_, m_}, at_once);  // the one that failed has not used the news up
  EXPECT_TRUE(result.done);
  EXPECT_TRUE(result.abandoned);
  m_.release();
}

TEST_F(Wait, AllInOppositeOrderNeverDeadlocks) {
  auto const other = event::create("other", reset::automatic, true);
  e_.set();
  constexpr int rounds = 3000;
  auto const take_both = [&](bool forward) {
    for (int i = 0; i < rounds; ++i) {
      ASSERT_TRUE(forward ? wait_all({e_, other}) : wait_all({other, e_}));
      e_.set();
      other.set();
    }
  };
  std::thread first(take_both, true);
  std::thread second(take_both, false);
  first.join();
  second.join();
  EXPECT_TRUE(wait_all({e_, other}, at_once));
}

TEST_F(Wait, APulseThatNobodyWaitedForLetsNobodyThroughLater_EV03) {
  EXPECT_FALSE(e_.wait(std::chrono::milliseconds(1)));  // slept, and is gone
  e_.pulse();
  EXPECT_FALSE(wait_any({e_, s_}, std::chrono::milliseconds(1)));
}

TEST_F(Wait, SignalAndWait_WA10) {
  s_.release();
  EXPECT_EQ(signal_and_wait(e_, s_, at_once)->index, 0U);
  EXPECT_TRUE(e_.wait(at_once));
  EXPECT_ERROR(std::errc::operation_not_permitted, "does not own it", (void)signal_and_wait(m_, e_, at_once));
  s_.release(10);
  EXPECT_ERROR(std::errc::value_too_large, "full", (void)signal_and_wait(s_, e_, at_once));
  EXPECT_EQ(signal_and_wait(e_, e_, at_once)->index, 0U);  // the same object twice
  (void)m_.acquire();
  EXPECT_FALSE(signal_and_wait(m_, e_, at_once));
  EXPECT_ERROR(std::errc::operation_not_permitted, "", m_.release());
}

TEST_F(Wait, TimeoutsOfEveryForm) {
  using namespace std::chrono;
  EXPECT_FALSE(e_.wait(nanoseconds(1)));
  EXPECT_FALSE(e_.wait(duration<double>(1e-6)));
  EXPECT_FALSE(e_.wait(seconds(-5)));
  EXPECT_FALSE(e_.wait(steady_clock::now()));
  EXPECT_FALSE(e_.wait(system_clock::now() - hours(1)));
  EXPECT_FALSE(timeout(hours::max()).deadline());  // too long for the clock: for ever
  EXPECT_FALSE(e_.wait(nanoseconds::min()));
  EXPECT_FALSE(e_.wait(hours::min()));
  EXPECT_FALSE(e_.wait(steady_clock::time_point::min()));
  EXPECT_FALSE(e_.wait(system_clock::time_point::min()));  // a subtraction that would overflow
  EXPECT_FALSE(e_.wait(time_point<steady_clock, hours>::min()));
  EXPECT_FALSE(timeout(system_clock::time_point::max()).deadline());
  EXPECT_FALSE(timeout(time_point<steady_clock, hours>::max()).deadline());
  EXPECT_FALSE(timeout().deadline());
  e_.set();
  EXPECT_TRUE(e_.wait(hours::max()));
}

}  // namespace
}  // namespace coview
