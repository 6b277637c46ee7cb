// SPDX-License-Identifier: Apache-2.0
// Queues over a work-queue stream: each message to one receiver of all hosts, once, however often bridges are killed.
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <gtest/gtest.h>
#include <random>

#include <coview/mapping.hpp>
#include <coview/queue.hpp>

#include "bridge/host.hpp"

namespace coview {
namespace {

using namespace coview_test;

bridge_options jobs(nats_server const& server, direction way) {
  auto options = bridge_for(server, {.what = carried::queue, .name = "jobs", .way = way});
  options.ack_wait = std::chrono::seconds(20);
  return options;
}

/// Sends numbers when told how many, and says when the last is in the queue.
std::unique_ptr<child> sender_on(host const& where, std::size_t size = 64) {
  return where.run_until_ready([&](parent_link const& parent) {
    auto const to = queue::open_or_create("jobs", {.capacity = 1U << 20U, .type = {.name = "job", .version = 1}});
    std::vector<std::byte> job(size);
    std::uint64_t next = 0;
    parent.say("ready");
    for (auto told = parent.hear(); !told.empty(); told = parent.hear()) {
      for (auto count = std::stoull(told); count != 0; --count, ++next) {
        std::memcpy(job.data(), &next, sizeof next);
        to.send(job);
      }
      parent.say("sent");
    }
  });
}

/// The ledger of the consumers: how often each number was dealt with. Receivers of all hosts write to it.
class consumed {
 public:
  explicit consumed(std::uint64_t count)
      : count_(count),
        memory_(mapping::anonymous(count * sizeof(std::atomic<std::uint32_t>))),
        view_(memory_.map()) {}
  std::atomic<std::uint32_t>& of(std::uint64_t number) const {
    return reinterpret_cast<std::atomic<std::uint32_t>*>(view_.data())[number];
  }
  [[nodiscard]] std::uint64_t done() const {
    return how_many([](auto n) { return n != 0; });
  }
  [[nodiscard]] std::uint64_t twice() const {
    return how_many([](auto n) { return n > 1; });
  }

 private:
  template <class Is>
  [[nodiscard]] std::uint64_t how_many(Is const& is) const {
    std::uint64_t found = 0;
    for (std::uint64_t i = 0; i < count_; ++i) found += is(of(i).load()) ? 1 : 0;
    return found;
  }
  std::uint64_t count_;
  mapping memory_;
  view view_;
};

std::unique_ptr<child> receiver_on(host const& where, consumed const& ledger, std::uint64_t count) {
  return where.run_until_ready([&](parent_link const& parent) {
    auto const from = queue::open_or_create("jobs", {.capacity = 1U << 20U, .type = {.name = "job", .version = 1}});
    parent.say("ready");
    for (;;) {
      auto const job = from.receive();
      std::uint64_t number = 0;
      std::memcpy(&number, job->bytes().data(), sizeof number);
      if (number < count) ledger.of(number).fetch_add(1);
    }
  });
}

class QueueBridgeClaims : public testing::TestWithParam<bool> {};

TEST_P(QueueBridgeClaims, EachMessageGoesToOneReceiverOfAllHosts) {
  NEEDS_NATS_SERVER();
  auto const receiving = [](nats_server const& server) {
    auto options = jobs(server, direction::in);
    options.claims = GetParam();
    return options;
  };
  nats_server const server;
  host const a;
  host const b;
  host const c;
  constexpr std::uint64_t count = 5000;
  consumed const ledger(count);
  auto const sender = sender_on(a);
  auto const on_b = receiver_on(b, ledger, count);
  auto const on_c = receiver_on(c, ledger, count);
  auto const out = a.bridge(jobs(server, direction::out));
  auto const in_b = b.bridge(receiving(server));
  auto const in_c = c.bridge(receiving(server));
  sender->say(std::to_string(count));
  ASSERT_EQ(sender->hear(), "sent");
  ASSERT_TRUE(eventually([&] { return ledger.done() == count; })) << ledger.done() << " " << a.status("jobs").problem;
  ASSERT_TRUE(eventually([&] { return b.status("jobs").in_hand + c.status("jobs").in_hand == 0; }));
  EXPECT_EQ(ledger.twice(), 0U);
  EXPECT_EQ(a.status("jobs").sent, count);
  EXPECT_EQ(b.status("jobs").received + c.status("jobs").received, count);
  EXPECT_GT(b.status("jobs").received, 0U);
  EXPECT_GT(c.status("jobs").received, 0U);
}

INSTANTIATE_TEST_SUITE_P(OnAndOff, QueueBridgeClaims, testing::Bool(),
                         [](auto const& which) { return which.param ? "claimed" : "not_claimed"; });

TEST(QueueBridge, BridgesKilledAgainAndAgainLoseNothingAndRepeatNothing) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  host const b;
  constexpr std::uint64_t rounds = 30;
  constexpr std::uint64_t each = 400;
  consumed const ledger(rounds * each);
  auto const sender = sender_on(a);
  auto const receiver = receiver_on(b, ledger, rounds * each);
  auto out = a.bridge(jobs(server, direction::out));
  auto in = b.bridge(jobs(server, direction::in));
  std::mt19937 random(9);  // NOLINT: the same in every run
  for (std::uint64_t i = 0; i < rounds; ++i) {
    sender->say(std::to_string(each));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 40000));
    auto& victim = i % 2 == 0 ? in : out;
    victim->kill();
    victim = i % 2 == 0 ? b.bridge(jobs(server, direction::in)) : a.bridge(jobs(server, direction::out));
    ASSERT_EQ(sender->hear(), "sent");
  }
  ASSERT_TRUE(eventually([&] { return ledger.done() == rounds * each; }))
      << ledger.done() << " of " << rounds * each << "; out: " << a.status("jobs").problem
      << "; in: " << b.status("jobs").problem;
  ASSERT_TRUE(eventually([&] { return b.status("jobs").in_hand == 0; }));
  EXPECT_EQ(ledger.twice(), 0U);
}

TEST(QueueBridge, WhatADeadHostHadGoesToAnother) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  host const b;
  host const c;
  constexpr std::uint64_t count = 100;
  consumed const ledger(count);
  auto options = jobs(server, direction::in);
  options.ack_wait = std::chrono::seconds(2);
  auto const sender = sender_on(a);
  auto const out = a.bridge(jobs(server, direction::out));
  auto in_b = b.bridge(options);
  sender->say(std::to_string(count));
  ASSERT_EQ(sender->hear(), "sent");
  // Nobody receives there: it has them in hand, and dies with them.
  ASSERT_TRUE(eventually([&] { return b.status("jobs").in_hand == count; }));
  in_b->kill();
  auto const on_c = receiver_on(c, ledger, count);
  auto const in_c = c.bridge(options);
  ASSERT_TRUE(eventually([&] { return ledger.done() == count; })) << ledger.done();
  EXPECT_EQ(ledger.twice(), 0U);
}

TEST(QueueBridge, AServerKilledUnderLoadLosesNothing) {
  NEEDS_NATS_SERVER();
  nats_server server;
  host const a;
  host const b;
  constexpr std::uint64_t rounds = 6;
  constexpr std::uint64_t each = 300;
  consumed const ledger(rounds * each);
  auto const sender = sender_on(a);
  auto const receiver = receiver_on(b, ledger, rounds * each);
  auto const out = a.bridge(jobs(server, direction::out));
  auto const in = b.bridge(jobs(server, direction::in));
  for (std::uint64_t i = 0; i < rounds; ++i) {
    sender->say(std::to_string(each));
    server.restart();
    ASSERT_EQ(sender->hear(), "sent");
  }
  ASSERT_TRUE(eventually([&] { return ledger.done() == rounds * each; }))
      << ledger.done() << " of " << rounds * each << "; out: " << a.status("jobs").problem
      << "; in: " << b.status("jobs").problem;
}

TEST(QueueBridge, LargeMessagesTravelInParts) {
  NEEDS_NATS_SERVER();
  nats_server const server("max_payload: 65536");
  host const a;
  host const b;
  consumed const ledger(4);
  auto const sender = sender_on(a, 200000);
  auto const receiver = receiver_on(b, ledger, 4);
  auto const out = a.bridge(jobs(server, direction::out));
  auto const in = b.bridge(jobs(server, direction::in));
  sender->say("4");
  ASSERT_EQ(sender->hear(), "sent");
  ASSERT_TRUE(eventually([&] { return ledger.done() == 4; }))
      << a.status("jobs").problem << "; " << b.status("jobs").problem;
  EXPECT_EQ(ledger.twice(), 0U);
}

/// What looks like the server's word, and is a message that anybody may put into the stream.
TEST(QueueBridge, AMessageThatPosesAsTheServersWordIsRefused) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  host const a;
  host const b;
  constexpr std::uint64_t count = 20;
  consumed const ledger(count);
  auto const sends = sender_on(a);
  auto const receives = receiver_on(b, ledger, count);
  auto const in = b.bridge(jobs(server, direction::in));
  ASSERT_TRUE(carries(b, "jobs"));
  auto const poses = a.run([&](parent_link const& parent) {
    natsConnection* to = nullptr;
    if (natsConnection_ConnectTo(&to, server.url().c_str()) != NATS_OK) return;
    // Not 503: libnats itself takes it for a server's word, so that it costs a session each time that it comes.
    for (auto const* const code : {"409", "404", "100", "408"}) {
      natsMsg* message = nullptr;
      (void)natsMsg_Create(&message, "coview.queue.jobs", nullptr, nullptr, 0);
      (void)natsMsgHeader_Set(message, "Status", code);
      (void)natsMsgHeader_Set(message, "Description", "Consumer Deleted");
      (void)natsConnection_PublishMsg(to, message);
      natsMsg_Destroy(message);
    }
    natsConnection_Flush(to);
    parent.say("posed");
    natsConnection_Destroy(to);
  });
  ASSERT_EQ(poses->hear(), "posed");
  ASSERT_TRUE(eventually([&] { return b.status("jobs").refused == 4; })) << b.status("jobs").problem;
  auto const out = a.bridge(jobs(server, direction::out));
  sends->say(std::to_string(count));
  ASSERT_TRUE(eventually([&] { return ledger.done() == count; }));
}

TEST(QueueBridge, BothWaysIsRefusedWithARemedy) {
  bridge_options options;
  options.channels = {{.what = carried::queue, .name = "jobs"}};
  EXPECT_THROW(bridge::check(options), error);
}

TEST(BridgeIdentity, WrongCredentialsAreRefusedAtOnce) {
  NEEDS_NATS_SERVER();
  nats_server const server("authorization { token: right }", false);
  host const a;
  auto options = jobs(server, direction::out);
  options.token = "wrong";
  std::string failed;
  auto const refused = a.bridge(options, &failed);
  EXPECT_EQ(std::atoi(failed.c_str()), EACCES) << failed;
  EXPECT_NE(failed.find("--token"), std::string::npos) << failed;
  options.token = "right";
  auto const accepted = a.bridge(options, &failed);
  EXPECT_EQ(failed, "");
}

TEST(BridgeIdentity, TlsWhereTheServerHasNoneIsRefusedAtOnce) {
  NEEDS_NATS_SERVER();
  nats_server const server("", false);
  host const a;
  auto options = jobs(server, direction::out);
  options.servers = server.url("tls");
  std::string failed;
  auto const refused = a.bridge(options, &failed);
  EXPECT_EQ(std::atoi(failed.c_str()), EPROTO) << failed;
}

}  // namespace
}  // namespace coview
