// SPDX-License-Identifier: Apache-2.0
// Mutexes (MX-*), and what all named objects that are waited for have in common: names and lifetime.
#include <unistd.h>

#include <array>
#include <atomic>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <coview/win32/windows.h>

#include "support/asleep.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace {

using coview_test::child;
using coview_test::parent_link;

class Win32Mutex : public ::testing::Test {
 protected:
  coview_test::scoped_root root_;
};

/// Runs in another thread to its end.
template <class Body>
auto elsewhere(Body body) {
  decltype(body()) result{};
  std::thread([&] { result = body(); }).join();
  return result;
}

DWORD last_error_of(HANDLE handle) {
  return handle == nullptr ? GetLastError() : ERROR_SUCCESS;
}

TEST_F(Win32Mutex, CreateSetsTheLastError_G03_MX01) {
  SetLastError(4711);
  HANDLE const first = CreateMutexA(nullptr, TRUE, "m");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(GetLastError(), ERROR_SUCCESS);
  SetLastError(4711);
  HANDLE const second = CreateMutexW(nullptr, TRUE, L"m");
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
  // MX-01: that the second one wants to own it is ignored, so one release is all.
  EXPECT_TRUE(ReleaseMutex(second));
  EXPECT_FALSE(ReleaseMutex(first));
  EXPECT_EQ(GetLastError(), ERROR_NOT_OWNER);
  EXPECT_TRUE(CloseHandle(first));
  EXPECT_TRUE(CloseHandle(second));
}

TEST_F(Win32Mutex, InitialOwnerHasItFromTheStart_MX10) {
  HANDLE const mutex = CreateMutexExA(nullptr, "m", CREATE_MUTEX_INITIAL_OWNER, MUTEX_ALL_ACCESS);
  ASSERT_NE(mutex, nullptr);
  EXPECT_EQ(elsewhere([&] { return WaitForSingleObject(mutex, 0); }), WAIT_TIMEOUT);
  EXPECT_TRUE(ReleaseMutex(mutex));
  EXPECT_EQ(elsewhere([&] { return WaitForSingleObject(mutex, 0); }), WAIT_OBJECT_0);
  // That thread has ended with it: MX-03 in its smallest form.
  EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_ABANDONED);
  EXPECT_EQ(CreateMutexExA(nullptr, "m", 2, MUTEX_ALL_ACCESS), nullptr);
  EXPECT_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
  CloseHandle(mutex);
}

TEST_F(Win32Mutex, OwnedByAThreadAndRecursive_MX02) {
  for (char const* const name : {"named", static_cast<char const*>(nullptr)}) {
    HANDLE const mutex = CreateMutexA(nullptr, FALSE, name);
    ASSERT_NE(mutex, nullptr);
    SetLastError(4711);
    EXPECT_EQ(WaitForSingleObject(mutex, INFINITE), WAIT_OBJECT_0);
    EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
    EXPECT_EQ(GetLastError(), 4711U);  // G-04, WA-01
    EXPECT_EQ(elsewhere([&] { return ReleaseMutex(mutex) ? 0U : GetLastError(); }), ERROR_NOT_OWNER);
    EXPECT_TRUE(ReleaseMutex(mutex));
    EXPECT_EQ(elsewhere([&] { return WaitForSingleObject(mutex, 0); }), WAIT_TIMEOUT);
    EXPECT_TRUE(ReleaseMutex(mutex));
    EXPECT_FALSE(ReleaseMutex(mutex));
    EXPECT_EQ(GetLastError(), ERROR_NOT_OWNER);
    CloseHandle(mutex);
  }
}

TEST_F(Win32Mutex, ADeadOwnersMutexIsAbandonedOnce_MX03_MX04) {
  child owner([](parent_link const& link) {
    HANDLE const mutex = CreateMutexA(nullptr, TRUE, "m");
    link.say(mutex != nullptr ? "owned" : "failed");
    (void)link.hear();
  });
  ASSERT_EQ(owner.hear(), "owned");
  HANDLE const mutex = OpenMutexA(SYNCHRONIZE, FALSE, "m");
  ASSERT_NE(mutex, nullptr);
  EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_TIMEOUT);
  // MX-04: who sleeps on it is woken by the death.
  DWORD found = 0;
  DWORD again = 0;
  pid_t thread_id = 0;
  std::atomic<bool> started{false};
  std::thread waiter([&] {
    thread_id = static_cast<pid_t>(GetCurrentThreadId());
    started = true;
    found = WaitForSingleObject(mutex, INFINITE);
    again = WaitForSingleObject(mutex, INFINITE);  // by the new owner: no longer abandoned
    ReleaseMutex(mutex);
    ReleaseMutex(mutex);
  });
  while (!started) std::this_thread::yield();
  coview_test::until_asleep(::getpid(), thread_id);
  owner.kill();
  waiter.join();
  EXPECT_EQ(found, WAIT_ABANDONED);
  EXPECT_EQ(again, WAIT_OBJECT_0);
  EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
  CloseHandle(mutex);
}

TEST_F(Win32Mutex, WaitForManySaysWhichIsAbandoned_MX05) {
  std::array<HANDLE, 2> const both{CreateEventA(nullptr, TRUE, FALSE, nullptr),
                                   CreateMutexA(nullptr, FALSE, nullptr)};
  auto const abandon = [&] { return elsewhere([&] { return WaitForSingleObject(both[1], 0); }); };
  ASSERT_EQ(abandon(), WAIT_OBJECT_0);
  EXPECT_EQ(WaitForMultipleObjects(2, both.data(), FALSE, 0), WAIT_ABANDONED_0 + 1);
  ReleaseMutex(both[1]);
  ASSERT_EQ(abandon(), WAIT_OBJECT_0);
  SetEvent(both[0]);
  EXPECT_EQ(WaitForMultipleObjects(2, both.data(), TRUE, 0), WAIT_ABANDONED_0);
  ReleaseMutex(both[1]);
  EXPECT_EQ(WaitForMultipleObjects(2, both.data(), TRUE, 0), WAIT_OBJECT_0);
  for (HANDLE const handle : both) CloseHandle(handle);
}

TEST_F(Win32Mutex, RightsOfTheHandleCount_MX06) {
  HANDLE const all = CreateMutexA(nullptr, FALSE, "m");
  HANDLE const modify = OpenMutexA(MUTEX_MODIFY_STATE, FALSE, "m");
  HANDLE const synchronize = OpenMutexA(SYNCHRONIZE, FALSE, "m");
  ASSERT_NE(modify, nullptr);
  ASSERT_NE(synchronize, nullptr);
  EXPECT_EQ(WaitForSingleObject(modify, 0), WAIT_FAILED);
  EXPECT_EQ(GetLastError(), ERROR_ACCESS_DENIED);
  EXPECT_EQ(WaitForSingleObject(synchronize, 0), WAIT_OBJECT_0);
  EXPECT_TRUE(ReleaseMutex(synchronize));
  for (HANDLE const handle : {all, modify, synchronize}) CloseHandle(handle);
}

TEST_F(Win32Mutex, ReleaseOfSomethingElse_MX07) {
  HANDLE const event = CreateEventA(nullptr, FALSE, FALSE, nullptr);
  EXPECT_FALSE(ReleaseMutex(nullptr));
  EXPECT_EQ(GetLastError(), ERROR_INVALID_HANDLE);
  EXPECT_FALSE(ReleaseMutex(event));
  EXPECT_EQ(GetLastError(), ERROR_INVALID_HANDLE);
  CloseHandle(event);
}

TEST_F(Win32Mutex, Open_MX08) {
  EXPECT_EQ(OpenMutexA(SYNCHRONIZE, FALSE, nullptr), nullptr);
  EXPECT_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(OpenMutexW(SYNCHRONIZE, FALSE, L"absent"), nullptr);
  EXPECT_EQ(GetLastError(), ERROR_FILE_NOT_FOUND);
  HANDLE const mutex = CreateMutexA(nullptr, FALSE, "m");
  EXPECT_EQ(OpenMutexA(0, FALSE, "m"), nullptr);  // D13
  EXPECT_EQ(GetLastError(), ERROR_ACCESS_DENIED);
  CloseHandle(mutex);
}

TEST_F(Win32Mutex, TheNameGoesWithTheLastHandleOwnedOrNot_MX09) {
  HANDLE const mutex = CreateMutexA(nullptr, TRUE, "m");
  EXPECT_TRUE(CloseHandle(mutex));
  EXPECT_EQ(last_error_of(OpenMutexA(SYNCHRONIZE, FALSE, "m")), ERROR_FILE_NOT_FOUND);
  HANDLE const fresh = CreateMutexA(nullptr, FALSE, "m");
  EXPECT_EQ(GetLastError(), ERROR_SUCCESS);
  // Nobody owns the new one, and no abandonment shows.
  EXPECT_EQ(elsewhere([&] { return WaitForSingleObject(fresh, 0); }), WAIT_OBJECT_0);
  CloseHandle(fresh);
}

TEST_F(Win32Mutex, AnEmptyDaclLetsNobodyIn_MX11_SA04) {
  SECURITY_DESCRIPTOR descriptor{};
  ACL nobody{};
  ASSERT_TRUE(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
  ASSERT_TRUE(InitializeAcl(&nobody, sizeof nobody, ACL_REVISION));
  ASSERT_TRUE(SetSecurityDescriptorDacl(&descriptor, TRUE, &nobody, FALSE));
  SECURITY_ATTRIBUTES attributes{sizeof attributes, &descriptor, FALSE};
  HANDLE const mutex = CreateMutexA(&attributes, FALSE, "m");
  ASSERT_NE(mutex, nullptr);
  EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
  if (::geteuid() != 0) {
    EXPECT_EQ(last_error_of(CreateMutexA(nullptr, FALSE, "m")), ERROR_ACCESS_DENIED);
    EXPECT_EQ(last_error_of(OpenMutexA(SYNCHRONIZE, FALSE, "m")), ERROR_ACCESS_DENIED);
  }
  CloseHandle(mutex);
}

TEST_F(Win32Mutex, WaitersGetItInTurn_MX12) {
  constexpr int threads = 4;
  constexpr int times = 200;
  HANDLE const mutex = CreateMutexA(nullptr, FALSE, "m");
  int counter = 0;
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      for (int n = 0; n < times; ++n) {
        WaitForSingleObject(mutex, INFINITE);
        ++counter;
        ReleaseMutex(mutex);
      }
    });
  }
  for (auto& one : all) one.join();
  EXPECT_EQ(counter, threads * times);
  CloseHandle(mutex);
}

// NM-01, C-25: one namespace; every kind that is created or opened under the name of another is refused.
TEST_F(Win32Mutex, OneNamespaceForAllKinds_NM01) {
  HANDLE const mutex = CreateMutexA(nullptr, FALSE, "x");
  EXPECT_EQ(last_error_of(CreateEventA(nullptr, FALSE, FALSE, "x")), ERROR_INVALID_HANDLE);
  EXPECT_EQ(last_error_of(OpenEventA(SYNCHRONIZE, FALSE, "x")), ERROR_INVALID_HANDLE);
  EXPECT_EQ(last_error_of(CreateSemaphoreA(nullptr, 0, 1, "x")), ERROR_INVALID_HANDLE);
  EXPECT_EQ(last_error_of(OpenSemaphoreA(SYNCHRONIZE, FALSE, "x")), ERROR_INVALID_HANDLE);
  HANDLE const semaphore = CreateSemaphoreA(nullptr, 0, 1, "y");
  EXPECT_EQ(last_error_of(CreateMutexA(nullptr, FALSE, "y")), ERROR_INVALID_HANDLE);
  CloseHandle(mutex);
  CloseHandle(semaphore);
}

TEST_F(Win32Mutex, Names_NM02_NM03_NM05_NM12) {
  HANDLE const mutex = CreateMutexA(nullptr, FALSE, "Name");
  EXPECT_EQ(last_error_of(OpenMutexA(SYNCHRONIZE, FALSE, "name")), ERROR_FILE_NOT_FOUND);
  HANDLE const local = OpenMutexA(SYNCHRONIZE, FALSE, "Local\\Name");
  EXPECT_NE(local, nullptr);
  EXPECT_EQ(last_error_of(OpenMutexA(SYNCHRONIZE, FALSE, "local\\Name")), ERROR_PATH_NOT_FOUND);
  EXPECT_EQ(last_error_of(CreateMutexA(nullptr, FALSE, "\\Name")), ERROR_BAD_PATHNAME);
  HANDLE const unnamed = CreateMutexA(nullptr, TRUE, "");
  HANDLE const other = CreateMutexA(nullptr, FALSE, "");
  EXPECT_EQ(GetLastError(), ERROR_SUCCESS);
  EXPECT_EQ(elsewhere([&] { return WaitForSingleObject(other, 0); }), WAIT_OBJECT_0);
  for (HANDLE const handle : {mutex, local, unnamed, other}) CloseHandle(handle);
}

// L-04, H-06: a duplicate is a handle like any other, with rights of its own.
TEST_F(Win32Mutex, DuplicatesKeepTheObject_L04) {
  HANDLE const mutex = CreateMutexA(nullptr, FALSE, "m");
  HANDLE copy = nullptr;
  HANDLE const self = GetCurrentProcess();
  ASSERT_TRUE(DuplicateHandle(self, mutex, self, &copy, SYNCHRONIZE, FALSE, 0));
  EXPECT_TRUE(CloseHandle(mutex));
  HANDLE const again = OpenMutexA(SYNCHRONIZE, FALSE, "m");
  EXPECT_NE(again, nullptr);
  EXPECT_TRUE(CompareObjectHandles(copy, again));
  CloseHandle(again);
  EXPECT_EQ(WaitForSingleObject(copy, 0), WAIT_OBJECT_0);
  CloseHandle(copy);
}

// L-12: the name goes with the last handle though a thread still waits, and its wait goes on.
TEST_F(Win32Mutex, AWaiterDoesNotKeepTheName_L12_D14) {
  HANDLE const mutex = CreateMutexA(nullptr, TRUE, "m");
  std::atomic<pid_t> thread_id{0};
  DWORD found = 0;
  std::thread waiter([&] {
    thread_id = static_cast<pid_t>(GetCurrentThreadId());
    found = WaitForSingleObject(mutex, INFINITE);
  });
  while (thread_id == 0) std::this_thread::yield();
  coview_test::until_asleep(::getpid(), thread_id);
  EXPECT_TRUE(ReleaseMutex(mutex));
  waiter.join();
  EXPECT_EQ(found, WAIT_OBJECT_0);
  EXPECT_TRUE(CloseHandle(mutex));
  EXPECT_EQ(last_error_of(OpenMutexA(SYNCHRONIZE, FALSE, "m")), ERROR_FILE_NOT_FOUND);
}

// Unnamed ones are cells that are used again: one that was owned when it was closed must not come back owned.
TEST_F(Win32Mutex, UnnamedOnesAreFreshEachTime) {
  for (int i = 0; i < 100; ++i) {
    HANDLE const mutex = CreateMutexA(nullptr, i % 2 == 0 ? TRUE : FALSE, nullptr);
    ASSERT_NE(mutex, nullptr);
    DWORD const found = elsewhere([&] { return WaitForSingleObject(mutex, 0); });
    EXPECT_EQ(found, i % 2 == 0 ? WAIT_TIMEOUT : WAIT_OBJECT_0);
    CloseHandle(mutex);
  }
}

}  // namespace
