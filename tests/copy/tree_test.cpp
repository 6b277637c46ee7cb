// SPDX-License-Identifier: Apache-2.0
// Trees: every kind of entry comes out as it was, whatever it is called and however deep it lies; what cannot be
// copied is told, and the rest is copied; nothing leads astray.
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <mutex>
#include <set>
#include <sstream>

#include <coview/copy_tree.hpp>

#include "copy/folder.hpp"
#include "copy/tree_calls.hpp"
#include "copy/tree_sample.hpp"
#include "support/expect_error.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"

namespace {

using namespace coview_test;
using coview::copy_tree;
using coview::tree_options;
using names = std::vector<std::string>;

class TreeWithJobs : public testing::TestWithParam<unsigned> {};

TEST_P(TreeWithJobs, EveryKindOfEntryComesOutIdentical) {
  folder const here;
  plant(here / "source");
  auto const report = copy_tree({here / "source"}, here / "target", archive(GetParam()));
  EXPECT_FINE(report);
  auto const expected = describe(here / "source");
  EXPECT_EQ(describe(here / "target"), expected);
  // Once more over what is there: the same again, and no temporary in between.
  auto again = archive(GetParam());
  again.target = coview::tree_target::exact;
  EXPECT_FINE(copy_tree({here / "source"}, here / "target", again));
  EXPECT_EQ(describe(here / "target"), expected);
  // Somebody else's opinion, where it is to be had.
  if (::access("/usr/bin/rsync", X_OK) == 0) {
    auto const command = "exec rsync -aHAXnci --delete '" + (here / "source").string() + "/' '" +
                         (here / "target").string() + "/' >'" + (here / "opinion").string() + "' 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0);
    EXPECT_EQ(contents(here / "opinion"), "");
  }
  loosen(here / "source");
  loosen(here / "target");
}

/// What one may do oneself is lost when the mode comes first, and root would not notice.
TEST(Tree, EveryKindOfEntryComesOutIdenticalForAUserToo) {
  NEEDS_ROOT();
  folder const here;
  ASSERT_EQ(::chmod(here.path().c_str(), 0777), 0);
  child user(65534, [&](parent_link const& parent) {
    plant(here / "source");
    auto const report = copy_tree({here / "source"}, here / "target", archive());
    parent.say(text_of(report).substr(0, 1000));
    bool const same = describe(here / "target") == describe(here / "source");
    loosen(here / "source");
    loosen(here / "target");
    parent.say(same ? "same" : "different");
  });
  EXPECT_EQ(user.hear(), "");
  EXPECT_EQ(user.hear(), "same");
}

TEST_P(TreeWithJobs, ManyFilesInManyDirectories) {
  folder const here;
  std::uint64_t bytes = 0;
  for (int d = 0; d < 20; ++d) {
    auto const directory = here / "source" / ("d" + std::to_string(d)) / "e";
    fs::create_directories(directory);
    for (int f = 0; f < 25; ++f) {
      auto const size = static_cast<std::size_t>(f * 97 + d);
      put(directory / ("f" + std::to_string(f)), noise(size, static_cast<std::uint64_t>(f)));
      bytes += size;
    }
  }
  auto const report = copy_tree({here / "source"}, here / "target", archive(GetParam()));
  EXPECT_FINE(report);
  EXPECT_EQ(report.files, 500U);
  EXPECT_EQ(report.directories, 41U);
  EXPECT_EQ(report.bytes, bytes);
  EXPECT_EQ(describe(here / "target"), describe(here / "source"));
}

INSTANTIATE_TEST_SUITE_P(Jobs, TreeWithJobs, testing::Values(1U, 8U),
                         [](auto const& each) { return std::to_string(each.param); });

// ---- deeper than any path, with few descriptors

/// Directories in one another, by descriptor, because no path is that long. A file and a further directory in each.
void plant_deep(int directory, int depth, std::string const& name) {
  int at = ::dup(directory);
  for (int level = 0; level < depth; ++level) {
    int const file = ::openat(at, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    auto const text = std::to_string(level);
    EXPECT_EQ(::write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(file);
    ::mkdirat(at, "aside", 0700);
    ASSERT_EQ(::mkdirat(at, name.c_str(), 0750), 0);
    int const next = ::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ::close(at);
    at = next;
  }
  ::close(at);
}

/// How many levels there are, with the right file in each; removes them on its way back.
int fell_deep(int directory, std::string const& name) {
  std::vector<int> opened = {::dup(directory)};
  for (;;) {
    int const at = opened.back();
    int const file = ::openat(at, "file", O_RDONLY | O_CLOEXEC);
    if (file < 0) break;
    std::array<char, 16> text{};
    auto const length = ::read(file, text.data(), text.size());
    ::close(file);
    bool const right =
        std::string(text.data(), static_cast<std::size_t>(length)) == std::to_string(opened.size() - 1);
    if (!right || ::unlinkat(at, "aside", AT_REMOVEDIR) != 0) break;
    ::unlinkat(at, "file", 0);
    opened.push_back(::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.back() < 0) break;
  }
  auto const levels = static_cast<int>(opened.size()) - 1;
  while (!opened.empty()) {
    ::close(opened.back());
    opened.pop_back();
    if (!opened.empty()) ::unlinkat(opened.back(), name.c_str(), AT_REMOVEDIR);
  }
  return levels;
}

TEST(Tree, MayBeDeeperThanAnyPathAndThanDescriptorsReach) {
  folder const here;
  constexpr int depth = 120;
  std::string const name(100, 'd');  // 12 000 bytes of path
  fs::create_directory(here / "source");
  fs::create_directory(here / "into");
  int const source = ::open((here / "source").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  plant_deep(source, depth, name);
  child copier([&](parent_link const& parent) {
    struct ::rlimit few {
      64, 64
    };
    ::setrlimit(RLIMIT_NOFILE, &few);
    auto const report = copy_tree({here / "source"}, here / "into", archive(4));
    parent.say(std::to_string(report.files) + " " + std::to_string(report.directories) + " " + text_of(report));
  });
  EXPECT_EQ(copier.hear(), std::to_string(depth) + " " + std::to_string(2 * depth + 1) + " ");
  int const target = ::open((here / "into" / "source").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_GE(target, 0);
  EXPECT_EQ(fell_deep(target, name), depth);
  EXPECT_EQ(fell_deep(source, name), depth);
  ::close(target);
  ::close(source);
}

// ---- nobody is led astray

TEST(Tree, ALinkInTheTargetIsNotEntered) {
  folder const here;
  fs::create_directories(here / "source" / "sub");
  put(here / "source" / "sub" / "file", "new");
  put(here / "source" / "after", "also");
  fs::create_directories(here / "target" / "source");
  fs::create_directory(here / "outside");
  fs::create_directory_symlink(here / "outside", here / "target" / "source" / "sub");
  auto const report = copy_tree({here / "source"}, here / "target", quick_tree());
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures[0].code, std::errc::not_a_directory) << text_of(report);
  EXPECT_EQ(report.failures[0].target, here / "target" / "source" / "sub");
  EXPECT_TRUE(fs::is_empty(here / "outside"));
  EXPECT_EQ(contents(here / "target" / "source" / "after"), "also");
}

TEST(Tree, ALinkInPlaceOfAFileIsReplaced) {
  folder const here;
  put(here / "victim", "precious");
  fs::create_directory(here / "source");
  put(here / "source" / "file", "new");
  fs::create_symlink("elsewhere", here / "source" / "link");
  fs::create_directories(here / "target");
  fs::create_symlink(here / "victim", here / "target" / "file");
  fs::create_symlink(here / "victim", here / "target" / "link");
  auto options = quick_tree();
  options.target = coview::tree_target::exact;
  EXPECT_FINE(copy_tree({here / "source"}, here / "target", options));
  EXPECT_EQ(contents(here / "victim"), "precious");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(here / "target" / "file")));
  EXPECT_EQ(fs::read_symlink(here / "target" / "link"), "elsewhere");
}

TEST(Tree, FollowsLinksOnlyAsAsked) {
  folder const here;
  fs::create_directories(here / "real" / "sub");
  put(here / "real" / "sub" / "file", "text");
  fs::create_directory_symlink("real", here / "named");
  fs::create_directory_symlink("sub", here / "real" / "inner");
  using coview::follow_links;
  auto const copied = [&](follow_links rule, char const* to) {
    auto options = quick_tree();
    options.follow = rule;
    EXPECT_FINE(copy_tree({here / "named"}, here / to, options));
    return here / to;
  };
  EXPECT_TRUE(fs::is_symlink(copied(follow_links::never, "never")));
  auto const named = copied(follow_links::named, "once");
  EXPECT_FALSE(fs::is_symlink(named));
  EXPECT_TRUE(fs::is_symlink(named / "inner"));
  auto const always = copied(follow_links::always, "always");
  EXPECT_FALSE(fs::is_symlink(always / "inner"));
  EXPECT_EQ(contents(always / "inner" / "file"), "text");
}

TEST(Tree, ALoopOfLinksHasAnEnd) {
  folder const here;
  fs::create_directories(here / "source" / "sub");
  fs::create_directory_symlink("..", here / "source" / "sub" / "up");
  fs::create_symlink("nothing", here / "source" / "dangling");
  put(here / "source" / "file", "text");
  auto options = quick_tree();
  options.follow = coview::follow_links::always;
  auto const report = copy_tree({here / "source"}, here / "target", options);
  ASSERT_EQ(report.failures.size(), 2U) << text_of(report);
  std::set<std::error_code> const codes = {report.failures[0].code, report.failures[1].code};
  EXPECT_TRUE(codes.contains(std::make_error_code(std::errc::too_many_symbolic_link_levels))) << text_of(report);
  EXPECT_TRUE(codes.contains(std::make_error_code(std::errc::no_such_file_or_directory)));
  EXPECT_EQ(contents(here / "target" / "file"), "text");
}

TEST(Tree, IntoItselfHasAnEnd) {
  folder const here;
  fs::create_directories(here / "source" / "sub");
  put(here / "source" / "file", "text");
  auto const report = copy_tree({here / "source"}, here / "source" / "sub", quick_tree());
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures[0].code, std::errc::invalid_argument) << text_of(report);
  EXPECT_EQ(contents(here / "source" / "sub" / "source" / "file"), "text");
  auto options = quick_tree();
  options.target = coview::tree_target::exact;
  auto const same = copy_tree({here / "source"}, here / "source", options);
  ASSERT_EQ(same.failures.size(), 1U);
  EXPECT_NE(same.failures[0].text.find("same directory"), std::string::npos) << text_of(same);
  EXPECT_EQ(contents(here / "source" / "file"), "text");
}

TEST(Tree, SameFileIsRefused) {
  folder const here;
  fs::create_directory(here / "into");
  put(here / "file", "text");
  fs::create_hard_link(here / "file", here / "into" / "file");
  auto const report = copy_tree({here / "file"}, here / "into", quick_tree());
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_NE(report.failures[0].text.find("same file"), std::string::npos) << text_of(report);
  EXPECT_EQ(contents(here / "file"), "text");
}

TEST(Tree, StaysOnOneFilesystemWhenAsked) {
  NEEDS_ROOT();
  folder const here;
  fs::create_directories(here / "source" / "mounted");
  put(here / "source" / "file", "here");
  scoped_tmpfs const other(here / "source" / "mounted", "size=1m");
  if (!other.ok()) GTEST_SKIP() << "nothing can be mounted here";
  put(here / "source" / "mounted" / "far", "there");
  auto options = quick_tree();
  options.one_file_system = true;
  EXPECT_FINE(copy_tree({here / "source"}, here / "one", options));
  EXPECT_TRUE(fs::is_empty(here / "one" / "mounted"));
  EXPECT_EQ(contents(here / "one" / "file"), "here");
  EXPECT_FINE(copy_tree({here / "source"}, here / "both", quick_tree()));
  EXPECT_EQ(contents(here / "both" / "mounted" / "far"), "there");
}

// ---- failures

TEST(Tree, WhatFailsIsToldAndTheRestIsCopied) {
  folder const here;
  fs::create_directories(here / "source" / "sub");
  put(here / "source" / "a", "a");
  ::mkfifo((here / "source" / "fifo").c_str(), 0600);
  put(here / "source" / "occupied", "file");
  put(here / "source" / "sub" / "z", "z");
  put(here / "alone", "alone");
  fs::create_directories(here / "target" / "source" / "occupied");
  auto const report = copy_tree({here / "source", here / "missing", here / "alone"}, here / "target", quick_tree());
  std::map<std::string, std::error_code> failed;
  for (auto const& each : report.failures) failed[each.source.filename()] = each.code;
  EXPECT_EQ(failed.size(), 3U) << text_of(report);
  EXPECT_EQ(failed["fifo"], std::errc::invalid_argument);
  EXPECT_EQ(failed["occupied"], std::errc::is_a_directory);
  EXPECT_EQ(failed["missing"], std::errc::no_such_file_or_directory);
  EXPECT_EQ(report.files, 3U);
  EXPECT_EQ(contents(here / "target" / "source" / "sub" / "z"), "z");
  EXPECT_EQ(contents(here / "target" / "alone"), "alone");
  for (auto const& each : report.failures) EXPECT_NE(each.text.find(each.source.filename()), std::string::npos);
}

TEST(Tree, HardLinksAreOneFileOnlyWhereWanted) {
  folder const here;
  fs::create_directory(here / "source");
  put(here / "source" / "a", "text");
  for (auto const* const each : {"b", "c"}) fs::create_hard_link(here / "source" / "a", here / "source" / each);
  auto const together = copy_tree({here / "source"}, here / "together", quick_tree());
  EXPECT_EQ(together.files, 1U);
  EXPECT_EQ(together.hard_links, 2U);
  EXPECT_EQ(fs::hard_link_count(here / "together" / "c"), 3U);
  auto options = quick_tree();
  options.hard_links = false;
  EXPECT_EQ(copy_tree({here / "source"}, here / "apart", options).files, 3U);
  EXPECT_EQ(fs::hard_link_count(here / "apart" / "c"), 1U);
  // Over what was apart: one file again.
  options.hard_links = true;
  options.target = coview::tree_target::exact;
  EXPECT_FINE(copy_tree({here / "source"}, here / "apart", options));
  EXPECT_EQ(fs::hard_link_count(here / "apart" / "c"), 3U);
  std::size_t entries = 0;
  for (auto const& each : fs::directory_iterator(here / "apart")) entries += each.exists() ? 1 : 0;
  EXPECT_EQ(entries, 3U) << "a temporary is left";
}

// ---- what is told

TEST(Tree, TellsHowFarItIsAndStopsWhenTold) {
  folder const here;
  fs::create_directory(here / "source");
  for (int i = 0; i < 20; ++i) put(here / "source" / std::to_string(i), noise(1 << 20));
  coview::tree_progress last;
  auto options = quick_tree();
  options.count_ahead = true;
  options.on_progress = [&](coview::tree_progress const& now) {
    EXPECT_GE(now.written, last.written);
    last = now;
    return true;
  };
  EXPECT_FINE(copy_tree({here / "source"}, here / "all", options));
  EXPECT_EQ(last.stage, coview::copy_stage::done);
  EXPECT_EQ(last.written, 20U << 20U);
  EXPECT_EQ(last.files, 20U);
  EXPECT_TRUE(last.counted);
  EXPECT_EQ(last.files_total, 20U);
  EXPECT_EQ(last.bytes_total, 20U << 20U);
  options.on_progress = [](auto const&) { return false; };
  auto const report = copy_tree({here / "source"}, here / "some", options);
  EXPECT_TRUE(report.cancelled);
  EXPECT_EQ(report.files, 0U);
  EXPECT_FINE(report);
}

TEST(Tree, ADurableAndVerifiedCopySaysSo) {
  folder const here;
  fs::create_directory(here / "source");
  put(here / "source" / "small", "abc");
  put(here / "source" / "large", noise(3 << 20));
  std::map<std::string, std::string> hashes;
  tree_options options;
  options.jobs = 1;
  options.file.verify = coview::verify::read_back;
  options.on_entry = [&](coview::tree_entry const& each) { hashes[each.source.filename()] = each.hash; };
  auto const report = copy_tree({here / "source"}, here / "target", options);
  EXPECT_FINE(report);
  EXPECT_TRUE(report.durable);
  EXPECT_TRUE(report.verified);
  EXPECT_EQ(hashes["small"], coview::sum_file(here / "source" / "small").hash);
  EXPECT_EQ(hashes["large"], coview::sum_file(here / "source" / "large").hash);
}

}  // namespace
