// SPDX-License-Identifier: Apache-2.0
// The judge of the kill campaigns must see each kind of wrong, and must not see one where there is none.
#include "oracle.hpp"

#include <gtest/gtest.h>

namespace {

using campaign::event;
using campaign::event_kind;
using campaign::findings;
using campaign::judge;
using campaign::life;
using campaign::stamp;

/// One process, whose log is written by hand.
class process {
 public:
  explicit process(pid_t pid, uid_t user = 1) : life_{.pid = pid, .uid = user, .events = {}} {}

  process& gets(std::uint32_t call, std::uint64_t generation, stamp from, stamp to,
                event_kind how = event_kind::opened) {
    add({.at = from,
         .call = call,
         .mode = mode_,
         .kind = how == event_kind::created ? event_kind::create_begin : event_kind::open_begin});
    return add({.at = to, .generation = generation, .call = call, .detail = life_.uid, .mode = mode_, .kind = how});
  }
  process& creates(std::uint32_t call, std::uint64_t generation, stamp from, stamp to) {
    return gets(call, generation, from, to, event_kind::created);
  }
  process& closes(std::uint32_t call, stamp from, stamp to) {
    add({.at = from, .call = call, .kind = event_kind::close_begin});
    return add({.at = to, .call = call, .kind = event_kind::closed});
  }
  process& begins(std::uint32_t call, stamp from, event_kind how) {
    return add({.at = from, .call = call, .mode = mode_, .kind = how});
  }
  process& is_told(event_kind answer, stamp from, stamp to) {
    add({.at = from, .call = 99, .kind = event_kind::open_begin});
    return add({.at = to, .call = 99, .kind = answer});
  }
  process& lists(bool shown, stamp from, stamp to) {
    add({.at = from, .kind = event_kind::list_begin});
    if (shown) add({.at = from, .kind = event_kind::listed});
    return add({.at = to, .kind = event_kind::list_end});
  }
  process& with_mode(std::uint16_t mode) {
    mode_ = mode;
    return *this;
  }
  process& killed(stamp sent, stamp reaped) {
    life_.killed = sent;
    life_.reaped = reaped;
    return *this;
  }
  process& add(event e) {
    life_.events.push_back(e);
    life_.reaped = e.at + 1;
    return *this;
  }
  operator life() const { return life_; }

 private:
  life life_;
  std::uint16_t mode_ = 0600;
};

std::string first_text(findings const& f) {
  return f.texts.empty() ? "" : f.texts.front();
}

void expect_violation(findings const& f, char const* text) {
  EXPECT_GT(f.violations, 0U);
  EXPECT_NE(first_text(f).find(text), std::string::npos) << first_text(f);
}

TEST(Oracle, AcceptsObjectsThatFollowOneAnother) {
  auto const f =
      judge({process(1).creates(1, 10, 1, 2).closes(1, 9, 10), process(2).gets(1, 10, 8, 12).closes(1, 14, 15),
             process(3).creates(1, 11, 13, 16).closes(1, 20, 21)},
            1);
  EXPECT_EQ(f.violations, 0U) << first_text(f);
  EXPECT_EQ(f.creates, 2U);
  EXPECT_EQ(f.objects, 2U);
}

TEST(Oracle, SeesAStaleObjectThatIsOpened) {
  expect_violation(
      judge({process(1).creates(1, 10, 1, 2).killed(5, 6), process(2).gets(1, 10, 8, 9).killed(20, 21)}, 1),
      "revived");
}

TEST(Oracle, SeesTwoOpenersThatReviveAStaleObjectTogether) {
  expect_violation(judge({process(1).creates(1, 10, 1, 2).killed(5, 6), process(2).gets(1, 10, 8, 11).killed(20, 21),
                          process(3).gets(1, 10, 9, 10).killed(20, 22)},
                         1),
                   "revived");
}

TEST(Oracle, LetsAKilledOpenBridgeAGapAndSaysSo) {
  auto const f = judge(
      {process(1).creates(1, 10, 1, 2).killed(5, 6), process(2).begins(1, 4, event_kind::open_begin).killed(9, 10),
       process(3).gets(1, 10, 8, 11).killed(20, 21)},
      1);
  EXPECT_EQ(f.violations, 0U) << first_text(f);
  EXPECT_EQ(f.doubtful, 1U);
}

TEST(Oracle, DoesNotLetAKilledOpenBridgeAGapThatItCameTooLateFor) {
  expect_violation(judge({process(1).creates(1, 10, 1, 2).killed(5, 6),
                          process(2).begins(1, 7, event_kind::open_begin).killed(9, 10),
                          process(3).gets(1, 10, 8, 11).killed(20, 21)},
                         1),
                   "revived");
}

TEST(Oracle, SeesALiveObjectReplaced) {
  expect_violation(
      judge({process(1).creates(1, 10, 1, 2).killed(9, 10), process(2).creates(1, 11, 4, 5).killed(9, 11)}, 1),
      "a live one was removed");
}

TEST(Oracle, SeesALiveObjectThatIsNotFound) {
  expect_violation(
      judge({process(1).creates(1, 10, 1, 2).killed(9, 10), process(2).is_told(event_kind::absent, 4, 5)}, 1),
      "was not found");
  expect_violation(judge({process(1).creates(1, 10, 1, 2).killed(9, 10), process(2).lists(false, 4, 5)}, 1),
                   "was not listed");
}

TEST(Oracle, SeesAStaleNameThatIsTakenOrListed) {
  expect_violation(
      judge({process(1).creates(1, 10, 1, 2).killed(4, 5), process(2).is_told(event_kind::exists, 6, 7)}, 1),
      "observed by create");
  expect_violation(judge({process(1).creates(1, 10, 1, 2).killed(4, 5), process(2).lists(true, 6, 7)}, 1),
                   "observed by list");
}

TEST(Oracle, SeesAnObjectThatNobodyMade) {
  expect_violation(judge({process(2).gets(1, 10, 6, 7).killed(9, 10)}, 1), "nobody made");
  auto const f = judge(
      {process(1).begins(1, 1, event_kind::create_begin).killed(3, 4), process(2).gets(1, 10, 2, 7).killed(9, 10)},
      1);
  EXPECT_EQ(f.violations, 0U) << first_text(f);
}

TEST(Oracle, TakesDenialOnlyFromAStrangersClosedObject) {
  auto const told = process(2, 2).is_told(event_kind::denied, 4, 5);
  EXPECT_EQ(judge({process(1, 1).creates(1, 10, 1, 2).killed(9, 10), told}, 1).violations, 0U);
  expect_violation(judge({process(1, 1).with_mode(0666).creates(1, 10, 1, 2).killed(9, 10), told}, 1),
                   "permission denied");
  expect_violation(judge({process(1, 2).creates(1, 10, 1, 2).killed(9, 10), told}, 1), "permission denied");
  expect_violation(judge({process(1, 1).creates(1, 10, 1, 2).killed(2, 3), told}, 1), "permission denied");
}

TEST(Oracle, TakesDenialFromACallThatMayHaveOpenedAClosedObject) {
  auto const told = process(2, 2).is_told(event_kind::denied, 4, 5);
  auto const either = process(1, 1).with_mode(0666).begins(1, 1, event_kind::either_begin).killed(9, 10);
  EXPECT_EQ(judge({either, told}, 1).violations, 0U);
  auto const create = process(1, 1).with_mode(0666).begins(1, 1, event_kind::create_begin).killed(9, 10);
  expect_violation(judge({create, told}, 1), "permission denied");
}

TEST(Oracle, SeesAHolderThatIsNotShown) {
  auto const holder = process(1).creates(1, 10, 1, 2).killed(9, 10);
  auto asker = process(2);
  asker.add({.at = 4, .kind = event_kind::holders_begin}).add({.at = 5, .kind = event_kind::holders_end});
  expect_violation(judge({holder, asker}, 1), "a holder is not shown");
  auto told = process(2);
  told.add({.at = 4, .kind = event_kind::holders_begin})
      .add({.at = 4, .detail = 1, .kind = event_kind::holder})
      .add({.at = 5, .kind = event_kind::holders_end});
  EXPECT_EQ(judge({holder, told}, 1).violations, 0U);
}

TEST(Oracle, CountsAForkedChildAsAHolder) {
  auto child = process(2);
  child.add({.at = 3, .generation = 10, .call = 1, .mode = 0600, .kind = event_kind::inherit})
      .add({.at = 5, .generation = 10, .call = 1, .kind = event_kind::inherited})
      .killed(20, 21);
  auto const parent = process(1).creates(1, 10, 1, 2).killed(6, 7);
  EXPECT_EQ(judge({parent, child, process(3).gets(1, 10, 10, 11).killed(12, 13)}, 1).violations, 0U);
  expect_violation(judge({parent, child, process(3).is_told(event_kind::absent, 10, 11)}, 1), "was not found");
}

}  // namespace
