// SPDX-License-Identifier: Apache-2.0
// Ledgers: one bridge for each channel, whatever is forgotten meanwhile.
#include "bridge/ledger.hpp"

#include <atomic>
#include <gtest/gtest.h>

#include <coview/error.hpp>
#include <coview/mapping.hpp>

#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

using namespace coview_test;

bridge_channel const numbers{.what = carried::topic, .name = "numbers"};

TEST(Ledger, ForgottenWhileBridgesBeginItNeverHasTwo) {
  scoped_root const root;
  struct counts {
    std::atomic<int> inside, twice, had;
    std::atomic<bool> over;
  };
  auto const memory = mapping::anonymous(sizeof(counts));
  auto const seen = memory.map();
  auto& all = *new (seen.data()) counts{};
  child const forgets([&](parent_link const&) {
    while (!all.over) forget_bridges();
  });
  auto const begins = [&](parent_link const& parent) {
    for (int had = 0; had < 300;) {
      try {
        ledger const book(numbers, "coview.topic.numbers");
        if (all.inside.fetch_add(1) != 0) ++all.twice;
        sched_yield();
        --all.inside;
        ++had;
        ++all.had;
      } catch (error const& e) {
        if (e.code() != std::errc::device_or_resource_busy) throw;
      }
    }
    parent.say("done");
  };
  child const first(begins);
  child const second(begins);
  EXPECT_EQ(first.hear(), "done");
  EXPECT_EQ(second.hear(), "done");
  all.over = true;
  EXPECT_EQ(all.twice, 0);
  EXPECT_EQ(all.had, 600);
}

TEST(Ledger, TellsTheWayBeforeTheObjectIsThere) {
  scoped_root const root;
  for (auto const way : {direction::in, direction::out, direction::both}) {
    ledger const book({.what = carried::topic, .name = "numbers", .way = way}, "coview.topic.numbers");
    EXPECT_EQ(bridges().at(0).way, way);
  }
}

TEST(Ledger, IsNotForgottenWhileABridgeHasIt) {
  scoped_root const root;
  child const carries([](parent_link const& parent) {
    ledger const book(numbers, "coview.topic.numbers");
    parent.say("carries");
    (void)parent.hear();
  });
  EXPECT_EQ(carries.hear(), "carries");
  EXPECT_FALSE(ledger::forget(carried::topic, "numbers"));
  EXPECT_EQ(bridges().size(), 1U);
  const_cast<child&>(carries).kill();
  EXPECT_EQ(forget_bridges(), 1U);
  EXPECT_EQ(bridges().size(), 0U);
}

TEST(Ledger, AnotherMappingOfThatBeginningIsNone) {
  scoped_root const root;
  auto const text = mapping::create("coview-bridge/x", 64);
  auto const large = mapping::create("coview-bridge/y", sizeof(ledger_page));
  auto const odd = mapping::create("coview-bridge/topic/a b", sizeof(ledger_page));
  EXPECT_EQ(bridges().size(), 0U);
  EXPECT_EQ(forget_bridges(), 0U);
}

}  // namespace
}  // namespace coview
