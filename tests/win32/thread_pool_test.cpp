// SPDX-License-Identifier: Apache-2.0
// Callbacks of the pool: work, waits, timers, and what ends them.
#include <array>
#include <atomic>
#include <gtest/gtest.h>

#include <coview/win32/windows.h>

#include "win32/win32_support.hpp"

using coview_test::scoped_handle;

namespace {

scoped_handle event() {
  return {CreateEventA(nullptr, FALSE, FALSE, nullptr)};
}

TEST(ThreadPool, RunsWhatIsQueued) {
  struct shared {
    std::atomic<int> left{100};
    scoped_handle done = event();
  } all;
  auto const item = [](LPVOID given) -> DWORD {
    auto& in = *static_cast<shared*>(given);
    if (--in.left == 0) SetEvent(in.done);
    return 0;
  };
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(QueueUserWorkItem(item, &all, WT_EXECUTEDEFAULT));
  EXPECT_EQ(WaitForSingleObject(all.done, INFINITE), WAIT_OBJECT_0);
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, QueueUserWorkItem(nullptr, nullptr, 0));
}

TEST(ThreadPool, WorkIsDoneAsOftenAsItIsSubmitted) {
  std::atomic<int> times{0};
  auto* const work = CreateThreadpoolWork(
      [](PTP_CALLBACK_INSTANCE, PVOID given, PTP_WORK) { ++*static_cast<std::atomic<int>*>(given); }, &times,
      nullptr);
  ASSERT_NE(work, nullptr);
  for (int i = 0; i < 50; ++i) SubmitThreadpoolWork(work);
  WaitForThreadpoolWorkCallbacks(work, FALSE);
  EXPECT_EQ(times, 50);
  CloseThreadpoolWork(work);
}

TEST(ThreadPool, PoolOfOneRunsOneAfterTheOther) {
  struct shared {
    std::atomic<int> inside{0};
    std::atomic<bool> met{false};
  } all;
  TP_CALLBACK_ENVIRON environment;
  InitializeThreadpoolEnvironment(&environment);
  auto* const pool = CreateThreadpool(nullptr);
  auto* const group = CreateThreadpoolCleanupGroup();
  SetThreadpoolThreadMaximum(pool, 1);
  SetThreadpoolCallbackPool(&environment, pool);
  SetThreadpoolCallbackCleanupGroup(&environment, group, nullptr);
  auto* const work = CreateThreadpoolWork(
      [](PTP_CALLBACK_INSTANCE, PVOID given, PTP_WORK) {
        auto& in = *static_cast<shared*>(given);
        if (++in.inside != 1) in.met = true;
        SwitchToThread();
        --in.inside;
      },
      &all, &environment);
  for (int i = 0; i < 50; ++i) SubmitThreadpoolWork(work);
  CloseThreadpoolCleanupGroupMembers(group, FALSE, nullptr);
  EXPECT_FALSE(all.met);
  CloseThreadpoolCleanupGroup(group);
  CloseThreadpool(pool);
}

struct wait_record {
  std::atomic<int> timed_out{0};
  std::atomic<int> there{0};
  scoped_handle told = event();
  static VOID NTAPI tell(PVOID given, BOOLEAN timed_out) {
    auto& in = *static_cast<wait_record*>(given);
    ++(timed_out != FALSE ? in.timed_out : in.there);
    SetEvent(in.told);
  }
};

TEST(ThreadPool, RegisteredWaitIsCalledEachTime) {
  wait_record record;
  auto const object = event();
  HANDLE wait = nullptr;
  ASSERT_TRUE(RegisterWaitForSingleObject(&wait, object, wait_record::tell, &record, INFINITE, WT_EXECUTEDEFAULT));
  for (int i = 0; i < 3; ++i) {
    SetEvent(object);
    ASSERT_EQ(WaitForSingleObject(record.told, INFINITE), WAIT_OBJECT_0);
  }
  EXPECT_TRUE(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
  SetEvent(object);
  EXPECT_EQ(record.there, 3);
  EXPECT_EQ(WaitForSingleObject(object, 0), WAIT_OBJECT_0);  // nobody takes it any more
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, UnregisterWait(wait));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, UnregisterWait(object));
}

TEST(ThreadPool, RegisteredWaitTellsOfTime) {
  wait_record record;
  auto const object = event();
  HANDLE wait = nullptr;
  ASSERT_TRUE(RegisterWaitForSingleObject(&wait, object, wait_record::tell, &record, 1, WT_EXECUTEONLYONCE));
  ASSERT_EQ(WaitForSingleObject(record.told, INFINITE), WAIT_OBJECT_0);
  EXPECT_TRUE(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
  EXPECT_EQ(record.timed_out, 1);
  EXPECT_EQ(record.there, 0);
}

TEST(ThreadPool, CompletionEventComesAfterTheCallback) {
  struct shared {
    scoped_handle inside = event();
    scoped_handle go = event();
    std::atomic<bool> ended{false};
  } all;
  auto const object = event();
  auto const completed = event();
  HANDLE wait = nullptr;
  auto const callback = [](PVOID given, BOOLEAN) {
    auto& in = *static_cast<shared*>(given);
    SetEvent(in.inside);
    WaitForSingleObject(in.go, INFINITE);
    in.ended = true;
  };
  ASSERT_TRUE(RegisterWaitForSingleObject(&wait, object, callback, &all, INFINITE, WT_EXECUTEONLYONCE));
  SetEvent(object);
  WaitForSingleObject(all.inside, INFINITE);
  EXPECT_FAILS(ERROR_IO_PENDING, FALSE, UnregisterWaitEx(wait, completed));
  EXPECT_EQ(WaitForSingleObject(completed, 0), DWORD{WAIT_TIMEOUT});
  SetEvent(all.go);
  EXPECT_EQ(WaitForSingleObject(completed, INFINITE), WAIT_OBJECT_0);
  EXPECT_TRUE(all.ended);
}

TEST(ThreadPool, QueueTimerKeepsGoingUntilItIsDeleted) {
  wait_record record;
  scoped_handle const queue(CreateTimerQueue());
  HANDLE timer = nullptr;
  ASSERT_TRUE(CreateTimerQueueTimer(&timer, queue, wait_record::tell, &record, 0, 1, WT_EXECUTEDEFAULT));
  while (record.timed_out < 3) WaitForSingleObject(record.told, INFINITE);
  EXPECT_TRUE(DeleteTimerQueueTimer(queue, timer, INVALID_HANDLE_VALUE));
  int const at_the_end = record.timed_out;
  WaitForSingleObject(record.told, 0);
  EXPECT_EQ(WaitForSingleObject(record.told, 10), DWORD{WAIT_TIMEOUT});
  EXPECT_EQ(record.timed_out, at_the_end);
}

// Microsoft: "If you call ChangeTimerQueueTimer on a one-shot timer that has already expired, the
// timer is not updated."
TEST(TimerQueue, ATimerThatFiredOnceIsNotWoundUpAgain) {
  wait_record record;
  scoped_handle const queue(CreateTimerQueue());
  HANDLE timer = nullptr;
  ASSERT_TRUE(CreateTimerQueueTimer(&timer, queue, wait_record::tell, &record, 0, 0, WT_EXECUTEDEFAULT));
  while (record.timed_out < 1) WaitForSingleObject(record.told, INFINITE);
  EXPECT_TRUE(ChangeTimerQueueTimer(queue, timer, 0, 1));
  EXPECT_TRUE(DeleteTimerQueueTimer(queue, timer, INVALID_HANDLE_VALUE));
  EXPECT_EQ(record.timed_out, 1);
}

TEST(ThreadPool, TimerSetsAnEventWhenItsCallbackReturns) {
  auto const done = event();
  auto* const timer = CreateThreadpoolTimer(
      [](PTP_CALLBACK_INSTANCE instance, PVOID given, PTP_TIMER) { SetEventWhenCallbackReturns(instance, given); },
      done.get(), nullptr);
  EXPECT_FALSE(IsThreadpoolTimerSet(timer));
  FILETIME distant{0, 0x80000000U};  // ten thousand years ahead
  SetThreadpoolTimer(timer, &distant, 0, 0);
  EXPECT_TRUE(IsThreadpoolTimerSet(timer));
  FILETIME now{0, 0};
  SetThreadpoolTimer(timer, &now, 0, 0);
  EXPECT_EQ(WaitForSingleObject(done, INFINITE), WAIT_OBJECT_0);
  WaitForThreadpoolTimerCallbacks(timer, TRUE);
  CloseThreadpoolTimer(timer);
}

TEST(ThreadPool, WaitFiresOnceForEachSetting) {
  struct shared {
    std::atomic<DWORD> result{WAIT_FAILED};
    scoped_handle told = event();
  } all;
  auto const object = event();
  auto* const wait = CreateThreadpoolWait(
      [](PTP_CALLBACK_INSTANCE, PVOID given, PTP_WAIT, TP_WAIT_RESULT result) {
        auto& in = *static_cast<shared*>(given);
        in.result = result;
        SetEvent(in.told);
      },
      &all, nullptr);
  SetThreadpoolWait(wait, object, nullptr);
  SetEvent(object);
  WaitForSingleObject(all.told, INFINITE);
  EXPECT_EQ(all.result, WAIT_OBJECT_0);
  FILETIME now{0, 0};
  SetThreadpoolWait(wait, object, &now);
  WaitForSingleObject(all.told, INFINITE);
  EXPECT_EQ(all.result, DWORD{WAIT_TIMEOUT});
  WaitForThreadpoolWaitCallbacks(wait, TRUE);
  CloseThreadpoolWait(wait);
}

}  // namespace
