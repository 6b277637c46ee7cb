// SPDX-License-Identifier: Apache-2.0
// Threads: their ends, exit codes and suspension, and what a thread leaves behind (L-11, MX-03, WA-12).
#include <unistd.h>

#include <array>
#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include <coview/win32/process.h>
#include <coview/win32/windows.h>

#include "support/asleep.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define COVIEW_THREAD_SANITIZER
#endif
#if __has_feature(address_sanitizer)
#define COVIEW_LEAK_SANITIZER
#endif
#endif

namespace {

class Win32Thread : public ::testing::Test {
 protected:
  coview_test::scoped_root root_;
};

DWORD exit_code_of(HANDLE thread) {
  DWORD code = 0;
  EXPECT_TRUE(GetExitCodeThread(thread, &code));
  return code;
}

DWORD WINAPI add_one(LPVOID number) {
  return static_cast<DWORD>(reinterpret_cast<std::uintptr_t>(number)) + 1;
}

TEST_F(Win32Thread, RunsAndLeavesItsCode) {
  DWORD id = 0;
  HANDLE const thread = CreateThread(nullptr, 0, &add_one, reinterpret_cast<LPVOID>(41), 0, &id);
  ASSERT_NE(thread, nullptr);
  EXPECT_NE(id, 0U);
  EXPECT_NE(id, GetCurrentThreadId());
  EXPECT_EQ(GetThreadId(thread), id);
  EXPECT_EQ(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(exit_code_of(thread), 42U);
  EXPECT_EQ(WaitForSingleObject(thread, 0), WAIT_OBJECT_0);
  EXPECT_EQ(GetProcessIdOfThread(thread), GetCurrentProcessId());
  EXPECT_TRUE(CloseHandle(thread));
  EXPECT_EQ(CreateThread(nullptr, 0, nullptr, nullptr, 0, nullptr), nullptr);
  EXPECT_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
}

TEST_F(Win32Thread, ExitThreadEndsItFromAnywhere) {
  HANDLE const thread = CreateThread(
      nullptr, 0,
      [](LPVOID) -> DWORD {
        try {
          ExitThread(0xC0FFEE01U);
        } catch (...) {  // must not catch it
        }
        return 1;
      },
      nullptr, 0, nullptr);
  EXPECT_EQ(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(exit_code_of(thread), 0xC0FFEE01U);
  CloseHandle(thread);
}

TEST_F(Win32Thread, ACodeBeforeTheEnd) {
  HANDLE const go = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  HANDLE const thread = CreateThread(
      nullptr, 0, [](LPVOID event) -> DWORD { return WaitForSingleObject(event, INFINITE); }, go, 0, nullptr);
  EXPECT_EQ(exit_code_of(thread), STILL_ACTIVE);
  SetEvent(go);
  WaitForSingleObject(thread, INFINITE);
  EXPECT_EQ(exit_code_of(thread), 0U);
  CloseHandle(thread);
  CloseHandle(go);
}

// MX-03 with WA-12: whoever has seen the thread's end finds its mutexes abandoned, however fast.
TEST_F(Win32Thread, ItsMutexesAreAbandonedBeforeItHasEnded_MX03_WA12) {
  for (int i = 0; i < 50; ++i) {
    std::array<HANDLE, 2> mutexes{CreateMutexA(nullptr, FALSE, nullptr), CreateMutexA(nullptr, FALSE, "m")};
    HANDLE const thread = CreateThread(
        nullptr, 0,
        [](LPVOID both) -> DWORD { return WaitForMultipleObjects(2, static_cast<HANDLE*>(both), TRUE, INFINITE); },
        mutexes.data(), 0, nullptr);
    ASSERT_EQ(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    for (HANDLE const mutex : mutexes) {
      ASSERT_EQ(WaitForSingleObject(mutex, 0), WAIT_ABANDONED);
      ReleaseMutex(mutex);
      CloseHandle(mutex);
    }
    CloseHandle(thread);
  }
}

// L-11: a thread's end closes no handles.
TEST_F(Win32Thread, HandlesBelongToTheProcess_L11) {
  HANDLE event = nullptr;
  HANDLE const thread = CreateThread(
      nullptr, 0,
      [](LPVOID out) -> DWORD {
        *static_cast<HANDLE*>(out) = CreateEventA(nullptr, TRUE, TRUE, "e");
        return 0;
      },
      &event, 0, nullptr);
  WaitForSingleObject(thread, INFINITE);
  EXPECT_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
  CloseHandle(thread);
  CloseHandle(event);
}

TEST_F(Win32Thread, StartsSuspended) {
  HANDLE const thread = CreateThread(nullptr, 0, &add_one, nullptr, CREATE_SUSPENDED, nullptr);
  EXPECT_EQ(WaitForSingleObject(thread, 1), WAIT_TIMEOUT);
  EXPECT_EQ(SuspendThread(thread), 1U);
  EXPECT_EQ(ResumeThread(thread), 2U);
  EXPECT_EQ(WaitForSingleObject(thread, 1), WAIT_TIMEOUT);
  EXPECT_EQ(ResumeThread(thread), 1U);
  EXPECT_EQ(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(ResumeThread(thread), 0U);
  CloseHandle(thread);
}

TEST_F(Win32Thread, ARunningOneStopsAndGoesOn) {
  static std::atomic<int> turns{0};
  static std::atomic<bool> stop{false};
  turns = 0;
  stop = false;
  HANDLE const thread = CreateThread(
      nullptr, 0,
      [](LPVOID) -> DWORD {
        while (!stop) {
          ++turns;
          SwitchToThread();
        }
        return 0;
      },
      nullptr, 0, nullptr);
  while (turns == 0) SwitchToThread();
  EXPECT_EQ(SuspendThread(thread), 0U);
  int const stopped_at = turns;
  for (int i = 0; i < 1000; ++i) SwitchToThread();
  EXPECT_EQ(turns, stopped_at);
  EXPECT_EQ(ResumeThread(thread), 1U);
  while (turns == stopped_at) SwitchToThread();
  stop = true;
  EXPECT_EQ(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
  CloseHandle(thread);
}

TEST_F(Win32Thread, OneCanBeTerminated) {
#if defined(__SANITIZE_THREAD__) || defined(COVIEW_THREAD_SANITIZER)
  GTEST_SKIP() << "the thread sanitizer holds signals back from a thread that sleeps";
#endif
#ifdef COVIEW_LEAK_SANITIZER
  GTEST_SKIP() << "what a thread holds when it is terminated is lost, as on Windows; the leak sanitizer says so";
#endif
  HANDLE const never = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  HANDLE const mutex = CreateMutexA(nullptr, FALSE, nullptr);
  static HANDLE owned = nullptr;
  owned = mutex;
  HANDLE const thread = CreateThread(
      nullptr, 0,
      [](LPVOID event) -> DWORD {
        WaitForSingleObject(owned, INFINITE);
        return WaitForSingleObject(event, INFINITE);
      },
      never, 0, nullptr);
  coview_test::until_asleep(::getpid(), static_cast<pid_t>(GetThreadId(thread)));
  EXPECT_TRUE(TerminateThread(thread, 77));
  EXPECT_EQ(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(exit_code_of(thread), 77U);
  EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_ABANDONED);
  EXPECT_FALSE(TerminateThread(thread, 78));
  for (HANDLE const handle : {thread, never, mutex}) CloseHandle(handle);
}

TEST_F(Win32Thread, TheCurrentOneHasARealHandle_H10) {
  HANDLE real = nullptr;
  ASSERT_TRUE(DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &real, 0, FALSE,
                              DUPLICATE_SAME_ACCESS));
  EXPECT_EQ(GetThreadId(real), GetCurrentThreadId());
  EXPECT_EQ(GetThreadId(GetCurrentThread()), GetCurrentThreadId());
  EXPECT_EQ(WaitForSingleObject(real, 0), WAIT_TIMEOUT);
  CloseHandle(real);
  HANDLE of_another = nullptr;
  std::thread([&] {
    DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &of_another, 0, FALSE,
                    DUPLICATE_SAME_ACCESS);
  }).join();
  EXPECT_EQ(WaitForSingleObject(of_another, INFINITE), WAIT_OBJECT_0);
  CloseHandle(of_another);
}

TEST_F(Win32Thread, IsFoundByItsId) {
  HANDLE const go = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  DWORD id = 0;
  HANDLE const thread = CreateThread(
      nullptr, 0, [](LPVOID event) -> DWORD { return WaitForSingleObject(event, INFINITE); }, go, 0, &id);
  HANDLE const found = OpenThread(SYNCHRONIZE, FALSE, id);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(WaitForSingleObject(found, 0), WAIT_TIMEOUT);
  SetEvent(go);
  EXPECT_EQ(WaitForSingleObject(found, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(OpenThread(SYNCHRONIZE, FALSE, 0x7FFFFFFF), nullptr);
  EXPECT_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
  for (HANDLE const handle : {thread, found, go}) CloseHandle(handle);
}

TEST_F(Win32Thread, RemembersItsPriority) {
  HANDLE const me = GetCurrentThread();
  EXPECT_EQ(GetThreadPriority(me), THREAD_PRIORITY_NORMAL);
  EXPECT_TRUE(SetThreadPriority(me, THREAD_PRIORITY_HIGHEST));
  EXPECT_EQ(GetThreadPriority(me), THREAD_PRIORITY_HIGHEST);
  EXPECT_FALSE(SetThreadPriority(me, 5));
  EXPECT_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(GetThreadPriority(nullptr), THREAD_PRIORITY_ERROR_RETURN);
  EXPECT_EQ(GetLastError(), ERROR_INVALID_HANDLE);
}

// G-06: the last error is each thread's own.
TEST_F(Win32Thread, HasItsOwnLastError_G06) {
  SetLastError(1);
  std::thread([] {
    EXPECT_EQ(GetLastError(), ERROR_SUCCESS);
    SetLastError(2);
  }).join();
  EXPECT_EQ(GetLastError(), 1U);
}

unsigned __stdcall count_to(void* number) {
  if (number == nullptr) _endthreadex(3);
  return *static_cast<unsigned*>(number);
}

std::atomic<int> plain_runs{0};

TEST_F(Win32Thread, TheRunTimeLibrarysWords) {
  unsigned ten = 10;
  unsigned id = 0;
  auto* const thread = reinterpret_cast<HANDLE>(_beginthreadex(nullptr, 0, &count_to, &ten, 0, &id));
  ASSERT_NE(thread, nullptr);
  EXPECT_EQ(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(exit_code_of(thread), 10U);
  EXPECT_NE(id, 0U);
  auto* const early = reinterpret_cast<HANDLE>(_beginthreadex(nullptr, 0, &count_to, nullptr, 0, nullptr));
  WaitForSingleObject(early, INFINITE);
  EXPECT_EQ(exit_code_of(early), 3U);
  CloseHandle(thread);
  CloseHandle(early);
  HANDLE const done = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  EXPECT_NE(_beginthread(
                [](void* event) {
                  ++plain_runs;
                  SetEvent(event);
                },
                0, done),
            ~std::uintptr_t{0});
  EXPECT_EQ(WaitForSingleObject(done, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(plain_runs, 1);
  CloseHandle(done);
}

TEST_F(Win32Thread, SixtyFourAtOnceUseHandles) {
  constexpr int rounds = 50;
  static HANDLE mutex = nullptr;
  static int counter = 0;
  mutex = CreateMutexA(nullptr, FALSE, nullptr);
  counter = 0;
  std::vector<HANDLE> threads;
  for (int i = 0; i < MAXIMUM_WAIT_OBJECTS; ++i) {
    threads.push_back(CreateThread(
        nullptr, 0,
        [](LPVOID) -> DWORD {
          for (int n = 0; n < rounds; ++n) {
            HANDLE const event = CreateEventA(nullptr, TRUE, TRUE, nullptr);
            HANDLE copy = nullptr;
            DuplicateHandle(GetCurrentProcess(), mutex, GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS);
            std::array<HANDLE, 2> const both{event, copy};
            if (WaitForMultipleObjects(2, both.data(), TRUE, INFINITE) != WAIT_OBJECT_0) return 1;
            ++counter;
            ReleaseMutex(copy);
            CloseHandle(copy);
            CloseHandle(event);
          }
          return 0;
        },
        nullptr, 0, nullptr));
  }
  EXPECT_EQ(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, threads.data(), TRUE, INFINITE), WAIT_OBJECT_0);
  for (HANDLE const thread : threads) {
    EXPECT_EQ(exit_code_of(thread), 0U);
    CloseHandle(thread);
  }
  EXPECT_EQ(counter, rounds * MAXIMUM_WAIT_OBJECTS);
  CloseHandle(mutex);
}

// Where main's thread leaves, the process ends with the last of the others.
TEST_F(Win32Thread, TheProcessOutlivesItsMainThread) {
#ifdef COVIEW_LEAK_SANITIZER
  GTEST_SKIP() << "the leak sanitizer does not find what the main thread's stack leads to once that has ended";
#endif
#if defined(__SANITIZE_THREAD__) || defined(COVIEW_THREAD_SANITIZER)
  GTEST_SKIP() << "the thread sanitizer has a thread of its own, which keeps the process";
#endif
  coview_test::child other([](coview_test::parent_link const& link) {
    static coview_test::parent_link const* to = nullptr;
    to = &link;
    static HANDLE main_thread = nullptr;
    DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &main_thread, 0, FALSE,
                    DUPLICATE_SAME_ACCESS);
    CreateThread(
        nullptr, 0,
        [](LPVOID) -> DWORD {
          WaitForSingleObject(main_thread, INFINITE);
          to->say("alone");
          return 9;
        },
        nullptr, 0, nullptr);
    ExitThread(1);
  });
  EXPECT_EQ(other.hear(), "alone");
  EXPECT_EQ(other.wait(), 9);
}

}  // namespace
