// SPDX-License-Identifier: Apache-2.0
// A fork in one thread while others are in the library: the child finds nothing locked or half made.
#include <unistd.h>

#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include <coview/win32/windows.h>

#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace {

using coview_test::child;
using coview_test::parent_link;

/// What takes a lock of the process, or makes something at its first use.
bool use_everything() {
  void* const block = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, 100);
  bool works = block != nullptr && HeapFree(GetProcessHeap(), 0, block) != FALSE;
  works = works && GetCommandLineA() != nullptr && GetCommandLineW() != nullptr;
  works = works && GetModuleHandleA(nullptr) != nullptr && GetModuleHandleA("kernel32.dll") != nullptr;
  HANDLE const mutex = CreateMutexA(nullptr, FALSE, "Local\\fork");
  works = works && mutex != nullptr && WaitForSingleObject(mutex, INFINITE) != WAIT_FAILED && ReleaseMutex(mutex);
  HANDLE const section =
      CreateFileMappingA(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE | SEC_RESERVE, 0, 65536, nullptr);
  void* const view = section != nullptr ? MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0) : nullptr;
  works = works && view != nullptr && VirtualAlloc(view, 4096, MEM_COMMIT, PAGE_READWRITE) != nullptr;
  if (view != nullptr) UnmapViewOfFile(view);
  if (section != nullptr) CloseHandle(section);
  if (mutex != nullptr) CloseHandle(mutex);
  return works;
}

TEST(Win32Fork, BesideThreadsThatAreInTheLibrary) {
  coview_test::scoped_root const root;
  std::atomic<bool> stop{false};
  std::atomic<bool> works{true};
  std::vector<std::thread> busy;
  for (int i = 0; i < 3; ++i) {
    busy.emplace_back([&] {
      while (!stop) {
        if (!use_everything()) works = false;
      }
    });
  }
  constexpr int forks = 100;
  for (int i = 0; i < forks; ++i) {
    child forked([](parent_link const& parent) {
      constexpr unsigned far_too_long = 60;
      ::alarm(far_too_long);  // ends a child that hangs, so that the test tells of it
      parent.say(use_everything() ? "works" : "does not work");
    });
    EXPECT_EQ(forked.hear(), "works") << i;
    ASSERT_EQ(forked.wait(), 0) << i;
  }
  stop = true;
  for (auto& one : busy) one.join();
  EXPECT_TRUE(works);
}

TEST(Win32Fork, HeapsOfTheParentCanBeUsedAndDestroyed) {
  HANDLE const heap = HeapCreate(0, 0, 0);
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    while (!stop) HeapFree(heap, 0, HeapAlloc(heap, 0, 16));
  });
  for (int i = 0; i < 100; ++i) {
    child forked([&](parent_link const& parent) {
      constexpr unsigned far_too_long = 60;
      ::alarm(far_too_long);
      void* const block = HeapAlloc(heap, 0, 16);
      parent.say(block != nullptr && HeapFree(heap, 0, block) && HeapDestroy(heap) ? "works" : "does not work");
    });
    EXPECT_EQ(forked.hear(), "works") << i;
    ASSERT_EQ(forked.wait(), 0) << i;
  }
  stop = true;
  busy.join();
  EXPECT_TRUE(HeapDestroy(heap));
}

LONG CALLBACK no_handler(EXCEPTION_POINTERS*) {
  return EXCEPTION_CONTINUE_SEARCH;
}
VOID CALLBACK nothing(PVOID, BOOLEAN) {}

/// What takes the lock of one object that all threads use, or of a list of them.
bool use_objects(HANDLE file, HANDLE section, HANDLE queue) {
  char path[MAX_PATH];
  bool works = GetFinalPathNameByHandleA(file, path, MAX_PATH, 0) != 0;
  if (LockFile(file, 0, 0, 1, 0) != FALSE) works = UnlockFile(file, 0, 0, 1, 0) != FALSE && works;
  PVOID const handler = AddVectoredExceptionHandler(1, no_handler);
  works = handler != nullptr && RemoveVectoredExceptionHandler(handler) != 0 && works;
  DWORD const slot = TlsAlloc();
  works = slot != TLS_OUT_OF_INDEXES && TlsFree(slot) != FALSE && works;
  void* const view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
  works = view != nullptr && UnmapViewOfFile(view) != FALSE && works;
  works = SetThreadDescription(GetCurrentThread(), L"busy") == 0 && works;
  HANDLE timer = nullptr;
  constexpr DWORD in_an_hour = 3'600'000;
  works = CreateTimerQueueTimer(&timer, queue, nothing, nullptr, in_an_hour, 0, 0) != FALSE && works;
  if (timer != nullptr) works = DeleteTimerQueueTimer(queue, timer, INVALID_HANDLE_VALUE) != FALSE && works;
  return works;
}

TEST(Win32Fork, BesideThreadsThatUseTheSameObjects) {
  coview_test::scoped_root const root;
  HANDLE const file = CreateFileA((root.path() / "file").c_str(), GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ,
                                  nullptr, CREATE_ALWAYS, 0, nullptr);
  HANDLE const section = CreateFileMappingA(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, 4096, nullptr);
  HANDLE const queue = CreateTimerQueue();
  ASSERT_TRUE(file != INVALID_HANDLE_VALUE && section != nullptr && queue != nullptr);
  std::atomic<bool> stop{false};
  std::atomic<bool> works{true};
  std::vector<std::thread> busy;
  for (int i = 0; i < 2; ++i) {
    busy.emplace_back([&] {
      while (!stop) {
        if (!use_objects(file, section, queue)) works = false;
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    child forked([&](parent_link const& parent) {
      constexpr unsigned far_too_long = 60;
      ::alarm(far_too_long);
      bool const used = use_objects(file, section, queue);
      parent.say(used && CloseHandle(file) && CloseHandle(section) ? "works" : "does not work");
    });
    EXPECT_EQ(forked.hear(), "works") << i;
    ASSERT_EQ(forked.wait(), 0) << i;
  }
  stop = true;
  for (auto& one : busy) one.join();
  EXPECT_TRUE(works);
  DeleteTimerQueue(queue);
  CloseHandle(section);
  CloseHandle(file);
}

}  // namespace
