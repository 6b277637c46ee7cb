// SPDX-License-Identifier: Apache-2.0
// Nobody starves: a sleeper that was overtaken again and again is let in before newcomers.
#include "sync/courtesy.hpp"

#include <sched.h>

#include <gtest/gtest.h>
#include <new>

#include <coview/mapping.hpp>

#include "support/asleep.hpp"
#include "support/process.hpp"
#include "sync/gate.hpp"

namespace coview {
namespace {

using coview_test::child;
using coview_test::parent_link;
using coview_test::until_asleep;

constexpr std::uint32_t one = 1;
constexpr std::uint32_t many = 100;

/// A node that a forked child shares.
class Courtesy : public testing::Test {
 protected:
  ~Courtesy() override {
    while (unlock(node_)) {  // before it is unmapped: a node that is owned is on this thread's list
    }
  }
  /// Wakes the sleeper without leaving it anything, as a thread does that takes it again at once, until it complains.
  void overtake(child const& sleeper) {
    ASSERT_TRUE(until_asleep(sleeper.pid()));
    while (!is_overtaking(node_)) {
      os::futex_wake(node_.word(), 1);
      ::sched_yield();
    }
  }

  view memory_ = mapping::anonymous(sizeof(robust_node)).map();
  robust_node& node_ = *new (memory_.data()) robust_node{};
};

TEST_F(Courtesy, IsAskedForByAnOvertakenOwnerToBeAndEndsWhenItHasTheLock) {
  ASSERT_EQ(coview::lock(node_, {}), lock_outcome::taken);
  child const sleeper([&](parent_link const& parent) {
    parent.say(coview::lock(node_, {}) == lock_outcome::taken ? "locked" : "not");
    (void)parent.hear();
  });
  overtake(sleeper);
  ASSERT_TRUE(unlock(node_));
  EXPECT_EQ(sleeper.hear(), "locked");
  EXPECT_FALSE(is_overtaking(node_));
}

TEST_F(Courtesy, IsAskedForByAnOvertakenWaiterAndEndsWhenItIsThrough) {
  child const sleeper([&](parent_link const& parent) {
    parent.say(take(node_, gate_kind::counting, {}) ? "through" : "not");
    (void)parent.hear();
  });
  overtake(sleeper);
  std::uint32_t before = 0;
  ASSERT_TRUE(put(node_, gate_kind::counting, one, many, before));
  EXPECT_EQ(sleeper.hear(), "through");
  EXPECT_FALSE(is_overtaking(node_));
}

TEST_F(Courtesy, EndsWithTheDeadlineOfTheOneWhoAsked) {
  ASSERT_EQ(coview::lock(node_, {}), lock_outcome::taken);
  child const sleeper([&](parent_link const& parent) {
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    parent.say(coview::lock(node_, until) == lock_outcome::refused ? "gave up" : "locked");
    (void)parent.hear();
  });
  overtake(sleeper);
  EXPECT_EQ(sleeper.hear(), "gave up");
  EXPECT_FALSE(is_overtaking(node_));
}

TEST_F(Courtesy, IsNotAskedForForEverByTheDead) {
  ask_for_courtesy(node_);
  EXPECT_EQ(coview::lock(node_, {}), lock_outcome::taken);
  EXPECT_FALSE(is_overtaking(node_));
  ask_for_courtesy(node_);
  EXPECT_EQ(coview::lock(node_, {}), lock_outcome::taken) << "the owner need not step back";
  EXPECT_TRUE(is_overtaking(node_));
}

}  // namespace
}  // namespace coview
