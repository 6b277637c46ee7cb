// SPDX-License-Identifier: Apache-2.0
// Dead objects never make a create fail: what they take is given back first.
#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "support/expect_error.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

using coview_test::child;
using coview_test::parent_link;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

/// A tmpfs of its own, with limits.
class Room : public testing::Test {
 protected:
  static void leave_stale(std::string const& name, std::uint64_t size) {
    child dead([&](parent_link const& parent) {
      auto const held = mapping::create(name, size);
      parent.say("created");
      (void)parent.hear();
    });
    ASSERT_EQ(dead.hear(), "created");
    dead.kill();
  }

  coview_test::scoped_root root_{01777};
};

TEST_F(Room, OfTheDeadIsGivenBack) {
  NEEDS_ROOT();
  coview_test::scoped_tmpfs const small(root_.path(), "size=8m,mode=1777");
  ASSERT_TRUE(small.ok());
  for (char const* dead : {"dead", "Global\\dead"}) {
    for (std::uint64_t const size : {5 * mebibyte, 6 * mebibyte}) {
      leave_stale(dead, size);
      auto const memory = mapping::create("x", 5 * mebibyte);
      EXPECT_EQ(memory.size(), 5 * mebibyte);
    }
  }
  auto const living = mapping::create("living", 5 * mebibyte);
  EXPECT_ERROR(std::errc::no_space_on_device, "left", (void)mapping::create("x", 5 * mebibyte));
}

TEST_F(Room, OfTheDeadsInodesIsGivenBack) {
  NEEDS_ROOT();
  coview_test::scoped_tmpfs const small(root_.path(), "nr_inodes=6,mode=1777");
  ASSERT_TRUE(small.ok());
  for (int i = 0; i < 4; ++i) leave_stale("dead" + std::to_string(i), 1);
  auto const first = mapping::create("x", 1);
  auto const second = event::create("y", reset::manual);
  auto const third = mapping::create("Global\\z", 1);
  auto const fourth = mapping::create("w", 1);
  EXPECT_ERROR(std::errc::no_space_on_device, "", (void)mapping::create("v", 1));
}

}  // namespace
}  // namespace coview
