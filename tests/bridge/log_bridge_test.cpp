// SPDX-License-Identifier: Apache-2.0
// Topics whose subscribers may block, over a stream: every message to every host, in order, once; who publishes
// waits.
#include <signal.h>

#include <cstring>
#include <gtest/gtest.h>

#include <coview/topic.hpp>

#include "bridge/host.hpp"
#include "bridge/ledger.hpp"
#include "bridge/nats_call.hpp"
#include "bridge/streams.hpp"

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

/// What a bridge had fetched and not looked at when it was killed, before it had published anything of that host.
void take_in_hand(host const& where, nats_server const& server, int count) {
  auto const fetches = where.run([&](parent_link const& parent) {
    auto const book = mapping::open(ledger::name_for(carried::log, "events"), access::read_only);
    auto const noted = book.map(access::read_only);
    auto const consumer = noted.as<ledger_page const>().consumer.load();
    std::unique_ptr<natsConnection, nats_delete<natsConnection_Destroy>> to;
    nats_subscription from;
    auto const request = "$JS.API.CONSUMER.MSG.NEXT.coview+log+events.host-" + hex_of(consumer);
    auto const text = "{\"batch\":" + std::to_string(count) + "}";
    bool all = nats_make(to, natsConnection_ConnectTo, server.url().c_str()) == NATS_OK &&
               nats_make(from, natsConnection_SubscribeSync, to.get(), "_INBOX.dead") == NATS_OK &&
               natsConnection_PublishRequestString(to.get(), request.c_str(), "_INBOX.dead", text.c_str()) == NATS_OK;
    for (int i = 0; i < count && all; ++i) {
      nats_message message;
      constexpr std::int64_t patience_ms = 20'000;
      all = nats_make(message, natsSubscription_NextMsg, from.get(), patience_ms) == NATS_OK;
    }
    parent.say(all ? "has them" : "failed");
  });
  EXPECT_EQ(fetches->hear(), "has them");
}

TEST(LogBridge, WhatWasInHandBeforeTheFirstIsNotSkipped) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  host const b;
  constexpr std::uint64_t count = 40;
  auto const publisher = events_from(a);
  auto const subscriber = events_at(b, 2 * count);
  auto in = b.bridge(events(server, direction::in));
  ASSERT_TRUE(carries(b, "events")) << b.status("events").problem;
  in->kill();
  auto const out = a.bridge(events(server, direction::out));
  ASSERT_TRUE(carries(a, "events")) << a.status("events").problem;
  publisher->say(std::to_string(count));
  ASSERT_TRUE(eventually([&] { return a.status("events").sent == count; }));
  take_in_hand(b, server, 1);
  publisher->say(std::to_string(count));
  in = b.bridge(events(server, direction::in));
  EXPECT_EQ(subscriber->hear(), "0") << "lost, twice or out of order";
  EXPECT_EQ(b.status("events").lost_in, 0U);
}

/// Of the log's stream, as the server has it. In a process of its own: libnats starts threads, and the test forks.
class log_stream_info {
 public:
  explicit log_stream_info(nats_server const& server) {
    if (nats_make(to_, natsConnection_ConnectTo, server.url().c_str()) == NATS_OK)
      (void)nats_make(js_, natsConnection_JetStream, to_.get(), static_cast<jsOptions*>(nullptr));
  }
  [[nodiscard]] std::uint64_t messages() const {
    jsStreamInfo* found = nullptr;
    jsErrCode code{};
    if (js_GetStreamInfo(&found, js_.get(), name, nullptr, &code) != NATS_OK) return ~std::uint64_t{0};
    auto const count = found->State.Msgs;
    jsStreamInfo_Destroy(found);
    return count;
  }
  [[nodiscard]] bool forget_all_places() const {
    jsConsumerNamesList* all = nullptr;
    jsErrCode code{};
    if (js_ConsumerNames(&all, js_.get(), name, nullptr, &code) != NATS_OK) return false;
    bool done = all->Count != 0;
    for (int i = 0; i < all->Count; ++i)
      done = done && js_DeleteConsumer(js_.get(), name, all->List[i], nullptr, &code) == NATS_OK;
    jsConsumerNamesList_Destroy(all);
    return done;
  }
  /// Whether every host's place begins with a number, which means the same to each server of a cluster.
  [[nodiscard]] bool places_begin_with_numbers() const {
    jsConsumerInfoList* all = nullptr;
    jsErrCode code{};
    if (js_Consumers(&all, js_.get(), name, nullptr, &code) != NATS_OK) return false;
    bool right = all->Count != 0;
    for (int i = 0; i < all->Count; ++i)
      right = right && all->List[i]->Config->DeliverPolicy == js_DeliverByStartSequence;
    jsConsumerInfoList_Destroy(all);
    return right;
  }

 private:
  static constexpr char const* name = "coview+log+events";
  std::unique_ptr<natsConnection, nats_delete<natsConnection_Destroy>> to_;
  nats_stream_context js_;
};

std::uint64_t messages_of_stream(host const& where, nats_server const& server) {
  auto const asks =
      where.run([&](parent_link const& parent) { parent.say(std::to_string(log_stream_info(server).messages())); });
  return std::strtoull(asks->hear().c_str(), nullptr, 10);
}

bool forget_all_places(host const& where, nats_server const& server) {
  auto const asks = where.run([&](parent_link const& parent) {
    parent.say(log_stream_info(server).forget_all_places() ? "done" : "failed");
  });
  return asks->hear() == "done";
}

bool places_begin_with_numbers(host const& where, nats_server const& server) {
  auto const asks = where.run([&](parent_link const& parent) {
    parent.say(log_stream_info(server).places_begin_with_numbers() ? "yes" : "no");
  });
  return asks->hear() == "yes";
}

TEST(LogBridge, WhatAllHostsHaveIsRemovedFromTheServer) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  host const b;
  constexpr std::uint64_t count = 100;
  auto const publisher = events_from(a);
  auto const subscriber = events_at(b, count);
  auto in = b.bridge(events(server, direction::in));
  ASSERT_TRUE(carries(b, "events")) << b.status("events").problem;
  auto const out = a.bridge(events(server, direction::out));
  ASSERT_TRUE(carries(a, "events")) << a.status("events").problem;
  publisher->say(std::to_string(count));
  EXPECT_EQ(subscriber->hear(), "0") << "lost, twice or out of order";
  EXPECT_TRUE(eventually([&] { return messages_of_stream(a, server) == 0; }));
  EXPECT_TRUE(places_begin_with_numbers(a, server));
  // What one does not have stays.
  in->kill();
  publisher->say("1");
  EXPECT_TRUE(eventually([&] { return a.status("events").sent == count + 1; }));
  EXPECT_EQ(messages_of_stream(a, server), 1U);
}

TEST(LogBridge, AHostThatTheServerForgotGoesOnWhereItWas) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  host const b;
  constexpr std::uint64_t count = 50;
  auto const publisher = events_from(a);
  auto const subscriber = events_at(b, 2 * count);
  auto in = b.bridge(events(server, direction::in));
  ASSERT_TRUE(carries(b, "events")) << b.status("events").problem;
  auto const out = a.bridge(events(server, direction::out));
  ASSERT_TRUE(carries(a, "events")) << a.status("events").problem;
  publisher->say(std::to_string(count));
  ASSERT_TRUE(eventually([&] { return b.status("events").received == count; }));
  in->kill();
  publisher->say(std::to_string(count));
  ASSERT_TRUE(eventually([&] { return a.status("events").sent == 2 * count; }));
  ASSERT_TRUE(forget_all_places(b, server));
  in = b.bridge(events(server, direction::in));
  EXPECT_EQ(subscriber->hear(), "0") << "lost, twice or out of order";
  EXPECT_EQ(b.status("events").lost_in, 0U);
}

}  // namespace
}  // namespace coview
