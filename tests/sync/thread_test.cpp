// SPDX-License-Identifier: Apache-2.0
// Threads of one process over one mapping: what the thread sanitizer can look at. It sees the plain data that is
// shared; each primitive must put it in order. With --broken nothing does, and the sanitizer must say so.
#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/semaphore.hpp>
#include <coview/wait.hpp>

#include "support/scoped_root.hpp"

namespace coview {
namespace {

constexpr int threads = 4;
constexpr long rounds = 2000;

struct shared_data {
  robust_mutex lock;
  futex_event turn;
  long total = 0;
  std::array<long, 2> halves{};
};

template <class Body>
void on_threads(Body body) {
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) all.emplace_back(body);
  for (auto& one : all) one.join();
}

class Threads : public testing::Test {
 protected:
  coview_test::scoped_root root_;
  view memory_ = mapping::create("data", sizeof(shared_data)).map();
  shared_data& data_ = memory_.construct_once<shared_data>();
};

TEST_F(Threads, AreKeptApartByAMutex) {
  auto const m = mutex::create("m");
  on_threads([&] {
    for (long i = 0; i < rounds; ++i) {
      (void)m.acquire();
      ++data_.total;
      m.release();
    }
  });
  EXPECT_EQ(data_.total, threads * rounds);
}

TEST_F(Threads, AreKeptApartByAMutexInTheMapping) {
  on_threads([&] {
    for (long i = 0; i < rounds; ++i) {
      (void)data_.lock.acquire();
      ++data_.total;
      data_.lock.release();
    }
  });
  EXPECT_EQ(data_.total, threads * rounds);
}

TEST_F(Threads, SeeWhatWasWrittenBeforeThePermit) {
  auto const s = semaphore::create("s", 1, 1);
  on_threads([&] {
    for (long i = 0; i < rounds; ++i) {
      ASSERT_TRUE(s.acquire());
      ++data_.total;
      s.release();
    }
  });
  EXPECT_EQ(data_.total, threads * rounds);
}

TEST_F(Threads, SeeWhatWasWrittenBeforeTheEvent) {
  auto const ping = event::create("ping", reset::automatic);
  auto const pong = event::create("pong", reset::automatic);
  std::thread other([&] {
    for (long i = 0; i < rounds; ++i) {
      ASSERT_TRUE(ping.wait());
      ++data_.total;
      pong.set();
    }
  });
  for (long i = 0; i < rounds; ++i) {
    ++data_.total;
    ping.set();
    ASSERT_TRUE(pong.wait());
  }
  other.join();
  EXPECT_EQ(data_.total, 2 * rounds);
}

TEST_F(Threads, OwnOneOfTwoAfterAWaitForAny) {
  std::array const locks{mutex::create("a"), mutex::create("b")};
  on_threads([&] {
    for (long i = 0; i < rounds; ++i) {
      auto const which = wait_any({locks[0], locks[1]});
      ASSERT_TRUE(which);
      ++data_.halves.at(which->index);
      locks.at(which->index).release();
    }
  });
  EXPECT_EQ(data_.halves[0] + data_.halves[1], threads * rounds);
}

TEST_F(Threads, OwnBothAfterAWaitForAll) {
  auto const m = mutex::create("m");
  auto const s = semaphore::create("s", 1, 1);
  on_threads([&] {
    for (long i = 0; i < rounds; ++i) {
      ASSERT_TRUE(wait_all({m, s}));
      ++data_.halves[0];
      s.release();
      ++data_.halves[1];
      m.release();
    }
  });
  EXPECT_EQ(data_.halves[0], threads * rounds);
  EXPECT_EQ(data_.halves[1], threads * rounds);
}

/// What the sanitizer must not let pass.
int race() {
  coview_test::scoped_root const root;
  auto const memory = mapping::create("data", sizeof(shared_data)).map();
  auto& data = memory.construct_once<shared_data>();
  on_threads([&] {
    for (long i = 0; i < rounds; ++i) ++data.total;
  });
  return 0;
}

}  // namespace
}  // namespace coview

int main(int count, char** arguments) {
  if (count == 2 && std::strcmp(arguments[1], "--broken") == 0) return coview::race();
  testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
