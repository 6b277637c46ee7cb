// SPDX-License-Identifier: Apache-2.0
// A2 of docs/channels.md: the walk over a channel's blocks; and which of them is likely to come.
#include <gtest/gtest.h>
#include <optional>
#include <vector>

#include "channel/likely_block.hpp"
#include "channel/topic_core.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

constexpr operation_context context{.operation = "create", .what = "topic", .name = "frames"};

std::optional<std::uint32_t> carve_one(detail::publisher_core& by) {
  channel_lock const lock(by.where(), a_while());
  return by.memory().carve(1);
}

// Otherwise a topic that two publishers have filled is walked from one end to the other for each message.
TEST(Arena, AWalkBeginsWhereTheLastBlockWasFound) {
  coview_test::scoped_root const root;
  channel_settings settings;
  settings.kind = object_kind::topic;
  settings.capacity = 1U << 16U;
  settings.messages = 16;
  auto const where = detail::segment::open("frames", name_use::create, settings, context);
  {
    // Leaves all of the memory in blocks of one unit, which are free.
    detail::publisher_core before(where, context);
    while (before.memory().take_recent(1) || carve_one(before)) continue;
  }
  detail::publisher_core by(where, context);
  auto const first = carve_one(by);
  ASSERT_TRUE(first);
  for (std::uint32_t i = 1; i < where->units(); ++i) {
    EXPECT_EQ(where->control().next_fit.load(), (*first + i) % where->units());
    EXPECT_EQ(carve_one(by), (*first + i) % where->units());
  }
  EXPECT_FALSE(carve_one(by));
}

TEST(LikelyBlock, IsTheOneThatFollowedBefore) {
  likely_block likely;
  for (std::uint32_t const block : {7U, 9U, 30'000U, 2U, 7U}) likely.came(block);
  for (std::uint32_t const next : {9U, 30'000U, 2U, 7U}) {
    EXPECT_EQ(likely.next(), next);
    likely.came(next);
  }
  likely.came(5);
  EXPECT_EQ(likely.next(), 0U);
}

}  // namespace
}  // namespace coview
