// SPDX-License-Identifier: Apache-2.0
// Nobody starves: a waiter that was overtaken again and again is let in before newcomers.
#include "sync/starvation.hpp"

#include <sched.h>

#include <gtest/gtest.h>
#include <new>

#include <coview/mapping.hpp>

#include "support/asleep.hpp"
#include "support/process.hpp"
#include "sync/signal_state.hpp"

namespace coview {
namespace {

using coview_test::child;
using coview_test::parent_link;
using coview_test::until_asleep;

constexpr std::uint32_t one = 1;
constexpr state_rules permits{state_kind::counting, 100};

/// A node that a forked child shares.
class Starvation : public testing::Test {
 protected:
  ~Starvation() override {
    while (unlock(node_)) {  // before it is unmapped: a node that is owned is on this thread's list
    }
  }
  /// Wakes the waiter without leaving it anything, as a thread does that takes it again at once, until it
  /// asks for a hand-off.
  void overtake(child const& waiter) {
    ASSERT_TRUE(until_asleep(waiter.pid()));
    while (!is_starving(node_)) {
      os::futex_wake(node_.word(), 1);
      ::sched_yield();
    }
  }

  view memory_ = mapping::anonymous(sizeof(robust_node)).map();
  robust_node& node_ = *new (memory_.data()) robust_node{};
};

TEST_F(Starvation, OfALockAsksForAHandOffWhichEndsWithTheLock) {
  ASSERT_EQ(coview::lock(node_, {}), lock_outcome::taken);
  child const waiter([&](parent_link const& parent) {
    parent.say(coview::lock(node_, {}) == lock_outcome::taken ? "locked" : "not");
    (void)parent.hear();
  });
  overtake(waiter);
  ASSERT_TRUE(unlock(node_));
  EXPECT_EQ(waiter.hear(), "locked");
  EXPECT_FALSE(is_starving(node_));
}

TEST_F(Starvation, OfASemaphoreAsksForAHandOffWhichEndsWhenItIsThrough) {
  child const waiter([&](parent_link const& parent) {
    parent.say(acquire(node_, permits, {}) ? "through" : "not");
    (void)parent.hear();
  });
  overtake(waiter);
  std::uint32_t before = 0;
  ASSERT_TRUE(signal(node_, permits, one, before));
  EXPECT_EQ(waiter.hear(), "through");
  EXPECT_FALSE(is_starving(node_));
}

TEST_F(Starvation, EndsWithTheDeadlineOfTheOneWhoAsked) {
  ASSERT_EQ(coview::lock(node_, {}), lock_outcome::taken);
  child const waiter([&](parent_link const& parent) {
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    parent.say(coview::lock(node_, until) == lock_outcome::refused ? "gave up" : "locked");
    (void)parent.hear();
  });
  overtake(waiter);
  EXPECT_EQ(waiter.hear(), "gave up");
  EXPECT_FALSE(is_starving(node_));
}

TEST_F(Starvation, IsNotClaimedForEverByTheDead) {
  ask_for_hand_off(node_);
  EXPECT_EQ(coview::lock(node_, {}), lock_outcome::taken);
  EXPECT_FALSE(is_starving(node_));
  ask_for_hand_off(node_);
  EXPECT_EQ(coview::lock(node_, {}), lock_outcome::taken) << "the owner need not step back";
  EXPECT_TRUE(is_starving(node_));
}

}  // namespace
}  // namespace coview
