// SPDX-License-Identifier: Apache-2.0
// Patterns that leave entries out, as rsync's manual describes them.
#include "copy/tree/filter.hpp"

#include <gtest/gtest.h>

namespace {

using coview::copying::matches;

struct one_case {
  char const* pattern;
  char const* path;
  bool is_directory;
  bool expected;
};

class Pattern : public testing::TestWithParam<one_case> {};

TEST_P(Pattern, MatchesAsInRsync) {
  auto const& [pattern, path, is_directory, expected] = GetParam();
  EXPECT_EQ(matches(pattern, path, is_directory), expected) << pattern << " and " << path;
}

INSTANTIATE_TEST_SUITE_P(
    Copy, Pattern,
    testing::Values(one_case{"*.o", "src/a.o", false, true}, one_case{"*.o", "src/a.o/x", false, false},
                    one_case{"a", "src/a", true, true}, one_case{"a", "src/ba", false, false},
                    one_case{"/a", "src/a", false, false}, one_case{"/src/a", "src/a", false, true},
                    one_case{"src/a", "x/src/a", false, true}, one_case{"c/a", "src/a", false, false},
                    one_case{"d/", "src/d", true, true}, one_case{"d/", "src/d", false, false},
                    one_case{"/src/*", "src/a", false, true}, one_case{"/src/*", "src/a/b", false, false},
                    one_case{"/src/**", "src/a/b", false, true}, one_case{"**/b", "src/a/b", false, true},
                    one_case{"a**c", "x/ab/c", false, true}, one_case{"/src/d/***", "src/d", true, true},
                    one_case{"/src/d/***", "src/d/e/f", false, true}, one_case{"/src/d/***", "src/de", true, false},
                    one_case{"?", "src/a", false, true}, one_case{"a?b", "a/b", false, false},
                    one_case{"[a-c]x", "bx", false, true}, one_case{"[!a-c]x", "bx", false, false},
                    one_case{"[^a-c]x", "dx", false, true}, one_case{"[]]x", "]x", false, true},
                    one_case{"[x", "[x", false, true}, one_case{"\\*", "*", false, true},
                    one_case{"\\*", "a", false, false}, one_case{"", "a", false, false},
                    one_case{"/", "a", true, false}));

}  // namespace
