// SPDX-License-Identifier: Apache-2.0
// coview tap, hz, evict and bench; and send and recv where things go wrong.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
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

constexpr uid_t somebody = 1000;

start as(uid_t user) {
  start with;
  with.user = user;
  return with;
}

class TopicCommands : public testing::Test {
 protected:
  scoped_root root_{01777};
  ::coview::topic log_ =
      ::coview::topic::create("log", {.capacity = 4096, .messages = 4, .subscribers_may_block = true});
  ::coview::publisher publisher_ = log_.publisher();
};

TEST_F(TopicCommands, TapLooksOnAndTakesNothing) {
  publisher_.publish("a");
  publisher_.publish("b");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(coview({"tap", "log", "--from", "oldest", "-n", "2"}).out, "a\nb\n");
  running looking({"tap", "log", "--from", "oldest"});
  EXPECT_EQ(looking.line(), "a");
  EXPECT_EQ(::coview::status_of_channel("log").participants.size(), 1U) << "only the publisher";
  looking.signal(SIGSTOP);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(publisher_.publish("more", std::chrono::milliseconds(0)));
  looking.signal(SIGCONT);
  looking.line();  // "b", or what came later
  looking.kill();
}

TEST_F(TopicCommands, TapSaysWhatItLost) {
  running looking({"tap", "log", "--json"});
  EXPECT_NE(looking.error_line().find("looking on at 'log'"), std::string::npos);
  publisher_.publish("first");
  EXPECT_EQ(nlohmann::json::parse(looking.line())["lost"], 0);
  looking.signal(SIGSTOP);
  for (int i = 0; i < 10; ++i) publisher_.publish("x");
  looking.signal(SIGCONT);
  auto const next = nlohmann::json::parse(looking.line());
  EXPECT_EQ(next["sequence"].get<int>(), 1 + next["lost"].get<int>());
  looking.kill();
}

TEST_F(TopicCommands, AnyBytesComeThrough) {
  std::string const bytes("\0\xff\n\x80", 4);
  publisher_.publish(bytes);
  publisher_.publish("\xc3\xa9");
  EXPECT_EQ(coview({"tap", "log", "--from", "oldest", "-n", "1", "--frames"}).out,
            std::string("\4\0\0\0", 4) + bytes);
  for (auto const* const command : {"tap", "recv"}) {
    auto const told = coview_json({command, "log", "--from", "oldest", "-n", "1", "--json"});
    EXPECT_EQ(told["schema"], std::string("coview.") + command + "/1");
    EXPECT_TRUE(told["text"].is_null());
    EXPECT_EQ(told["base64"], "AP8KgA==");
    EXPECT_EQ(told["size"], 4);
  }
}

TEST_F(TopicCommands, WhatIsWrongIsSaid) {
  auto const jobs = ::coview::queue::create("jobs", {.capacity = 1 << 16});
  auto const memory = ::coview::mapping::create("memory", 4096);
  for (auto const* const command : {"tap", "hz", "evict"}) {
    EXPECT_EQ(coview({command, "nothing"}).status, 3) << command;
    EXPECT_EQ(coview({command}).status, 2) << command;
    for (auto const* const other : {"jobs", "memory"}) {
      auto const wrong = coview({command, other});
      EXPECT_NE(wrong.status, 0) << command;
      EXPECT_NE(wrong.err.find("another kind"), std::string::npos) << wrong.err;
    }
  }
  EXPECT_NE(coview({"recv", "memory"}).status, 0);
  EXPECT_NE(coview({"send", "memory"}, fed("x\n")).status, 0);
  EXPECT_EQ(coview({"tap", "log", "--timeout", "1ms"}).status, 5);
  EXPECT_EQ(coview({"hz", "log", "--once", "--count", "2"}).status, 2);
  EXPECT_EQ(coview({"hz", "log", "--interval", "0"}).status, 2);
  EXPECT_EQ(coview({"bench", "engine"}).status, 2);
}

TEST_F(TopicCommands, WithoutTheRightToWriteOneCanOnlyLookOn) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  auto const read = ::coview::topic::create("Global\\read", {.capacity = 4096, .mode = 0644});
  auto const own = ::coview::topic::create("Global\\own", {.capacity = 4096});
  auto const publisher = read.publisher();
  publisher.publish("hello");
  EXPECT_EQ(coview({"tap", "Global\\read", "--from", "oldest", "-n", "1"}, as(somebody)).out, "hello\n");
  EXPECT_EQ(coview({"recv", "Global\\read", "--from", "oldest", "-n", "1"}, as(somebody)).status, 4);
  EXPECT_EQ(coview({"evict", "Global\\read"}, as(somebody)).status, 4);
  EXPECT_EQ(coview({"tap", "Global\\own"}, as(somebody)).status, 4);
  auto const looks = coview({"hz", "Global\\read", "--once", "--interval", "1ms"}, as(somebody));
  EXPECT_EQ(looks.status, 0) << looks.err;
  EXPECT_NE(looks.err.find("looking on without taking part"), std::string::npos) << looks.err;
  auto const seen = coview({"stat", "Global\\read", "--json"}, as(somebody));
  EXPECT_EQ(nlohmann::json::parse(seen.out)["object"]["channel"]["sent"], 1);
}

TEST_F(TopicCommands, HzCountsWhatWasPublished) {
  running counting({"hz", "log", "--json", "--count", "1000", "--interval", "20ms"});
  int messages = 0;
  nlohmann::json told;
  do {
    publisher_.publish("12345678");
    told = nlohmann::json::parse(counting.line());
    messages += told["messages"].get<int>();
  } while (messages < 5);
  EXPECT_EQ(told["schema"], "coview.hz/1");
  EXPECT_EQ(told["name"], "log");
  ASSERT_FALSE(told["size"].is_null());
  EXPECT_EQ(told["size"]["least"], 8);
  EXPECT_EQ(told["size"]["most"], 8);
  EXPECT_EQ(told["lost"], 0);
  EXPECT_GT(told["rate"].get<double>(), 0);
  counting.kill();
  auto const once = coview({"hz", "log", "--once", "--interval", "5ms"});
  EXPECT_EQ(once.status, 0);
  EXPECT_NE(once.out.find("nothing came"), std::string::npos);
}

TEST_F(TopicCommands, EvictFreesPublishers) {
  EXPECT_EQ(coview({"evict", "log"}).status, 1) << "nobody blocks";
  auto const one = log_.subscribe({.slow = ::coview::slow::blocks});
  auto const other = log_.subscribe({.slow = ::coview::slow::blocks});
  auto const lags = log_.subscribe();
  while (publisher_.publish("x", std::chrono::milliseconds(0))) {
  }
  auto const me = std::to_string(::getpid());
  EXPECT_EQ(coview({"evict", "log", "1"}).status, 1) << "no such process takes part";
  EXPECT_EQ(coview({"evict", "log", "--participant", "0"}).status, 1) << "a publisher";
  EXPECT_EQ(coview({"evict", "log", "--participant", "3"}).status, 1) << "it does not block";
  EXPECT_EQ(coview({"evict", "log", "--participant", "200"}).status, 1);
  EXPECT_EQ(coview({"evict", "log", me, "--participant", "1"}).status, 2);
  EXPECT_EQ(coview({"evict", "log", "--participant", "1"}).status, 0);
  EXPECT_FALSE(one.blocks());
  EXPECT_TRUE(other.blocks());
  EXPECT_FALSE(publisher_.publish("x", std::chrono::milliseconds(0)));
  auto const told = coview_json({"evict", "log", me, "--json"});
  ASSERT_EQ(told["evicted"].size(), 1U);
  EXPECT_EQ(told["evicted"][0]["number"], 2);
  EXPECT_EQ(told["evicted"][0]["lag"], 4);
  EXPECT_TRUE(publisher_.publish("x", std::chrono::milliseconds(0)));
  EXPECT_EQ(one.receive()->lost(), 1U) << "it was evicted";
}

TEST_F(TopicCommands, ALineThatIsTooLargeIsRefusedBeforeItEnds) {
  auto const jobs = ::coview::queue::create("jobs", {.capacity = 1 << 16});
  auto const line = coview({"send", "jobs"}, fed("fits\n" + std::string(1 << 22, 'x')));
  EXPECT_EQ(line.status, 1);
  EXPECT_NE(line.err.find("too large: here, the largest can have 16384"), std::string::npos) << line.err;
  auto const frame = coview({"send", "jobs", "--frames"}, fed(std::string("\xff\xff\xff\xff...", 7)));
  EXPECT_EQ(frame.status, 1);
  EXPECT_NE(frame.err.find("4294967295 bytes is too large"), std::string::npos) << frame.err;
  EXPECT_EQ(coview({"send", "jobs"}, fed(std::string(16384, 'y') + "\n")).status, 0);
  EXPECT_EQ(jobs.depth(), 2U);
}

TEST_F(TopicCommands, AVeryLongLineIsReadOnce) {
  auto const jobs = ::coview::queue::create("jobs", {.capacity = 256U << 20U});
  std::string const line(48U << 20U, 'z');
  EXPECT_EQ(coview({"send", "jobs"}, fed(line)).status, 0);
  auto const got = jobs.receive();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->bytes().size(), line.size());
}

TEST_F(TopicCommands, WhatAKilledReceiverHadComesAgain) {
  auto const jobs = ::coview::queue::create("jobs", {.capacity = 1 << 16});
  // Its output goes to a pipe that nobody reads: it is killed while it prints.
  std::string const large(15000, 'j');
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ASSERT_EQ(::fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
  start into;
  into.output = ends[1];
  running receiver({"recv", "jobs"}, into);
  jobs.send(large);
  while (::coview::status_of_channel("jobs").participants.size() != 2 ||
         ::coview::status_of_channel("jobs").participants[1].held != 1) {
    ::usleep(1000);
  }
  receiver.kill();
  ::close(ends[0]);
  ::close(ends[1]);
  auto const again = coview({"recv", "jobs", "-n", "1", "--json"});
  EXPECT_EQ(nlohmann::json::parse(again.out)["redelivered"], true);
}

TEST_F(TopicCommands, AClosedOutputEndsThem) {
  publisher_.publish("x");
  start closed;
  closed.close_output = true;
  EXPECT_EQ(coview({"tap", "log", "--from", "oldest"}, closed).status, 1);
  running looking({"tap", "log", "--from", "oldest"});
  EXPECT_EQ(looking.line(), "x");
  looking.close_output();
  publisher_.publish("y");
  EXPECT_EQ(looking.wait().status, 128 + SIGPIPE);
}

}  // namespace
}  // namespace coview_test
