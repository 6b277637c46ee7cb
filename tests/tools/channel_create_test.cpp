// SPDX-License-Identifier: Apache-2.0
// coview create of queues and topics, and what ls, stat and who tell of them.
#include <unistd.h>

#include <array>
#include <gtest/gtest.h>
#include <string>

#include <coview/channel_status.hpp>
#include <coview/mapping.hpp>
#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "program.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

class ChannelState : public testing::Test {
 protected:
  scoped_root root_;
};

TEST_F(ChannelState, CreateMakesAQueueAsAsked) {
  auto const made = coview_json({"create", "jobs", "--kind", "queue", "--permanent", "--capacity", "64K",
                                 "--messages", "7", "--participants", "3", "--type", "job:1", "--type-size", "48",
                                 "--type-version", "2", "--drop", "--json"});
  EXPECT_EQ(made["kind"], "queue");
  EXPECT_EQ(made["size"], 65536);
  auto const status = ::coview::status_of_channel("jobs");
  EXPECT_EQ(status.capacity, 65536U);
  EXPECT_EQ(status.most_messages, 8U);
  EXPECT_EQ(status.most_participants, 3U);
  EXPECT_EQ(status.type_name, "job:1");
  EXPECT_EQ(status.type_size, 48U);
  EXPECT_EQ(status.type_version, 2U);
  EXPECT_TRUE(status.drops_of_the_dead);
  EXPECT_EQ(coview({"create", "jobs", "--kind", "queue", "--permanent"}).status, 1) << "it exists";
}

TEST_F(ChannelState, CreateHoldsATopicUntilItIsEnded) {
  running holder({"create", "log", "--kind", "topic", "--may-block"});
  EXPECT_EQ(holder.error_line().find("coview: holding 'log' (topic for 1 MiB of messages"), 0U);
  EXPECT_TRUE(::coview::status_of_channel("log").subscribers_may_block);
  EXPECT_TRUE(::coview::status_of_channel("log").participants.empty()) << "to hold it, no place is needed";
  holder.signal(SIGTERM);
  EXPECT_EQ(holder.wait().status, 0);
  EXPECT_EQ(coview({"stat", "log"}).status, 3);
}

TEST_F(ChannelState, CreateRefusesWhatMakesNoSense) {
  auto const refused = [](argument_texts more, int status, std::string const& says) {
    argument_texts all = {"create", "x", "--permanent"};
    all.insert(all.end(), more.begin(), more.end());
    auto const result = coview(all);
    EXPECT_EQ(result.status, status) << result.err;
    EXPECT_NE(result.err.find(says), std::string::npos) << result.err;
  };
  refused({"--kind", "queue", "--size", "4K"}, 2, "'--size' is for a mapping");
  refused({"--kind", "queue", "--may-block"}, 2, "'--may-block' is for a topic");
  refused({"--kind", "topic", "--drop"}, 2, "'--drop' is for a queue");
  refused({"--kind", "mutex", "--capacity", "1M"}, 2, "'--capacity' is for a queue or topic");
  refused({"--size", "4K", "--messages", "1"}, 2, "'--messages' is for a queue or topic");
  refused({"--kind", "queue", "--participants", "101"}, 2, "--participants");
  refused({"--kind", "queue", "--participants", "1"}, 2, "--participants");
  refused({"--kind", "topic", "--messages", "32769"}, 2, "at most 32768");
  refused({"--kind", "topic", "--capacity", "0"}, 2, "its capacity is 0 bytes");
  refused({"--kind", "topic", "--type", std::string(256, 't')}, 2, "more than 255 bytes");
  EXPECT_EQ(coview_json({"ls", "--json"})["objects"].size(), 0U);
}

TEST_F(ChannelState, DepthAndWhoTakesPartAreShown) {
  auto const jobs = ::coview::queue::create("jobs", {.capacity = 1 << 16});
  for (int i = 0; i < 3; ++i) jobs.send("job");
  auto const in_hand = jobs.receive();
  auto const shown = coview_json({"ls", "--json"})["objects"][0]["channel"];
  EXPECT_EQ(shown["depth"], 2);
  EXPECT_EQ(shown["sent"], 3);
  EXPECT_EQ(shown["participants"].size(), 1U);
  auto const me = coview_json({"who", "jobs", "--json"})["channel"]["participants"][0];
  EXPECT_EQ(me["pid"], ::getpid());
  EXPECT_EQ(me["role"], "user");
  EXPECT_EQ(me["held"], 1);
  EXPECT_EQ(me["alive"], true);
  auto const list = coview({"ls"});
  EXPECT_NE(list.out.find("MESSAGES"), std::string::npos) << list.out;
  EXPECT_NE(list.out.find("2 of 1024, 1 participant"), std::string::npos) << list.out;
  auto const text = coview({"stat", "jobs"}).out;
  for (auto const* const what :
       {"carries    bytes", "2 to be received", "what they had is redelivered: 0 so far", "1 of 16"})
    EXPECT_NE(text.find(what), std::string::npos) << what << " in\n" << text;
}

TEST_F(ChannelState, WhoHoldsPublishersBackIsNamed) {
  auto const log = ::coview::topic::create("log", {.capacity = 4096, .messages = 4, .subscribers_may_block = true});
  auto const publisher = log.publisher();
  auto const slow = log.subscribe({.slow = ::coview::slow::blocks});
  auto const lags = log.subscribe();
  for (int i = 0; i < 3; ++i) publisher.publish("x");
  EXPECT_EQ(coview_json({"stat", "log", "--json"})["object"]["channel"]["participants"][1]["holds_back"], false);
  publisher.publish("x");
  EXPECT_FALSE(publisher.publish("one more", std::chrono::milliseconds(1)));
  auto const all = coview_json({"who", "log", "--json"})["channel"]["participants"];
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0]["role"], "publisher");
  EXPECT_EQ(all[1]["holds_back"], true);
  EXPECT_EQ(all[1]["lag"], 4);
  EXPECT_EQ(all[2]["blocks"], false);
  EXPECT_EQ(all[2]["holds_back"], false);
  auto const text = coview({"stat", "log"}).out;
  EXPECT_NE(text.find("publishers wait for process " + std::to_string(::getpid()) + " (participant 1)"),
            std::string::npos)
      << text;
  EXPECT_NE(coview({"who", "log"}).out.find("holds publishers back"), std::string::npos);
}

TEST_F(ChannelState, TheKilledAreShownUntilSomebodyClearsUp) {
  auto const jobs = ::coview::queue::create("jobs", {.capacity = 1 << 16});
  running receiver({"recv", "jobs"});
  jobs.send("x");
  EXPECT_EQ(receiver.line(), "x");
  auto const pid = receiver.pid();
  receiver.kill();
  auto const dead = coview_json({"who", "jobs", "--json"})["channel"]["participants"][1];
  EXPECT_EQ(dead["alive"], false);
  EXPECT_EQ(dead["pid"], pid);
  EXPECT_NE(coview({"who", "jobs"}).out.find("dead"), std::string::npos);
}

TEST_F(ChannelState, CompletionOffersTheRightOnes) {
  auto const jobs = ::coview::queue::create("jobs", {.capacity = 1 << 16});
  auto const log = ::coview::topic::create("log", {.capacity = 1 << 16});
  auto const frames = ::coview::mapping::create("frames", 1);
  EXPECT_EQ(coview({"complete", "--", "tap", ""}).out, "log\n");
  EXPECT_EQ(coview({"complete", "--", "hz", ""}).out, "log\n");
  EXPECT_EQ(coview({"complete", "--", "evict", ""}).out, "log\n");
  EXPECT_EQ(coview({"complete", "--", "recv", ""}).out, "jobs\nlog\n");
  EXPECT_EQ(coview({"complete", "--", "tap", "log", "--from", ""}).out, "now\noldest\n");
}

}  // namespace
}  // namespace coview_test
