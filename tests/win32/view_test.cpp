// SPDX-License-Identifier: Apache-2.0
// Views: what can be mapped through which handle, ranges and places, copy on write, unmapping, writing back,
// truncation.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

#include "win32/win32_support.hpp"

namespace {

using namespace coview_test;

constexpr DWORD all_access = FILE_MAP_ALL_ACCESS;
constexpr DWORD execute = FILE_MAP_EXECUTE;

TEST(MapView, AccessDecidesTheProtection) {
  scoped_handle const mapping = memory(4096, nullptr, PAGE_EXECUTE_READWRITE);
  struct {
    DWORD access;
    DWORD protect;
  } const cases[] = {
      {0, PAGE_NOACCESS},
      {FILE_MAP_COPY, PAGE_WRITECOPY},
      {FILE_MAP_WRITE, PAGE_READWRITE},
      {FILE_MAP_WRITE | FILE_MAP_COPY, PAGE_READWRITE},
      {FILE_MAP_READ | FILE_MAP_WRITE, PAGE_READWRITE},
      {all_access, PAGE_READWRITE},
      {FILE_MAP_READ, PAGE_READONLY},
      {FILE_MAP_READ | FILE_MAP_COPY, PAGE_READONLY},
      {SECTION_MAP_EXECUTE, PAGE_NOACCESS},
      {SECTION_MAP_EXECUTE | FILE_MAP_READ, PAGE_READONLY},
      {execute, PAGE_NOACCESS},
      {execute | FILE_MAP_COPY, PAGE_EXECUTE_WRITECOPY},
      {execute | FILE_MAP_READ, PAGE_EXECUTE_READ},
      {execute | FILE_MAP_READ | FILE_MAP_COPY, PAGE_EXECUTE_READ},
      {execute | FILE_MAP_WRITE, PAGE_EXECUTE_READWRITE},
      {execute | FILE_MAP_READ | FILE_MAP_WRITE, PAGE_EXECUTE_READWRITE},
      {execute | all_access, PAGE_EXECUTE_READWRITE},
  };
  for (auto const& one : cases) {
    scoped_view const view = MapViewOfFile(mapping, one.access, 0, 0, 0);
    ASSERT_NE(view, nullptr) << std::hex << one.access;
    auto const facts = query(view);
    EXPECT_EQ(facts.Protect, one.protect) << std::hex << one.access;
    EXPECT_EQ(facts.AllocationProtect, one.protect) << std::hex << one.access;
  }
}

TEST(MapView, WhatEachSectionPermits_V10) {
  scoped_root const root;
  auto const path = make_file(root, "data", 4096);
  constexpr std::array<DWORD, 8> accesses = {
      0,          FILE_MAP_COPY,           FILE_MAP_READ,           FILE_MAP_WRITE,
      all_access, execute | FILE_MAP_COPY, execute | FILE_MAP_READ, execute | FILE_MAP_WRITE};
  struct {
    DWORD protect;
    std::array<bool, 8> good;
  } const cases[] = {
      {PAGE_READONLY, {true, true, true, false, false, false, false, false}},
      {PAGE_WRITECOPY, {true, true, true, false, false, false, false, false}},
      {PAGE_READWRITE, {true, true, true, true, true, false, false, false}},
      {PAGE_EXECUTE_READ, {true, true, true, false, false, true, true, false}},
      {PAGE_EXECUTE_WRITECOPY, {true, true, true, false, false, true, true, false}},
      {PAGE_EXECUTE_READWRITE, {true, true, true, true, true, true, true, true}},
  };
  scoped_handle const file = open_file(path, GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE);
  for (auto const& one : cases) {
    for (HANDLE const backing : {static_cast<HANDLE>(INVALID_HANDLE_VALUE), file.get()}) {
      scoped_handle const mapping = CreateFileMappingA(backing, nullptr, one.protect, 0, 4096, nullptr);
      ASSERT_NE(mapping.get(), nullptr);
      for (std::size_t i = 0; i < accesses.size(); ++i) {
        SetLastError(untouched);
        scoped_view const view = MapViewOfFile(mapping, accesses.at(i), 0, 0, 0);
        EXPECT_EQ(view != nullptr, one.good.at(i)) << one.protect << " " << accesses.at(i);
        EXPECT_EQ(GetLastError(), one.good.at(i) ? untouched : DWORD{ERROR_ACCESS_DENIED})  // G-04
            << one.protect << " " << accesses.at(i);
      }
    }
  }
}

TEST(MapView, ReadOnlySectionStaysSo_D4) {
  scoped_root const root;
  scoped_handle const first = memory(4096, "m", PAGE_READONLY);
  scoped_handle const wider = memory(4096, "m", PAGE_READWRITE);
  ASSERT_NE(wider.get(), nullptr);
  EXPECT_EQ(MapViewOfFile(wider, FILE_MAP_WRITE, 0, 0, 0), nullptr);
  EXPECT_TRUE(GetLastError() == ERROR_ACCESS_DENIED || GetLastError() == ERROR_INVALID_PARAMETER);
}

TEST(MapView, OffsetsAndLengths_V01_to_V08) {
  scoped_root const root;
  scoped_handle const pages = memory(0x30000 + 100);
  for (DWORD const offset : {1U, 0x1000U, 0x8000U})
    EXPECT_FAILS(ERROR_MAPPED_ALIGNMENT, nullptr, MapViewOfFile(pages, FILE_MAP_READ, 0, offset, 0));  // V-01
  scoped_view const rest = MapViewOfFile(pages, FILE_MAP_READ, 0, 0x10000, 0);                         // V-02
  EXPECT_EQ(query(rest).RegionSize, 0x21000U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(static_cast<char*>(rest)) % 0x10000, 0U);  // V-03
  scoped_view const odd = MapViewOfFile(pages, FILE_MAP_READ, 0, 0, 4097);
  EXPECT_EQ(query(odd).RegionSize, 8192U);  // V-04
  scoped_view const last_page = MapViewOfFile(pages, FILE_MAP_READ, 0, 0x30000, 4096);
  EXPECT_NE(last_page, nullptr);
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, MapViewOfFile(pages, FILE_MAP_READ, 0, 0x30000, 4097));    // V-05
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, MapViewOfFile(pages, FILE_MAP_READ, 0, 0x40000, 0));       // V-07, D1
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr, MapViewOfFile(pages, FILE_MAP_READ, 0, 0, SIZE_MAX));  // V-08, D2

  scoped_handle const file = open_file(make_file(root, "data", 100));
  scoped_handle const exact = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, nullptr);
  scoped_view const whole = MapViewOfFile(exact, FILE_MAP_READ, 0, 0, 100);
  EXPECT_NE(whole, nullptr);
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, MapViewOfFile(exact, FILE_MAP_READ, 0, 0, 101));      // V-06
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, MapViewOfFile(exact, FILE_MAP_READ, 0, 0x10000, 0));  // V-07
}

TEST(MapView, HandlesThatAreNoMappings_V09) {
  scoped_root const root;
  scoped_handle const event = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  scoped_handle const file = open_file(make_file(root, "data", 100));
  for (HANDLE const bad : {HANDLE{nullptr}, HANDLE{INVALID_HANDLE_VALUE}, reinterpret_cast<HANDLE>(0xDEAD0),
                           event.get(), file.get(), GetCurrentProcess()})
    EXPECT_FAILS(ERROR_INVALID_HANDLE, nullptr, MapViewOfFile(bad, FILE_MAP_READ, 0, 0, 0));
}

TEST(MapView, EveryCallMakesAView_V12_V13_U04) {
  scoped_handle const mapping = memory(4096);
  scoped_view const one = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  {
    scoped_view const other = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
    EXPECT_NE(static_cast<char*>(one), static_cast<char*>(other));
    *other = 'a';
    EXPECT_EQ(*one, 'a');
  }
  EXPECT_EQ(*one, 'a');
}

TEST(MapView, SectionsOfOneFileAreCoherent_V13_V14) {
  scoped_root const root;
  auto const path = make_file(root, "data", 100);
  scoped_handle const file = open_file(path);
  scoped_handle const first = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, nullptr);
  scoped_handle const second = CreateFileMappingA(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
  scoped_view view = MapViewOfFile(first, FILE_MAP_WRITE, 0, 0, 0);
  scoped_view const other = MapViewOfFile(second, FILE_MAP_READ, 0, 0, 0);
  view[99] = 'y';
  EXPECT_EQ(other[99], 'y');
  EXPECT_EQ(view[100], 0);  // V-14: behind the end, zero and writable, and never in the file
  view[4095] = 'z';
  char read = 0;
  DWORD count = 0;
  SetFilePointer(file, 99, nullptr, FILE_BEGIN);
  EXPECT_TRUE(ReadFile(file, &read, 1, &count, nullptr));
  EXPECT_EQ(read, 'y');
  view.reset();
  EXPECT_EQ(GetFileSize(file, nullptr), 100U);
}

TEST(MapView, AtAnAddress_V16_V17_V18) {
  scoped_handle const mapping = memory(0x20000);
  void* place = nullptr;
  {
    scoped_view const view = MapViewOfFileEx(mapping, FILE_MAP_WRITE, 0, 0, 0, nullptr);  // V-18
    ASSERT_NE(view, nullptr);
    place = view;
    EXPECT_FAILS(ERROR_INVALID_ADDRESS, nullptr, MapViewOfFileEx(mapping, FILE_MAP_WRITE, 0, 0, 0, place));  // V-17
    EXPECT_FAILS(ERROR_INVALID_ADDRESS, nullptr, MapViewOfFileEx(mapping, FILE_MAP_WRITE, 0, 0, 0, view + 0x10000));
    EXPECT_FAILS(ERROR_MAPPED_ALIGNMENT, nullptr,
                 MapViewOfFileEx(mapping, FILE_MAP_WRITE, 0, 0, 0, view + 0x1000));  // V-16
  }
  scoped_view const again = MapViewOfFileEx(mapping, FILE_MAP_WRITE, 0, 0, 0, place);
  EXPECT_EQ(static_cast<void*>(again), place);
}

TEST(MapView, NoAddressesLeft_V11) {
  scoped_handle const mapping =
      CreateFileMappingA(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE | SEC_RESERVE, 0x4000, 0, nullptr);  // 64 TiB
  ASSERT_NE(mapping.get(), nullptr);
  std::vector<void*> views;
  for (int i = 0; i < 3; ++i) {
    void* const view = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
    if (view == nullptr) break;
    views.push_back(view);
  }
  EXPECT_EQ(GetLastError(), DWORD{ERROR_NOT_ENOUGH_MEMORY});
  EXPECT_LT(views.size(), 3U);
  for (void* const view : views) EXPECT_TRUE(UnmapViewOfFile(view));
}

TEST(MapView, Siblings_V19_V20_V21_V22) {
  static_assert(FILE_MAP_LARGE_PAGES == 0x20000000 && FILE_MAP_TARGETS_INVALID == 0x40000000 &&
                FILE_MAP_RESERVE == 0x80000000);  // V-22
  scoped_handle const mapping = memory(0x20000);
  scoped_view const three =
      MapViewOfFile3(mapping, GetCurrentProcess(), nullptr, 0x10000, 0x1000, 0, PAGE_READONLY, nullptr, 0);
  ASSERT_NE(three, nullptr);
  EXPECT_EQ(query(three).RegionSize, 0x1000U);
  EXPECT_EQ(query(three).Protect, DWORD{PAGE_READONLY});
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr,
               MapViewOfFile3(mapping, GetCurrentProcess(), nullptr, 0, 0, MEM_REPLACE_PLACEHOLDER, PAGE_READONLY,
                              nullptr, 0));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr,
               MapViewOfFile3(mapping, GetCurrentProcess(), nullptr, 0, 0, 0, 3, nullptr, 0));
  scoped_view const app = MapViewOfFileFromApp(mapping, FILE_MAP_READ, 0x10000, 0);  // V-20
  EXPECT_NE(app, nullptr);
  scoped_view const numa =
      MapViewOfFileExNuma(mapping, FILE_MAP_READ, 0, 0, 0, nullptr, NUMA_NO_PREFERRED_NODE);  // V-21
  EXPECT_NE(numa, nullptr);
}

TEST(CopyOnWrite, PageByPage_W01_W02_W03) {
  scoped_root const root;
  auto const path = make_file(root, "data", 8192, 'o');
  scoped_handle const file = open_file(path);
  scoped_handle const mapping = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, nullptr);
  scoped_view const shared = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  scoped_view const copy = MapViewOfFile(mapping, FILE_MAP_COPY, 0, 0, 0);
  shared[0] = '1';
  EXPECT_EQ(copy[0], '1');  // W-01
  copy[1] = 'c';            // W-02
  shared[0] = '2';
  shared[4096] = '3';
  EXPECT_EQ(copy[0], '1');
  EXPECT_EQ(copy[4096], '3');
  EXPECT_EQ(shared[1], 'o');  // W-03
  scoped_view const fresh = MapViewOfFile(mapping, FILE_MAP_COPY, 0, 0, 0);
  EXPECT_EQ(fresh[1], 'o');
  EXPECT_TRUE(FlushViewOfFile(copy, 0));  // W-05
  std::ifstream in(path);
  std::string text(2, ' ');
  in.read(text.data(), 2);
  EXPECT_EQ(text, "2o");
}

TEST(CopyOnWrite, QueryShowsWrittenPages_W04_D12) {
  scoped_handle const mapping = memory(0x5000, nullptr, PAGE_EXECUTE_READWRITE);
  for (bool const executable : {false, true}) {
    scoped_view const view = MapViewOfFile(mapping, FILE_MAP_COPY | (executable ? execute : 0), 0, 0, 0);
    DWORD const before = executable ? PAGE_EXECUTE_WRITECOPY : PAGE_WRITECOPY;
    EXPECT_EQ(query(view).RegionSize, 0x5000U);
    view[0x2000] = 1;
    EXPECT_EQ(query(view).RegionSize, 0x2000U);
    EXPECT_EQ(query(view).Protect, before);
    auto const written = query(view + 0x2000);
    EXPECT_EQ(written.Protect, DWORD(executable ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE));
    EXPECT_EQ(written.RegionSize, 0x1000U);
    EXPECT_EQ(written.AllocationProtect, before);
    EXPECT_EQ(written.AllocationBase, static_cast<char*>(view));
    EXPECT_EQ(query(view + 0x3000).RegionSize, 0x2000U);
    EXPECT_EQ(query(view + 0x3000).Protect, before);
  }
}

TEST(Unmap, FromAnywhereInside_U01_U02) {
  scoped_handle const mapping = memory(0x3000);
  auto* const view = static_cast<char*>(MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0));
  SetLastError(untouched);
  EXPECT_TRUE(UnmapViewOfFile(view + 0x2345));
  EXPECT_EQ(GetLastError(), untouched);
  EXPECT_EQ(query(view).State, DWORD{MEM_FREE});
  EXPECT_FAILS(ERROR_INVALID_ADDRESS, FALSE, UnmapViewOfFile(view));
  EXPECT_FAILS(ERROR_INVALID_ADDRESS, FALSE, UnmapViewOfFile(nullptr));
  int stack = 0;
  EXPECT_FAILS(ERROR_INVALID_ADDRESS, FALSE, UnmapViewOfFile(&stack));
  auto const heap = std::make_unique<int>();
  EXPECT_FAILS(ERROR_INVALID_ADDRESS, FALSE, UnmapViewOfFile(heap.get()));
  EXPECT_FAILS(ERROR_INVALID_ADDRESS, FALSE, UnmapViewOfFile(reinterpret_cast<void*>(0xDEADBEEF0000)));
  void* const private_memory = VirtualAlloc(nullptr, 4096, MEM_COMMIT, PAGE_READWRITE);
  EXPECT_FAILS(ERROR_INVALID_ADDRESS, FALSE, UnmapViewOfFile(private_memory));
  EXPECT_TRUE(VirtualFree(private_memory, 0, MEM_RELEASE));
}

TEST(Unmap, NotByVirtualFree_U03_R06) {
  scoped_handle const mapping = memory(4096);
  scoped_view const view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, VirtualFree(view, 0, MEM_RELEASE));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, VirtualFree(view, 4096, MEM_DECOMMIT));
  *view = 1;
}

TEST(Unmap, Flags_U05_D5) {
  scoped_handle const mapping = memory(4096);
  void* const view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  for (ULONG const bad : {2U, 4U, 8U}) EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, UnmapViewOfFileEx(view, bad));
  EXPECT_TRUE(UnmapViewOfFileEx(view, MEM_UNMAP_WITH_TRANSIENT_BOOST));
  void* const other = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  EXPECT_TRUE(UnmapViewOfFile2(GetCurrentProcess(), other, 0));
}

TEST(Flush, Rules_F01_to_F05_F07_U06) {
  scoped_root const root;
  auto const path = make_file(root, "data", 10000);
  scoped_handle const file = CreateFileA(path.c_str(), GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, nullptr,
                                         OPEN_EXISTING, FILE_FLAG_WRITE_THROUGH, nullptr);  // F-07
  scoped_handle const mapping = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, nullptr);
  scoped_view view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  view[5000] = 'f';
  SetLastError(untouched);
  EXPECT_TRUE(FlushViewOfFile(view, 0));           // F-01
  EXPECT_TRUE(FlushViewOfFile(view + 4999, 100));  // F-02
  EXPECT_EQ(GetLastError(), untouched);
  scoped_view const read_only = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
  EXPECT_TRUE(FlushViewOfFile(read_only, 0));  // F-03
  scoped_handle const anonymous = memory(4096);
  scoped_view const pages = MapViewOfFile(anonymous, FILE_MAP_WRITE, 0, 0, 0);
  EXPECT_TRUE(FlushViewOfFile(pages, 0));
  void* const private_memory = VirtualAlloc(nullptr, 4096, MEM_COMMIT, PAGE_READWRITE);
  EXPECT_TRUE(FlushViewOfFile(private_memory, 0));  // F-04
  EXPECT_TRUE(VirtualFree(private_memory, 0, MEM_RELEASE));
  for (void const* const bad :
       {static_cast<void const*>(nullptr), static_cast<void const*>(private_memory)}) {  // F-05
    EXPECT_FALSE(FlushViewOfFile(bad, 0));
    EXPECT_TRUE(GetLastError() == ERROR_INVALID_PARAMETER || GetLastError() == ERROR_INVALID_ADDRESS);  // D19
  }
  EXPECT_FALSE(FlushViewOfFile(view, 20000));
  view[9999] = 'u';
  view.reset();
  std::ifstream in(path);
  in.seekg(9999);
  EXPECT_EQ(in.get(), 'u');  // U-06
}

// F-06 (a flush need not wait for the device) cannot be observed: here it does wait.

TEST(Truncation, MappedFileKeepsItsLength_T01_to_T05) {
  scoped_root const root;
  auto const path = make_file(root, "data", 10000);
  scoped_handle const file = open_file(path);
  auto const cut = [&](LONG to) {
    SetFilePointer(file, to, nullptr, FILE_BEGIN);
    SetLastError(untouched);
    return SetEndOfFile(file);
  };
  scoped_handle mapping = CreateFileMappingA(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
  EXPECT_FALSE(cut(9999));  // T-01: a handle is enough, whatever its protection, and within the last page
  EXPECT_EQ(GetLastError(), DWORD{ERROR_USER_MAPPED_FILE});
  EXPECT_EQ(GetFileSize(file, nullptr), 10000U);
  scoped_view view = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
  mapping.reset();
  EXPECT_FALSE(cut(0));  // T-02
  EXPECT_EQ(GetLastError(), DWORD{ERROR_USER_MAPPED_FILE});
  EXPECT_TRUE(cut(20000));  // T-03
  EXPECT_FAILS(
      ERROR_USER_MAPPED_FILE, INVALID_HANDLE_VALUE,
      CreateFileA(path.c_str(), GENERIC_READ | GENERIC_WRITE, 7, nullptr, CREATE_ALWAYS, 0, nullptr));  // T-04
  EXPECT_FAILS(ERROR_USER_MAPPED_FILE, INVALID_HANDLE_VALUE,
               CreateFileA(path.c_str(), GENERIC_READ | GENERIC_WRITE, 7, nullptr, TRUNCATE_EXISTING, 0, nullptr));
  view.reset();
  EXPECT_TRUE(cut(5));  // T-05
}

TEST(Truncation, HoldsBetweenProcesses_T01) {
  scoped_root const root;
  auto const path = make_file(root, "data", 10000);
  child other([&](parent_link const& parent) {
    HANDLE const file = open_file(path);
    HANDLE const mapping = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, nullptr);
    CloseHandle(file);
    parent.say(mapping != nullptr ? "mapped" : "failed");
    (void)parent.hear();
  });
  ASSERT_EQ(other.hear(), "mapped");
  scoped_handle const file = open_file(path);
  SetFilePointer(file, 1, nullptr, FILE_BEGIN);
  EXPECT_FAILS(ERROR_USER_MAPPED_FILE, FALSE, SetEndOfFile(file));
  // T-09: the section writes, and its file handle is closed.
  EXPECT_FAILS(ERROR_SHARING_VIOLATION, INVALID_HANDLE_VALUE, open_file(path, GENERIC_READ, FILE_SHARE_READ));
  other.kill();
  EXPECT_TRUE(SetEndOfFile(file));
}

TEST(Truncation, ReadOnlySectionsImposeNoSharing_T09) {
  scoped_root const root;
  auto const path = make_file(root, "data", 100);
  scoped_handle file = open_file(path, GENERIC_READ);
  scoped_handle const mapping = CreateFileMappingA(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
  file.reset();
  scoped_handle const again = open_file(path, GENERIC_READ, FILE_SHARE_READ);
  EXPECT_NE(again.get(), INVALID_HANDLE_VALUE);
}

TEST(Truncation, CutByStrangersIsNoCrashAtMapTime_V15) {
  scoped_root const root;
  auto const path = make_file(root, "data", 10000);
  scoped_handle const file = open_file(path);
  scoped_handle const mapping = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, nullptr);
  ASSERT_EQ(truncate(path.c_str(), 10), 0);  // a program that knows nothing of sections
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0));
}

TEST(MapView, ManyThreadsMapAndUnmap) {
  scoped_handle const mapping = memory(0x10000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        auto* const view = static_cast<char*>(MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0));
        ASSERT_NE(view, nullptr);
        EXPECT_EQ(query(view).RegionSize, 0x10000U);
        EXPECT_TRUE(UnmapViewOfFile(view + i));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
