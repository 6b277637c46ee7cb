// SPDX-License-Identifier: Apache-2.0
// A forked child holds what its parent held, until it calls exec or exits.
#include <unistd.h>

#include <gtest/gtest.h>
#include <optional>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "object/names_left.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

using coview_test::child;
using coview_test::parent_link;

class Fork : public testing::Test {
 protected:
  static bool exists() { return mapping::try_open("x", access::read_only).has_value(); }
  coview_test::scoped_root root_;
};

TEST_F(Fork, TheChildHoldsWhatItsParentHeld) {
  auto memory = mapping::create("x", 4096);
  child heir([](parent_link const& parent) {
    parent.say("here");
    (void)parent.hear();
  });
  ASSERT_EQ(heir.hear(), "here");
  memory.close();
  EXPECT_TRUE(exists());
  auto const who = holders("x");
  ASSERT_EQ(who.size(), 1U);  // the lock was taken by this process, which no longer holds it
  EXPECT_EQ(who[0].pid, heir.pid());
  heir.kill();
  EXPECT_FALSE(exists());
}

// A child on its way to exec is such a one: it has everything, and takes nothing along.
TEST_F(Fork, WhatACloserLeftToTheChildIsLookedAtOnceMore_X3) {
  auto memory = mapping::create("x", 4096);
  child heir([](parent_link const& parent) {
    parent.say("here");
    (void)parent.hear();
  });
  ASSERT_EQ(heir.hear(), "here");
  memory.close();
  sweep_names_left();
  EXPECT_TRUE(exists()) << "somebody has it still";
  auto again = mapping::open("x");
  again.close();
  heir.kill();
  EXPECT_EQ(root_.files().size(), 1U);
  sweep_names_left();
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(Fork, TheChildsCloseTakesNothingFromTheParent) {
  auto memory = mapping::create("x", 4096);
  child heir([&](parent_link const& parent) {
    memory.close();
    parent.say("closed");
    (void)parent.hear();
  });
  ASSERT_EQ(heir.hear(), "closed");
  heir.kill();
  EXPECT_TRUE(memory.still_named());
  EXPECT_TRUE(exists());
}

TEST_F(Fork, AViewOfTheParentKeepsTheNameInTheChildToo) {
  auto memory = mapping::create("x", 4096);
  auto kept = memory.map();
  memory.close();
  child heir([](parent_link const& parent) {
    parent.say("here");
    (void)parent.hear();
  });
  ASSERT_EQ(heir.hear(), "here");
  kept.unmap();
  EXPECT_TRUE(exists());
  heir.kill();
  EXPECT_FALSE(exists());
}

TEST_F(Fork, ExecLetsGo) {
  auto memory = mapping::create("x", 4096);
  child heir([](parent_link const&) { ::execl("/bin/sleep", "sleep", "1000", nullptr); });
  EXPECT_EQ(heir.hear(), "");  // the pipe closes with exec
  memory.close();
  EXPECT_FALSE(exists());
}

TEST_F(Fork, TheChildCanCreateAndOpenOnItsOwn) {
  auto const memory = mapping::create("x", 4096);
  child other([](parent_link const& parent) {
    auto const own = mapping::create("y", 4096);
    parent.say(exists() ? "found" : "not found");
    (void)parent.hear();
  });
  EXPECT_EQ(other.hear(), "found");
  EXPECT_TRUE(mapping::try_open("y"));
  other.kill();
  EXPECT_FALSE(mapping::try_open("y"));
}

TEST_F(Fork, AnonymousMemoryIsShared) {
  auto const memory = mapping::anonymous(4096);
  auto const seen = memory.map();
  child other([&](parent_link const& parent) {
    seen.bytes()[10] = std::byte{42};
    memory.map().bytes()[11] = std::byte{43};
    parent.say("written");
  });
  EXPECT_EQ(other.hear(), "written");
  EXPECT_EQ(seen.bytes()[10], std::byte{42});
  EXPECT_EQ(seen.bytes()[11], std::byte{43});
}

}  // namespace
}  // namespace coview
