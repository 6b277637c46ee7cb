// SPDX-License-Identifier: Apache-2.0
// Descriptors that are readable when a channel has messages.
#include <dirent.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

#include <coview/error.hpp>
#include <coview/queue.hpp>
#include <coview/topic.hpp>

#include "channel/channel_support.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace {

using namespace std::chrono_literals;
using coview::queue;
using coview::topic;
using coview_test::child;
using coview_test::expect_error;
using coview_test::parent_link;

constexpr int a_long_time = 60'000;  // ms; that it comes at all is what is tested

bool readable(int fd, int wait = 0) {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, wait) == 1 && (one.revents & POLLIN) != 0;
}

std::size_t threads() {
  std::size_t count = 0;
  for ([[maybe_unused]] auto const& each : std::filesystem::directory_iterator("/proc/self/task")) ++count;
  return count;
}

class WaitHandle : public testing::Test {
 protected:
  coview_test::scoped_root root_;
  queue jobs_ = queue::create("jobs", {.capacity = 1 << 16});
};

TEST_F(WaitHandle, IsReadableUntilNothingIsFound) {
  int const fd = jobs_.native_wait_handle();
  EXPECT_EQ(jobs_.native_wait_handle(), fd);
  EXPECT_FALSE(readable(fd));
  jobs_.send("one");
  jobs_.send("two");
  EXPECT_TRUE(readable(fd, a_long_time));
  EXPECT_TRUE(jobs_.try_receive());
  EXPECT_TRUE(readable(fd)) << "level: there is one more";
  EXPECT_TRUE(jobs_.try_receive());
  while (jobs_.try_receive() || readable(fd)) {
  }
  EXPECT_FALSE(readable(fd));
  jobs_.send("three");
  EXPECT_TRUE(readable(fd, a_long_time));
}

TEST_F(WaitHandle, TellsOfWhatWasThereBefore) {
  jobs_.send("before");
  EXPECT_TRUE(readable(jobs_.native_wait_handle(), a_long_time));
}

TEST_F(WaitHandle, NoThreadIsStartedForWhoDoesNotAsk) {
  auto const before = threads();
  {
    auto const other = queue::open("jobs");
    jobs_.send("x");
    EXPECT_TRUE(other.receive());
    EXPECT_EQ(threads(), before);
    int const fd = other.native_wait_handle();
    EXPECT_EQ(threads(), before + 1);
    EXPECT_GE(fd, 0);
  }
  EXPECT_EQ(threads(), before);
}

TEST_F(WaitHandle, SubscriptionsHaveOneAndSoHaveThoseWhoTrustNobody) {
  auto const log = topic::create("log", {.capacity = 1 << 16});
  auto const publisher = log.publisher();
  std::array<coview::subscription, 3> const all = {log.subscribe(), log.subscribe(),
                                                   topic::open("log", {}, coview::trust::none).subscribe()};
  for (auto const& each : all) EXPECT_FALSE(readable(each.native_wait_handle()));
  publisher.publish("hello");
  for (auto const& each : all) EXPECT_TRUE(readable(each.native_wait_handle(), a_long_time));
  for (auto const& each : all) {
    EXPECT_TRUE(each.try_receive());
    while (each.try_receive() || readable(each.native_wait_handle())) {
    }
  }
}

TEST_F(WaitHandle, ManyEventLoopsAreWoken) {
  int const fd = jobs_.native_wait_handle();
  std::atomic<int> woken{0};
  std::vector<std::thread> loops;
  for (int i = 0; i < 8; ++i) {
    loops.emplace_back([&] {
      int const epoll = ::epoll_create1(EPOLL_CLOEXEC);
      epoll_event event{};
      event.events = EPOLLIN;
      ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
      if (::epoll_wait(epoll, &event, 1, a_long_time) == 1) ++woken;
      ::close(epoll);
    });
  }
  jobs_.send("x");
  for (auto& loop : loops) loop.join();
  EXPECT_EQ(woken, 8);
}

/// An event loop that reads to the end after each event, edge triggered: no message may stay behind.
TEST_F(WaitHandle, NothingIsMissedByAnEventLoop) {
  constexpr int messages = 20'000;
  int const fd = jobs_.native_wait_handle();
  child sender([&](parent_link const&) {
    auto const to = queue::open("jobs");
    for (int i = 0; i < messages; ++i) {
      to.send(std::to_string(i));
      if (i % 64 == 0) std::this_thread::yield();
    }
  });
  int const epoll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  ASSERT_EQ(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), 0);
  int next = 0;
  while (next < messages) {
    ASSERT_EQ(::epoll_wait(epoll, &event, 1, a_long_time), 1) << "after " << next;
    while (auto const message = jobs_.try_receive()) {
      auto const bytes = message->bytes();
      ASSERT_EQ(std::string(reinterpret_cast<char const*>(bytes.data()), bytes.size()), std::to_string(next));
      ++next;
    }
  }
  ::close(epoll);
  EXPECT_EQ(sender.wait(), 0);
}

TEST_F(WaitHandle, WhatAKilledReceiverHadIsToldOf) {
  child receiver([](parent_link const& parent) {
    auto const from = queue::open("jobs");
    auto const job = from.receive(60s);
    parent.say(job ? "has it" : "nothing");
    (void)parent.hear();
  });
  jobs_.send("job");
  ASSERT_EQ(receiver.hear(), "has it");
  int const fd = jobs_.native_wait_handle();
  EXPECT_FALSE(readable(fd));
  receiver.kill();
  EXPECT_TRUE(readable(fd, a_long_time));
  EXPECT_TRUE(jobs_.try_receive()->redelivered());
}

TEST_F(WaitHandle, AForkedChildLeavesItAlone) {
  int const fd = jobs_.native_wait_handle();
  jobs_.send("x");
  EXPECT_TRUE(readable(fd, a_long_time));
  child other([&](parent_link const& parent) {
    expect_error(std::errc::bad_file_descriptor, "forked", [&] { (void)jobs_.try_receive(); });
    expect_error(std::errc::bad_file_descriptor, "forked", [&] { (void)jobs_.native_wait_handle(); });
    jobs_ = {};  // closes its copy, and waits for no thread
    auto const mine = queue::open("jobs");
    int const own = mine.native_wait_handle();
    parent.say(readable(own, a_long_time) ? "readable" : "not");
    parent.say(testing::Test::HasFailure() ? "failed" : "fine");
  });
  EXPECT_EQ(other.hear(), "readable");
  EXPECT_EQ(other.hear(), "fine");
  EXPECT_EQ(other.wait(), 0);
  EXPECT_TRUE(readable(fd)) << "the parent's is as it was";
  EXPECT_TRUE(jobs_.try_receive());
}

TEST_F(WaitHandle, TheLimitOfThreadsIsNamed) {
  NEEDS_ROOT();
  ::chmod(root_.path().c_str(), 01777);
  constexpr uid_t nobody_else = 4243;  // the limit counts all of a user's processes
  child const poor(nobody_else, [](parent_link const& parent) {
    auto const jobs = queue::create("q", {.capacity = 1 << 16});
    ::rlimit const one{1, 1};
    if (::setrlimit(RLIMIT_NPROC, &one) != 0) return parent.say("no limit");
    try {
      (void)jobs.native_wait_handle();
      parent.say("started");
    } catch (coview::error const& e) {
      std::string const said = e.what();
      bool const named = said.find("ulimit -u") != std::string::npos && said.find("ulimit -l") == std::string::npos;
      parent.say(named ? "named" : said);
    }
    (void)parent.hear();
  });
  EXPECT_EQ(poor.hear(), "named");
}

TEST_F(WaitHandle, EmptyOnesAreRefused) {
  expect_error(std::errc::bad_file_descriptor, "", [] { (void)queue().native_wait_handle(); });
  expect_error(std::errc::bad_file_descriptor, "", [] { (void)coview::subscription().native_wait_handle(); });
}

TEST_F(WaitHandle, NoDescriptorIsAnError) {
  child other([](parent_link const&) {
    auto const mine = queue::open("jobs");
    std::vector<int> taken;
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) taken.push_back(fd);
    expect_error(std::errc::too_many_files_open, "there is no descriptor for it",
                 [&] { (void)mine.native_wait_handle(); });
    for (int const fd : taken) ::close(fd);
    if (testing::Test::HasFailure()) ::_exit(1);
  });
  EXPECT_EQ(other.wait(), 0);
}

}  // namespace
