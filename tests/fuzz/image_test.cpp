// SPDX-License-Identifier: Apache-2.0
// The fuzzer's ground with a fixed seed, so that every run of the tests covers it: honest images, damaged in many
// ways.
#include "fuzz/image.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>

#include "campaign/payload.hpp"
#include "object/layout.hpp"
#include "os/sanitizer.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

using campaign::random_numbers;
namespace layout = coview::layout;

constexpr std::uint64_t seed = 20'26;
// Parts run side by side.
constexpr std::uint64_t parts = 5;
constexpr std::size_t mutations = 1'000;  // in each; /proc/locks is read for many, which takes long on a busy machine
constexpr std::size_t thorough_every = 100;

struct field {
  std::size_t offset;
  std::size_t size;
};
constexpr std::array<field, 16> fields = {{
    {offsetof(layout::header, magic), 8},
    {offsetof(layout::header, version), 4},
    {offsetof(layout::header, byte_order), 2},
    {offsetof(layout::header, word_size), 1},
    {offsetof(layout::header, kind), 1},
    {offsetof(layout::header, options), 4},
    {offsetof(layout::header, name_offset), 4},
    {offsetof(layout::header, name_length), 4},
    {offsetof(layout::header, target_offset), 4},
    {offsetof(layout::header, target_length), 4},
    {offsetof(layout::header, payload_offset), 8},
    {offsetof(layout::header, payload_size), 8},
    {offsetof(layout::header, created), 8},
    {offsetof(layout::header, creator), 4},
    {offsetof(layout::header, target_device), 8},
    {offsetof(layout::header, target_inode), 8},
}};

/// Where sums overflow and comparisons turn.
std::uint64_t interesting_number(random_numbers& random, std::uint64_t length) {
  std::array<std::uint64_t, 14> const numbers = {
      0,
      1,
      127,
      128,
      4095,
      4096,
      8192,
      length,
      length - 1,
      length - 4096,
      std::numeric_limits<std::uint32_t>::max(),
      std::numeric_limits<std::uint64_t>::max(),
      std::numeric_limits<std::uint64_t>::max() - 4095,
      std::uint64_t{1} << 63U,
  };
  return numbers[random.below(numbers.size())];
}

void mutate(image& what, random_numbers& random) {
  switch (random.below(6)) {
    case 0:
    case 1:
    case 2: {
      field const one = fields[random.below(fields.size())];
      if (what.bytes.size() < one.offset + one.size) break;
      std::uint64_t const number = random.one_in(4) ? random.next() : interesting_number(random, what.length);
      std::memcpy(what.bytes.data() + one.offset, &number, one.size);
      break;
    }
    case 3:
      if (!what.bytes.empty()) what.bytes[random.below(what.bytes.size())] = static_cast<std::byte>(random.next());
      break;
    case 4:
      what.length = random.one_in(2) ? random.below(longest_image) : random.below(what.length + 1);
      if (what.bytes.size() > what.length) what.bytes.resize(what.length);
      break;
    default:
      what.permanent = !what.permanent;
      break;
  }
}

TEST(ObjectImage, HonestOnesCanBeOpened) {
  scoped_root const root;
  image_host host;
  auto const images = honest_images(root.path());
  EXPECT_TRUE(host.try_all(images[0], true));
  EXPECT_FALSE(host.try_all(images[1], true)) << "another name";
  EXPECT_TRUE(host.try_all(images[2], true));
  EXPECT_TRUE(host.try_all(images[4], true)) << "a file mapping";
}

class DamagedImage : public testing::TestWithParam<std::uint64_t> {};

TEST_P(DamagedImage, IsRefusedOrSafe) {
  scoped_root const root;
  image_host host;
  auto const images = honest_images(root.path());
  auto const own_seed = seed + GetParam();
  random_numbers random(own_seed);
  std::size_t opened = 0;
  for (std::size_t i = 0; i < mutations; ++i) {
    image damaged = images[random.below(images.size())];
    for (auto times = 1 + random.below(3); times > 0; --times) mutate(damaged, random);
    ASSERT_NO_THROW(opened += host.try_all(damaged, i % thorough_every == 0) ? 1 : 0)
        << "image " << i << " of seed " << own_seed;
  }
  RecordProperty("opened", std::to_string(opened));
  EXPECT_GT(opened, 0U);
  EXPECT_LT(opened, mutations);
}
INSTANTIATE_TEST_SUITE_P(Part, DamagedImage, testing::Range(std::uint64_t{0}, parts));

TEST(ObjectImage, NoiseIsRefused) {
  scoped_root const root;
  image_host host;
  random_numbers random(seed);
  constexpr std::size_t noises = 500;
  for (std::size_t i = 0; i < noises; ++i) {
    image noise;
    noise.bytes.resize(random.below(6000));
    for (auto& one : noise.bytes) one = static_cast<std::byte>(random.next());
    if (noise.bytes.size() >= layout::magic.size() && random.one_in(2)) {
      std::memcpy(noise.bytes.data(), layout::magic.data(), layout::magic.size());
    }
    noise.length = noise.bytes.size();
    ASSERT_NO_THROW(EXPECT_FALSE(host.try_all(noise, false))) << "noise " << i << " of seed " << seed;
  }
}

}  // namespace
}  // namespace coview_test
