// SPDX-License-Identifier: Apache-2.0
// coview bridge: what its arguments and files mean, what it says; and, where there are coview-bridge and nats-server,
// that it carries.
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <gtest/gtest.h>

#include <coview/topic.hpp>

#include "bridge/nats_server.hpp"
#include "program.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

class BridgeCommand : public testing::Test {
 protected:
  static nlohmann::json plan(argument_texts const& more) {
    argument_texts all = {"bridge", "--dry-run", "--json"};
    all.insert(all.end(), more.begin(), more.end());
    return coview_json(all)["channels"];
  }
  std::filesystem::path file(std::string const& text) const {
    std::ofstream(file_) << text;
    return file_;
  }
  void TearDown() override { std::filesystem::remove(file_); }
  static bool can_carry() {
    return !nats_server_path().empty() &&
           access((std::filesystem::path(program_path).parent_path() / "coview-bridge").c_str(), X_OK) == 0;
  }

  scoped_root root_;
  std::filesystem::path const file_ =
      std::filesystem::temp_directory_path() / ("coview-bridge-" + std::to_string(getpid()) + ".conf");
};

TEST_F(BridgeCommand, WhatFollowsAChannelIsAboutIt) {
  auto const channels = plan({"--direction", "out", "--topic", "cam/front", "--queue", "jobs", "--direction", "in",
                              "--as", "work", "--map", "Board", "--direction", "both"});
  ASSERT_EQ(channels.size(), 3U);
  EXPECT_EQ(channels[0]["subject"], "coview.topic.cam=2Ffront");
  EXPECT_EQ(channels[0]["direction"], "out");
  EXPECT_EQ(channels[1]["subject"], "coview.queue.work");
  EXPECT_EQ(channels[1]["direction"], "in");
  EXPECT_EQ(channels[2]["kind"], "map");
  EXPECT_EQ(channels[2]["direction"], "both");
}

TEST_F(BridgeCommand, AFileSaysTheSameWithoutDashes) {
  auto const path =
      file("# what this host carries\nprefix site-7\n\n  topic   a name with blanks \r\ndirection in\n");
  auto const channels = plan({"--config", path.string(), "--latest", "pose"});
  ASSERT_EQ(channels.size(), 2U);
  EXPECT_EQ(channels[0]["name"], "a name with blanks");
  EXPECT_EQ(channels[0]["direction"], "in");
  EXPECT_EQ(channels[1]["subject"], "site-7.latest.pose");
}

TEST_F(BridgeCommand, WhatIsWrongIsAUsageErrorThatSaysWhere) {
  struct wrong {
    argument_texts arguments;
    char const* says;
  };
  auto const path = file("topic a\n\ndirection sideways\n");
  for (auto const& each :
       {wrong{{}, "name a channel"}, wrong{{"--queue", "jobs"}, "one direction"},
        wrong{{"--topic", "a", "--direction", "up"}, "--direction: a direction is out, in or both"},
        wrong{{"--as", "b", "--topic", "a"}, "before the channel"},
        wrong{{"--map", "a", "--seqlock", "4"}, "multiple of 8"},
        wrong{{"--topic", "a", "--token", "x", "--user", "y"}, "several ways"},
        wrong{{"--topic", "a", "--topic", "a"}, "named twice"}, wrong{{"--config", path.string()}, "line 3"}}) {
    argument_texts all = {"bridge"};
    all.insert(all.end(), each.arguments.begin(), each.arguments.end());
    auto const result = coview(all);
    EXPECT_EQ(result.status, 2) << each.says;
    EXPECT_TRUE(contains(result.err, each.says)) << result.err;
  }
}

TEST_F(BridgeCommand, AFileThatCannotBeReadIsNamed) {
  for (auto const* const each : {"/nowhere", "/"}) {
    auto const result = coview({"bridge", "--config", each});
    EXPECT_NE(result.status, 0);
    EXPECT_TRUE(contains(result.err, "cannot read '" + std::string(each) + "': ")) << result.err;
  }
}

TEST_F(BridgeCommand, WhatMayBeASecretIsNotShown) {
  struct given {
    std::string file;
    argument_texts arguments;
    char const* says;
  };
  using namespace std::string_literals;
  for (auto const& each : {given{"token=hunter2\n", {}, "line 1: it does not begin with an option"},
                           given{"topic a\ntoken hun\0ter2\n"s, {}, "line 2: 'token': there is a byte 0"},
                           given{"topic a\npassword\nhunter2\n", {}, "line 2: 'password': it has no value"},
                           given{"topic a\n", {"--token", "hunter2 "}, "--token: its value"}}) {
    argument_texts all = {"bridge", "--config", file(each.file).string()};
    all.insert(all.end(), each.arguments.begin(), each.arguments.end());
    auto const result = coview(all);
    EXPECT_EQ(result.status, 2) << each.says;
    EXPECT_TRUE(contains(result.err, each.says)) << result.err;
    EXPECT_FALSE(contains(result.err, "ter2")) << result.err;
  }
  auto const planned = coview({"bridge", "--dry-run", "--json", "--topic", "a", "--nats", "nats://ann:hunter2@host"});
  EXPECT_EQ(planned.status, 0);
  EXPECT_FALSE(contains(planned.out, "hunter2")) << planned.out;
}

TEST_F(BridgeCommand, HelpIsEnoughToBegin) {
  auto const help = coview({"bridge", "--help"}).out;
  for (auto const* const each :
       {"--nats", "--topic", "--queue", "--direction", "--config", "nats-server -js", "status"})
    EXPECT_TRUE(contains(help, each)) << each;
}

TEST_F(BridgeCommand, CarriesUntilItIsEndedAndStatusTells) {
  if (!can_carry()) GTEST_SKIP() << "nats-server or coview-bridge is not there";
  nats_server const server("", false);
  auto const numbers = ::coview::topic::create("numbers", {.capacity = 1U << 16U});
  running bridge({"bridge", "--nats", server.url(), "--topic", "numbers", "--direction", "out"});
  std::string said;
  while (!contains(said, "topic 'numbers': carried")) {
    said = bridge.error_line();
    ASSERT_FALSE(said.empty());
  }
  numbers.publisher().publish("one");
  nlohmann::json channel;
  do {
    channel = coview_json({"bridge", "status", "--json"})["channels"].at(0);
  } while (channel["sent"] != 1);
  EXPECT_EQ(channel["name"], "numbers");
  EXPECT_EQ(channel["process"], bridge.pid());
  EXPECT_EQ(channel["connected"], true);
  EXPECT_TRUE(contains(coview({"bridge", "status"}).out, "carried"));
  // And where objects are shown.
  auto const listed = coview_json({"ls", "numbers", "--json"})["objects"].at(0);
  EXPECT_EQ(listed["bridge"].at(0)["sent"], 1) << listed;
  EXPECT_EQ(listed["bridge"].at(0)["lag"], 0) << listed;
  EXPECT_EQ(listed["bridge"].at(0)["lost_out"], 0) << listed;
  EXPECT_EQ(coview_json({"stat", "numbers", "--json"})["object"]["bridge"].at(0)["process"], bridge.pid());
  auto const table = coview({"ls", "numbers"}).out;
  EXPECT_TRUE(contains(table, "BRIDGE") && contains(table, "out 1 ")) << table;
  auto const shown = coview({"stat", "numbers"}).out;
  EXPECT_TRUE(contains(shown, "carried as topic, out, by process " + std::to_string(bridge.pid()))) << shown;
  EXPECT_TRUE(contains(shown, "sent 1 (") && contains(shown, "lag 0, lost 0")) << shown;
  auto const other = ::coview::topic::create("quiet", {.capacity = 1U << 16U});
  EXPECT_TRUE(coview_json({"ls", "quiet", "--json"})["objects"].at(0)["bridge"].is_null());
  EXPECT_FALSE(contains(coview({"ls", "quiet"}).out, "BRIDGE"));
  auto const second = coview({"bridge", "--nats", server.url(), "--topic", "numbers"});
  EXPECT_EQ(second.status, 5) << second.err;
  EXPECT_EQ(coview_json({"bridge", "forget", "--json"})["forgotten"], 0) << "one that is carried";
  bridge.signal(SIGTERM);
  EXPECT_EQ(bridge.wait().status, 0);
  EXPECT_TRUE(contains(coview({"bridge", "status"}).out, "not running"));
  EXPECT_EQ(coview_json({"bridge", "forget", "--json"})["forgotten"], 1);
  EXPECT_EQ(coview_json({"bridge", "status", "--json"})["channels"].size(), 0U);
}

TEST_F(BridgeCommand, WrongCredentialsEndItWithoutShowingThem) {
  if (!can_carry()) GTEST_SKIP() << "nats-server or coview-bridge is not there";
  nats_server const server("authorization { token: right }", false);
  auto const path = file("topic numbers\ntoken secret-that-is-wrong\n");
  auto const result = coview({"bridge", "--nats", server.url(), "--config", path.string()});
  EXPECT_EQ(result.status, 4) << result.err;
  EXPECT_FALSE(contains(result.err, "secret-that-is-wrong")) << result.err;
  auto const in_address =
      coview({"bridge", "--nats", "nats://secret-that-is-wrong@127.0.0.1:" + std::to_string(server.port()), "--topic",
              "numbers"});
  EXPECT_EQ(in_address.status, 4) << in_address.err;
  EXPECT_FALSE(contains(in_address.err, "secret-that-is-wrong")) << in_address.err;
  EXPECT_EQ(coview({"bridge", "forget"}).status, 0);
}

}  // namespace
}  // namespace coview_test
