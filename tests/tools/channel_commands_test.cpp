// SPDX-License-Identifier: Apache-2.0
// coview send and recv.
#include <gtest/gtest.h>
#include <string>
#include <utility>

#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "program.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

class ChannelCommands : public testing::Test {
 protected:
  scoped_root root_;
};

TEST_F(ChannelCommands, LinesGoThroughAQueue) {
  auto const jobs = ::coview::queue::create("jobs", {.capacity = 1 << 16});
  EXPECT_EQ(coview({"send", "jobs"}, fed("one\ntwo\n\nlast")).status, 0);
  EXPECT_EQ(jobs.depth(), 4U);
  auto const got = coview({"recv", "jobs", "--count", "4"});
  EXPECT_EQ(got.status, 0);
  EXPECT_EQ(got.out, "one\ntwo\n\nlast\n");
}

TEST_F(ChannelCommands, FramesHaveAnyBytes) {
  auto const jobs = ::coview::queue::create("jobs", {.capacity = 1 << 16});
  std::string const frames = std::string("\2\0\0\0\n\0", 6) + std::string("\0\0\0\0", 4);
  EXPECT_EQ(coview({"send", "jobs", "--frames"}, fed(frames)).status, 0);
  EXPECT_EQ(coview({"recv", "jobs", "--frames", "-n", "2"}).out, frames);
  EXPECT_EQ(coview({"send", "jobs", "--frames"}, fed(std::string("\7\0\0\0xx", 6))).status, 1);
}

TEST_F(ChannelCommands, ASenderThatMadeTheQueueStaysUntilItIsEmpty) {
  running sender({"send", "made"}, fed("job\n"));
  EXPECT_EQ(sender.error_line().find("coview: waiting until what was sent"), 0U);
  EXPECT_EQ(coview({"recv", "made", "-n", "1"}).out, "job\n");
  EXPECT_EQ(sender.wait().status, 0);
}

TEST_F(ChannelCommands, ATopicGoesToEverybody) {
  auto const log = ::coview::topic::create("log", {.capacity = 1 << 16});
  EXPECT_EQ(coview({"send", "log"}, fed("a\nb\n")).status, 0);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(coview({"recv", "log", "--from", "oldest", "-n", "2"}).out, "a\nb\n");
  auto const told = coview_json({"recv", "log", "--from", "oldest", "-n", "1", "--json"});
  EXPECT_EQ(told["text"], "a");
  EXPECT_EQ(told["sequence"], 0);
  EXPECT_EQ(told["lost"], 0);
}

TEST_F(ChannelCommands, TimeAndNamesAreKeptTo) {
  EXPECT_EQ(coview({"recv", "nothing"}).status, 3);
  auto const jobs = ::coview::queue::create("jobs", {.capacity = 4096, .messages = 2});
  EXPECT_EQ(coview({"recv", "jobs", "--timeout", "1ms"}).status, 5);
  EXPECT_EQ(coview({"send", "jobs", "--timeout", "1ms"}, fed("1\n2\n3\n")).status, 5);
  EXPECT_EQ(coview({"recv", "jobs", "--from", "yesterday"}).status, 2);
  EXPECT_EQ(jobs.depth(), 2U);
}

}  // namespace
}  // namespace coview_test
