// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <coview/channel_status.hpp>
#include <coview/event.hpp>
#include <coview/queue.hpp>
#include <coview/semaphore.hpp>

#include "channel/channel_support.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace {

using namespace std::chrono_literals;
using coview::queue;
using coview_test::child;
using coview_test::expect_error;
using coview_test::parent_link;
using coview_test::text;

class Queue : public testing::Test {
 protected:
  coview_test::scoped_root root_;
  queue jobs_ = queue::create("jobs", {.capacity = 1 << 16});
};

TEST_F(Queue, DeliversInTheOrderOfPublication) {
  auto other = queue::open("jobs");
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(jobs_.send("message " + std::to_string(i)));
  for (int i = 0; i < 100; ++i) {
    auto const message = other.receive();
    EXPECT_EQ(text(*message), "message " + std::to_string(i));
    EXPECT_EQ(message->sequence(), static_cast<std::uint64_t>(i));
    EXPECT_FALSE(message->redelivered());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(message->bytes().data()) % 64, 0U);
  }
  EXPECT_FALSE(other.try_receive());
}

TEST_F(Queue, AnEmptyMessageIsAMessage) {
  ASSERT_TRUE(jobs_.send(""));
  auto const message = jobs_.receive();
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->bytes().empty());
}

TEST_F(Queue, TheLargestMessageFitsAndOneByteMoreDoesNot) {
  EXPECT_EQ(jobs_.largest(), 16384U);
  std::vector<std::byte> const most(jobs_.largest(), std::byte{7});
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(jobs_.try_send(most));
  EXPECT_FALSE(jobs_.try_send(most));
  auto const message = jobs_.receive();
  EXPECT_EQ(message->bytes().size(), most.size());
  EXPECT_EQ(std::memcmp(message->bytes().data(), most.data(), most.size()), 0);
  std::vector<std::byte> const more(jobs_.largest() + 1);
  expect_error(std::errc::message_size, "largest", [&] { (void)jobs_.send(more); });
  expect_error(std::errc::message_size, "largest", [&] { (void)jobs_.loan(more.size()); });
}

TEST_F(Queue, IsFullWhenItsPlacesAre) {
  auto const few = queue::create("few", {.capacity = 1 << 16, .messages = 4});
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(few.send("x"));
  EXPECT_FALSE(few.send("x", 0s));
  EXPECT_EQ(few.depth(), 4U);
  EXPECT_TRUE(few.receive());
  EXPECT_TRUE(few.send("x", 0s));
  EXPECT_FALSE(few.send("x", 1ms));
}

/// What the control page says of the two ends: whoever is slow stores it late, and whoever is killed does not.
void say_of_the_ends(coview_test::scoped_root const& root, std::uint64_t tail, std::uint64_t head) {
  for (auto const& entry : std::filesystem::recursive_directory_iterator(root.path())) {
    if (!entry.is_regular_file()) continue;
    int const file = ::open(entry.path().c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_GE(file, 0) << entry.path();
    constexpr off_t control = 4096;  // docs/channels.md
    constexpr off_t apart = 128;
    EXPECT_EQ(::pwrite(file, &tail, sizeof tail, control), ssize_t{sizeof tail});
    EXPECT_EQ(::pwrite(file, &head, sizeof head, control + apart), ssize_t{sizeof head});
    ::close(file);
  }
}

TEST_F(Queue, ItsDepthIsWhatIsThereWhateverTheHintsSay) {
  constexpr std::uint64_t sent = 300;  // more than a lap
  auto const few = queue::create("few", {.capacity = 1 << 16, .messages = 128});
  jobs_ = {};
  for (std::uint64_t i = 0; i < sent; ++i) {
    ASSERT_TRUE(few.send("x"));
    if (i >= 3) {
      ASSERT_TRUE(few.receive());
    }
  }
  for (std::uint64_t const tail : {sent, sent - 2, sent - 3, sent - 200, std::uint64_t{0}, sent + 1}) {
    for (std::uint64_t const head : {sent - 3, sent - 4, sent - 200, std::uint64_t{0}}) {
      ASSERT_NO_FATAL_FAILURE(say_of_the_ends(root_, tail, head));
      EXPECT_EQ(few.depth(), 3U) << tail << ' ' << head;
      EXPECT_EQ(queue::open("few").depth(), 3U) << tail << ' ' << head;
      auto const status = coview::status_of_channel("few");
      EXPECT_EQ(status.depth, 3U) << tail << ' ' << head;
      EXPECT_EQ(status.sent, sent) << tail << ' ' << head;
    }
  }
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(few.try_receive());
    ASSERT_NO_FATAL_FAILURE(say_of_the_ends(root_, sent - 200, 0));
  }
  EXPECT_EQ(few.depth(), 0U);
  EXPECT_EQ(queue::open("few").depth(), 0U);
}

TEST_F(Queue, IsFullWhenItsMemoryIs) {
  std::size_t sent = 0;
  std::vector<std::byte> const kibibyte(1024);
  while (jobs_.try_send(kibibyte)) ++sent;
  EXPECT_EQ(sent, 64U);
  {
    auto const kept = jobs_.receive();
    EXPECT_FALSE(jobs_.try_send(kibibyte));  // what is kept takes memory
  }
  EXPECT_TRUE(jobs_.try_send(kibibyte));
  while (jobs_.try_receive()) {
  }
  EXPECT_TRUE(jobs_.try_send(std::vector<std::byte>(jobs_.largest())));  // small blocks become a large one again
}

TEST_F(Queue, ALoanStandsInNobodysWay) {
  auto slow = jobs_.loan(100);
  ASSERT_TRUE(slow);
  ASSERT_TRUE(jobs_.send("second"));
  EXPECT_EQ(text(*jobs_.receive()), "second");
  std::memcpy(slow->data(), "first", 5);
  ASSERT_TRUE(slow->publish(5));
  EXPECT_FALSE(*slow);
  EXPECT_EQ(text(*jobs_.receive()), "first");
  expect_error(std::errc::bad_file_descriptor, "published already", [&] { slow->publish(1); });
}

TEST_F(Queue, ADroppedLoanIsGivenBack) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(jobs_.loan(jobs_.largest(), 0s));
  EXPECT_FALSE(jobs_.try_receive());
  auto slot = jobs_.loan(10);
  expect_error(std::errc::value_too_large, "11 are to be published", [&] { slot->publish(11); });
}

TEST_F(Queue, MemoryInTheStockOfAnotherOneIsFound) {
  auto const other = queue::open("jobs");
  for (int i = 0; i < 2; ++i) {
    // All of it goes through the one's hands, and waits there for its next messages.
    while (jobs_.try_send(std::as_bytes(std::span("small")))) continue;
    while (jobs_.try_receive()) continue;
    auto const large = other.loan(other.largest(), 0s);
    ASSERT_TRUE(large);
  }
  ASSERT_TRUE(jobs_.loan(jobs_.largest(), 0s));
  std::vector<coview::slot> all;
  while (auto slot = other.loan(1, 0s)) all.push_back(std::move(*slot));
  EXPECT_EQ(all.size(), other.capacity() / 64);
}

TEST_F(Queue, MemoryInTheStockOfAnotherThreadIsFound) {
  while (jobs_.try_send(std::as_bytes(std::span("small")))) continue;
  while (jobs_.try_receive()) continue;
  std::thread([&] {
    std::vector<coview::slot> all;
    while (auto slot = jobs_.loan(1, 0s)) all.push_back(std::move(*slot));
    EXPECT_EQ(all.size(), jobs_.capacity() / 64);
  }).join();
  ASSERT_TRUE(jobs_.loan(jobs_.largest(), 0s));
}

TEST_F(Queue, MessagesAreKeptAndReleasedInAnyOrder) {
  std::vector<std::optional<coview::queue_message>> kept;
  std::mt19937 random(1);  // NOLINT: the same each time
  std::uint64_t next = 0;
  std::uint64_t expected = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string const content(random() % 700, static_cast<char>('a' + next % 26));
    if (jobs_.send(content, 0s)) ++next;
    if (auto message = jobs_.try_receive()) {
      EXPECT_EQ(message->sequence(), expected);
      EXPECT_EQ(text(*message), std::string(message->bytes().size(), static_cast<char>('a' + expected % 26)));
      ++expected;
      kept.push_back(std::move(message));
    }
    if (kept.size() > 10 || (!kept.empty() && random() % 3 == 0)) {
      std::swap(kept[random() % kept.size()], kept.back());
      kept.pop_back();
    }
  }
  EXPECT_GT(next, 15000U);
}

TEST_F(Queue, SendsAndReceivesMany) {
  std::vector<std::span<std::byte const>> three(3, std::as_bytes(std::span("abc", 3)));
  EXPECT_EQ(jobs_.send_many(three), 3U);
  std::vector<coview::queue_message> out(5);
  EXPECT_EQ(jobs_.receive_many(out, 0s), 3U);
  EXPECT_EQ(text(out[2]), "abc");
  EXPECT_EQ(jobs_.receive_many(out, 0s), 0U);
}

TEST_F(Queue, WaitsAreKeptToTheirDeadlines) {
  auto const begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(jobs_.receive(20ms));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
  while (jobs_.try_send(std::vector<std::byte>(1000))) {
  }
  EXPECT_FALSE(jobs_.send("x", 20ms));
}

TEST_F(Queue, ASleepingReceiverIsWoken) {
  std::string got;
  std::thread receiver([&] { got = text(*jobs_.receive()); });
  jobs_.send("hello");
  receiver.join();
  EXPECT_EQ(got, "hello");
}

TEST_F(Queue, ASleepingSenderIsWoken) {
  while (jobs_.try_send(std::vector<std::byte>(1000))) {
  }
  std::thread sender([&] { jobs_.send(std::string(1000, 'x')); });
  int received = 0;
  while (jobs_.receive(0s)) ++received;
  sender.join();
  while (jobs_.try_receive()) ++received;
  EXPECT_GE(received, 64);
}

TEST_F(Queue, IsWaitedForWithOtherThings) {
  auto const stop = coview::event::create("stop", coview::reset::manual);
  auto const permits = coview::semaphore::create("permits", 0, 10);
  EXPECT_FALSE(coview::wait_any({jobs_, stop}, 1ms));
  jobs_.send("x");
  EXPECT_EQ(coview::wait_any({stop, jobs_, permits}, 0s)->index, 1U);
  EXPECT_FALSE(coview::wait_all({jobs_, permits}, 1ms));
  permits.release();
  EXPECT_TRUE(coview::wait_all({jobs_, permits}, 1s));
  EXPECT_EQ(permits.count(), 0U);
  (void)jobs_.receive();
  std::thread sender([other = queue::open("jobs")] { other.send("y"); });
  EXPECT_EQ(coview::wait_any({stop, jobs_})->index, 1U);
  sender.join();
  expect_error(std::errc::invalid_argument, "twice", [&] { coview::wait_all({jobs_, jobs_}, 0s); });
  expect_error(std::errc::invalid_argument, "never opened", [&] { coview::wait_any({queue()}, 0s); });
}

TEST_F(Queue, ItsTypeIsCompared) {
  auto const typed = queue::create("poses", {.capacity = 4096, .type = {"pose", 24, 2}});
  EXPECT_TRUE(queue::open("poses"));
  EXPECT_TRUE(queue::open("poses", {"pose", 24, 2}));
  for (coview::type_tag const& wrong : {coview::type_tag{"pose", 24, 3}, {"pose", 32, 2}, {"Pose", 24, 2}}) {
    expect_error(std::errc::invalid_argument, "it carries 'pose' (version 2, 24 bytes)",
                 [&] { (void)queue::open("poses", wrong); });
  }
  expect_error(std::errc::invalid_argument, "it carries bytes", [&] { (void)queue::open("jobs", {"pose", 24, 2}); });
}

TEST_F(Queue, RefusesWhatCannotBe) {
  expect_error(std::errc::invalid_argument, "0 bytes", [] { (void)queue::create("q", {}); });
  expect_error(std::errc::invalid_argument, "messages",
               [] { (void)queue::create("q", {.capacity = 1, .messages = 32769}); });
  expect_error(std::errc::invalid_argument, "participants",
               [] { (void)queue::create("q", {.capacity = 1, .participants = 101}); });
  expect_error(std::errc::file_exists, "taken", [] { (void)queue::create("jobs", {.capacity = 1}); });
  expect_error(std::errc::no_such_file_or_directory, "nobody", [] { (void)queue::open("nothing"); });
  expect_error(std::errc::bad_file_descriptor, "never opened", [] { queue().send("x"); });
  EXPECT_FALSE(queue::try_open("nothing"));
  auto const event = coview::event::create("event", coview::reset::manual);
  expect_error(std::errc::invalid_argument, "another kind", [] { (void)queue::open("event"); });
}

TEST_F(Queue, HasAsManyParticipantsAsItWasMadeFor) {
  auto const first = queue::create("two", {.capacity = 4096, .participants = 2});
  {
    auto const second = queue::open("two");
    expect_error(std::errc::resource_unavailable_try_again, "participants", [] { (void)queue::open("two"); });
  }
  EXPECT_TRUE(queue::open("two"));
  {
    child holder([](parent_link const& parent) {
      auto const other = queue::open("two");
      parent.say("open");
      (void)parent.hear();
    });
    EXPECT_EQ(holder.hear(), "open");
    expect_error(std::errc::resource_unavailable_try_again, "participants", [] { (void)queue::open("two"); });
    holder.kill();
  }
  EXPECT_TRUE(queue::open("two"));  // the place of the dead
}

TEST_F(Queue, WhatADeadReceiverHadIsRedelivered) {
  for (auto const* const each : {"first", "second"}) jobs_.send(each);
  child worker([](parent_link const& parent) {
    auto const queue = queue::open("jobs");
    auto const first = queue.receive();
    auto const second = queue.receive();
    parent.say(text(*second));
    (void)parent.hear();
  });
  EXPECT_EQ(worker.hear(), "second");
  worker.kill();
  auto const first = jobs_.receive(0s);
  EXPECT_EQ(text(*first), "first");
  EXPECT_TRUE(first->redelivered());
  EXPECT_EQ(first->deaths(), 1U);
  jobs_.send("third");
  EXPECT_EQ(text(*jobs_.receive(0s)), "second");  // before what is queued
  auto const third = jobs_.receive(0s);
  EXPECT_EQ(text(*third), "third");
  EXPECT_FALSE(third->redelivered());
}

TEST_F(Queue, ASleepingReceiverGetsWhatADeadOneHad) {
  jobs_.send("job");
  child worker([](parent_link const& parent) {
    auto const queue = queue::open("jobs");
    auto const job = queue.receive();
    parent.say("has it");
    (void)parent.hear();
  });
  EXPECT_EQ(worker.hear(), "has it");
  std::string got;
  coview_test::waiter receiver([&] {
    auto const message = jobs_.receive();
    got = text(*message) + (message->redelivered() ? " again" : "");
  });
  receiver.until_asleep();
  worker.kill();
  receiver.join();
  EXPECT_EQ(got, "job again");
}

TEST_F(Queue, OrWhatADeadReceiverHadIsDropped) {
  auto const dropping = queue::create("dropping", {.capacity = 4096, .on_death = coview::dead_receiver::drop});
  dropping.send("gone");
  dropping.send("next");
  child worker([](parent_link const& parent) {
    auto const queue = queue::open("dropping");
    auto const job = queue.receive();
    parent.say("has it");
    (void)parent.hear();
  });
  EXPECT_EQ(worker.hear(), "has it");
  worker.kill();
  EXPECT_EQ(text(*dropping.receive(0s)), "next");
  EXPECT_FALSE(dropping.receive(1ms));
  EXPECT_TRUE(dropping.loan(dropping.largest(), 0s));
}

TEST_F(Queue, WhatADeadSenderHadLoanedComesBack) {
  child sender([](parent_link const& parent) {
    auto const queue = queue::open("jobs");
    std::vector<coview::slot> slots;
    while (auto slot = queue.loan(queue.largest(), 0s)) slots.push_back(std::move(*slot));
    parent.say("has all");
    (void)parent.hear();
  });
  EXPECT_EQ(sender.hear(), "has all");
  EXPECT_FALSE(jobs_.send("x", 0s));
  coview_test::waiter waiting([&] { jobs_.send("x"); });
  waiting.until_asleep();
  sender.kill();
  waiting.join();
  EXPECT_EQ(text(*jobs_.receive(0s)), "x");
}

TEST_F(Queue, AMessageThatIsStillHadAtTheCloseIsRedelivered) {
  jobs_.send("x");
  {
    auto other = queue::open("jobs");
    auto message = other.receive();
    [[maybe_unused]] static auto* const never_destroyed = new coview::queue_message(std::move(*message));
  }
  EXPECT_TRUE(jobs_.receive(0s)->redelivered());
}

TEST_F(Queue, AForkedChildOpensItAnew) {
  child sender([this](parent_link const& parent) {
    try {
      jobs_.send("no");
    } catch (coview::error const& refused) {
      parent.say(refused.code() == std::errc::bad_file_descriptor ? "refused" : refused.what());
    }
    queue::open("jobs").send("yes");
  });
  EXPECT_EQ(sender.hear(), "refused");
  EXPECT_EQ(text(*jobs_.receive()), "yes");
  EXPECT_EQ(sender.wait(), 0);
  EXPECT_TRUE(jobs_.send("still there"));
}

TEST_F(Queue, GoesWithItsLastHandle) {
  jobs_ = queue();
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(Queue, ManySendersAndReceiversLoseNothing) {
  constexpr int each = 20000;
  constexpr int senders = 3;
  std::atomic<int> received{0};
  std::atomic<bool> wrong{false};
  std::vector<std::thread> all;
  for (int s = 0; s < senders; ++s) {
    all.emplace_back([s, own = queue::open("jobs")] {
      for (int i = 0; i < each; ++i) own.send(std::string(1, static_cast<char>('a' + s)) + std::to_string(i));
    });
  }
  for (int r = 0; r < 3; ++r) {
    all.emplace_back([&, own = queue::open("jobs")] {
      std::vector<int> last(senders, -1);
      while (received.load() < each * senders) {
        auto const message = own.receive(50ms);
        if (!message) continue;
        auto const content = text(*message);
        auto const from = static_cast<std::size_t>(content[0] - 'a');
        int const number = std::stoi(content.substr(1));
        if (number <= last.at(from)) wrong = true;
        last.at(from) = number;
        received.fetch_add(1);
      }
    });
  }
  for (auto& one : all) one.join();
  EXPECT_EQ(received.load(), each * senders);
  EXPECT_FALSE(wrong.load());
}

}  // namespace
