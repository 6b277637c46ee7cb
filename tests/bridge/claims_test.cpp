// SPDX-License-Identifier: Apache-2.0
// Who delivers a message of a queue, where each host claims it first.
#include "bridge/claims.hpp"

#include <gtest/gtest.h>
#include <optional>

#include "bridge/connection.hpp"
#include "bridge/host.hpp"
#include "bridge/ledger.hpp"

namespace coview {
namespace {

using namespace coview_test;
using verdict = claims::verdict;

constexpr claims::message job{.origin = 7, .sequence = 40, .number = 3, .time = 1000};
constexpr claims::message the_same_once_more{.origin = 7, .sequence = 40, .number = 9, .time = 2000};

/// One host that claims.
class claimant {
 public:
  claimant(nats_server const& server, std::uint64_t host, std::chrono::seconds ack_wait)
      : options_(options_for(server, ack_wait)), to_(options_), link_(to_.wait()), claims_(*link_, options_, host) {}
  [[nodiscard]] verdict claim(claims::message const& which) { return claims_.claim(std::span(&which, 1)).at(0); }

 private:
  static bridge_options options_for(nats_server const& server, std::chrono::seconds ack_wait) {
    bridge_options options;
    options.servers = server.url();
    options.in_memory = true;
    options.ack_wait = ack_wait;
    return options;
  }
  bridge_options options_;
  connection to_;
  std::shared_ptr<link> link_;
  claims claims_;
};

TEST(Claims, OneHostDeliversAMessageThatTwoWereGiven) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  claimant first(server, 1, std::chrono::seconds(60));
  claimant second(server, 2, std::chrono::seconds(60));
  EXPECT_EQ(first.claim(job), verdict::ours);
  EXPECT_EQ(second.claim(job), verdict::of_another);
  EXPECT_EQ(first.claim(job), verdict::ours) << "an answer may get lost, and it asks again";
}

TEST(Claims, AMessageThatIsStoredTwiceIsNeededOnce) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  claimant first(server, 1, std::chrono::seconds(60));
  claimant second(server, 2, std::chrono::seconds(60));
  EXPECT_EQ(first.claim(job), verdict::ours);
  EXPECT_EQ(first.claim(the_same_once_more), verdict::stored_twice);
  EXPECT_EQ(second.claim(the_same_once_more), verdict::stored_twice);
}

TEST(Claims, OfAHostThatIsGoneAreAnybodys) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  constexpr std::chrono::seconds soon(1);
  std::optional<claimant> first(std::in_place, server, 1, soon);
  EXPECT_EQ(first->claim(job), verdict::ours);
  first.reset();
  claimant second(server, 2, soon);
  EXPECT_EQ(second.claim(job), verdict::of_another) << "it is not known yet whether the first is gone";
  EXPECT_TRUE(eventually([&] { return second.claim(job) == verdict::ours; }));
  claimant again(server, 1, soon);
  EXPECT_EQ(again.claim(job), verdict::of_another) << "it comes back, and the message is another's now";
}

TEST(Claims, WhatIsNoClaimLeavesThemInDoubt) {
  NEEDS_NATS_SERVER();
  nats_server const server;
  claimant first(server, 1, std::chrono::seconds(1));
  std::unique_ptr<natsConnection, nats_delete<natsConnection_Destroy>> to;
  ASSERT_EQ(nats_make(to, natsConnection_ConnectTo, server.url().c_str()), NATS_OK);
  std::uint64_t sequence = job.sequence;
  for (auto const* const text : {"", "x", "host 3 1000", "0000000000000001", "000000000000000x 3 1000"}) {
    auto which = job;
    which.sequence = ++sequence;
    auto const subject = "$KV.coview__claims.0000000000000007." + std::to_string(which.sequence);
    ASSERT_EQ(natsConnection_PublishString(to.get(), subject.c_str(), text), NATS_OK);
    ASSERT_EQ(natsConnection_Flush(to.get()), NATS_OK);
    auto const said = first.claim(which);
    EXPECT_NE(said, verdict::ours) << text;
    EXPECT_NE(said, verdict::of_another) << text;
  }
}

TEST(Claims, AServerThatIsAwayLeavesThemInDoubt) {
  NEEDS_NATS_SERVER();
  nats_server server;
  claimant first(server, 1, std::chrono::seconds(60));
  server.kill();
  EXPECT_EQ(first.claim(job), verdict::in_doubt);
}

}  // namespace
}  // namespace coview
