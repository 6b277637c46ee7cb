// SPDX-License-Identifier: Apache-2.0
// Patterns that leave entries out, as rsync's manual describes them.
#include "copy/tree/filter.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <random>

#include "copy/folder.hpp"

namespace {

using namespace coview_test;

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
                    one_case{"[x", "[x", false, false}, one_case{"\\*", "*", false, true},
                    one_case{"\\*", "a", false, false}, one_case{"", "a", false, false},
                    one_case{"/", "a", true, false}, one_case{"a\\b", "a\\b", false, true},
                    one_case{"a\\b*", "ab", false, true}, one_case{"[[:digit:]]", "7", false, true},
                    one_case{"[[:digit:]", "7", false, false}, one_case{"[[:none:]]", "n", false, false},
                    one_case{"[[:alpha:]-z]", "-", false, true}, one_case{"a[", "a[", false, false},
                    one_case{"a//", "a", true, false}, one_case{"*?", "a", false, true},
                    one_case{"b/***", "x/b", true, true}, one_case{"**b", "b", false, true},
                    one_case{"*b*c", "abc/abcbc", false, true}, one_case{"a*/b*c", "a1/b2c", false, true}));

TEST(Patterns, TakeLittleTimeWhateverTheyAre) {
  std::string stars;
  for (int i = 0; i < 200; ++i) stars += "a*";
  std::string across;
  for (int i = 0; i < 200; ++i) across += "a**";
  std::string const path(4000, 'a');
  EXPECT_TRUE(matches(stars, path, false));
  EXPECT_FALSE(matches(stars + "b", path, false));
  EXPECT_FALSE(matches(across + "b", path, false));
}

/// Trees and rules made at random, and what rsync would copy of them.
class generated {
 public:
  explicit generated(unsigned seed) : random_(seed) { fill(in_ / "src", 3); }

  std::vector<coview::tree_filter> rules() {
    using kind = coview::tree_filter::kind;
    std::vector<coview::tree_filter> made;
    for (auto count = 1 + random_() % 3; count > 0; --count)
      made.push_back({random_() % 3 == 0 ? kind::include : kind::exclude, pattern()});
    if (random_() % 3 == 0) made.push_back({kind::exclude, random_() % 2 == 0 ? "*" : "a"});
    return made;
  }
  [[nodiscard]] std::vector<std::string> rsync_copies(std::vector<coview::tree_filter> const& rules) const {
    std::string lines;
    for (auto const& each : rules)
      lines += (each.rule == coview::tree_filter::kind::include ? "+ " : "- ") + each.pattern + '\n';
    put(in_ / "rules", lines);
    auto const command =
        "cd '" + in_.path().string() + "' && rsync -rn8 --out-format=%n --exclude-from=rules src none/ 2>&1";
    auto* const output = ::popen(command.c_str(), "r");
    std::vector<std::string> names;
    std::array<char, 4096> line{};
    while (std::fgets(line.data(), line.size(), output) != nullptr) {
      std::string name = line.data();
      name.pop_back();
      while (name.ends_with('/')) name.pop_back();
      if (name == "src" || name.starts_with("src/"))
        names.push_back(name);
      else if (name != "created directory none")
        names.push_back("rsync said: " + name);
    }
    ::pclose(output);
    std::sort(names.begin(), names.end());
    return names;
  }
  [[nodiscard]] std::vector<std::string> we_copy(std::vector<coview::tree_filter> const& rules) const {
    std::vector<std::string> names;
    walk("src", rules, names);
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  template <std::size_t N>
  std::string one_of(std::array<char const*, N> const& some) {
    return some[random_() % N];
  }
  void fill(fs::path const& directory, int depth) {
    static constexpr std::array names = {"a",   "b", "ab",  "c",  "*", "[x]", "a]", "d-",  "a\\b",     "z.o",
                                         "b.o", "A", "{a}", "!a", "^", "-",   "\\", "foo", "\xc3\xa9", "a b"};
    fs::create_directory(directory);
    for (auto count = 2 + random_() % 4; count > 0; --count) {
      auto const at = directory / one_of(names);
      if (fs::exists(at)) continue;
      if (depth > 0 && random_() % 2 == 0) {
        fill(at, depth - 1);
      } else {
        put(at, "");
      }
    }
  }
  std::string pattern() {
    static constexpr std::array parts = {"a",           "b",
                                         "ab",          "c",
                                         "*",           "**",
                                         "***",         "?",
                                         "/",           "/",
                                         "[a-c]",       "[!a]",
                                         "[^b]",        "[]a]",
                                         "[[:alpha:]]", "[x",
                                         "\\*",         "\\",
                                         "\\a",         ".o",
                                         "-",           "[a\\]b]",
                                         "[b-]",        "[a-]",
                                         "[z-a]",       "{a}",
                                         "\xc3\xa9",    "!",
                                         "foo",         "src",
                                         "[[:foo:]]",   "\\\\",
                                         " ",           "[a-[:alpha:]]",
                                         "[[:upper:]]", "[[:punct:]]"};
    std::string made = random_() % 4 == 0 ? "/" : random_() % 5 == 0 ? "/src/" : "";
    for (auto count = 1 + random_() % 5; count > 0; --count) made += one_of(parts);
    if (random_() % 5 == 0) made += '/';
    if (random_() % 12 == 0) made += "/***";
    return made;
  }
  void walk(std::string const& path, std::vector<coview::tree_filter> const& rules,
            std::vector<std::string>& names) const {
    bool const directory = fs::is_directory(in_ / path);
    if (coview::copying::is_excluded(rules, path, directory)) return;
    names.push_back(path);
    if (!directory) return;
    for (auto const& each : fs::directory_iterator(in_ / path))
      walk(path + "/" + each.path().filename().string(), rules, names);
  }

  std::mt19937 random_;
  folder in_;
};

TEST(Patterns, LeaveOutWhatRsyncLeavesOut) {
  if (std::system("command -v rsync >/dev/null 2>&1") != 0) GTEST_SKIP() << "rsync is not installed";
  for (unsigned seed = 1; seed <= 6; ++seed) {
    generated tree(seed);
    for (int turn = 0; turn < 15; ++turn) {
      auto const rules = tree.rules();
      std::string shown;
      for (auto const& each : rules)
        shown += (each.rule == coview::tree_filter::kind::include ? "\n+ " : "\n- ") + each.pattern;
      EXPECT_EQ(tree.we_copy(rules), tree.rsync_copies(rules)) << "seed " << seed << shown;
    }
  }
}

}  // namespace
