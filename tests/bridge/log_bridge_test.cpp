// SPDX-License-Identifier: Apache-2.0
// Topics whose subscribers may block, over a stream: every message to every host, in order, once; who publishes
// waits.
#include <signal.h>

#include <cstring>
#include <gtest/gtest.h>

#include <coview/topic.hpp>

#include "bridge/host.hpp"

namespace coview {
namespace {

using namespace coview_test;

bridge_options events(nats_server const& server, direction way) {
  return bridge_for(server, {.what = carried::log, .name = "events", .way = way});
}

constexpr std::uint64_t few = 64;

topic open_events(std::uint64_t messages) {
  return topic::open_or_create("events",
                               {.capacity = 1U << 18U, .messages = messages, .subscribers_may_block = true});
}

/// Publishes numbers when told how many, and says when the last is in the topic.
std::unique_ptr<child> events_from(host const& where, std::uint64_t messages = few) {
  return where.run_until_ready([messages](parent_link const& parent) {
    auto const to = open_events(messages);
    auto const publisher = to.publisher();
    std::uint64_t next = 0;
    parent.say("ready");
    for (auto told = parent.hear(); !told.empty(); told = parent.hear()) {
      for (auto count = std::stoull(told); count != 0; --count, ++next) {
        publisher.publish(std::as_bytes(std::span(&next, 1)));
      }
      parent.say("published");
    }
  });
}

/// Receives `count` numbers, and says how many were not the one after the one before.
std::unique_ptr<child> events_at(host const& where, std::uint64_t count, std::uint64_t messages = few) {
  return where.run_until_ready([count, messages](parent_link const& parent) {
    auto const from = open_events(messages);
    auto const all = from.subscribe({.from = from::oldest, .slow = slow::blocks});
    parent.say("ready");
    std::uint64_t wrong = 0;
    for (std::uint64_t next = 0; next < count; ++next) {
      auto const message = all.receive();
      std::uint64_t number = 0;
      std::memcpy(&number, message->bytes().data(), sizeof number);
      if (number != next || message->lost() != 0) ++wrong;
    }
    parent.say(std::to_string(wrong));
    (void)parent.hear();
  });
}

TEST(LogBridge, NothingIsLostHoweverSlowAHostIs) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  host const b;
  constexpr std::uint64_t count = 2000;  // many times what the topics hold
  auto const publisher = events_from(a);
  auto const subscriber = events_at(b, count);
  auto const in = b.bridge(events(server, direction::in));
  ASSERT_TRUE(carries(b, "events")) << b.status("events").problem;
  auto const out = a.bridge(events(server, direction::out));
  ASSERT_TRUE(carries(a, "events")) << a.status("events").problem;
  ASSERT_EQ(kill(subscriber->pid(), SIGSTOP), 0);
  publisher->say(std::to_string(count));
  // What the topic there holds, and no more.
  ASSERT_TRUE(eventually([&] { return b.status("events").received >= few; }));
  EXPECT_LE(b.status("events").received, few);
  ASSERT_EQ(kill(subscriber->pid(), SIGCONT), 0);
  EXPECT_EQ(publisher->hear(), "published");
  EXPECT_EQ(subscriber->hear(), "0") << "lost, twice or out of order";
  ASSERT_TRUE(eventually([&] { return b.status("events").received == count; }));
  EXPECT_EQ(b.status("events").lost_in, 0U);
  EXPECT_EQ(a.status("events").sent, count);
  EXPECT_EQ(a.status("events").lost_out, 0U);
}

TEST(LogBridge, PublishersWaitForAServerAndLoseNothing) {
  NEEDS_NATS_SERVER();
  nats_server server;
  host const a;
  host const b;
  constexpr std::uint64_t count = 1000;
  auto const publisher = events_from(a);
  auto const subscriber = events_at(b, count);
  auto const in = b.bridge(events(server, direction::in));
  ASSERT_TRUE(carries(b, "events")) << b.status("events").problem;
  auto const out = a.bridge(events(server, direction::out));
  ASSERT_TRUE(carries(a, "events")) << a.status("events").problem;
  server.kill();
  publisher->say(std::to_string(count));
  ASSERT_TRUE(eventually([&] { return !a.status("events").connected; }));
  server.start();
  EXPECT_EQ(publisher->hear(), "published");
  EXPECT_EQ(subscriber->hear(), "0") << "lost, twice or out of order";
}

TEST(LogBridge, BridgesKilledLoseNothingAndRepeatNothing) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  host const b;
  constexpr std::uint64_t rounds = 6;
  constexpr std::uint64_t each = 300;
  // Who is dead keeps nobody waiting: what is published until the next bridge is there has to have room in the topic.
  constexpr std::uint64_t enough = 1024;
  auto const publisher = events_from(a, enough);
  auto const subscriber = events_at(b, rounds * each, enough);
  auto in = b.bridge(events(server, direction::in));
  ASSERT_TRUE(carries(b, "events")) << b.status("events").problem;
  auto out = a.bridge(events(server, direction::out));
  ASSERT_TRUE(carries(a, "events")) << a.status("events").problem;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    auto const before = b.status("events").received;
    publisher->say(std::to_string(each));
    // In the middle of it.
    ASSERT_TRUE(eventually([&] { return b.status("events").received != before; }));
    auto& victim = i % 2 == 0 ? in : out;
    victim->kill();
    victim = i % 2 == 0 ? b.bridge(events(server, direction::in)) : a.bridge(events(server, direction::out));
    ASSERT_EQ(publisher->hear(), "published");
  }
  EXPECT_EQ(subscriber->hear(), "0") << "lost, twice or out of order";
  EXPECT_EQ(a.status("events").lost_out, 0U);
  EXPECT_EQ(b.status("events").lost_in, 0U);
}

}  // namespace
}  // namespace coview
