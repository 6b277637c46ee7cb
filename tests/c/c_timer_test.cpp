// SPDX-License-Identifier: Apache-2.0
// Timers through coview.h.
#include <coview.h>

#include <ctime>

#include "c/c_support.hpp"
#include "support/process.hpp"

namespace {

using CTimer = coview_test::c_test;
using coview_test::child;
using coview_test::expect_failed;
using coview_test::parent_link;
using coview_test::second;

TEST_F(CTimer, IsDueOnceOrAgainAndAgain) {
  coview_timer* timer = nullptr;
  ASSERT_EQ(coview_timer_create("tick", COVIEW_RESET_AUTOMATIC, nullptr, &timer), COVIEW_OK) << coview_last_error();
  EXPECT_STREQ(coview_timer_name(timer), "tick");
  EXPECT_EQ(coview_timer_created(timer), 1);
  EXPECT_EQ(coview_timer_still_named(timer), 1);
  EXPECT_EQ(coview_timer_kind(timer), COVIEW_RESET_AUTOMATIC);
  std::int64_t due = -1;
  EXPECT_EQ(coview_timer_due_in(timer, &due), COVIEW_ABSENT);
  EXPECT_EQ(due, -1) << "nothing is stored where there is nothing";
  EXPECT_EQ(coview_timer_wait(timer, 0), COVIEW_TIMED_OUT);
  ASSERT_EQ(coview_timer_set(timer, 3600 * second, 0), COVIEW_OK);
  EXPECT_EQ(coview_timer_wait(timer, 0), COVIEW_TIMED_OUT);
  EXPECT_EQ(coview_timer_due_in(timer, &due), COVIEW_OK);
  EXPECT_GT(due, 3000 * second);
  EXPECT_LE(due, 3600 * second);
  ASSERT_EQ(coview_timer_set(timer, 0, second / 1000), COVIEW_OK);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(coview_timer_wait(timer, COVIEW_FOREVER), COVIEW_OK);
  ASSERT_EQ(coview_timer_cancel(timer), COVIEW_OK);
  EXPECT_EQ(coview_timer_due_in(timer, &due), COVIEW_ABSENT);
  coview_timer* same = nullptr;
  ASSERT_EQ(coview_timer_open_or_create("tick", COVIEW_RESET_MANUAL, nullptr, &same), COVIEW_OK);
  EXPECT_EQ(coview_timer_created(same), 0);
  EXPECT_EQ(coview_timer_kind(same), COVIEW_RESET_AUTOMATIC) << "an existing one keeps its kind";
  coview_timer_close(same);
  coview_timer_close(timer);
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(CTimer, FollowsTheWallClockAndIsSetByOtherProcesses) {
  coview_timer* timer = nullptr;
  ASSERT_EQ(coview_timer_create("alarm", COVIEW_RESET_MANUAL, nullptr, &timer), COVIEW_OK);
  coview_object_list* list = nullptr;
  ASSERT_EQ(coview_stat("alarm", &list), COVIEW_OK);
  EXPECT_EQ(coview_object_list_at(list, 0)->kind, COVIEW_KIND_TIMER);
  coview_object_list_free(list);
  std::int64_t const now = static_cast<std::int64_t>(std::time(nullptr)) * second;
  ASSERT_EQ(coview_timer_set_at(timer, now + 3600 * second, 0), COVIEW_OK);
  EXPECT_EQ(coview_timer_wait(timer, 0), COVIEW_TIMED_OUT);
  child setter([now](parent_link const& parent) {
    coview_timer* mine = nullptr;
    if (coview_timer_open("alarm", &mine) != COVIEW_OK) return;
    if (coview_timer_set_at(mine, now - second, 0) == COVIEW_OK) parent.say("set");
  });
  ASSERT_EQ(setter.hear(), "set");
  coview_waitable waited{};
  waited.timer = timer;
  std::size_t index = 9;
  EXPECT_EQ(coview_wait_any(&waited, 1, COVIEW_FOREVER, &index), COVIEW_OK);
  EXPECT_EQ(index, 0U);
  EXPECT_EQ(coview_wait_all(&waited, 1, COVIEW_FOREVER), COVIEW_OK) << "a manual one stays";
  coview_mutex* mutex = nullptr;
  ASSERT_EQ(coview_mutex_create("m", nullptr, &mutex), COVIEW_OK);
  waited.mutex = mutex;
  expect_failed(coview_wait_any(&waited, 1, 0, nullptr), EINVAL, "exactly one");
  coview_mutex_close(mutex);
  coview_timer_close(timer);
}

TEST_F(CTimer, RefusesWhatCannotBe) {
  coview_timer* timer = nullptr;
  coview_timer* const none = nullptr;
  std::int64_t due = 0;
  expect_failed(coview_timer_open("tick", &timer), ENOENT, "'tick'");
  expect_failed(coview_timer_open(nullptr, &timer), EINVAL, "coview_timer_open");
  expect_failed(coview_timer_create(nullptr, COVIEW_RESET_MANUAL, nullptr, &timer), EINVAL, "coview_timer_create");
  expect_failed(coview_timer_create("tick", COVIEW_RESET_MANUAL, nullptr, nullptr), EINVAL, "coview_timer_create");
  expect_failed(coview_timer_create("tick", 2, nullptr, &timer), EINVAL, "coview_reset");
  expect_failed(coview_timer_open_or_create(nullptr, COVIEW_RESET_MANUAL, nullptr, &timer), EINVAL,
                "coview_timer_open_or_create");
  expect_failed(coview_timer_set(none, 0, 0), EINVAL, "coview_timer_set");
  expect_failed(coview_timer_set_at(none, 0, 0), EINVAL, "coview_timer_set_at");
  expect_failed(coview_timer_cancel(none), EINVAL, "coview_timer_cancel");
  expect_failed(coview_timer_wait(none, 0), EINVAL, "coview_timer_wait");
  expect_failed(coview_timer_due_in(none, &due), EINVAL, "coview_timer_due_in");
  ASSERT_EQ(coview_timer_create("tick", COVIEW_RESET_MANUAL, nullptr, &timer), COVIEW_OK);
  coview_timer* again = timer;
  expect_failed(coview_timer_create("tick", COVIEW_RESET_MANUAL, nullptr, &again), EEXIST, "'tick'");
  EXPECT_EQ(again, nullptr);
  EXPECT_EQ(coview_remove("tick", 1, nullptr), COVIEW_OK);
  coview_timer_close(timer);
  ASSERT_EQ(coview_timer_create("tick", COVIEW_RESET_MANUAL, nullptr, &timer), COVIEW_OK);
  expect_failed(coview_timer_set(timer, -1, 0), EINVAL, "after is -1");
  expect_failed(coview_timer_set(timer, 0, -1), EINVAL, "period is -1");
  expect_failed(coview_timer_set_at(timer, 0, -1), EINVAL, "period is -1");
  expect_failed(coview_timer_due_in(timer, nullptr), EINVAL, "coview_timer_due_in");
  coview_timer_close(timer);
  EXPECT_STREQ(coview_timer_name(nullptr), "");
  EXPECT_EQ(coview_timer_created(nullptr), 0);
  EXPECT_EQ(coview_timer_still_named(nullptr), 0);
  EXPECT_EQ(coview_timer_kind(nullptr), COVIEW_RESET_AUTOMATIC);
  coview_timer_close(nullptr);
}

}  // namespace
