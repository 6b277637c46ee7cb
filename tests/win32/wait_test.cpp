// SPDX-License-Identifier: Apache-2.0
// Waiting (WA-*): for one, any and all of several objects, with signals, timers, files, threads and calls in between.
#include <unistd.h>

#include <array>
#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include <coview/win32/windows.h>

#include "support/asleep.hpp"
#include "support/scoped_root.hpp"
#include "win32/win32_support.hpp"

namespace {

using coview_test::is_set;

class Win32Wait : public ::testing::Test {
 protected:
  coview_test::scoped_root root_;
};

HANDLE new_event(BOOL manual, BOOL set) {
  return CreateEventA(nullptr, manual, set, nullptr);
}

/// A thread that waits, asleep once the constructor is done.
class waiting_thread {
 public:
  template <class Body>
  explicit waiting_thread(Body body)
      : thread_([this, body] {
          id_ = static_cast<pid_t>(GetCurrentThreadId());
          result_ = body();
        }) {
    while (id_ == 0) std::this_thread::yield();
    coview_test::until_asleep(::getpid(), id_);
  }
  DWORD join() {
    thread_.join();
    return result_;
  }

 private:
  std::atomic<pid_t> id_{0};
  DWORD result_ = 0;
  std::thread thread_;
};

TEST_F(Win32Wait, AnswersAndTimeouts_WA01_WA02) {
  HANDLE const event = new_event(TRUE, FALSE);
  SetLastError(4711);
  EXPECT_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
  EXPECT_EQ(WaitForSingleObject(event, 1), WAIT_TIMEOUT);
  SetEvent(event);
  EXPECT_EQ(WaitForSingleObject(event, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(GetLastError(), 4711U);
  EXPECT_EQ(WaitForSingleObject(nullptr, 0), WAIT_FAILED);
  EXPECT_EQ(GetLastError(), ERROR_INVALID_HANDLE);
  CloseHandle(event);
}

TEST_F(Win32Wait, TheNumberOfObjectsIsBounded_WA03) {
  std::vector<HANDLE> many(MAXIMUM_WAIT_OBJECTS + 1, new_event(TRUE, TRUE));
  for (DWORD const wrong : {DWORD{0}, DWORD{MAXIMUM_WAIT_OBJECTS + 1}}) {
    EXPECT_EQ(WaitForMultipleObjects(wrong, many.data(), FALSE, 0), WAIT_FAILED);
    EXPECT_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
  }
  EXPECT_EQ(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, many.data(), FALSE, 0), WAIT_OBJECT_0);
  EXPECT_EQ(WaitForMultipleObjects(2, nullptr, FALSE, 0), WAIT_FAILED);  // D18
  CloseHandle(many.front());
}

TEST_F(Win32Wait, EveryHandleMustDo_WA04) {
  HANDLE const event = new_event(TRUE, TRUE);
  HANDLE weak = nullptr;
  ASSERT_TRUE(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &weak, EVENT_MODIFY_STATE, FALSE, 0));
  struct row {
    HANDLE second;
    DWORD error;
  };
  // D17: a pseudo-handle is none among several.
  for (row const& one :
       {row{nullptr, ERROR_INVALID_HANDLE}, row{reinterpret_cast<HANDLE>(0x7770), ERROR_INVALID_HANDLE},
        row{weak, ERROR_ACCESS_DENIED}, row{GetCurrentProcess(), ERROR_INVALID_HANDLE}}) {
    std::array<HANDLE, 2> const both{event, one.second};
    EXPECT_EQ(WaitForMultipleObjects(2, both.data(), FALSE, 0), WAIT_FAILED);
    EXPECT_EQ(GetLastError(), one.error);
  }
  CloseHandle(weak);
  CloseHandle(event);
}

TEST_F(Win32Wait, AnyTakesTheLowestAndNothingElse_WA05) {
  std::array<HANDLE, 3> const all{new_event(FALSE, FALSE), new_event(FALSE, TRUE), new_event(FALSE, TRUE)};
  EXPECT_EQ(WaitForMultipleObjects(3, all.data(), FALSE, INFINITE), WAIT_OBJECT_0 + 1);
  EXPECT_EQ(WaitForMultipleObjects(3, all.data(), FALSE, INFINITE), WAIT_OBJECT_0 + 2);
  EXPECT_EQ(WaitForMultipleObjects(3, all.data(), FALSE, 0), WAIT_TIMEOUT);
  waiting_thread waiter([&] { return WaitForMultipleObjects(3, all.data(), FALSE, INFINITE); });
  SetEvent(all[2]);
  EXPECT_EQ(waiter.join(), WAIT_OBJECT_0 + 2);
  for (HANDLE const handle : all) CloseHandle(handle);
}

TEST_F(Win32Wait, AllTakesEverythingOrNothing_WA06) {
  std::array<HANDLE, 3> const all{new_event(FALSE, TRUE), CreateSemaphoreA(nullptr, 1, 1, nullptr),
                                  CreateMutexA(nullptr, FALSE, nullptr)};
  HANDLE const missing = new_event(FALSE, FALSE);
  std::array<HANDLE, 4> const with_missing{all[0], all[1], all[2], missing};
  EXPECT_EQ(WaitForMultipleObjects(4, with_missing.data(), TRUE, 1), WAIT_TIMEOUT);
  // The ready ones are as they were, and can be had together now.
  EXPECT_EQ(WaitForMultipleObjects(3, all.data(), TRUE, 0), WAIT_OBJECT_0);
  EXPECT_FALSE(is_set(all[0]));
  EXPECT_FALSE(is_set(all[1]));
  EXPECT_TRUE(ReleaseMutex(all[2]));
  SetEvent(all[0]);
  waiting_thread waiter([&] {
    auto const result = WaitForMultipleObjects(4, with_missing.data(), TRUE, INFINITE);
    ReleaseMutex(all[2]);
    return result;
  });
  SetEvent(missing);
  ReleaseSemaphore(all[1], 1, nullptr);
  EXPECT_EQ(waiter.join(), WAIT_OBJECT_0);
  for (HANDLE const handle : with_missing) CloseHandle(handle);
}

// D14: a name counts handles, and a wait is none.
TEST_F(Win32Wait, ANameGoesWithItsLastHandleThoughAThreadWaits) {
  HANDLE const named = CreateEventA(nullptr, TRUE, FALSE, "waited for");
  HANDLE const other = new_event(TRUE, FALSE);
  waiting_thread waiter([=] {
    std::array<HANDLE, 2> const both{named, other};
    return WaitForMultipleObjects(2, both.data(), FALSE, INFINITE);
  });
  EXPECT_TRUE(CloseHandle(named));
  EXPECT_EQ(OpenEventA(EVENT_ALL_ACCESS, FALSE, "waited for"), nullptr);
  EXPECT_EQ(GetLastError(), ERROR_FILE_NOT_FOUND);
  SetEvent(other);
  EXPECT_EQ(waiter.join(), WAIT_OBJECT_0 + 1);
  CloseHandle(other);
}

// D7
TEST_F(Win32Wait, AllWithTheSameObjectTwice_WA07) {
  HANDLE const event = CreateEventA(nullptr, TRUE, TRUE, "e");
  HANDLE const again = OpenEventA(EVENT_ALL_ACCESS, FALSE, "e");
  for (HANDLE const second : {event, again}) {
    std::array<HANDLE, 2> const both{event, second};
    EXPECT_EQ(WaitForMultipleObjects(2, both.data(), TRUE, 0), WAIT_FAILED);
    EXPECT_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
    EXPECT_EQ(WaitForMultipleObjects(2, both.data(), FALSE, 0), WAIT_OBJECT_0);
  }
  CloseHandle(again);
  CloseHandle(event);
}

TEST_F(Win32Wait, TheHandleMayBeClosedMeanwhile_WA08) {
  HANDLE const event = CreateEventA(nullptr, FALSE, FALSE, "e");
  HANDLE const other = OpenEventA(EVENT_ALL_ACCESS, FALSE, "e");
  waiting_thread waiter([&] { return WaitForSingleObject(event, INFINITE); });
  EXPECT_TRUE(CloseHandle(event));
  SetEvent(other);
  EXPECT_EQ(waiter.join(), WAIT_OBJECT_0);
  CloseHandle(other);
}

TEST_F(Win32Wait, ThreadsAndPseudoHandles_WA09_WA12) {
  HANDLE const go = new_event(TRUE, FALSE);
  HANDLE const thread = CreateThread(
      nullptr, 0, [](LPVOID event) -> DWORD { return WaitForSingleObject(event, INFINITE) + 7; }, go, 0, nullptr);
  ASSERT_NE(thread, nullptr);
  EXPECT_EQ(WaitForSingleObject(thread, 0), WAIT_TIMEOUT);
  EXPECT_EQ(WaitForSingleObject(GetCurrentThread(), 0), WAIT_TIMEOUT);
  EXPECT_EQ(WaitForSingleObject(GetCurrentProcess(), 1), WAIT_TIMEOUT);
  std::array<HANDLE, 2> const both{thread, go};
  SetEvent(go);
  EXPECT_EQ(WaitForMultipleObjects(2, both.data(), TRUE, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(WaitForMultipleObjects(2, both.data(), FALSE, INFINITE), WAIT_OBJECT_0);
  CloseHandle(thread);
  CloseHandle(go);
}

// H-05: a mapping has no right to wait for.
TEST_F(Win32Wait, AMappingCannotBeWaitedFor_H05) {
  HANDLE const mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, 4096, nullptr);
  EXPECT_EQ(WaitForSingleObject(mapping, 0), WAIT_FAILED);
  EXPECT_EQ(GetLastError(), ERROR_ACCESS_DENIED);
  CloseHandle(mapping);
}

TEST_F(Win32Wait, SignalAndWait_WA10) {
  HANDLE const event = new_event(TRUE, FALSE);
  HANDLE const mutex = CreateMutexA(nullptr, TRUE, nullptr);
  HANDLE const semaphore = CreateSemaphoreA(nullptr, 0, 1, nullptr);
  EXPECT_EQ(SignalObjectAndWait(event, event, 0, FALSE), WAIT_OBJECT_0);
  EXPECT_EQ(SignalObjectAndWait(mutex, event, 0, FALSE), WAIT_OBJECT_0);
  EXPECT_EQ(SignalObjectAndWait(mutex, event, 0, FALSE), WAIT_FAILED);
  EXPECT_EQ(GetLastError(), ERROR_NOT_OWNER);
  EXPECT_EQ(SignalObjectAndWait(semaphore, event, 0, FALSE), WAIT_OBJECT_0);
  EXPECT_EQ(SignalObjectAndWait(semaphore, event, 0, FALSE), WAIT_FAILED);
  EXPECT_EQ(GetLastError(), ERROR_TOO_MANY_POSTS);
  HANDLE const mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, 4096, nullptr);
  EXPECT_EQ(SignalObjectAndWait(mapping, event, 0, FALSE), WAIT_FAILED);
  EXPECT_EQ(GetLastError(), ERROR_INVALID_HANDLE);
  HANDLE weak = nullptr;
  DuplicateHandle(GetCurrentProcess(), semaphore, GetCurrentProcess(), &weak, SYNCHRONIZE, FALSE, 0);
  EXPECT_EQ(SignalObjectAndWait(weak, event, 0, FALSE), WAIT_FAILED);
  EXPECT_EQ(GetLastError(), ERROR_ACCESS_DENIED);
  EXPECT_EQ(SignalObjectAndWait(event, nullptr, 0, FALSE), WAIT_FAILED);
  EXPECT_EQ(GetLastError(), ERROR_INVALID_HANDLE);
  for (HANDLE const handle : {event, mutex, semaphore, mapping, weak}) CloseHandle(handle);
}

void count_call(ULONG_PTR counter) {
  ++*reinterpret_cast<int*>(counter);
}

TEST_F(Win32Wait, AQueuedCallEndsAnAlertableWait_WA11) {
  HANDLE const event = new_event(TRUE, FALSE);
  int calls = 0;
  auto const data = reinterpret_cast<ULONG_PTR>(&calls);
  EXPECT_NE(QueueUserAPC(&count_call, GetCurrentThread(), data), 0U);
  EXPECT_NE(QueueUserAPC(&count_call, GetCurrentThread(), data), 0U);
  EXPECT_EQ(WaitForSingleObjectEx(event, 0, FALSE), WAIT_TIMEOUT);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(WaitForSingleObjectEx(event, INFINITE, TRUE), WAIT_IO_COMPLETION);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(SleepEx(0, TRUE), 0U);
  QueueUserAPC(&count_call, GetCurrentThread(), data);
  EXPECT_EQ(SleepEx(INFINITE, TRUE), WAIT_IO_COMPLETION);
  std::array<HANDLE, 1> const only{event};
  QueueUserAPC(&count_call, GetCurrentThread(), data);
  EXPECT_EQ(WaitForMultipleObjectsEx(1, only.data(), TRUE, INFINITE, TRUE), WAIT_IO_COMPLETION);
  EXPECT_EQ(calls, 4);

  // A waiter is woken by the call.
  HANDLE const thread = CreateThread(
      nullptr, 0, [](LPVOID what) -> DWORD { return WaitForSingleObjectEx(what, INFINITE, TRUE); }, event, 0,
      nullptr);
  coview_test::until_asleep(::getpid(), static_cast<pid_t>(GetThreadId(thread)));
  EXPECT_NE(QueueUserAPC(&count_call, thread, data), 0U);
  EXPECT_EQ(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
  DWORD code = 0;
  EXPECT_TRUE(GetExitCodeThread(thread, &code));
  EXPECT_EQ(code, WAIT_IO_COMPLETION);
  EXPECT_EQ(calls, 5);
  EXPECT_EQ(QueueUserAPC(&count_call, thread, data), 0U);  // it has ended
  CloseHandle(thread);
  CloseHandle(event);
}

TEST_F(Win32Wait, Timers) {
  HANDLE const timer = CreateWaitableTimerA(nullptr, FALSE, nullptr);
  HANDLE const never = new_event(TRUE, FALSE);
  ASSERT_NE(timer, nullptr);
  EXPECT_EQ(WaitForSingleObject(timer, 0), WAIT_TIMEOUT);
  LARGE_INTEGER due{};
  due.QuadPart = -10'000;  // a millisecond
  EXPECT_TRUE(SetWaitableTimer(timer, &due, 0, nullptr, nullptr, FALSE));
  EXPECT_EQ(WaitForSingleObject(timer, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(WaitForSingleObject(timer, 0), WAIT_TIMEOUT);  // it was reset by the wait
  // Beside other things, which are slept on in another way.
  std::array<HANDLE, 2> const both{never, timer};
  EXPECT_TRUE(SetWaitableTimer(timer, &due, 0, nullptr, nullptr, FALSE));
  EXPECT_EQ(WaitForMultipleObjects(2, both.data(), FALSE, INFINITE), WAIT_OBJECT_0 + 1);
  waiting_thread waiter([&] { return WaitForMultipleObjects(2, both.data(), TRUE, INFINITE); });
  SetEvent(never);
  EXPECT_TRUE(SetWaitableTimer(timer, &due, 0, nullptr, nullptr, FALSE));
  EXPECT_EQ(waiter.join(), WAIT_OBJECT_0);
  EXPECT_TRUE(CancelWaitableTimer(timer));
  EXPECT_FALSE(CancelWaitableTimer(never));
  EXPECT_EQ(GetLastError(), ERROR_INVALID_HANDLE);
  CloseHandle(timer);
  CloseHandle(never);
}

VOID CALLBACK count_timer(LPVOID counter, DWORD low, DWORD high) {
  FILETIME now{};
  GetSystemTimeAsFileTime(&now);
  auto const ticks = [](FILETIME const& time) {
    return (std::uint64_t{time.dwHighDateTime} << 32U) + time.dwLowDateTime;
  };
  constexpr std::uint64_t a_minute = 600'000'000;
  EXPECT_LE(ticks({low, high}), ticks(now) + 1);
  EXPECT_GE(ticks({low, high}), ticks(now) - a_minute);  // when it was due
  ++*static_cast<int*>(counter);
}

TEST_F(Win32Wait, WhatWineDoesNotSayOfTimers) {
  HANDLE const timer = CreateWaitableTimerA(nullptr, FALSE, "timer");
  LARGE_INTEGER due{};
  due.QuadPart = -10'000;
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, SetWaitableTimer(timer, &due, -1, nullptr, nullptr, FALSE));
  EXPECT_FAILS(ERROR_NOACCESS, FALSE, SetWaitableTimer(timer, nullptr, 0, nullptr, nullptr, FALSE));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr, CreateWaitableTimerExA(nullptr, nullptr, 0x80, TIMER_ALL_ACCESS));
  // Set, and the machine will not be woken for it.
  EXPECT_TRUE(SetWaitableTimer(timer, &due, 0, nullptr, nullptr, TRUE));
  EXPECT_EQ(GetLastError(), ERROR_NOT_SUPPORTED);
  EXPECT_EQ(WaitForSingleObject(timer, INFINITE), WAIT_OBJECT_0);

  int calls = 0;
  due.QuadPart = -500'000;
  EXPECT_TRUE(SetWaitableTimer(timer, &due, 0, &count_timer, &calls, FALSE));
  EXPECT_EQ(SleepEx(INFINITE, TRUE), WAIT_IO_COMPLETION);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(WaitForSingleObject(timer, 0), WAIT_OBJECT_0);
  // A timer with a routine is cancelled where the thread that set it ends.
  std::thread([&] { EXPECT_TRUE(SetWaitableTimer(timer, &due, 0, &count_timer, &calls, FALSE)); }).join();
  EXPECT_EQ(WaitForSingleObject(timer, 120), WAIT_TIMEOUT);
  EXPECT_EQ(calls, 1);
  // Another process's setting takes the call away.
  EXPECT_TRUE(SetWaitableTimer(timer, &due, 0, &count_timer, &calls, FALSE));
  coview_test::child other([](auto const&) {
    LARGE_INTEGER soon{};
    soon.QuadPart = -10'000;
    HANDLE const mine = OpenWaitableTimerA(TIMER_MODIFY_STATE, FALSE, "timer");
    SetWaitableTimer(mine, &soon, 0, nullptr, nullptr, FALSE);
  });
  EXPECT_EQ(other.wait(), 0);
  EXPECT_EQ(SleepEx(120, TRUE), 0U);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(WaitForSingleObject(timer, 0), WAIT_OBJECT_0);
  CloseHandle(timer);
}

TEST_F(Win32Wait, WhatIsThereComesBeforeWhatIsQueued) {
  HANDLE const event = new_event(TRUE, TRUE);
  int calls = 0;
  QueueUserAPC(&count_call, GetCurrentThread(), reinterpret_cast<ULONG_PTR>(&calls));
  EXPECT_EQ(WaitForSingleObjectEx(event, 0, TRUE), WAIT_OBJECT_0);
  EXPECT_EQ(calls, 0);
  ResetEvent(event);
  EXPECT_EQ(WaitForSingleObjectEx(event, 0, TRUE), WAIT_IO_COMPLETION);
  EXPECT_EQ(calls, 1);
  CloseHandle(event);
}

// Threads that take turns through waits for any and for all lose no wake-up.
TEST_F(Win32Wait, NoWakeUpIsLostBetweenAnyAndAll) {
  constexpr int times = 300;
  std::array<HANDLE, 2> const ping{new_event(FALSE, FALSE), new_event(FALSE, FALSE)};
  HANDLE const pong = new_event(FALSE, FALSE);
  std::thread any([&] {
    for (int i = 0; i < times; ++i) {
      WaitForMultipleObjects(2, ping.data(), FALSE, INFINITE);
      SetEvent(pong);
    }
  });
  for (int i = 0; i < times; ++i) {
    SetEvent(ping.at(static_cast<std::size_t>(i % 2)));
    ASSERT_EQ(WaitForMultipleObjects(1, &pong, TRUE, INFINITE), WAIT_OBJECT_0);
  }
  any.join();
  for (HANDLE const handle : {ping[0], ping[1], pong}) CloseHandle(handle);
}

}  // namespace
