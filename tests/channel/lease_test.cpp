// SPDX-License-Identifier: Apache-2.0
// Who sends or receives alone does so under a lease: it is stopped and killed wherever it is, and others go on.
#include "channel/lease.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <vector>

#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "channel/channel_support.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"
#include "support/shared_by_forks.hpp"

namespace {

using namespace std::chrono_literals;
using coview::queue;
using coview::topic;
using coview_test::child;
using coview_test::parent_link;

constexpr auto long_time = 60s;
/// As many as it takes to get a lease, and some.
constexpr std::uint32_t enough = 300;

struct numbered {
  std::uint32_t sender;
  std::uint32_t number;
  std::array<std::uint32_t, 4> again;  // the number once more: seen torn, they differ
};

template <class Send>
bool send_number(Send const& send, std::uint32_t sender, std::uint32_t number) {
  numbered const message{sender, number, {number, number, number, number}};
  return send(std::as_bytes(std::span(&message, 1)));
}
bool send_to(queue const& q, std::uint32_t sender, std::uint32_t number) {
  return send_number([&](auto bytes) { return q.send(bytes, long_time); }, sender, number);
}
bool publish_to(coview::publisher const& to, std::uint32_t sender, std::uint32_t number) {
  return send_number([&](auto bytes) { return to.publish(bytes, long_time); }, sender, number);
}

numbered number_in(std::span<std::byte const> bytes) {
  numbered message{};
  EXPECT_EQ(bytes.size(), sizeof message);
  if (bytes.size() == sizeof message) std::memcpy(&message, bytes.data(), sizeof message);
  for (auto const each : message.again) EXPECT_EQ(each, message.number);
  return message;
}

/// Stops a child wherever it is, and lets it go on.
class stopped {
 public:
  explicit stopped(child const& who) : pid_(who.pid()) {
    ::kill(pid_, SIGSTOP);
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, WUNTRACED), pid_);
    EXPECT_TRUE(WIFSTOPPED(status));
  }
  stopped(stopped const&) = delete;
  stopped& operator=(stopped const&) = delete;
  ~stopped() { ::kill(pid_, SIGCONT); }

 private:
  pid_t pid_;
};

/// Of two senders: the next number of each.
class order {
 public:
  void check(numbered const& message) {
    ASSERT_LT(message.sender, next_.size());
    EXPECT_EQ(message.number, next_[message.sender]);
    next_[message.sender] = message.number + 1;
  }
  [[nodiscard]] std::uint32_t next_of(std::uint32_t sender) const { return next_[sender]; }

 private:
  std::array<std::uint32_t, 2> next_{};
};

class Lease : public testing::Test {
 protected:
  coview_test::scoped_root root_;
};

/// How far a child may go: who waits for room, or needs memory, may be stopped with the lock, for which others wait.
class credit {
 public:
  void allow(std::uint32_t number) const { word_->store(number); }
  void await(std::uint32_t number) const {
    while (word_->load() < number) std::this_thread::yield();
  }

 private:
  coview_test::shared_by_forks<std::atomic<std::uint32_t>> word_;
};
constexpr std::uint32_t ahead = 100;

/// The child sends without end.
std::unique_ptr<child> lone_sender(credit const& how_far) {
  how_far.allow(ahead);
  auto sender = std::make_unique<child>([&](parent_link const& parent) {
    auto const q = queue::open("q");
    // All the memory that it will need, so that it takes no lock for some later on.
    std::vector<coview::slot> all;
    for (auto one = q.loan(sizeof(numbered), 0s); one && all.size() < ahead + 2; one = q.loan(sizeof(numbered), 0s))
      all.push_back(std::move(*one));
    all.clear();
    parent.say("open");
    for (std::uint32_t n = 0;; ++n) {
      how_far.await(n);
      if (!send_to(q, 0, n)) return;
    }
  });
  EXPECT_EQ(sender->hear(), "open");
  return sender;
}

void receive_in_order(queue const& q, order& seen) {
  auto const message = q.receive(long_time);
  ASSERT_TRUE(message);
  EXPECT_FALSE(message->redelivered());
  seen.check(number_in(message->bytes()));
}

/// Another one's message between a sender's last step and its taking of the lease stands in the common place, and who
/// sends under the lease looks at the leased one.
TEST_F(Lease, ForSendingIsHadAtTheEndAlone) {
  using namespace coview::channel;
  auto const made = queue::open_or_create("jobs", {.capacity = 1U << 16U});
  coview::operation_context const context{"open", "queue", "jobs"};
  channel_settings settings;
  settings.kind = coview::object_kind::queue;
  auto const where = segment::open("jobs", coview::name_use::open, settings, context);
  participant const me(where, channel_role::queue_user, context);
  auto const take_at = [&](std::uint64_t position) {
    lease sending(*where, me, lease_of::sending);
    for (std::uint32_t i = 0; i < enough && !sending.is_held(); ++i) {
      if (!sending.enter(true)) return false;
      sending.leave(true);
      sending.stepped(true, true, position);
    }
    return sending.is_held();
  };
  ASSERT_TRUE(take_at(0));
  ASSERT_TRUE(revoke(*where, lease_of::sending));
  made.send("somebody else's");
  EXPECT_FALSE(take_at(0));
  EXPECT_TRUE(take_at(1));
  ASSERT_TRUE(revoke(*where, lease_of::sending));
}

TEST_F(Lease, AStoppedSenderKeepsNobodyWaiting) {
  auto const q = queue::create("q", {.capacity = 1 << 16, .messages = 128});
  credit const how_far;
  auto const sender = lone_sender(how_far);
  order seen;
  std::uint32_t mine = 0;
  for (int round = 0; round < 300; ++round) {
    for (auto const until = seen.next_of(0) + enough; seen.next_of(0) < until;) {
      how_far.allow(seen.next_of(0) + ahead);
      receive_in_order(q, seen);
    }
    stopped const still(*sender);
    while (auto const message = q.try_receive()) seen.check(number_in(message->bytes()));
    // More than a lap.
    for (auto const until = mine + 200; mine < until; ++mine) {
      ASSERT_TRUE(send_to(q, 1, mine));
      receive_in_order(q, seen);
    }
  }
  EXPECT_EQ(seen.next_of(1), mine);
}

TEST_F(Lease, AKilledSenderLeavesWhatItHadSent) {
  for (int round = 0; round < 30; ++round) {
    auto const q = queue::create("q", {.capacity = 4096});
    credit const how_far;
    auto const sender = lone_sender(how_far);
    order seen;
    while (seen.next_of(0) < enough + static_cast<std::uint32_t>(round)) {
      receive_in_order(q, seen);
      how_far.allow(seen.next_of(0) + ahead);
    }
    sender->kill();
    while (auto const message = q.try_receive()) seen.check(number_in(message->bytes()));
    for (std::uint32_t mine = 0; mine < 200; ++mine) {
      ASSERT_TRUE(send_to(q, 1, mine));
      receive_in_order(q, seen);
    }
    EXPECT_EQ(q.depth(), 0U);
    std::vector<coview::slot> all;
    while (auto slot = q.loan(q.largest(), 0s)) all.push_back(std::move(*slot));
    EXPECT_EQ(all.size(), 4U);
  }
}

/// How often each number was received, by whomever.
struct tally {
  static constexpr std::uint32_t most = 200'000;
  void count(numbered const& message) { received[message.number].fetch_add(1); }

  std::array<std::atomic<std::uint8_t>, most> received;
  std::atomic<std::uint32_t> by_child;
};
using shared_tally = coview_test::shared_by_forks<tally>;

TEST_F(Lease, AStoppedReceiverKeepsWhatItHasInHandAndNoMore) {
  auto const q = queue::create("q", {.capacity = 1 << 16});
  shared_tally const all;
  child receiver([&](parent_link const& parent) {
    auto const its = queue::open("q");
    parent.say("open");
    for (;;) {
      auto const message = its.receive();
      EXPECT_FALSE(message->redelivered());
      all->count(number_in(message->bytes()));
      all->by_child.fetch_add(1);
    }
  });
  ASSERT_EQ(receiver.hear(), "open");
  std::uint32_t sent = 0;
  std::uint32_t mine = 0;
  for (int round = 0; round < 300; ++round) {
    for (auto const until = all->by_child.load() + enough; all->by_child.load() < until;) {
      if (sent - mine - all->by_child.load() >= ahead) {
        std::this_thread::yield();
        continue;
      }
      ASSERT_TRUE(send_to(q, 0, sent++));
    }
    stopped const still(receiver);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(send_to(q, 0, sent++));
    while (auto const message = q.try_receive()) {
      EXPECT_FALSE(message->redelivered());
      all->count(number_in(message->bytes()));
      ++mine;
    }
    std::uint32_t missing = 0;
    for (std::uint32_t n = 0; n < sent; ++n) missing += all->received[n].load() == 0 ? 1 : 0;
    ASSERT_LE(missing, 1U);
  }
  while (all->received[sent - 1].load() == 0) std::this_thread::yield();
  ASSERT_TRUE(send_to(q, 0, sent++));  // all before it was taken when it is
  while (all->received[sent - 1].load() == 0) std::this_thread::yield();
  for (std::uint32_t n = 0; n < sent; ++n) ASSERT_EQ(all->received[n].load(), 1U) << n;
}

TEST_F(Lease, WhatAKilledReceiverHadIsRedelivered) {
  for (int round = 0; round < 30; ++round) {
    auto const q = queue::create("q", {.capacity = 1 << 16});
    shared_tally const all;
    child receiver([&](parent_link const& parent) {
      auto const its = queue::open("q");
      parent.say("open");
      for (;;) {
        auto const message = its.receive();
        all->count(number_in(message->bytes()));
        all->by_child.fetch_add(1);
      }
    });
    ASSERT_EQ(receiver.hear(), "open");
    std::uint32_t sent = 0;
    while (all->by_child.load() < enough) ASSERT_TRUE(send_to(q, 0, sent++));
    receiver.kill();
    unsigned again = 0;
    while (auto const message = q.receive(0s)) {
      auto const one = number_in(message->bytes());
      again += message->redelivered() ? 1 : 0;
      EXPECT_TRUE(message->redelivered() || all->received[one.number].load() == 0);
      all->count(one);
    }
    EXPECT_LE(again, 1U);
    for (std::uint32_t n = 0; n < sent; ++n) ASSERT_GE(all->received[n].load(), 1U) << n;
  }
}

TEST_F(Lease, ThreadsOfOneProcessShareAQueue) {
  constexpr std::uint32_t each = 20'000;
  auto const q = queue::create("q", {.capacity = 1 << 14});
  shared_tally const all;
  std::atomic<std::uint32_t> left{2 * each};
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      for (std::uint32_t n = 0; n < each; ++n) send_to(q, 0, i * each + n);
    });
    threads.emplace_back([&] {
      while (left.load() != 0) {
        auto const message = q.receive(1ms);
        if (!message) continue;
        all->count(number_in(message->bytes()));
        left.fetch_sub(1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::uint32_t n = 0; n < 2 * each; ++n) ASSERT_EQ(all->received[n].load(), 1U) << n;
}

/// With one process that stops again and again, others publish, and a subscriber sees all in one order.
void stop_a_publisher(coview::slow slowness) {
  auto const t = topic::create("t", {.capacity = 1 << 16, .messages = 256, .subscribers_may_block = true});
  credit const how_far;
  how_far.allow(ahead);
  auto const seen_by = t.subscribe({.slow = slowness});
  child publisher([&](parent_link const& parent) {
    auto const to = topic::open("t").publisher();
    parent.say("open");
    for (std::uint32_t n = 0;; ++n) {
      how_far.await(n);
      if (!publish_to(to, 0, n)) return;
    }
  });
  ASSERT_EQ(publisher.hear(), "open");
  auto const to = t.publisher();
  std::uint64_t next = 0;
  std::array<std::uint32_t, 2> least{};
  std::uint32_t mine = 0;
  auto const look = [&](coview::timeout until) {
    auto const message = seen_by.receive(until);
    if (!message) return false;
    EXPECT_EQ(message->sequence(), next + message->lost());
    EXPECT_TRUE(slowness == coview::slow::lags || message->lost() == 0);
    next = message->sequence() + 1;
    auto const one = number_in(message->bytes());
    EXPECT_GE(one.number, least.at(one.sender));
    EXPECT_TRUE(slowness == coview::slow::lags || one.number == least.at(one.sender));
    least.at(one.sender) = one.number + 1;
    return true;
  };
  for (int round = 0; round < 300; ++round) {
    for (std::uint32_t i = 0; i < enough; ++i) {
      how_far.allow(least[0] + ahead);
      ASSERT_TRUE(look(long_time));
    }
    stopped const still(publisher);
    while (look(0s)) continue;
    unsigned begun = 0;
    for (auto const until = mine + 200; mine < until;) {
      ASSERT_TRUE(publish_to(to, 1, mine++));
      // What the stopped one had begun is published for it before that.
      auto const before = least[1];
      ASSERT_TRUE(look(0s));
      if (least[1] == before) {
        ++begun;
        ASSERT_TRUE(look(0s));
      }
      ASSERT_EQ(least[1], mine);
    }
    EXPECT_LE(begun, 1U);
  }
}
TEST_F(Lease, AStoppedPublisherKeepsNobodyWaiting) {
  stop_a_publisher(coview::slow::lags);
}
TEST_F(Lease, NorSubscribersThatBlock) {
  stop_a_publisher(coview::slow::blocks);
}

}  // namespace
