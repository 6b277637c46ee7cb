// SPDX-License-Identifier: Apache-2.0
// Trees and what stands in the target's place already: directories, files that are newer, older or the same, sources
// that meet there.
#include <sys/stat.h>
#include <sys/xattr.h>

#include <array>
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
#include "support/process.hpp"

namespace {

using namespace coview_test;
using coview::copy_tree;
using coview::tree_options;
using coview::tree_report;
using names = std::vector<std::string>;

TEST(Tree, TargetsThatMakeNoSenseAreRefusedAtOnce) {
  folder const here;
  put(here / "a", "a");
  put(here / "b", "b");
  EXPECT_ERROR(std::errc::invalid_argument, "nothing to copy",
               copy_tree(std::span<fs::path const>(), here / "target", quick_tree()));
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "mkdir",
               copy_tree({here / "a", here / "b"}, here / "no", quick_tree()));
  EXPECT_ERROR(std::errc::not_a_directory, "'" + (here / "b").string(),
               copy_tree({here / "a", here / "a"}, here / "b", quick_tree()));
  auto options = quick_tree();
  options.target = coview::tree_target::exact;
  EXPECT_ERROR(std::errc::invalid_argument, "several", copy_tree({here / "a", here / "b"}, here / "c", options));
  EXPECT_ERROR(std::errc::not_a_directory, "slash", copy_tree({here / "a"}, here.path() / "no/", quick_tree()));
  EXPECT_EQ(here.names(), names({"a", "b"}));
}

TEST(Tree, TwoSourcesOfOneNameDoNotOverwriteEachOther) {
  folder const here;
  for (auto const* const each : {"one", "two", "into"}) fs::create_directory(here / each);
  put(here / "one" / "file", "first");
  put(here / "two" / "file", "second");
  auto options = quick_tree();
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
  auto options = quick_tree();
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
  EXPECT_FINE(copy_tree({here / "from"}, here / "to", quick_tree()));
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
  auto options = quick_tree();
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
  auto options = quick_tree();
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
  EXPECT_FINE(copy(quick_tree()));
  EXPECT_EQ(replaced(), names({"missing", "new", "old", "same"}));
}

TEST_F(Existing, IsKeptOnRequest) {
  auto options = quick_tree();
  options.file.existing = coview::existing_target::keep;
  auto const report = copy(options);
  EXPECT_FINE(report);
  EXPECT_EQ(report.skipped, 3U);
  EXPECT_EQ(replaced(), names({"missing"}));
}

TEST_F(Existing, IsUpdatedByWhatIsNewer) {
  auto options = quick_tree();
  options.file.existing = coview::existing_target::update;
  EXPECT_FINE(copy(options));
  EXPECT_EQ(replaced(), names({"missing", "new"}));
}

TEST_F(Existing, CanBeAnError) {
  auto options = quick_tree();
  options.file.existing = coview::existing_target::refuse;
  auto const report = copy(options);
  EXPECT_EQ(report.failures.size(), 3U);
  for (auto const& each : report.failures) EXPECT_EQ(each.code, std::errc::file_exists);
  EXPECT_EQ(replaced(), names({"missing"}));
}

TEST_F(Existing, IsAskedAbout) {
  std::set<std::string> context;
  auto options = quick_tree();
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
  auto options = quick_tree();
  options.file.resume = true;
  auto const report = copy(options);
  EXPECT_FINE(report);
  EXPECT_EQ(report.skipped, 1U);
  EXPECT_EQ(report.files, 3U);
  EXPECT_EQ(report.kept_files, 1U);
  EXPECT_EQ(report.kept_bytes, contents(source() / "same").size());
  EXPECT_EQ(report.resumed, 0U);
}

TEST_F(Existing, WhatWasKeptIsNotSaidToBeReadBack) {
  fs::remove(target() / "same");  // which would be kept at once: it has its source's size and time
  auto options = quick_tree();
  options.file.resume = true;
  options.file.verify = coview::verify::read_back;
  EXPECT_TRUE(copy(options).verified);
  auto const again = copy(options);
  EXPECT_EQ(again.kept_files, 4U);
  EXPECT_FALSE(again.verified);
}

TEST(Tree, ACopyThatGoesOnTellsWhatItTookOver) {
  folder const here;
  fs::create_directories(here / "from");
  put(here / "from/a", noise(3 * mebi));
  put(here / "from/b", "bytes");
  auto options = quick_tree();
  options.target = coview::tree_target::exact;
  options.file.resume = true;
  options.file.may_reflink = false;
  EXPECT_EQ(coview::copy_tree({here / "from"}, here / "to", options).kept_files, 0U);

  put(here / "from/large", noise(40 * mebi));
  auto cancelled = options;
  cancelled.file.limit_rate = 10 * mebi;
  // The first two megabytes are the kept file's.
  cancelled.on_progress = [](coview::tree_progress const& now) { return now.written < 12 * mebi; };
  auto const begun = coview::copy_tree({here / "from"}, here / "to", cancelled);
  EXPECT_TRUE(begun.cancelled);
  EXPECT_FALSE(fs::exists(here / "to/large"));

  std::uint64_t shown = 0;
  options.count_ahead = true;
  options.on_progress = [&](coview::tree_progress const& now) {
    if (now.stage == coview::copy_stage::done) shown = now.written;
    return true;
  };
  auto const report = coview::copy_tree({here / "from"}, here / "to", options);
  EXPECT_FINE(report);
  EXPECT_EQ(report.kept_files, 2U);
  EXPECT_EQ(report.kept_bytes, 3 * mebi + 5);
  EXPECT_EQ(report.files, 1U);
  EXPECT_EQ(report.bytes, 40 * mebi);
  EXPECT_GE(report.resumed, 4 * mebi);
  EXPECT_LT(report.resumed, 40 * mebi);
  EXPECT_EQ(shown, 43 * mebi + 5) << "progress ends at all that there is";
  EXPECT_TRUE(contents(here / "to/large") == noise(40 * mebi));
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
  auto options = quick_tree();
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

}  // namespace
