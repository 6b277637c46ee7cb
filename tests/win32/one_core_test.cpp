// SPDX-License-Identifier: Apache-2.0
// Both faces in one process: C++ calls and Win32 calls on the same objects, mixed in one thread. This program links
// the two shared libraries as a user's would, and nothing of their insides.
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <gtest/gtest.h>
#include <optional>
#include <thread>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/semaphore.hpp>
#include <coview/sync_status.hpp>
#include <coview/wait.hpp>
#include <coview/win32/windows.h>

#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace {

using coview::acquired;
using coview_test::child;
using coview_test::parent_link;
using std::chrono::seconds;

class OneCore : public ::testing::Test {
 protected:
  coview_test::scoped_root root_;
};

HANDLE open_mutex(char const* name) {
  return OpenMutexA(MUTEX_ALL_ACCESS, FALSE, name);
}

/// Runs in another thread to its end.
template <class Body>
auto elsewhere(Body body) {
  decltype(body()) result{};
  std::thread([&] { result = body(); }).join();
  return result;
}

acquired taken_and_given_back_elsewhere(coview::mutex const& one) {
  return elsewhere([&] {
    auto const got = one.acquire(seconds(0));
    one.release();
    return got;
  });
}

TEST_F(OneCore, WhatOneFaceOwnsTheOtherOwns_MX02) {
  auto const cpp = coview::mutex::create("m");
  HANDLE const win32 = open_mutex("m");
  ASSERT_NE(win32, nullptr);

  EXPECT_EQ(cpp.acquire(), acquired::yes);
  EXPECT_EQ(WaitForSingleObject(win32, 0), WAIT_OBJECT_0);  // again, by the same thread
  EXPECT_TRUE(ReleaseMutex(win32));
  EXPECT_EQ(elsewhere([&] { return WaitForSingleObject(win32, 0); }), WAIT_TIMEOUT);
  EXPECT_TRUE(ReleaseMutex(win32));  // what C++ acquired
  EXPECT_FALSE(ReleaseMutex(win32));
  EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_NOT_OWNER));

  EXPECT_EQ(WaitForSingleObject(win32, 0), WAIT_OBJECT_0);
  EXPECT_EQ(cpp.acquire(seconds(0)), acquired::yes);
  EXPECT_EQ(elsewhere([&] { return cpp.acquire(seconds(0)); }), acquired::timed_out);
  cpp.release();
  cpp.release();  // what the Win32 call acquired
  EXPECT_EQ(elsewhere([&] {
              auto const got = WaitForSingleObject(win32, 0);
              ReleaseMutex(win32);
              return got;
            }),
            WAIT_OBJECT_0);
  EXPECT_THROW(cpp.release(), coview::error);
  CloseHandle(win32);
}

TEST_F(OneCore, DepthIsCountedOnce_MX02) {
  constexpr int depth = 100;
  auto const cpp = coview::mutex::create("deep");
  HANDLE const win32 = open_mutex("deep");
  for (int i = 0; i < depth; ++i) {
    ASSERT_EQ(cpp.acquire(), acquired::yes);
    ASSERT_EQ(WaitForSingleObject(win32, INFINITE), WAIT_OBJECT_0);
  }
  for (int i = 0; i < depth; ++i) {
    ASSERT_TRUE(ReleaseMutex(win32));
    EXPECT_EQ(elsewhere([&] { return cpp.acquire(seconds(0)); }), acquired::timed_out);
    cpp.release();
  }
  EXPECT_EQ(taken_and_given_back_elsewhere(cpp), acquired::yes);
  CloseHandle(win32);
}

TEST_F(OneCore, TheEndOfAThreadIsToldOnceByEitherFace_MX03) {
  auto const cpp = coview::mutex::create("m");
  HANDLE const win32 = open_mutex("m");
  std::thread([&] { EXPECT_EQ(cpp.acquire(), acquired::yes); }).join();
  EXPECT_EQ(WaitForSingleObject(win32, 0), WAIT_ABANDONED);
  EXPECT_TRUE(cpp.was_abandoned());
  EXPECT_EQ(cpp.acquire(), acquired::yes);  // told once
  cpp.release();
  EXPECT_TRUE(ReleaseMutex(win32));

  std::thread([&] { EXPECT_EQ(WaitForSingleObject(win32, 0), WAIT_OBJECT_0); }).join();
  EXPECT_EQ(cpp.acquire(), acquired::abandoned);
  EXPECT_EQ(WaitForSingleObject(win32, 0), WAIT_OBJECT_0);
  EXPECT_TRUE(ReleaseMutex(win32));
  cpp.release();
  CloseHandle(win32);
}

TEST_F(OneCore, AKillIsToldOnceByEitherFace_MX03) {
  auto const cpp = coview::mutex::create("m");
  HANDLE const win32 = open_mutex("m");
  for (bool const by_win32 : {false, true}) {
    child owner([&](parent_link const& parent) {
      // By both: owned twice is abandoned once.
      HANDLE const mine = open_mutex("m");
      auto const also_mine = coview::mutex::open("m");
      bool const owns = WaitForSingleObject(mine, INFINITE) == WAIT_OBJECT_0 && also_mine.acquire() == acquired::yes;
      parent.say(owns ? "owns" : "does not");
      (void)parent.hear();
    });
    ASSERT_EQ(owner.hear(), "owns");
    owner.kill();
    if (by_win32) {
      EXPECT_EQ(WaitForSingleObject(win32, INFINITE), WAIT_ABANDONED);
      cpp.release();
      EXPECT_EQ(cpp.acquire(seconds(0)), acquired::yes);
      EXPECT_TRUE(ReleaseMutex(win32));
    } else {
      EXPECT_EQ(cpp.acquire(), acquired::abandoned);
      EXPECT_TRUE(ReleaseMutex(win32));
      EXPECT_EQ(WaitForSingleObject(win32, 0), WAIT_OBJECT_0);
      cpp.release();
    }
  }
  CloseHandle(win32);
}

TEST_F(OneCore, BothWaitForSeveral_WA05_WA06) {
  auto const lock = coview::mutex::create("lock");
  auto const ready = coview::event::create("ready", coview::reset::automatic);
  auto const room = coview::semaphore::create("room", 0, 2);
  std::array<HANDLE, 3> const same{open_mutex("lock"), OpenEventA(EVENT_ALL_ACCESS, FALSE, "ready"),
                                   OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, "room")};
  constexpr DWORD count = 3;

  // The mutex is this thread's already: by either face it is there, and counts.
  lock.lock();
  EXPECT_EQ(WaitForMultipleObjects(count, same.data(), FALSE, 0), WAIT_OBJECT_0);
  auto const any = coview::wait_any({ready, lock, room}, seconds(0));
  ASSERT_TRUE(any);
  EXPECT_EQ(any->index, 1U);
  EXPECT_EQ(WaitForMultipleObjects(count, same.data(), TRUE, 0), WAIT_TIMEOUT);
  ready.set();
  EXPECT_EQ(room.release(), 0U);
  EXPECT_EQ(WaitForMultipleObjects(count, same.data(), TRUE, 0), WAIT_OBJECT_0);
  EXPECT_TRUE(SetEvent(same[1]));
  EXPECT_TRUE(ReleaseSemaphore(same[2], 1, nullptr));
  EXPECT_TRUE(coview::wait_all({lock, ready, room}, seconds(0)));
  constexpr int times = 5;
  for (int i = 0; i < times; ++i) EXPECT_TRUE(ReleaseMutex(same[0])) << i;
  EXPECT_FALSE(ReleaseMutex(same[0]));

  // Two waits at once, each by its own face, and one signal for each.
  auto const any_by_win32 = [&] { return WaitForMultipleObjects(2, same.data() + 1, FALSE, INFINITE); };
  DWORD by_win32 = WAIT_FAILED;
  std::optional<coview::waited> by_cpp;
  std::thread first([&] { by_win32 = any_by_win32(); });
  std::thread second([&] { by_cpp = coview::wait_any({ready, room}); });
  ready.set();
  EXPECT_TRUE(ReleaseSemaphore(same[2], 1, nullptr));
  first.join();
  second.join();
  ASSERT_TRUE(by_cpp);
  EXPECT_EQ(by_win32 - WAIT_OBJECT_0 + by_cpp->index, 1U);  // one got the event, the other the permit
  for (HANDLE const one : same) CloseHandle(one);
}

TEST_F(OneCore, AMappingIsSeenByBoth) {
  auto const cpp = coview::mapping::create("shared", 4096);
  auto const view = cpp.map();
  HANDLE const win32 = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, "shared");
  ASSERT_NE(win32, nullptr);
  auto* const bytes = static_cast<char*>(MapViewOfFile(win32, FILE_MAP_ALL_ACCESS, 0, 0, 0));
  ASSERT_NE(bytes, nullptr);
  std::strcpy(bytes, "hello");
  EXPECT_STREQ(view.as<char[8]>(), "hello");
  // The two handles are two holders: the name goes with the last of them, whichever it is.
  EXPECT_TRUE(UnmapViewOfFile(bytes));
  EXPECT_TRUE(CloseHandle(win32));
  EXPECT_TRUE(coview::mapping::try_open("shared"));
}

TEST_F(OneCore, ANameGoesWithTheLastHandleOfEither_L01) {
  for (bool const cpp_last : {false, true}) {
    {
      auto cpp = coview::event::create("e", coview::reset::manual);
      HANDLE const win32 = OpenEventA(EVENT_ALL_ACCESS, FALSE, "e");
      ASSERT_NE(win32, nullptr);
      if (cpp_last) {
        EXPECT_TRUE(CloseHandle(win32));
        EXPECT_TRUE(coview::event::try_open("e"));
      } else {
        cpp = {};
        EXPECT_TRUE(coview::event::try_open("e"));
        EXPECT_TRUE(CloseHandle(win32));
      }
    }
    EXPECT_FALSE(coview::event::try_open("e"));
    EXPECT_EQ(OpenEventA(EVENT_ALL_ACCESS, FALSE, "e"), nullptr);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_FILE_NOT_FOUND));
    EXPECT_TRUE(root_.files().empty());
  }
}

TEST_F(OneCore, ClosedHandlesLeaveTheOtherFaceItsOwnership) {
  auto const cpp = coview::mutex::create("m");
  HANDLE const win32 = open_mutex("m");
  EXPECT_EQ(WaitForSingleObject(win32, 0), WAIT_OBJECT_0);
  EXPECT_TRUE(CloseHandle(win32));  // owned: it stays so, as on Windows
  EXPECT_EQ(elsewhere([&] { return cpp.acquire(seconds(0)); }), acquired::timed_out);
  cpp.release();
  EXPECT_EQ(taken_and_given_back_elsewhere(cpp), acquired::yes);
}

TEST_F(OneCore, AForkedChildOwnsNothing) {
  auto const cpp = coview::mutex::create("m");
  HANDLE const win32 = open_mutex("m");
  cpp.lock();
  EXPECT_EQ(WaitForSingleObject(win32, 0), WAIT_OBJECT_0);
  child forked([&](parent_link const& parent) {
    parent.say(WaitForSingleObject(win32, 0) == WAIT_TIMEOUT ? "not its own" : "its own");
    parent.say(cpp.acquire(seconds(0)) == acquired::timed_out ? "not its own" : "its own");
    parent.say(ReleaseMutex(win32) ? "released" : "not released");
    parent.say(GetCurrentThreadId() == static_cast<DWORD>(::syscall(SYS_gettid)) ? "its own ID" : "another's ID");
    // What it acquires from here on is its own, by either face.
    auto const own = coview::mutex::create("own");
    own.lock();
    HANDLE const same = open_mutex("own");
    parent.say(WaitForSingleObject(same, 0) == WAIT_OBJECT_0 && ReleaseMutex(same) && ReleaseMutex(same)
                   ? "works"
                   : "does not");
  });
  EXPECT_EQ(forked.hear(), "not its own");
  EXPECT_EQ(forked.hear(), "not its own");
  EXPECT_EQ(forked.hear(), "not released");
  EXPECT_EQ(forked.hear(), "its own ID");
  EXPECT_EQ(forked.hear(), "works");
  EXPECT_EQ(forked.wait(), 0);
  EXPECT_TRUE(ReleaseMutex(win32));
  cpp.release();
  CloseHandle(win32);
}

TEST_F(OneCore, AThreadHasOneNumber) {
  auto const numbers_agree = [] { return GetCurrentThreadId() == static_cast<DWORD>(::syscall(SYS_gettid)); };
  EXPECT_TRUE(numbers_agree());
  EXPECT_TRUE(elsewhere(numbers_agree));
  HANDLE const win32 = CreateMutexA(nullptr, TRUE, "m");
  EXPECT_EQ(coview::status_of("m").owner_thread, static_cast<pid_t>(GetCurrentThreadId()));
  EXPECT_TRUE(ReleaseMutex(win32));
  CloseHandle(win32);
}

}  // namespace
