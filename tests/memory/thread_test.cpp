// SPDX-License-Identifier: Apache-2.0
// Threads of one process that open, create and close the same names; also what the thread sanitizer watches.
#include <atomic>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "support/scoped_root.hpp"

namespace coview {
namespace {

/// Runs in several threads at once, each with its number.
template <class Body>
void in_threads(unsigned count, Body body) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i) threads.emplace_back([&, i] { body(i); });
  for (auto& thread : threads) thread.join();
}

TEST(Threads, ExactlyOneCreatesEachTime) {
  coview_test::scoped_root const root;
  constexpr unsigned threads = 4;
  for (int round = 0; round < 200; ++round) {
    std::vector<mapping> held(threads);
    std::atomic<int> created{0};
    in_threads(threads, [&](unsigned i) {
      held[i] = mapping::open_or_create("x", 4096);
      if (held[i].created()) ++created;
    });
    ASSERT_EQ(created, 1) << "round " << round;
    in_threads(threads, [&](unsigned i) { held[i].close(); });
    ASSERT_TRUE(root.files().empty()) << "round " << round;  // the last of four closers at once takes the name along
  }
}

TEST(Threads, EachNameLivesItsOwnLife) {
  coview_test::scoped_root const root;
  in_threads(4, [&](unsigned i) {
    std::string const name = "x" + std::to_string(i);
    for (int round = 0; round < 300; ++round) {
      auto const memory = mapping::create(name, 64);
      auto const written = memory.map();
      written.as<std::uint32_t>() = i;
      auto const seen = mapping::open(name).map();
      EXPECT_EQ(seen.as<std::uint32_t>(), i);
    }
  });
  EXPECT_TRUE(root.files().empty());
}

TEST(Threads, OneHandleMapsInAllOfThem) {
  coview_test::scoped_root const root;
  auto const memory = mapping::create("x", 4096);
  in_threads(4, [&](unsigned i) {
    for (int round = 0; round < 200; ++round) {
      auto const seen = memory.map(access::read_write, i * 64, 64);
      std::atomic_ref<std::uint32_t>(seen.as<std::uint32_t>()).fetch_add(1);
    }
  });
  auto const seen = memory.map();
  for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(seen.as<std::uint32_t>(std::uint64_t{i} * 64), 200U);
}

TEST(Threads, LookingDisturbsNobody) {
  coview_test::scoped_root const root;
  std::atomic<bool> stop{false};
  std::thread looker([&] {
    while (!stop) {
      (void)list();
      (void)reclaim();
    }
  });
  in_threads(3, [&](unsigned) {
    for (int round = 0; round < 200; ++round) {
      auto const memory = mapping::open_or_create("x", 4096);
      EXPECT_TRUE(memory.still_named());
    }
  });
  stop = true;
  looker.join();
}

}  // namespace
}  // namespace coview
