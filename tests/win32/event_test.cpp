// SPDX-License-Identifier: Apache-2.0
// Events (EV-*) and semaphores (SM-*).
#include <unistd.h>

#include <atomic>
#include <climits>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include <coview/win32/windows.h>

#include "support/asleep.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"
#include "win32/win32_support.hpp"

namespace {

using coview_test::child;
using coview_test::is_set;
using coview_test::parent_link;

class Win32Event : public ::testing::Test {
 protected:
  coview_test::scoped_root root_;
};
class Win32Semaphore : public Win32Event {};

/// Threads that wait for one object, asleep once the constructor is done.
class waiters {
 public:
  waiters(HANDLE object, int count) {
    for (int i = 0; i < count; ++i) {
      std::atomic<pid_t> id{0};
      threads_.emplace_back([this, object, &id] {
        id = static_cast<pid_t>(GetCurrentThreadId());
        if (WaitForSingleObject(object, INFINITE) == WAIT_OBJECT_0) ++through_;
      });
      while (id == 0) std::this_thread::yield();
      coview_test::until_asleep(::getpid(), id);
    }
  }
  [[nodiscard]] int through() const { return through_; }
  void until(int count) const {
    while (through_ < count) std::this_thread::yield();
  }
  ~waiters() {
    for (auto& one : threads_) one.join();
  }

 private:
  std::atomic<int> through_{0};
  std::vector<std::thread> threads_;
};

TEST_F(Win32Event, AutomaticLetsOneThrough_EV01) {
  HANDLE const event = CreateEventA(nullptr, FALSE, FALSE, "e");
  ASSERT_NE(event, nullptr);
  EXPECT_FALSE(is_set(event));
  EXPECT_TRUE(SetEvent(event));
  EXPECT_TRUE(SetEvent(event));  // two are one
  EXPECT_TRUE(is_set(event));
  EXPECT_FALSE(is_set(event));
  {
    waiters const two(event, 2);
    SetEvent(event);
    two.until(1);
    EXPECT_FALSE(is_set(event));  // taken by the one
    SetEvent(event);
    two.until(2);
  }
  CloseHandle(event);
}

TEST_F(Win32Event, ManualLetsAllThrough_EV02_EV08) {
  HANDLE const event = CreateEventW(nullptr, TRUE, FALSE, L"e");
  {
    waiters const three(event, 3);
    EXPECT_TRUE(SetEvent(event));
    three.until(3);
  }
  EXPECT_TRUE(is_set(event));
  EXPECT_TRUE(SetEvent(event));
  EXPECT_TRUE(is_set(event));
  EXPECT_TRUE(ResetEvent(event));
  EXPECT_FALSE(is_set(event));
  CloseHandle(event);
}

TEST_F(Win32Event, PulseReachesWhoWaitsNow_EV03) {
  HANDLE const manual = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  {
    waiters const two(manual, 2);
    EXPECT_TRUE(PulseEvent(manual));
    two.until(2);
  }
  EXPECT_FALSE(is_set(manual));
  EXPECT_TRUE(PulseEvent(manual));  // nobody waits: lost
  EXPECT_FALSE(is_set(manual));
  HANDLE const automatic = CreateEventA(nullptr, FALSE, FALSE, nullptr);
  {
    waiters const two(automatic, 2);
    EXPECT_TRUE(PulseEvent(automatic));
    two.until(1);
    EXPECT_FALSE(is_set(automatic));
    EXPECT_EQ(two.through(), 1);
    SetEvent(automatic);
  }
  SetEvent(manual);
  EXPECT_TRUE(PulseEvent(manual));
  EXPECT_FALSE(is_set(manual));
  CloseHandle(manual);
  CloseHandle(automatic);
}

TEST_F(Win32Event, AnExistingOneKeepsKindAndState_EV04) {
  HANDLE const first = CreateEventA(nullptr, TRUE, TRUE, "e");
  EXPECT_EQ(GetLastError(), ERROR_SUCCESS);
  HANDLE const second = CreateEventA(nullptr, FALSE, FALSE, "e");
  EXPECT_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
  EXPECT_TRUE(is_set(second));
  EXPECT_TRUE(is_set(second));
  CloseHandle(first);
  CloseHandle(second);
}

TEST_F(Win32Event, RightsOfTheHandleCount_EV05) {
  HANDLE const all = CreateEventA(nullptr, TRUE, FALSE, "e");
  HANDLE const wait_only = OpenEventA(SYNCHRONIZE, FALSE, "e");
  HANDLE const set_only = OpenEventW(EVENT_MODIFY_STATE, FALSE, L"e");
  for (auto* const call : {&SetEvent, &ResetEvent, &PulseEvent}) {
    EXPECT_FALSE(call(wait_only));
    EXPECT_EQ(GetLastError(), ERROR_ACCESS_DENIED);
    EXPECT_TRUE(call(set_only));
  }
  EXPECT_EQ(WaitForSingleObject(set_only, 0), WAIT_FAILED);
  EXPECT_EQ(GetLastError(), ERROR_ACCESS_DENIED);
  for (HANDLE const handle : {all, wait_only, set_only}) CloseHandle(handle);
}

TEST_F(Win32Event, SetOfSomethingElse_EV06) {
  HANDLE const mutex = CreateMutexA(nullptr, FALSE, nullptr);
  EXPECT_FALSE(SetEvent(mutex));
  EXPECT_EQ(GetLastError(), ERROR_INVALID_HANDLE);
  CloseHandle(mutex);
}

TEST_F(Win32Event, FlagsOfTheExForm_EV07) {
  HANDLE const event = CreateEventExW(nullptr, nullptr, CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET,
                                      SYNCHRONIZE | EVENT_MODIFY_STATE);
  EXPECT_TRUE(is_set(event));
  EXPECT_TRUE(is_set(event));
  EXPECT_TRUE(ResetEvent(event));
  CloseHandle(event);
  EXPECT_EQ(CreateEventExA(nullptr, nullptr, 4, EVENT_ALL_ACCESS), nullptr);
  EXPECT_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
}

// G-04: what succeeds leaves the last error alone.
TEST_F(Win32Event, SuccessLeavesTheLastErrorAlone_G04) {
  HANDLE const event = CreateEventA(nullptr, TRUE, FALSE, "e");
  SetLastError(4711);
  HANDLE const again = OpenEventA(EVENT_ALL_ACCESS, FALSE, "e");
  SetEvent(again);
  ResetEvent(again);
  PulseEvent(again);
  EXPECT_EQ(WaitForSingleObject(again, 0), WAIT_TIMEOUT);
  CloseHandle(again);
  EXPECT_EQ(GetLastError(), 4711U);
  CloseHandle(event);
}

TEST_F(Win32Event, ReachesAnotherProcess) {
  HANDLE const there = CreateEventA(nullptr, FALSE, FALSE, "there");
  HANDLE const back = CreateEventA(nullptr, FALSE, FALSE, "back");
  child answering([](parent_link const& link) {
    HANDLE const in = OpenEventA(SYNCHRONIZE, FALSE, "there");
    HANDLE const out = OpenEventA(EVENT_MODIFY_STATE, FALSE, "back");
    for (int i = 0; i < 100; ++i) {
      WaitForSingleObject(in, INFINITE);
      SetEvent(out);
    }
    link.say("done");
  });
  for (int i = 0; i < 100; ++i) ASSERT_EQ(SignalObjectAndWait(there, back, INFINITE, FALSE), WAIT_OBJECT_0);
  EXPECT_EQ(answering.hear(), "done");
  EXPECT_EQ(answering.wait(), 0);
  CloseHandle(there);
  CloseHandle(back);
}

TEST_F(Win32Semaphore, CountsMustFit_SM01) {
  struct row {
    LONG initial;
    LONG maximum;
    bool works;
  };
  for (row const& one : {row{0, 1, true}, row{1, 1, true}, row{0, INT_MAX, true}, row{INT_MAX, INT_MAX, true},
                         row{0, 0, false}, row{2, 1, false}, row{-1, 1, false}, row{0, -1, false}}) {
    SetLastError(4711);
    HANDLE const semaphore = CreateSemaphoreA(nullptr, one.initial, one.maximum, nullptr);
    EXPECT_EQ(semaphore != nullptr, one.works) << one.initial << " of " << one.maximum;
    EXPECT_EQ(GetLastError(), one.works ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER);
    if (semaphore != nullptr) CloseHandle(semaphore);
  }
}

TEST_F(Win32Semaphore, NeverMoreThanItsMaximum_SM02_SM03_D6) {
  HANDLE const semaphore = CreateSemaphoreW(nullptr, 1, 3, L"s");
  LONG before = -1;
  EXPECT_TRUE(ReleaseSemaphore(semaphore, 1, &before));
  EXPECT_EQ(before, 1);
  before = 4711;
  EXPECT_FALSE(ReleaseSemaphore(semaphore, 2, &before));
  EXPECT_EQ(GetLastError(), ERROR_TOO_MANY_POSTS);
  EXPECT_EQ(before, 4711);
  for (LONG const wrong : {0, -1, INT_MIN}) {  // D6
    EXPECT_FALSE(ReleaseSemaphore(semaphore, wrong, &before));
    EXPECT_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
    EXPECT_EQ(before, 4711);
  }
  EXPECT_TRUE(is_set(semaphore));
  EXPECT_TRUE(is_set(semaphore));
  EXPECT_FALSE(is_set(semaphore));
  CloseHandle(semaphore);
}

TEST_F(Win32Semaphore, AnExistingOneKeepsItsCounts_SM04) {
  HANDLE const first = CreateSemaphoreA(nullptr, 1, 2, "s");
  HANDLE const second = CreateSemaphoreExW(nullptr, 5, 5, L"s", 0, SEMAPHORE_ALL_ACCESS);
  EXPECT_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
  EXPECT_FALSE(ReleaseSemaphore(second, 2, nullptr));
  EXPECT_TRUE(ReleaseSemaphore(second, 1, nullptr));
  CloseHandle(first);
  CloseHandle(second);
}

TEST_F(Win32Semaphore, PermitsHaveNoOwner_SM05) {
  HANDLE const semaphore = CreateSemaphoreA(nullptr, 2, 2, "s");
  child holder([](parent_link const& link) {
    HANDLE const mine = OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, "s");
    WaitForSingleObject(mine, INFINITE);
    link.say("taken");
    (void)link.hear();
  });
  ASSERT_EQ(holder.hear(), "taken");
  holder.kill();
  EXPECT_TRUE(is_set(semaphore));
  EXPECT_FALSE(is_set(semaphore));  // the dead one's permit does not come back
  CloseHandle(semaphore);
}

TEST_F(Win32Semaphore, RightsOfTheHandleCount_SM06) {
  HANDLE const all = CreateSemaphoreA(nullptr, 1, 2, "s");
  HANDLE const wait_only = OpenSemaphoreA(SYNCHRONIZE, FALSE, "s");
  HANDLE const release_only = OpenSemaphoreW(SEMAPHORE_MODIFY_STATE, FALSE, L"s");
  EXPECT_FALSE(ReleaseSemaphore(wait_only, 1, nullptr));
  EXPECT_EQ(GetLastError(), ERROR_ACCESS_DENIED);
  EXPECT_TRUE(ReleaseSemaphore(release_only, 1, nullptr));
  EXPECT_EQ(WaitForSingleObject(release_only, 0), WAIT_FAILED);
  EXPECT_EQ(GetLastError(), ERROR_ACCESS_DENIED);
  for (HANDLE const handle : {all, wait_only, release_only}) CloseHandle(handle);
}

TEST_F(Win32Semaphore, OpensLikeTheOthers_G03) {
  EXPECT_EQ(OpenSemaphoreA(SYNCHRONIZE, FALSE, "absent"), nullptr);
  EXPECT_EQ(GetLastError(), ERROR_FILE_NOT_FOUND);
  EXPECT_EQ(OpenEventA(SYNCHRONIZE, FALSE, nullptr), nullptr);
  EXPECT_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(OpenEventA(SYNCHRONIZE, FALSE, ""), nullptr);
  EXPECT_EQ(GetLastError(), ERROR_INVALID_HANDLE);
}

}  // namespace
