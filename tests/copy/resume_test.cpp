// SPDX-License-Identifier: Apache-2.0
// What a copy that was killed leaves behind, and going on from it.
#include <array>
#include <gtest/gtest.h>
#include <thread>

#include <coview/copy.hpp>

#include "copy/copy_calls.hpp"
#include "copy/folder.hpp"
#include "support/expect_error.hpp"
#include "support/process.hpp"

namespace {

using namespace coview_test;
using coview::copy_options;
using coview::copy_progress;
using coview::copy_stage;

using names = std::vector<std::string>;

/// A copier that is stopped in the middle, and killed there.
void kill_in_the_middle(fs::path const& source, fs::path const& target, bool resume) {
  child copier([&](parent_link const& parent) {
    copy_options options = quick();
    options.resume = resume;
    options.may_reflink = false;
    // Pieces are a twentieth of the rate, and what may be made up for after a pause is a tenth of it: however long
    // this process had to wait for a processor, it is told of its 5 MiB before it has 12.
    options.limit_rate = 20 * mebi;
    bool said = false;
    options.on_progress = [&](copy_progress const& p) {
      if (p.written < 5 * mebi || said) return true;
      said = true;
      parent.say("in the middle");
      return !parent.hear().empty();  // until it is killed
    };
    coview::copy_file(source, target, options);
  });
  ASSERT_EQ(copier.hear(), "in the middle");
  copier.kill();
}

TEST(Copy, TheNextOneClearsWhatAKilledOneLeft_H8) {
  folder const here;
  put(here / "a", noise(12 * mebi));
  put(here / "b", "old");
  kill_in_the_middle(here / "a", here / "b", true);
  EXPECT_TRUE(contents(here / "b") == "old");
  EXPECT_EQ(here.names().size(), 4U);  // with a temporary and its journal
  coview::copy_file(here / "a", here / "b", quick());
  EXPECT_EQ(here.names(), names({"a", "b"}));
  EXPECT_EQ(contents(here / "b"), noise(12 * mebi));
}

TEST(Copy, AResumedOneGoesOn) {
  folder const here;
  put(here / "a", noise(12 * mebi + 5));
  kill_in_the_middle(here / "a", here / "b", true);
  // A block that the device lost is noticed.
  overwrite(here.temporary(), 4 * mebi + 17, "lost");
  copy_options options = quick({.verify = coview::verify::read_back});
  options.resume = true;
  options.may_reflink = false;
  auto const report = coview::copy_file(here / "a", here / "b", options);
  EXPECT_GE(report.resumed, 4 * mebi);
  EXPECT_LT(report.resumed, 12 * mebi);
  EXPECT_EQ(report.hash, xxh3_of(noise(12 * mebi + 5)));
  EXPECT_EQ(contents(here / "b"), noise(12 * mebi + 5));
  EXPECT_EQ(here.names(), names({"a", "b"}));
}

TEST(Copy, AResumedOneOfAnotherSourceBeginsAnew) {
  folder const here;
  put(here / "a", noise(12 * mebi));
  kill_in_the_middle(here / "a", here / "b", true);
  put(here / "a", noise(10 * mebi, 2));
  copy_options options = quick();
  options.resume = true;
  options.may_reflink = false;
  EXPECT_EQ(coview::copy_file(here / "a", here / "b", options).resumed, 0U);
  EXPECT_EQ(contents(here / "b"), noise(10 * mebi, 2));
  EXPECT_EQ(here.names(), names({"a", "b"}));
}

TEST(Copy, ACancelledOneCanBeResumed) {
  folder const here;
  put(here / "a", "");
  fs::resize_file(here / "a", 64 * mebi);
  overwrite(here / "a", 0, noise(10 * mebi));
  overwrite(here / "a", 40 * mebi, noise(10 * mebi, 2));
  copy_options options = quick();
  options.resume = true;
  options.may_reflink = false;
  options.limit_rate = 20 * mebi;  // what is left at 45 MiB takes longer than it is between two tellings
  options.on_progress = [](copy_progress const& p) { return p.written < 45 * mebi; };
  EXPECT_TRUE(coview::copy_file(here / "a", here / "b", options).cancelled);
  EXPECT_FALSE(here.temporary().empty());
  options.on_progress = {};
  options.limit_rate = 0;
  auto const report = coview::copy_file(here / "a", here / "b", options);
  EXPECT_GE(report.resumed, 40 * mebi);
  EXPECT_TRUE(coview::compare_files(here / "a", here / "b").same);
  EXPECT_LE(status_of(here / "b").st_blocks, status_of(here / "a").st_blocks + 64);
  EXPECT_EQ(here.names(), names({"a", "b"}));
}

}  // namespace
