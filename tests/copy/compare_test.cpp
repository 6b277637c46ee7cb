// SPDX-License-Identifier: Apache-2.0
// compare_files: the first byte that differs.
#include <cstdint>
#include <gtest/gtest.h>
#include <string>

#include <coview/copy.hpp>

#include "copy/copy_calls.hpp"
#include "copy/folder.hpp"

namespace {

using coview_test::folder;
using coview_test::mebi;
using coview_test::noise;
using coview_test::overwrite;
using coview_test::put;

TEST(Compare, FindsTheFirstDifference) {
  folder const here;
  auto const bytes = noise(3 * mebi);
  put(here / "a", bytes);
  put(here / "b", bytes);
  EXPECT_TRUE(coview::compare_files(here / "a", here / "b").same);
  overwrite(here / "b", 2 * mebi + 11, std::string(1, static_cast<char>(bytes[2 * mebi + 11] + 1)));
  auto const other = coview::compare_files(here / "a", here / "b");
  EXPECT_FALSE(other.same);
  EXPECT_EQ(other.first_difference, 2 * mebi + 11);
  put(here / "c", bytes.substr(0, mebi));
  auto const shorter = coview::compare_files(here / "a", here / "c");
  EXPECT_FALSE(shorter.same);
  EXPECT_EQ(shorter.first_difference, mebi);
}

}  // namespace
