// SPDX-License-Identifier: Apache-2.0
// Objects that keep their name without a handle.
#include <sys/stat.h>

#include <gtest/gtest.h>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "support/expect_error.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

class Permanent : public testing::Test {
 protected:
  coview_test::scoped_root root_;
};

TEST_F(Permanent, StaysWithoutAHandle) {
  mapping::create("x", 4096, {.permanent = true}).map().bytes()[0] = std::byte{3};
  EXPECT_EQ(mapping::open("x").map().bytes()[0], std::byte{3});
  auto const all = list();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].state, object_state::permanent);
  EXPECT_TRUE(all[0].permanent);
  EXPECT_EQ(all[0].mode, 0600U);
}

TEST_F(Permanent, StaysThroughReclaimAndKill) {
  coview_test::child creator([](coview_test::parent_link const& parent) {
    auto const memory = mapping::create("x", 4096, {.permanent = true});
    parent.say("created");
    (void)parent.hear();
  });
  ASSERT_EQ(creator.hear(), "created");
  creator.kill();
  EXPECT_EQ(reclaim().objects, 0U);
  EXPECT_TRUE(mapping::try_open("x"));
}

TEST_F(Permanent, IsTakenAsFarAsCreateIsConcerned) {
  (void)mapping::create("x", 4096, {.permanent = true});
  EXPECT_ERROR(std::errc::file_exists, "the name is taken", (void)mapping::create("x", 4096));
  EXPECT_FALSE(mapping::open_or_create("x", 1).created());
}

TEST_F(Permanent, RemoveEndsIt) {
  (void)mapping::create("x", 4096, {.permanent = true});
  EXPECT_EQ(remove("x"), removed::now);
  EXPECT_FALSE(mapping::try_open("x"));
  EXPECT_TRUE(root_.files().empty());
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "nobody holds it", (void)remove("x"));
}

TEST_F(Permanent, RemoveWhileHeldMakesItAnOrdinaryObject) {
  auto memory = mapping::create("x", 4096, {.permanent = true});
  EXPECT_EQ(remove("x"), removed::with_the_last_handle);
  EXPECT_TRUE(mapping::try_open("x"));
  EXPECT_FALSE(stat("x").permanent);
  memory.close();
  EXPECT_FALSE(mapping::try_open("x"));
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(Permanent, AHeldOrdinaryObjectIsNotRemoved) {
  auto const memory = mapping::create("x", 4096);
  EXPECT_EQ(remove("x"), removed::with_the_last_handle);
  EXPECT_TRUE(memory.still_named());
  EXPECT_TRUE(mapping::try_open("x"));
}

}  // namespace
}  // namespace coview
