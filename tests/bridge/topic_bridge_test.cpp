// SPDX-License-Identifier: Apache-2.0
// Topics over core subjects: order, exact counts of what is lost, types, no loops, one bridge for a channel.
#include <signal.h>
#include <sys/wait.h>

#include <gtest/gtest.h>
#include <map>
#include <nats/nats.h>
#include <random>

#include <coview/topic.hpp>

#include "bridge/host.hpp"

namespace coview {
namespace {

using namespace coview_test;

struct numbered {
  std::uint64_t from = 0;
  std::uint64_t number = 0;
  std::uint64_t check = 0;
};

bridge_options carrying(nats_server const& server, direction way, carried what = carried::topic) {
  return bridge_for(server, {.what = what, .name = "numbers", .way = way});
}

topic_of_options large(std::uint64_t history = 16384) {
  return {.history = history, .type = "numbered", .version = 3};
}

/// Publishes `count` numbers each time that it is told how many, and says so.
std::unique_ptr<child> publisher_on(host const& where, std::uint64_t from,
                                    topic_of_options const& options = large()) {
  return where.run_until_ready([&](parent_link const& parent) {
    topic_of<numbered> numbers("numbers", options);
    std::uint64_t next = 0;
    parent.say("ready");
    for (auto told = parent.hear(); !told.empty(); told = parent.hear()) {
      for (auto count = std::stoull(told); count != 0; --count, ++next)
        numbers.publish({from, next, from * 31 + next});
      parent.say("published");
    }
  });
}

/// Receives until it has seen the number `last` of each publisher, then says for each: how many, and how many were
/// out of order or not whole.
std::unique_ptr<child> subscriber_on(host const& where, std::uint64_t publishers, std::uint64_t last,
                                     topic_of_options const& options = large()) {
  return where.run_until_ready([&](parent_link const& parent) {
    topic_of<numbered> numbers("numbers", options);
    auto const all = numbers.subscribe({.from = from::oldest});
    parent.say("ready");
    std::map<std::uint64_t, std::uint64_t> next;
    std::uint64_t count = 0;
    std::uint64_t wrong = 0;
    std::uint64_t lost_here = 0;
    std::uint64_t ended = 0;
    while (ended != publishers) {
      auto const message = all.receive();
      auto const value = topic_of<numbered>::value_of(*message);
      lost_here += message->lost();
      ++count;
      if (value.check != value.from * 31 + value.number) ++wrong;
      if (value.number < next[value.from]) ++wrong;
      next[value.from] = value.number + 1;
      if (value.number == last) ++ended;
    }
    parent.say(std::to_string(count));
    parent.say(std::to_string(wrong));
    parent.say(std::to_string(lost_here));
    (void)parent.hear();
  });
}

std::uint64_t number_from(child const& which) {
  auto const said = which.hear();
  EXPECT_FALSE(said.empty());
  return std::strtoull(said.c_str(), nullptr, 10);
}

void publish(child const& which, std::uint64_t count) {
  which.say(std::to_string(count));
  EXPECT_EQ(which.hear(), "published");
}

TEST(TopicBridge, EveryMessageArrivesInOrder) {
  NEEDS_NATS_SERVER();
  nats_server const server("", false);
  host const a;
  host const b;
  auto const publisher = publisher_on(a, 1);
  auto const subscriber = subscriber_on(b, 1, 9999);
  auto const in = b.bridge(carrying(server, direction::in));
  ASSERT_TRUE(carries(b, "numbers"));
  auto const out = a.bridge(carrying(server, direction::out));
  ASSERT_TRUE(carries(a, "numbers"));
  for (int i = 0; i < 10; ++i) publish(*publisher, 1000);
  EXPECT_EQ(number_from(*subscriber), 10000U);
  EXPECT_EQ(number_from(*subscriber), 0U) << "out of order or torn";
  EXPECT_EQ(number_from(*subscriber), 0U) << "lost there";
  auto const sent = a.status("numbers");
  EXPECT_EQ(sent.sent, 10000U);
  EXPECT_EQ(sent.lost_out, 0U);
  auto const received = b.status("numbers");
  EXPECT_EQ(received.received, 10000U);
  EXPECT_EQ(received.lost_in, 0U);
  EXPECT_EQ(received.repeated, 0U);
  EXPECT_EQ(received.origins, 1U);
}

TEST(TopicBridge, MakesTheTopicWithItsTypeWhereThereIsNone) {
  NEEDS_NATS_SERVER();
  nats_server const server("", false);
  host const a;
  host const b;
  auto const publisher = publisher_on(a, 1);
  auto const in = b.bridge(carrying(server, direction::in));
  ASSERT_TRUE(carries(b, "numbers"));
  auto const out = a.bridge(carrying(server, direction::out));
  ASSERT_TRUE(carries(a, "numbers"));
  publish(*publisher, 3);
  ASSERT_TRUE(eventually([&] { return b.status("numbers").received == 3; }));
  auto const looks = b.run([](parent_link const& parent) {
    topic_of<numbered> const numbers("numbers", large(1));  // which fails where the type is another one
    parent.say(std::to_string(numbers.latest()->number));
  });
  EXPECT_EQ(looks->hear(), "2");
}

TEST(TopicBridge, AnotherTypeIsRefusedAndSaid) {
  NEEDS_NATS_SERVER();
  nats_server const server("", false);
  host const a;
  host const b;
  auto other = large();
  other.version = 4;
  auto const publisher = publisher_on(a, 1);
  auto const theirs = publisher_on(b, 2, other);
  auto const in = b.bridge(carrying(server, direction::in));
  ASSERT_TRUE(carries(b, "numbers"));
  auto const out = a.bridge(carrying(server, direction::out));
  ASSERT_TRUE(carries(a, "numbers"));
  publish(*publisher, 5);
  ASSERT_TRUE(eventually([&] { return b.status("numbers").refused != 0; }));
  auto const seen = b.status("numbers");
  EXPECT_EQ(seen.received, 0U);
  EXPECT_NE(seen.problem.find("another type"), std::string::npos) << seen.problem;
}

TEST(TopicBridge, ThreeHostsBothWaysAndNothingLoops) {
  NEEDS_NATS_SERVER();
  nats_server const server("", false);
  constexpr std::uint64_t each = 2000;
  std::array<host, 3> hosts;
  std::vector<std::unique_ptr<child>> publishers;
  std::vector<std::unique_ptr<child>> subscribers;
  std::vector<std::unique_ptr<child>> bridges;
  for (std::size_t i = 0; i < hosts.size(); ++i) publishers.push_back(publisher_on(hosts[i], i));
  for (auto const& where : hosts) bridges.push_back(where.bridge(carrying(server, direction::both)));
  // Each knows where its topic ends, and has heard of both others: all are subscribed.
  ASSERT_TRUE(eventually([&] {
    return std::all_of(hosts.begin(), hosts.end(), [](auto& h) { return h.status("numbers").stream != 0; });
  }));
  std::uint64_t used = 0;
  ASSERT_TRUE(eventually([&] {
    for (auto const& one : publishers) publish(*one, 1);
    ++used;
    return std::all_of(hosts.begin(), hosts.end(), [](auto& h) { return h.status("numbers").origins == 2; });
  }));
  for (auto const& where : hosts) subscribers.push_back(subscriber_on(where, 3, used + each - 1));
  for (int i = 0; i < 4; ++i) {
    for (auto const& one : publishers) publish(*one, each / 4);
  }
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    auto const count = number_from(*subscribers[i]);
    EXPECT_EQ(number_from(*subscribers[i]), 0U) << "out of order or twice";
    auto const lost_here = number_from(*subscribers[i]);
    auto const seen = hosts[i].status("numbers");
    EXPECT_LE(count + lost_here, 3 * (used + each));
    EXPECT_GE(count + lost_here + seen.lost_in, 3 * each);
    EXPECT_EQ(seen.sent, used + each) << "what others published here was carried out again, or something was not";
    EXPECT_EQ(seen.repeated, 0U);
  }
}

TEST(TopicBridge, WhatASlowBridgeLosesIsCountedExactlyAtTheFarEnd) {
  NEEDS_NATS_SERVER();
  nats_server const server("", false);
  host const a;
  host const b;
  auto const few = large(64);
  auto const publisher = publisher_on(a, 1, few);
  auto const in = b.bridge(carrying(server, direction::in));
  ASSERT_TRUE(carries(b, "numbers"));
  auto const out = a.bridge(carrying(server, direction::out));
  ASSERT_TRUE(carries(a, "numbers"));
  publish(*publisher, 10);
  ASSERT_TRUE(eventually([&] { return b.status("numbers").received == 10; }));
  ASSERT_EQ(kill(out->pid(), SIGSTOP), 0);
  ASSERT_EQ(waitpid(out->pid(), nullptr, WUNTRACED), out->pid());
  publish(*publisher, 1000);
  ASSERT_EQ(kill(out->pid(), SIGCONT), 0);
  ASSERT_TRUE(eventually([&] {
    auto const seen = a.status("numbers");
    return seen.sent + seen.lost_out == 1010;
  }));
  publish(*publisher, 1);
  ASSERT_TRUE(eventually([&] {
    auto const seen = b.status("numbers");
    return seen.received + seen.lost_in == 1011;
  }));
  EXPECT_EQ(b.status("numbers").lost_in, a.status("numbers").lost_out);
  EXPECT_GE(b.status("numbers").lost_in, 1000U - 64);
}

TEST(TopicBridge, WhatIsLostWhileNoServerIsThereIsCountedExactly) {
  NEEDS_NATS_SERVER();
  nats_server server("", false);
  host const a;
  host const b;
  auto const publisher = publisher_on(a, 1);
  auto const in = b.bridge(carrying(server, direction::in));
  ASSERT_TRUE(carries(b, "numbers"));
  auto options = carrying(server, direction::out);
  options.spool = 4096;
  auto const out = a.bridge(options);
  ASSERT_TRUE(carries(a, "numbers"));
  publish(*publisher, 100);
  ASSERT_TRUE(eventually([&] { return b.status("numbers").received == 100; }));
  server.kill();
  ASSERT_TRUE(eventually([&] { return !a.status("numbers").connected; }));
  EXPECT_NE(a.status("numbers").problem.find("no connection"), std::string::npos);
  for (int i = 0; i < 100; ++i) publish(*publisher, 100);  // as fast as ever, whatever the server does
  ASSERT_TRUE(eventually([&] {
    auto const seen = a.status("numbers");
    return seen.sent + seen.lost_out == 10100;
  }));
  EXPECT_GT(a.status("numbers").lost_out, 0U) << "the spool has no bound";
  server.start();
  ASSERT_TRUE(carries(a, "numbers"));
  ASSERT_TRUE(carries(b, "numbers")) << b.status("numbers").problem;
  std::uint64_t more = 0;
  ASSERT_TRUE(eventually([&] {
    publish(*publisher, 1);
    ++more;
    auto const seen = b.status("numbers");
    return seen.received + seen.lost_in == 10100 + more;
  }));
  EXPECT_GE(b.status("numbers").lost_in, a.status("numbers").lost_out);
  EXPECT_EQ(b.status("numbers").repeated, 0U);
}

TEST(TopicBridge, ASecondBridgeIsRefusedUntilTheFirstIsDead) {
  NEEDS_NATS_SERVER();
  nats_server const server("", false);
  host const a;
  auto const first = a.bridge(carrying(server, direction::out));
  std::string failed;
  auto const second = a.bridge(carrying(server, direction::in), &failed);
  EXPECT_EQ(std::atoi(failed.c_str()), EBUSY) << failed;
  EXPECT_NE(failed.find("process " + std::to_string(first->pid())), std::string::npos) << failed;
  first->kill();
  auto const third = a.bridge(carrying(server, direction::out), &failed);
  EXPECT_EQ(failed, "");
}

TEST(TopicBridge, KilledAgainAndAgainItNeitherRepeatsNorMiscounts) {
  NEEDS_NATS_SERVER();
  nats_server const server("", false);
  host const a;
  host const b;
  constexpr std::uint64_t rounds = 30;
  constexpr std::uint64_t each = 500;
  auto const publisher = publisher_on(a, 1);
  auto const other = publisher_on(b, 2);
  // The last of all: of those before, any may be lost.
  auto const subscriber = subscriber_on(b, 2, rounds * each + 1);
  std::mt19937 random(5);  // NOLINT: the same in every run
  auto in = b.bridge(carrying(server, direction::both));
  auto out = a.bridge(carrying(server, direction::both));
  ASSERT_TRUE(carries(a, "numbers"));
  ASSERT_TRUE(carries(b, "numbers"));
  publish(*publisher, 1);
  publish(*other, 1);
  ASSERT_TRUE(eventually([&] { return a.status("numbers").received == 1 && b.status("numbers").received == 1; }));
  for (std::uint64_t i = 0; i < rounds; ++i) {
    publisher->say(std::to_string(each));
    other->say(std::to_string(each));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20000));
    auto& victim = i % 2 == 0 ? in : out;
    auto const& where = i % 2 == 0 ? b : a;
    victim->kill();
    victim = where.bridge(carrying(server, direction::both));
    EXPECT_EQ(publisher->hear(), "published");
    EXPECT_EQ(other->hear(), "published");
  }
  // Both hear of each other again, and with one more message each what was lost meanwhile is known.
  ASSERT_TRUE(carries(a, "numbers"));
  ASSERT_TRUE(carries(b, "numbers"));
  publish(*publisher, 1);
  publish(*other, 1);
  constexpr std::uint64_t all = rounds * each + 2;
  auto const known_on = [](host const& where) {
    auto const seen = where.status("numbers");
    return seen.received + seen.lost_in;
  };
  ASSERT_TRUE(eventually([&] { return known_on(b) >= all && known_on(a) >= all; }))
      << known_on(b) << " and " << known_on(a) << " of " << all;
  EXPECT_EQ(known_on(b), all);
  EXPECT_EQ(known_on(a), all);
  (void)number_from(*subscriber);
  EXPECT_EQ(number_from(*subscriber), 0U) << "out of order or twice";
  EXPECT_GT(b.status("numbers").received, each);
}

TEST(TopicBridge, MessagesLargerThanTheServerTakesAreCutAndPutTogether) {
  NEEDS_NATS_SERVER();
  nats_server const server("max_payload: 65536", false);
  host const a;
  host const b;
  constexpr std::size_t size = 3U << 20U;
  auto const in = b.bridge(
      {.servers = server.url(), .channels = {{.name = "frames", .way = direction::in, .capacity = 64U << 20U}}});
  ASSERT_TRUE(carries(b, "frames"));
  auto const camera = a.run([&](parent_link const& parent) {
    auto const frames = topic::open_or_create("frames", {.capacity = 64U << 20U});
    auto const to = frames.publisher();
    parent.say("ready");
    (void)parent.hear();
    for (unsigned n = 0; n < 4; ++n) {
      std::vector<std::byte> frame(size + n);
      for (std::size_t i = 0; i < frame.size(); ++i) frame[i] = static_cast<std::byte>(i * 7 + n);
      to.publish(frame);
    }
    parent.say("published");
    (void)parent.hear();
  });
  ASSERT_EQ(camera->hear(), "ready");
  auto const out = a.bridge({.servers = server.url(), .channels = {{.name = "frames", .way = direction::out}}});
  ASSERT_TRUE(carries(a, "frames"));
  camera->say("go");
  ASSERT_EQ(camera->hear(), "published");
  ASSERT_TRUE(eventually([&] { return b.status("frames").received == 4; })) << b.status("frames").problem;
  auto const looks = b.run([&](parent_link const& parent) {
    auto const frames = topic::open("frames");
    auto const all = frames.subscribe({.from = from::oldest});
    for (unsigned n = 0; n < 4; ++n) {
      auto const frame = all.receive();
      bool right = frame->bytes().size() == size + n;
      for (std::size_t i = 0; i < frame->bytes().size() && right; ++i) {
        right = frame->bytes()[i] == static_cast<std::byte>(i * 7 + n);
      }
      parent.say(right ? "right" : "wrong");
    }
  });
  for (unsigned n = 0; n < 4; ++n) EXPECT_EQ(looks->hear(), "right") << n;
}

TEST(TopicBridge, HostileBytesAreDroppedAndCounted) {
  NEEDS_NATS_SERVER();
  nats_server const server("", false);
  host const a;
  host const b;
  auto const publisher = publisher_on(a, 1);
  auto const in = b.bridge(carrying(server, direction::in));
  ASSERT_TRUE(carries(b, "numbers"));
  auto const hostile = a.run([&](parent_link const& parent) {
    natsConnection* to = nullptr;
    if (natsConnection_ConnectTo(&to, server.url().c_str()) != NATS_OK) return;
    std::mt19937 random(3);  // NOLINT: the same in every run
    for (int i = 0; i < 500; ++i) {
      std::string bytes(random() % 300, '\0');
      for (auto& c : bytes) c = static_cast<char>(random());
      if (i % 2 == 0) bytes.replace(0, std::min<std::size_t>(bytes.size(), 6), std::string("CVBR\x01\0", 6));
      natsConnection_Publish(to, "coview.topic.numbers", bytes.data(), static_cast<int>(bytes.size()));
    }
    natsConnection_Flush(to);
    parent.say("sent");
    natsConnection_Destroy(to);
  });
  ASSERT_EQ(hostile->hear(), "sent");
  ASSERT_TRUE(eventually([&] { return b.status("numbers").refused == 500; }));
  auto const out = a.bridge(carrying(server, direction::out));
  ASSERT_TRUE(carries(a, "numbers"));
  publish(*publisher, 7);
  ASSERT_TRUE(eventually([&] { return b.status("numbers").received == 7; }));
}

}  // namespace
}  // namespace coview
