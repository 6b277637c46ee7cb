// SPDX-License-Identifier: Apache-2.0
// Topics of which the newest message counts, over a key: it comes to every host, whatever was down meanwhile.
#include <cstring>
#include <gtest/gtest.h>

#include <coview/topic.hpp>

#include "bridge/host.hpp"

namespace coview {
namespace {

using namespace coview_test;

bridge_options pose(nats_server const& server, direction way) {
  return bridge_for(server, {.what = carried::latest, .name = "pose", .way = way, .capacity = 4U << 20U});
}

/// Publishes each text that it is told, `size` bytes long, and says so.
std::unique_ptr<child> poses_from(host const& where, std::size_t size = 64) {
  return where.run_until_ready([&](parent_link const& parent) {
    auto const to = topic::open_or_create(
        "pose", {.capacity = 4U << 20U, .type = {.name = "pose", .version = 2}, .messages = 64});
    auto const publisher = to.publisher();
    parent.say("ready");
    for (auto told = parent.hear(); !told.empty(); told = parent.hear()) {
      told.resize(size, '.');
      publisher.publish(told);
      parent.say("published");
    }
  });
}

void publish_pose(child const& which, std::string const& text) {
  which.say(text);
  EXPECT_EQ(which.hear(), "published");
}

/// The newest message of a host, up to its first dot; empty: there is none.
std::string newest_on(host const& where) {
  auto const asked = where.run([](parent_link const& parent) {
    auto const from = topic::try_open("pose");
    auto const newest = from ? from->latest() : std::nullopt;
    std::string text;
    if (newest) text.assign(reinterpret_cast<char const*>(newest->bytes().data()), newest->bytes().size());
    parent.say(text.substr(0, text.find('.')) + ".");
  });
  auto said = asked->hear();
  if (!said.empty()) said.pop_back();
  return said;
}

TEST(LatestBridge, WhoComesLateHasTheNewestAndNothingElse) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  host const b;
  auto const publisher = poses_from(a);
  for (int i = 0; i < 100; ++i) publish_pose(*publisher, std::to_string(i));
  auto const out = a.bridge(pose(server, direction::out));
  ASSERT_TRUE(eventually([&] { return a.status("pose").sent == 1; })) << a.status("pose").problem;
  auto const in = b.bridge(pose(server, direction::in));
  ASSERT_TRUE(eventually([&] { return newest_on(b) == "99"; })) << newest_on(b) << b.status("pose").problem;
  EXPECT_EQ(b.status("pose").received, 1U);
  publish_pose(*publisher, "another");
  ASSERT_TRUE(eventually([&] { return newest_on(b) == "another"; }));
}

TEST(LatestBridge, BothHostsAgreeWhoeverWasLater) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  host const b;
  auto const on_a = poses_from(a);
  auto const on_b = poses_from(b);
  auto const bridge_a = a.bridge(pose(server, direction::both));
  auto const bridge_b = b.bridge(pose(server, direction::both));
  ASSERT_TRUE(carries(a, "pose")) << a.status("pose").problem;
  ASSERT_TRUE(carries(b, "pose")) << b.status("pose").problem;
  for (int i = 0; i < 20; ++i) {
    auto const text = std::to_string(i);
    on_a->say("a" + text);
    on_b->say("b" + text);
    EXPECT_EQ(on_a->hear(), "published");
    EXPECT_EQ(on_b->hear(), "published");
    ASSERT_TRUE(eventually([&] {
      auto const here = newest_on(a);
      return (here == "a" + text || here == "b" + text) && here == newest_on(b);
    })) << newest_on(a)
        << " and " << newest_on(b);
  }
}

TEST(LatestBridge, AServerThatWasGoneAndABridgeThatWasKilledCostNothingButTime) {
  NEEDS_NATS_SERVER();
  nats_server server;
  host const a;
  host const b;
  auto const publisher = poses_from(a);
  auto out = a.bridge(pose(server, direction::out));
  auto in = b.bridge(pose(server, direction::in));
  publish_pose(*publisher, "one");
  ASSERT_TRUE(eventually([&] { return newest_on(b) == "one"; })) << b.status("pose").problem;
  server.kill();
  publish_pose(*publisher, "two");
  server.start();
  ASSERT_TRUE(eventually([&] { return newest_on(b) == "two"; })) << newest_on(b) << b.status("pose").problem;
  in->kill();
  publish_pose(*publisher, "three");
  in = b.bridge(pose(server, direction::in));
  ASSERT_TRUE(eventually([&] { return newest_on(b) == "three"; })) << newest_on(b) << b.status("pose").problem;
  out->kill();
  publish_pose(*publisher, "four");
  out = a.bridge(pose(server, direction::out));
  ASSERT_TRUE(eventually([&] { return newest_on(b) == "four"; })) << newest_on(b) << b.status("pose").problem;
}

TEST(LatestBridge, LargeOnesStandInSeveralKeys) {
  NEEDS_NATS_SERVER();
  nats_server const server("max_payload: 65536");
  host const a;
  host const b;
  auto const publisher = poses_from(a, 300000);
  auto const out = a.bridge(pose(server, direction::out));
  auto const in = b.bridge(pose(server, direction::in));
  for (int i = 0; i < 10; ++i) publish_pose(*publisher, std::to_string(i));
  ASSERT_TRUE(eventually([&] { return newest_on(b) == "9"; })) << newest_on(b) << b.status("pose").problem;
}

}  // namespace
}  // namespace coview
