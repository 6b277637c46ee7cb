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

}  // namespace
