// SPDX-License-Identifier: Apache-2.0
// The fuzzer's ground with a fixed seed, so that every run of the tests covers it, and what it once found.
#include "fuzz/channel_image.hpp"

#include <array>
#include <cstddef>
#include <gtest/gtest.h>
#include <limits>

#include "campaign/payload.hpp"
#include "channel/layout.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

using campaign::random_numbers;

constexpr std::uint64_t seed = 20'26;
constexpr std::uint64_t parts = 4;  // run side by side
constexpr std::size_t cases = 250;  // in each

/// Where sums overflow and comparisons turn; states, places, lives and shapes at their edges.
std::uint64_t interesting_word(random_numbers& random) {
  constexpr std::uint64_t one = 1;
  std::array<std::uint64_t, 20> const words = {0,
                                               1,
                                               2,
                                               63,
                                               64,
                                               0xffff,
                                               0x10001,
                                               one << 23U,
                                               one << 30U,
                                               (one << 30U) | 4711,
                                               std::numeric_limits<std::uint32_t>::max(),
                                               std::numeric_limits<std::uint64_t>::max(),
                                               one << 32U,
                                               one << 40U,
                                               (one << 60U) | (one << 48U),
                                               (one << 61U) | 1,
                                               (std::uint64_t{3} << 60U) | (one << 48U),
                                               one << 62U,
                                               (std::uint64_t{5} << 60U) | 3,
                                               one << 63U};
  return words[random.below(words.size())];
}

/// Mostly where words stand that mean something.
std::uint32_t interesting_place(random_numbers& random) {
  constexpr std::uint64_t page = 4096;
  constexpr std::uint64_t payload = page;
  switch (random.below(6)) {
    case 0:
      return static_cast<std::uint32_t>(2048 + random.below(80));  // facts
    case 1:
      return static_cast<std::uint32_t>(payload + 128 * random.below(9) + 8 * random.below(4));  // control
    case 2:
      return static_cast<std::uint32_t>(payload + page * (1 + random.below(4)) + 8 * random.below(64));
    case 3:
      return static_cast<std::uint32_t>(payload + page * (2 + random.below(4)) - 24 + 8 * random.below(2));  // lives
    case 4:
      return static_cast<std::uint32_t>(payload + page * 5 + 8 * random.below(64));  // places
    default:
      return static_cast<std::uint32_t>(payload + page * 6 + 8 * random.below(128));  // blocks
  }
}

channel_case some_case(random_numbers& random, std::size_t size) {
  channel_case out;
  out.topic = random.one_in(2);
  for (auto count = 1 + random.below(6); count > 0; --count) {
    patch one;
    one.at = random.one_in(8) ? static_cast<std::uint32_t>(random.below(size)) : interesting_place(random);
    one.word = random.one_in(4) ? random.next() : interesting_word(random);
    one.step = static_cast<std::uint8_t>(random.one_in(2) ? 0 : random.below(24));
    out.patches.push_back(one);
  }
  return out;
}

TEST(ChannelImage, HonestOnesWork) {
  scoped_root const root;
  channel_host host;
  for (bool const topic : {false, true}) EXPECT_EQ(host.try_all({.topic = topic}), 0U);
}

TEST(ChannelImage, CasesAreTheFuzzersBytes) {
  channel_case const one{.topic = true, .patches = {{1, 2, 3}, {40'000, ~std::uint64_t{0}, 255}}};
  auto const again = decode_channel(encode_channel(one));
  EXPECT_TRUE(again.topic);
  ASSERT_EQ(again.patches.size(), 2U);
  EXPECT_EQ(again.patches[1].at, 40'000U);
  EXPECT_EQ(again.patches[1].word, ~std::uint64_t{0});
  EXPECT_EQ(again.patches[1].step, 255);
  EXPECT_TRUE(decode_channel({}).patches.empty());
}

class SpoiltChannel : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SpoiltChannel, IsRefusedOrSafe) {
  scoped_root const root;
  channel_host host;
  auto const own_seed = seed + GetParam();
  random_numbers random(own_seed);
  std::size_t errors = 0;
  for (std::size_t i = 0; i < cases; ++i) {
    auto const one = some_case(random, host.size());
    ASSERT_NO_THROW(errors += host.try_all(one)) << "case " << i << " of seed " << own_seed;
  }
  RecordProperty("errors", std::to_string(errors));
  EXPECT_GT(errors, 0U);
}
INSTANTIATE_TEST_SUITE_P(Part, SpoiltChannel, testing::Range(std::uint64_t{0}, parts));

}  // namespace
}  // namespace coview_test
