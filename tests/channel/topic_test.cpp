// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <gtest/gtest.h>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <coview/channel_status.hpp>
#include <coview/event.hpp>
#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "channel/channel_support.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace {

using namespace std::chrono_literals;
using coview::from;
using coview::slow;
using coview::topic;
using coview_test::child;
using coview_test::expect_error;
using coview_test::parent_link;
using coview_test::text;

class Topic : public testing::Test {
 protected:
  coview_test::scoped_root root_;
  topic camera_ = topic::create("camera", {.capacity = 1 << 16, .messages = 16, .subscribers_may_block = true});
  coview::publisher publisher_ = camera_.publisher();
};

// A single subscriber makes lines its own that its publisher is writing (docs/channels.md, "Lines").
TEST_F(Topic, ASingleSubscriberSeesEveryByteOfAStream) {
  constexpr std::uint64_t count = 20'000;
  std::array<std::uint64_t, 8> words{};
  auto const subscription = camera_.subscribe({.slow = slow::blocks});
  std::thread publishing([&] {
    std::array<std::uint64_t, 8> sent{};
    for (std::uint64_t i = 0; i < count; ++i) {
      sent.fill(i);
      publisher_.publish(std::as_bytes(std::span(sent)));
    }
  });
  std::uint64_t other = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto const message = subscription.receive();
    ASSERT_EQ(message->bytes().size(), sizeof words);
    std::memcpy(words.data(), message->bytes().data(), sizeof words);
    for (auto const word : words) other += word == i ? 0 : 1;
  }
  publishing.join();
  EXPECT_EQ(other, 0U);
}

TEST_F(Topic, EverySubscriberSeesEveryMessageInOneOrder) {
  auto const other = topic::open("camera");
  auto const second = other.publisher();
  auto const a = camera_.subscribe();
  auto const b = other.subscribe();
  publisher_.publish("one");
  second.publish("two");
  publisher_.publish("three");
  for (auto const* const subscription : {&a, &b}) {
    std::uint64_t sequence = 0;
    for (auto const* const expected : {"one", "two", "three"}) {
      auto const message = subscription->receive();
      EXPECT_EQ(text(*message), expected);
      EXPECT_EQ(message->sequence(), sequence++);
      EXPECT_EQ(message->lost(), 0U);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(message->bytes().data()) % 64, 0U);
    }
    EXPECT_FALSE(subscription->try_receive());
  }
}

TEST_F(Topic, BeginsWithTheNextMessageOrTheOldest) {
  publisher_.publish("before");
  auto const next = camera_.subscribe();
  auto const all = camera_.subscribe({.from = from::oldest});
  publisher_.publish("after");
  EXPECT_EQ(text(*next.receive()), "after");
  EXPECT_EQ(text(*all.receive()), "before");
  for (int i = 0; i < 40; ++i) publisher_.publish(std::to_string(i));
  auto const late = camera_.subscribe({.from = from::oldest});
  auto const oldest = late.receive();
  EXPECT_EQ(text(*oldest), "24");
  EXPECT_EQ(oldest->lost(), 0U);
}

TEST_F(Topic, ASubscriberThatLagsIsToldExactlyWhatItLost) {
  auto const subscription = camera_.subscribe();
  for (int i = 0; i < 10; ++i) publisher_.publish(std::to_string(i));
  EXPECT_EQ(text(*subscription.receive()), "0");
  for (int i = 10; i < 100; ++i) publisher_.publish(std::to_string(i));
  auto const message = subscription.receive();
  EXPECT_EQ(text(*message), "84");
  EXPECT_EQ(message->lost(), 83U);
  EXPECT_EQ(message->sequence(), 84U);
  EXPECT_EQ(subscription.lost(), 83U);
  std::uint64_t seen = 2;
  for (std::optional<coview::topic_message> next; (next = subscription.try_receive());) ++seen;
  EXPECT_EQ(seen + subscription.lost(), 100U);
}

TEST_F(Topic, LossIsExactAlsoWhereMemoryIsShort) {
  auto const subscription = camera_.subscribe();
  std::uint64_t received = 0;
  std::uint64_t next = 0;
  for (int i = 0; i < 2000; ++i) {
    publisher_.publish(std::string(static_cast<std::size_t>(i * 7919 % 16000), 'x'));
    if (i % 11 != 0) continue;
    while (auto const message = subscription.try_receive()) {
      EXPECT_EQ(message->sequence(), next + message->lost());
      EXPECT_EQ(message->bytes().size(), message->sequence() * 7919 % 16000);
      next = message->sequence() + 1;
      ++received;
    }
  }
  while (subscription.try_receive()) ++received;
  EXPECT_EQ(received + subscription.lost(), 2000U);
}

TEST_F(Topic, AMessageInPlaceStaysAsItIs) {
  auto const subscription = camera_.subscribe();
  publisher_.publish(std::string(5000, 'a'));
  auto const kept = subscription.receive();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(publisher_.publish(std::string(5000, 'b'), 0s));
  EXPECT_EQ(text(*kept), std::string(5000, 'a'));
}

TEST_F(Topic, SixteenMessagesCanBeKeptInPlace) {
  auto const subscription = camera_.subscribe();
  std::vector<coview::topic_message> kept;
  for (int i = 0; i < 16; ++i) {
    publisher_.publish(std::string(300, static_cast<char>('a' + i)));
    kept.push_back(*subscription.receive());
  }
  publisher_.publish(std::string(300, 'z'));
  expect_error(std::errc::no_buffer_space, "16 messages are kept", [&] { (void)subscription.receive(); });
  kept.erase(kept.begin() + 5);
  EXPECT_EQ(text(*subscription.receive()), std::string(300, 'z'));
  EXPECT_EQ(text(kept[5]), std::string(300, 'g'));
}

TEST_F(Topic, WhatIsKeptInPlaceLeavesNoRoom) {
  auto const subscription = camera_.subscribe();
  std::vector<coview::topic_message> kept;
  while (publisher_.publish(std::string(camera_.largest(), 'x'), 0s)) {
    kept.push_back(*subscription.receive());
    ASSERT_LE(kept.size(), 4U);
  }
  EXPECT_GE(kept.size(), 3U);
  coview_test::waiter waiting([&] { publisher_.publish(std::string(camera_.largest(), 'y')); });
  waiting.until_asleep();
  kept.clear();
  waiting.join();
  EXPECT_EQ(text(*subscription.receive())[0], 'y');
}

TEST_F(Topic, PublishersWaitForASubscriberThatBlocks) {
  auto const subscription = camera_.subscribe({.slow = slow::blocks});
  EXPECT_TRUE(subscription.blocks());
  int published = 0;
  while (publisher_.publish(std::to_string(published), 0s)) ++published;
  EXPECT_EQ(published, 16);
  EXPECT_EQ(text(*subscription.receive()), "0");
  EXPECT_TRUE(publisher_.publish("16", 0s));
  EXPECT_FALSE(publisher_.publish("17", 1ms));
  coview_test::waiter waiting([&] { publisher_.publish("17"); });
  waiting.until_asleep();
  for (int i = 1; i <= 17; ++i) EXPECT_EQ(text(*subscription.receive()), std::to_string(i));
  EXPECT_EQ(subscription.lost(), 0U);
}

TEST_F(Topic, BlockingIsExactAlsoWhereMemoryIsShort) {
  auto const subscription = camera_.subscribe({.slow = slow::blocks});
  constexpr int count = 3000;
  std::thread publishing([&] {
    for (int i = 0; i < count; ++i) publisher_.publish(std::string(static_cast<std::size_t>(i * 7919 % 16000), 'x'));
  });
  for (int i = 0; i < count; ++i) {
    auto const message = subscription.receive(10s);
    ASSERT_TRUE(message);
    ASSERT_EQ(message->bytes().size(), static_cast<std::size_t>(i * 7919 % 16000));
  }
  publishing.join();
  EXPECT_EQ(subscription.lost(), 0U);
}

TEST_F(Topic, EvictionFreesThePublishers) {
  auto const subscription = camera_.subscribe({.slow = slow::blocks});
  while (publisher_.publish("x", 0s)) {
  }
  coview_test::waiter waiting([&] { publisher_.publish("last"); });
  waiting.until_asleep();
  EXPECT_EQ(camera_.evict(), 1U);
  waiting.join();
  EXPECT_FALSE(subscription.blocks());
  EXPECT_EQ(subscription.receive()->lost(), 1U);
}

TEST_F(Topic, DeadSubscribersHoldNobodyBack) {
  child dead([](parent_link const& parent) {
    auto const subscription = topic::open("camera").subscribe({.slow = slow::blocks});
    parent.say("there");
    auto const kept = subscription.receive();
    parent.say(std::to_string(kept->bytes().size()));
    (void)parent.hear();
  });
  EXPECT_EQ(dead.hear(), "there");
  publisher_.publish(std::string(16000, 'x'));
  EXPECT_EQ(dead.hear(), "16000");
  while (publisher_.publish(std::string(16000, 'x'), 0s)) {
  }
  coview_test::waiter waiting([&] { publisher_.publish(std::string(16000, 'y')); });
  waiting.until_asleep();
  dead.kill();
  waiting.join();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(publisher_.publish(std::string(camera_.largest(), 'x'), 0s));
}

TEST_F(Topic, AStoppedSubscriberThatLagsHoldsNobodyBack) {
  child stopped([](parent_link const& parent) {
    auto const subscription = topic::open("camera").subscribe();
    parent.say("there");
    while (subscription.receive()) {
    }
  });
  EXPECT_EQ(stopped.hear(), "there");
  ::kill(stopped.pid(), SIGSTOP);
  int status = 0;
  ASSERT_EQ(::waitpid(stopped.pid(), &status, WUNTRACED), stopped.pid());
  for (int i = 0; i < 10000; ++i) ASSERT_TRUE(publisher_.publish(std::string(1000, 'x'), 0s));
}

TEST_F(Topic, AStoppedSubscriberThatBlocksIsNamedAndEvicted) {
  child stopped([](parent_link const& parent) {
    auto const subscription = topic::open("camera").subscribe({.slow = slow::blocks});
    parent.say("subscribed");
    while (subscription.receive()) continue;
  });
  ASSERT_EQ(stopped.hear(), "subscribed");
  ::kill(stopped.pid(), SIGSTOP);
  int status = 0;
  ASSERT_EQ(::waitpid(stopped.pid(), &status, WUNTRACED), stopped.pid());
  while (publisher_.publish("a message", 100ms)) continue;  // until nobody reads any more
  auto const seen = coview::status_of_channel("camera");
  auto const who = std::find_if(seen.participants.begin(), seen.participants.end(),
                                [](coview::channel_participant const& one) { return one.holds_back; });
  ASSERT_NE(who, seen.participants.end());
  EXPECT_EQ(who->process, stopped.pid());
  EXPECT_TRUE(who->blocks);
  EXPECT_TRUE(who->alive);
  EXPECT_EQ(camera_.evict(), 1U);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(publisher_.publish("a message", 10s));
}

TEST_F(Topic, BlockingMustBeAllowed) {
  auto const plain = topic::create("plain", {.capacity = 4096});
  expect_error(std::errc::operation_not_permitted, "subscribers_may_block",
               [&] { (void)plain.subscribe({.slow = slow::blocks}); });
}

TEST_F(Topic, TheLatestIsNeverTornAndWaitsForNobody) {
  EXPECT_FALSE(camera_.latest());
  std::atomic<bool> stop{false};
  std::thread publishing([&] {
    for (unsigned i = 0; !stop; ++i)
      publisher_.publish(std::string(100 + i % 3 * 1000, static_cast<char>('a' + i % 26)));
  });
  std::uint64_t last = 0;
  for (int i = 0; i < 20000; ++i) {
    auto const newest = camera_.latest();
    if (!newest) continue;
    EXPECT_GE(newest->sequence(), last);
    last = newest->sequence();
    auto const content = text(*newest);
    ASSERT_EQ(content.size(), 100 + last % 3 * 1000);
    ASSERT_EQ(content.find_first_not_of(static_cast<char>('a' + last % 26)), std::string::npos);
  }
  stop = true;
  publishing.join();
}

TEST_F(Topic, LoansAreFilledInPlace) {
  auto const subscription = camera_.subscribe();
  {
    auto slow = publisher_.loan(1000);
    publisher_.publish("meanwhile");
    std::memset(slow->data(), 'x', 1000);
    slow->publish(1000);
    EXPECT_TRUE(publisher_.loan(10));  // and dropped
  }
  EXPECT_EQ(text(*subscription.receive()), "meanwhile");
  EXPECT_EQ(text(*subscription.receive()), std::string(1000, 'x'));
  expect_error(std::errc::message_size, "largest", [&] { (void)publisher_.loan(camera_.largest() + 1); });
}

TEST_F(Topic, IsWaitedForWithOtherThings) {
  auto const subscription = camera_.subscribe();
  auto const jobs = coview::queue::create("jobs", {.capacity = 4096});
  auto const stop = coview::event::create("stop", coview::reset::manual);
  EXPECT_FALSE(coview::wait_any({jobs, subscription, stop}, 1ms));
  coview_test::waiter waiting([&] { EXPECT_EQ(coview::wait_any({jobs, subscription, stop})->index, 1U); });
  waiting.until_asleep();
  publisher_.publish("x");
  waiting.join();
  EXPECT_TRUE(subscription.try_receive());
}

TEST_F(Topic, ValuesOfOneType) {
  struct pose {
    double x, y, z;
  };
  coview::topic_of<pose> poses("pose", {.history = 1024});
  EXPECT_FALSE(poses.latest());
  auto const subscription = poses.subscribe();
  for (int i = 0; i < 3000; ++i) poses.publish({1.0 * i, 2, 3});
  EXPECT_EQ(poses.latest()->x, 2999);
  auto const first = subscription.receive();
  EXPECT_EQ(first->lost(), 3000U - 1024U);
  EXPECT_EQ(coview::topic_of<pose>::value_of(*first).x, 3000 - 1024);
  expect_error(std::errc::invalid_argument, "it carries", [] { coview::topic_of<int> other("pose"); });
  expect_error(std::errc::invalid_argument, "another kind", [] { (void)coview::queue::open("pose"); });
}

TEST_F(Topic, SleepingSubscribersAreAllWoken) {
  auto const a = camera_.subscribe();
  auto const b = camera_.subscribe();
  std::atomic<int> got{0};
  {
    coview_test::waiter first([&] { got += a.receive().has_value(); });
    coview_test::waiter second([&] { got += b.receive().has_value(); });
    first.until_asleep();
    second.until_asleep();
    publisher_.publish("x");
  }
  EXPECT_EQ(got.load(), 2);
}

TEST_F(Topic, APublisherThatIsKilledLeavesNoHole) {
  auto const subscription = camera_.subscribe();
  for (int round = 0; round < 30; ++round) {
    child dying([](parent_link const& parent) {
      auto const publisher = topic::open("camera").publisher();
      parent.say("begins");
      for (int i = 0;; ++i) publisher.publish(std::string(static_cast<std::size_t>(i % 3000), 'x'));
    });
    EXPECT_EQ(dying.hear(), "begins");
    std::this_thread::sleep_for(std::chrono::microseconds(300 * (round % 7)));
    dying.kill();
    ASSERT_TRUE(publisher_.publish(std::string(camera_.largest(), 'z'), 5s));
    bool found = false;
    while (auto const message = subscription.receive(0s))
      found = found || message->bytes().size() == camera_.largest();
    ASSERT_TRUE(found);
  }
}

TEST_F(Topic, GoesWithItsLastHandle) {
  camera_ = topic();
  publisher_ = coview::publisher();
  EXPECT_TRUE(root_.files().empty());
}

}  // namespace
