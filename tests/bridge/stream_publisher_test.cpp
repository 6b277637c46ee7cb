// SPDX-License-Identifier: Apache-2.0
// What becomes of many messages for a stream that are sent at once, as the server's answers say.
#include "bridge/stream_publisher.hpp"

#include <gtest/gtest.h>
#include <map>
#include <string>

#include "bridge/carrier.hpp"
#include "bridge/host.hpp"
#include "bridge/streams.hpp"

namespace coview {
namespace {

using namespace coview_test;
using answer = stream_publisher::answer;

constexpr std::size_t places = 8;
constexpr std::chrono::seconds patience(10);
std::string const subject = "coview.queue.jobs";

/// A link to a server that has a stream of some bytes.
class StreamPublisher : public testing::Test {
 protected:
  void SetUp() override {
    NEEDS_NATS_SERVER();
    server_.emplace();
    options_.servers = server_->url();
    options_.in_memory = true;
    options_.stream_bytes = 4096;
    to_.emplace(options_);
    link_ = to_->wait();
    ensure_stream(stream_context(*link_).get(), subject, stream_use::queue, options_);
    publisher_.emplace(*link_, places);
  }
  /// The answers to so many.
  std::map<std::size_t, answer> take(std::size_t count) {
    std::map<std::size_t, answer> all;
    while (all.size() < count) {
      auto const some = publisher_->take(patience);
      if (some.empty()) break;
      for (auto const& each : some) EXPECT_TRUE(all.try_emplace(each.place, each.what).second) << "answered twice";
    }
    return all;
  }
  void send(std::size_t place, std::string const& id, std::size_t size = 8) {
    std::string const bytes(size, 'x');
    publisher_->send(place, subject, id, std::as_bytes(std::span(bytes)));
  }
  /// The number that the inbox has in this process is nobody's to know; a peer that listens to everything sees it.
  std::string next_reply() {
    nats_subscription all;
    EXPECT_EQ(nats_make(all, natsConnection_SubscribeSync, peer_.get(), subject.c_str()), NATS_OK);
    EXPECT_EQ(natsConnection_Flush(peer_.get()), NATS_OK);
    send(0, "seen");
    nats_message seen;
    EXPECT_EQ(nats_make(seen, natsSubscription_NextMsg, all.get(), std::int64_t{10'000}), NATS_OK);
    return seen ? natsMsg_GetReply(seen.get()) : "";
  }
  void connect_peer() { ASSERT_EQ(nats_make(peer_, natsConnection_ConnectTo, server_->url().c_str()), NATS_OK); }

  std::optional<nats_server> server_;
  bridge_options options_;
  std::optional<connection> to_;
  std::shared_ptr<link> link_;
  std::optional<stream_publisher> publisher_;
  std::unique_ptr<natsConnection, nats_delete<natsConnection_Destroy>> peer_;
};

TEST_F(StreamPublisher, EveryOneHasItsAnswer) {
  for (std::size_t i = 0; i < places; ++i) send(i, std::to_string(i));
  auto const all = take(places);
  ASSERT_EQ(all.size(), places);
  for (auto const& [place, what] : all) EXPECT_EQ(what, answer::stored) << place;
}

TEST_F(StreamPublisher, AnIDThatTheServerHasIsSaidToBeThere) {
  send(0, "one");
  send(1, "one");
  send(2, "another");
  std::map<std::size_t, answer> const expected = {{0, answer::stored}, {1, answer::had_it}, {2, answer::stored}};
  EXPECT_EQ(take(3), expected);
}

TEST_F(StreamPublisher, AKeyThatHasAValueIsTaken) {
  auto const store = bucket(stream_context(*link_).get(), "coview__claims", options_);
  publisher_->create(3, "$KV.coview__claims.key", "mine");
  publisher_->create(4, "$KV.coview__claims.key", "yours");
  std::map<std::size_t, answer> const expected = {{3, answer::stored}, {4, answer::taken}};
  EXPECT_EQ(take(2), expected);
}

TEST_F(StreamPublisher, AFullStreamTakesNoneAndTheServerSaysWhy) {
  send(0, "fits", 2048);
  send(1, "does not", 3000);
  std::map<std::size_t, answer> const expected = {{0, answer::stored}, {1, answer::failed}};
  EXPECT_EQ(take(2), expected);
  EXPECT_NE(publisher_->why().find("maximum bytes exceeded"), std::string::npos) << publisher_->why();
}

TEST_F(StreamPublisher, WhatIsTooLargeForTheServerFailsByItself) {
  send(0, "large", std::size_t{2} << 20U);
  std::map<std::size_t, answer> const expected = {{0, answer::failed}};
  EXPECT_EQ(take(1), expected);
}

TEST_F(StreamPublisher, WithoutTheStreamIsTrouble) {
  publisher_->send(0, "coview.queue.nowhere", "one", {});
  EXPECT_THROW((void)publisher_->take(patience), trouble);
}

TEST_F(StreamPublisher, AServerThatIsAwayGivesNoAnswer) {
  server_->kill();
  send(0, "one");
  EXPECT_TRUE(publisher_->take(std::chrono::milliseconds(50)).empty());
}

TEST_F(StreamPublisher, AnswersThatAreNoneAreNone) {
  connect_peer();
  auto const reply = next_reply();
  ASSERT_EQ(take(1).size(), 1U);
  auto const inbox = reply.substr(0, reply.find('.', reply.find('.') + 1));
  std::string const good = R"({"stream":"s","seq":7})";
  // Of other places, of other messages, of none.
  for (auto const* const where : {".8.1", ".0.1", ".0.99", ".0", ".x.1", ".99999999999999999999.1", ".1.0"}) {
    ASSERT_EQ(natsConnection_PublishString(peer_.get(), (inbox + where).c_str(), good.c_str()), NATS_OK);
  }
  ASSERT_EQ(natsConnection_Flush(peer_.get()), NATS_OK);
  send(2, "another");
  std::map<std::size_t, answer> const expected = {{2, answer::stored}};
  EXPECT_EQ(take(1), expected) << "and nothing else";
  EXPECT_TRUE(publisher_->take(std::chrono::milliseconds(50)).empty());
}

TEST_F(StreamPublisher, BytesThatSayNothingAreAFailure) {
  connect_peer();
  // Who knows the inbox and is faster than the stream: nobody leads this one, so there is no other answer.
  nats_subscription all;
  ASSERT_EQ(nats_make(all, natsConnection_SubscribeSync, peer_.get(), "nobodys.subject"), NATS_OK);
  ASSERT_EQ(natsConnection_Flush(peer_.get()), NATS_OK);
  std::size_t place = 0;
  for (std::string const& said :
       {std::string(), std::string("+OK"), std::string(4, '\0'), std::string(R"({"stream":"s"})"),
        std::string(R"({"error":)"), std::string(R"({"error":{"code":400,"err_code":10})"),
        std::string(R"({"error":{"err_code":10071)"), std::string(3000, '{')}) {
    publisher_->send(place, "nobodys.subject", "one", {});
    nats_message seen;
    ASSERT_EQ(nats_make(seen, natsSubscription_NextMsg, all.get(), std::int64_t{10'000}), NATS_OK);
    auto const* const to = natsMsg_GetReply(seen.get());
    ASSERT_EQ(natsConnection_Publish(peer_.get(), to, said.data(), static_cast<int>(said.size())), NATS_OK);
    auto const heard = take(1);
    ASSERT_EQ(heard.size(), 1U) << said;
    EXPECT_NE(heard.at(place), answer::stored) << said;
    EXPECT_NE(heard.at(place), answer::had_it) << said;
    ++place;
  }
}

}  // namespace
}  // namespace coview
