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
#include "copy/tree_sample.hpp"
#include "support/expect_error.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"

namespace {

using namespace coview_test;
using coview::copy_tree;
using coview::tree_options;
using coview::tree_report;
using names = std::vector<std::string>;

/// Tests that are about something else need not wait for the device.
tree_options quick(tree_options options = {}) {
  options.file.durable = false;
  return options;
}

/// As `cp -a` and `rsync -aHAX` do.
tree_options archive(unsigned jobs = 0) {
  auto options = quick();
  options.file.preserve.owner = true;
  options.file.preserve.security = true;
  options.file.preserve.inherit = false;
  options.existing_directories = options.file.preserve;
  options.special = true;
  options.jobs = jobs;
  return options;
}

std::string text_of(tree_report const& report) {
  std::ostringstream text;
  for (auto const& each : report.failures) text << each.text << '\n';
  for (auto const& each : report.warnings) text << each << '\n';
  return text.str();
}

#define EXPECT_FINE(report) EXPECT_EQ(text_of(report), "")

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
  auto const report = copy_tree({here / "source"}, here / "target", quick());
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
  auto options = quick();
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
    auto options = quick();
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
  auto options = quick();
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
  auto const report = copy_tree({here / "source"}, here / "source" / "sub", quick());
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures[0].code, std::errc::invalid_argument) << text_of(report);
  EXPECT_EQ(contents(here / "source" / "sub" / "source" / "file"), "text");
  auto options = quick();
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
  auto const report = copy_tree({here / "file"}, here / "into", quick());
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
  auto options = quick();
  options.one_file_system = true;
  EXPECT_FINE(copy_tree({here / "source"}, here / "one", options));
  EXPECT_TRUE(fs::is_empty(here / "one" / "mounted"));
  EXPECT_EQ(contents(here / "one" / "file"), "here");
  EXPECT_FINE(copy_tree({here / "source"}, here / "both", quick()));
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
  auto const report = copy_tree({here / "source", here / "missing", here / "alone"}, here / "target", quick());
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

TEST(Tree, TargetsThatMakeNoSenseAreRefusedAtOnce) {
  folder const here;
  put(here / "a", "a");
  put(here / "b", "b");
  EXPECT_ERROR(std::errc::invalid_argument, "nothing to copy",
               copy_tree(std::span<fs::path const>(), here / "target", quick()));
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "mkdir",
               copy_tree({here / "a", here / "b"}, here / "no", quick()));
  EXPECT_ERROR(std::errc::not_a_directory, "'" + (here / "b").string(),
               copy_tree({here / "a", here / "a"}, here / "b", quick()));
  auto options = quick();
  options.target = coview::tree_target::exact;
  EXPECT_ERROR(std::errc::invalid_argument, "several", copy_tree({here / "a", here / "b"}, here / "c", options));
  EXPECT_ERROR(std::errc::not_a_directory, "slash", copy_tree({here / "a"}, here.path() / "no/", quick()));
  EXPECT_EQ(here.names(), names({"a", "b"}));
}

TEST(Tree, TwoSourcesOfOneNameDoNotOverwriteEachOther) {
  folder const here;
  for (auto const* const each : {"one", "two", "into"}) fs::create_directory(here / each);
  put(here / "one" / "file", "first");
  put(here / "two" / "file", "second");
  auto options = quick();
  options.jobs = 1;
  auto const report = copy_tree({here / "one" / "file", here / "two" / "file"}, here / "into", options);
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures[0].code, std::errc::file_exists) << text_of(report);
  EXPECT_EQ(contents(here / "into" / "file"), "first");
}

/// Mode, owner, time and lists of an entry, in one line.
std::string attributes_of(fs::path const& path) {
  auto const is = status_of(path);
  std::array<char, 200> list{};
  auto const length = ::getxattr(path.c_str(), "system.posix_acl_default", list.data(), list.size());
  std::ostringstream text;
  text << std::oct << is.st_mode << ' ' << is.st_uid << ':' << is.st_gid << ' ' << is.st_mtim.tv_sec << ' ' << length;
  return text.str();
}

TEST(Tree, DirectoriesThatAreThereStayAsTheyAre) {
  folder const here;
  fs::create_directories(here / "from/d");
  put(here / "from/d/a", "bytes");
  ASSERT_EQ(::chmod((here / "from/d").c_str(), 0700), 0);
  ASSERT_EQ(::chmod((here / "from").c_str(), 0700), 0);
  fs::create_directories(here / "to/d");
  put(here / "to/d/a", "old");  // so that its time of change stays
  ASSERT_EQ(::chmod((here / "to/d").c_str(), 0751), 0);
  struct ::timespec const times[2] = {{1000, 0}, {1000, 0}};
  for (auto const* const each : {"to/d", "to"}) ASSERT_EQ(::utimensat(AT_FDCWD, (here / each).c_str(), times, 0), 0);
  auto const mode = status_of(here / "to/d").st_mode;
  auto options = quick();
  options.target = coview::tree_target::exact;
  EXPECT_FINE(copy_tree({here / "from"}, here / "to", options));
  EXPECT_EQ(contents(here / "to/d/a"), "bytes");
  EXPECT_EQ(status_of(here / "to/d").st_mode, mode);
  // And where it is asked for, they become as the source's.
  options.existing_directories = options.file.preserve;
  EXPECT_FINE(copy_tree({here / "from"}, here / "to", options));
  EXPECT_EQ(attributes_of(here / "to/d"), attributes_of(here / "from/d"));
}

TEST(Tree, FreshDirectoriesHaveWhatTheirDirectoryGivesThem) {
  folder const here;
  fs::create_directories(here / "from/d");
  ASSERT_EQ(::chmod((here / "from/d").c_str(), 0750), 0);
  fs::create_directories(here / "to");
  ASSERT_EQ(::chmod((here / "to").c_str(), 02755), 0);
  // u::rwx, u:12345:rwx, g::r-x, m::rwx, o::r-x
  std::string const list(
      "\x02\0\0\0\x01\0\x07\0\xff\xff\xff\xff\x02\0\x07\0\x39\x30\0\0\x04\0\x05\0\xff\xff\xff\xff"
      "\x10\0\x07\0\xff\xff\xff\xff\x20\0\x05\0\xff\xff\xff\xff",
      44);
  if (::setxattr((here / "to").c_str(), "system.posix_acl_default", list.data(), list.size(), 0) != 0)
    GTEST_SKIP() << "no access control lists here";
  EXPECT_FINE(copy_tree({here / "from"}, here / "to", quick()));
  EXPECT_EQ(status_of(here / "to/from").st_mode & 07000, static_cast<mode_t>(S_ISGID));
  EXPECT_EQ(status_of(here / "to/from/d").st_mode & 07777, static_cast<mode_t>(02750));
  std::array<char, 100> found{};
  EXPECT_EQ(::getxattr((here / "to/from/d").c_str(), "system.posix_acl_default", found.data(), found.size()), 44);
  // As the source is, where that is asked for.
  EXPECT_FINE(copy_tree({here / "from"}, here / "to/exact", archive()));
  EXPECT_EQ(status_of(here / "to/exact/d").st_mode & 07777, static_cast<mode_t>(0750));
  EXPECT_LT(::getxattr((here / "to/exact/d").c_str(), "system.posix_acl_default", found.data(), found.size()), 0);
}

TEST(Tree, SourcesThatMeetBelowAreRefusedAndTheFirstStays) {
  folder const here;
  for (auto const* const each : {"a", "b", "c"}) {
    fs::create_directories(here / each / "d/sub");
    put(here / each / "d/sub/x", std::string(1, *each));
    put(here / each / "d/sub" / (std::string("only ") + each), each);
    fs::create_symlink(each, here / each / "d/link");
    ASSERT_EQ(::mkfifo((here / each / "d/fifo").c_str(), 0600), 0);
  }
  put(here / "c/d/sub/y", "1");
  fs::create_hard_link(here / "c/d/sub/y", here / "c/d/sub/z");
  put(here / "a/d/sub/z", "first");
  fs::create_directory(here / "to");
  auto options = quick();
  options.special = true;
  auto const report = copy_tree({here / "a/d", here / "b/d", here / "c/d"}, here / "to", options);
  EXPECT_EQ(report.failures.size(), 2U * 3 + 1) << text_of(report);
  for (auto const& each : report.failures) {
    EXPECT_EQ(each.code, std::errc::file_exists) << each.text;
    EXPECT_NE(each.text.find("another of the sources"), std::string::npos) << each.text;
  }
  EXPECT_EQ(contents(here / "to/d/sub/x"), "a");
  EXPECT_EQ(fs::read_symlink(here / "to/d/link"), "a");
  EXPECT_EQ(contents(here / "to/d/sub/only c"), "c");
  EXPECT_EQ(contents(here / "to/d/sub/z"), "first");
  EXPECT_EQ(contents(here / "to/d/sub/y"), "1");
}

TEST(Tree, ADirectoryNeedsToBeAskedFor) {
  folder const here;
  fs::create_directory(here / "source");
  auto options = quick();
  options.recursive = false;
  auto const report = copy_tree({here / "source"}, here / "target", options);
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures[0].code, std::errc::is_a_directory);
  EXPECT_EQ(here.names(), names({"source"}));
}

// ---- what is there already

class Existing : public testing::Test {
 protected:
  Existing() {
    for (auto const* const each : {"source", "target"}) fs::create_directory(here_ / each);
    for (auto const* const each : {"new", "old", "same"}) {
      put(source() / each, std::string("source of ") + each);
      put(target() / each, std::string("target of ") + each);
      set_times(source() / each, 1000, 0);
      set_times(target() / each, 1000, 0);
    }
    set_times(source() / "new", 2000, 0);
    set_times(source() / "old", 500, 0);
    put(source() / "missing", "source of missing");
  }
  [[nodiscard]] fs::path source() const { return here_ / "source"; }
  [[nodiscard]] fs::path target() const { return here_ / "target"; }
  tree_report copy(tree_options options) {
    options.target = coview::tree_target::exact;
    return copy_tree({source()}, target(), options);
  }
  /// Which of the targets are from the source now.
  [[nodiscard]] names replaced() const {
    names all;
    for (auto const& entry : fs::directory_iterator(target()))
      if (contents(entry.path()).starts_with("source")) all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    return all;
  }
  folder here_;
};

TEST_F(Existing, IsReplacedUnlessSaidOtherwise) {
  EXPECT_FINE(copy(quick()));
  EXPECT_EQ(replaced(), names({"missing", "new", "old", "same"}));
}

TEST_F(Existing, IsKeptOnRequest) {
  auto options = quick();
  options.file.existing = coview::existing_target::keep;
  auto const report = copy(options);
  EXPECT_FINE(report);
  EXPECT_EQ(report.skipped, 3U);
  EXPECT_EQ(replaced(), names({"missing"}));
}

TEST_F(Existing, IsUpdatedByWhatIsNewer) {
  auto options = quick();
  options.file.existing = coview::existing_target::update;
  EXPECT_FINE(copy(options));
  EXPECT_EQ(replaced(), names({"missing", "new"}));
}

TEST_F(Existing, CanBeAnError) {
  auto options = quick();
  options.file.existing = coview::existing_target::refuse;
  auto const report = copy(options);
  EXPECT_EQ(report.failures.size(), 3U);
  for (auto const& each : report.failures) EXPECT_EQ(each.code, std::errc::file_exists);
  EXPECT_EQ(replaced(), names({"missing"}));
}

TEST_F(Existing, IsAskedAbout) {
  std::set<std::string> context;
  auto options = quick();
  options.may_replace = [&](fs::path const& target) {
    context.insert(target.filename());
    return target.filename() == "old";
  };
  EXPECT_FINE(copy(options));
  EXPECT_EQ(context, (std::set<std::string>{"new", "old", "same"}));
  EXPECT_EQ(replaced(), names({"missing", "old"}));
}

TEST_F(Existing, CompleteFilesAreTakenOverByACopyThatGoesOn) {
  put(target() / "same", contents(source() / "same"));
  set_times(target() / "same", 1000, 0);
  auto options = quick();
  options.file.resume = true;
  auto const report = copy(options);
  EXPECT_FINE(report);
  EXPECT_EQ(report.skipped, 1U);
  EXPECT_EQ(report.files, 3U);
}

TEST(Tree, ACopyThatGoesOnLinksToWhatItTakesOver) {
  folder here;
  fs::create_directories(here / "from");
  put(here / "from/a", "bytes");
  fs::create_directory(here / "to");
  coview::copy_file(here / "from/a", here / "to/a");  // and there it was killed
  fs::create_hard_link(here / "from/a", here / "from/b");
  fs::create_hard_link(here / "from/a", here / "from/c");
  coview::tree_options options;
  options.file.resume = true;
  options.target = coview::tree_target::exact;
  EXPECT_TRUE(coview::copy_tree({here / "from"}, here / "to", options).failures.empty());
  for (auto const* const each : {"to/b", "to/c"}) EXPECT_TRUE(fs::equivalent(here / "to/a", here / each)) << each;
}

TEST_F(Existing, ADryRunChangesNothing) {
  std::mutex lock;
  std::map<std::string, coview::entry_outcome> told;
  auto options = quick();
  options.dry_run = true;
  options.file.existing = coview::existing_target::update;
  options.on_entry = [&](coview::tree_entry const& each) {
    std::lock_guard const guard(lock);
    told[each.target.filename()] = each.outcome;
  };
  fs::create_directories(source() / "deep" / "er");
  put(source() / "deep" / "er" / "file", "text");
  auto const before = describe(target());
  EXPECT_FINE(copy(options));
  EXPECT_EQ(describe(target()), before);
  EXPECT_EQ(told["new"], coview::entry_outcome::planned);
  EXPECT_EQ(told["file"], coview::entry_outcome::planned);
  EXPECT_EQ(told["old"], coview::entry_outcome::skipped);
}

TEST(Tree, HardLinksAreOneFileOnlyWhereWanted) {
  folder const here;
  fs::create_directory(here / "source");
  put(here / "source" / "a", "text");
  for (auto const* const each : {"b", "c"}) fs::create_hard_link(here / "source" / "a", here / "source" / each);
  auto const together = copy_tree({here / "source"}, here / "together", quick());
  EXPECT_EQ(together.files, 1U);
  EXPECT_EQ(together.hard_links, 2U);
  EXPECT_EQ(fs::hard_link_count(here / "together" / "c"), 3U);
  auto options = quick();
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
  auto options = quick();
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
