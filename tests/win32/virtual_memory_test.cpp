// SPDX-License-Identifier: Apache-2.0
// The address space: VirtualQuery and VirtualProtect on views, reserved sections, private memory.
#include <cstring>
#include <memory>
#include <vector>

#include "win32/win32_support.hpp"

namespace {

using namespace coview_test;

HANDLE reserved(DWORD size, char const* name = nullptr) {
  return CreateFileMappingA(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE | SEC_RESERVE, 0, size, name);
}

/// Handles that a random number may hit: pseudo-handles, and the small numbers of what is open.
bool is_ours(HANDLE handle) {
  auto const value = reinterpret_cast<std::intptr_t>(handle);
  return value < 0x1000;
}

TEST(Query, TellsOfAView_Q01_Q02_Q03) {
  static_assert(sizeof(MEMORY_BASIC_INFORMATION) == 48);
  scoped_handle const mapping = memory(0x5123);
  scoped_view const view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  auto const facts = query(view + 0x1234);
  EXPECT_EQ(facts.BaseAddress, view + 0x1000);
  EXPECT_EQ(facts.AllocationBase, static_cast<char*>(view));
  EXPECT_EQ(facts.AllocationProtect, DWORD{PAGE_READWRITE});
  EXPECT_EQ(facts.Protect, DWORD{PAGE_READWRITE});
  EXPECT_EQ(facts.State, DWORD{MEM_COMMIT});
  EXPECT_EQ(facts.Type, DWORD{MEM_MAPPED});
  EXPECT_EQ(facts.RegionSize, 0x5000U);  // what is left of 0x6000
  EXPECT_EQ(query(view).RegionSize, 0x6000U);
  MEMORY_BASIC_INFORMATION small{};
  EXPECT_FAILS(ERROR_BAD_LENGTH, 0U, VirtualQuery(view, &small, sizeof small - 1));
}

TEST(Query, FreeAfterUnmapping_Q04) {
  scoped_handle const mapping = memory(0x10000);
  auto* const view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  ASSERT_TRUE(UnmapViewOfFile(view));
  auto const facts = query(view);
  EXPECT_EQ(facts.State, DWORD{MEM_FREE});
  EXPECT_EQ(facts.AllocationBase, nullptr);
  EXPECT_EQ(facts.AllocationProtect, 0U);
  EXPECT_EQ(facts.Protect, DWORD{PAGE_NOACCESS});
  EXPECT_EQ(facts.Type, 0U);
  EXPECT_GE(facts.RegionSize, 0x10000U);
}

TEST(Query, NoCacheSectionSaysSo_Q05) {
  scoped_handle const mapping =
      CreateFileMappingA(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE | SEC_COMMIT | SEC_NOCACHE, 0, 4096, nullptr);
  scoped_view const view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  EXPECT_EQ(query(view).Protect, DWORD{PAGE_READWRITE | PAGE_NOCACHE});
}

TEST(Query, ImageSectionSaysSo_Q02) {
  scoped_root const root;
  auto const path = make_file(root, "image", 4096);
  std::ofstream(path, std::ios::in | std::ios::binary) << "MZ";
  scoped_handle const file = open_file(path, GENERIC_READ);
  scoped_handle const mapping = CreateFileMappingA(file, nullptr, PAGE_READONLY | SEC_IMAGE, 0, 0, nullptr);
  scoped_view const view = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
  EXPECT_EQ(query(view).Type, DWORD{MEM_IMAGE});
}

TEST(Query, WholeAddressSpaceCanBeWalked) {
  std::uintptr_t at = 0;
  std::size_t committed = 0;
  int steps = 0;
  MEMORY_BASIC_INFORMATION facts{};
  while (VirtualQuery(reinterpret_cast<void*>(at), &facts, sizeof facts) != 0 && ++steps < 100000) {
    ASSERT_GT(facts.RegionSize, 0U);
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(facts.BaseAddress), at);
    if (facts.State == MEM_COMMIT) committed += facts.RegionSize;
    at += facts.RegionSize;
    if (steps > 300) break;  // a sanitizer has thousands
  }
  EXPECT_GT(steps, 5);
  EXPECT_GT(committed, 0U);
  int stack = 0;
  EXPECT_EQ(query(&stack).Type, DWORD{MEM_PRIVATE});
  EXPECT_EQ(query(&stack).Protect, DWORD{PAGE_READWRITE});
  EXPECT_EQ(query(reinterpret_cast<void*>(&memory)).State, DWORD{MEM_COMMIT});
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, 0U,
               VirtualQuery(reinterpret_cast<void*>(0xFFFF000000000000), &facts, sizeof facts));
}

TEST(Protect, WithinWhatTheViewWasMappedFor_P01_P02) {
  scoped_handle const mapping = memory(0x10000, nullptr, PAGE_EXECUTE_READWRITE);
  constexpr DWORD all[] = {PAGE_NOACCESS, PAGE_READONLY,     PAGE_READWRITE,         PAGE_WRITECOPY,
                           PAGE_EXECUTE,  PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE, PAGE_EXECUTE_WRITECOPY};
  struct {
    DWORD access;
    DWORD allowed;
  } const cases[] = {
      {FILE_MAP_READ, PAGE_NOACCESS | PAGE_READONLY | PAGE_WRITECOPY},
      {FILE_MAP_WRITE, PAGE_NOACCESS | PAGE_READONLY | PAGE_WRITECOPY | PAGE_READWRITE},
      {FILE_MAP_COPY, PAGE_NOACCESS | PAGE_READONLY | PAGE_WRITECOPY},
  };
  for (auto const& one : cases) {
    for (DWORD const protect : all) {
      scoped_view const view = MapViewOfFile(mapping, one.access, 0, 0, 0);
      DWORD old = 77;
      DWORD const before = query(view).Protect;
      bool const good = (protect & one.allowed) != 0;
      SetLastError(untouched);
      EXPECT_EQ(VirtualProtect(view, 4096, protect, &old), good ? TRUE : FALSE) << one.access << " " << protect;
      EXPECT_EQ(old, good ? before : 0) << one.access << " " << protect;
      EXPECT_EQ(GetLastError(), good ? untouched : DWORD{ERROR_INVALID_PARAMETER});
    }
  }
  scoped_view const view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  DWORD old = 77;
  for (DWORD const bad : {0U, 3U, 6U, 0x800U}) {
    EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, VirtualProtect(view, 4096, bad, &old));
    EXPECT_EQ(old, 0U);  // P-02
  }
}

TEST(Protect, ErrorsAndOldValues_P03_P04_P05_P06) {
  scoped_handle const mapping = memory(0x10000);
  scoped_view const view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  scoped_view const other = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  EXPECT_FAILS(ERROR_NOACCESS, FALSE, VirtualProtect(view, 4096, PAGE_READONLY, nullptr));  // P-03
  DWORD old = 0;
  EXPECT_TRUE(VirtualProtect(view + 0x1001, 1, PAGE_READONLY, &old));  // P-05: the page that it is in
  EXPECT_EQ(old, DWORD{PAGE_READWRITE});
  EXPECT_EQ(query(view).RegionSize, 0x1000U);
  EXPECT_EQ(query(view + 0x1000).Protect, DWORD{PAGE_READONLY});
  EXPECT_EQ(query(view + 0x1000).RegionSize, 0x1000U);
  EXPECT_EQ(query(view + 0x2000).RegionSize, 0xE000U);
  EXPECT_EQ(query(other + 0x1000).Protect, DWORD{PAGE_READWRITE});
  EXPECT_TRUE(VirtualProtect(view + 0x1000, 0x2000, PAGE_READWRITE, &old));
  EXPECT_EQ(old, DWORD{PAGE_READONLY});  // of the first page
  EXPECT_EQ(query(view).RegionSize, 0x10000U);
  EXPECT_TRUE(VirtualProtect(view, 0x1000, PAGE_READWRITE | PAGE_GUARD, &old));  // P-06
  EXPECT_EQ(query(view).Protect, DWORD{PAGE_READWRITE | PAGE_GUARD});
  EXPECT_FAILS(ERROR_INVALID_ADDRESS, FALSE, VirtualProtect(view + 0xF000, 0x2000, PAGE_READONLY, &old));
  EXPECT_FAILS(ERROR_INVALID_ADDRESS, FALSE,
               VirtualProtect(reinterpret_cast<void*>(0x10000), 4096, PAGE_READONLY, &old));  // P-04
}

TEST(Protect, CopyOnWriteInASharedView) {
  scoped_handle const mapping = memory(0x2000);
  scoped_view const view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  scoped_view const other = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  DWORD old = 0;
  ASSERT_TRUE(VirtualProtect(view, 0x1000, PAGE_WRITECOPY, &old));
  view[0] = 'p';
  view[0x1000] = 's';
  EXPECT_EQ(other[0], 0);
  EXPECT_EQ(other[0x1000], 's');
}

TEST(Reserved, PagesAreThereOnceCommitted_R01_R02_R03) {
  scoped_root const root;
  scoped_handle const mapping = reserved(0x40000, "reserved");
  {
    scoped_view const view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
    auto const facts = query(view);
    EXPECT_EQ(facts.State, DWORD{MEM_RESERVE});
    EXPECT_EQ(facts.Protect, 0U);
    EXPECT_EQ(facts.AllocationProtect, DWORD{PAGE_READWRITE});
    EXPECT_EQ(facts.Type, DWORD{MEM_MAPPED});
    EXPECT_EQ(facts.RegionSize, 0x40000U);

    scoped_view const reader = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
    child other([](parent_link const& parent) {
      HANDLE const opened = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, "reserved");
      auto* const there = static_cast<char*>(MapViewOfFile(opened, FILE_MAP_WRITE, 0, 0, 0));
      parent.say("mapped");
      (void)parent.hear();
      parent.say(std::string(1, there[0x10000]));  // committed by the other process, touched here
      there[0x11fff] = 'c';
      parent.say(query(there + 0x10000).State == MEM_COMMIT ? "committed" : "reserved");
      (void)parent.hear();
    });
    ASSERT_EQ(other.hear(), "mapped");
    EXPECT_EQ(VirtualAlloc(view + 0x10123, 0x1000, MEM_COMMIT, PAGE_READWRITE), view + 0x10000);
    view[0x10000] = 'p';
    EXPECT_EQ(reader[0x10000], 'p');
    EXPECT_EQ(query(reader + 0x10000).State, DWORD{MEM_COMMIT});
    EXPECT_EQ(query(reader + 0x10000).Protect, DWORD{PAGE_READONLY});
    EXPECT_EQ(query(view + 0x10000).Protect, DWORD{PAGE_READWRITE});
    EXPECT_EQ(query(view + 0x10000).RegionSize, 0x2000U);
    EXPECT_EQ(query(view).RegionSize, 0x10000U);
    other.say("look");
    EXPECT_EQ(other.hear(), "p");
    EXPECT_EQ(other.hear(), "committed");
    EXPECT_EQ(view[0x11fff], 'c');
  }
  scoped_view const later = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
  EXPECT_EQ(later[0x10000], 'p');
  EXPECT_EQ(query(later + 0x12000).State, DWORD{MEM_RESERVE});
}

TEST(Reserved, UncommittedPageFaults_R01) {
  scoped_handle const mapping = reserved(0x10000);
  scoped_view const view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  child other([&](parent_link const& parent) {
    parent.say("touching");
    view[0] = 1;
    parent.say("touched");
  });
  EXPECT_EQ(other.hear(), "touching");
  EXPECT_NE(other.hear(), "touched");
  EXPECT_NE(other.wait(), 0);
}

TEST(Reserved, Errors_R04_R05_R07_R08_R09) {
  scoped_root const root;
  scoped_handle const mapping = reserved(0x20000);
  scoped_view const writer = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  scoped_view const reader = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr, VirtualAlloc(reader, 4096, MEM_COMMIT, PAGE_READWRITE));
  EXPECT_EQ(VirtualAlloc(reader, 4096, MEM_COMMIT, PAGE_READONLY), static_cast<char*>(reader));
  EXPECT_EQ(*writer, 0);
  EXPECT_FAILS(ERROR_INVALID_ADDRESS, nullptr,
               VirtualAlloc(writer + 0x1F000, 0x2000, MEM_COMMIT, PAGE_READWRITE));
  EXPECT_NE(VirtualAlloc(writer, 4096, MEM_COMMIT, PAGE_READWRITE), nullptr);
  DWORD old = 0;
  EXPECT_FAILS(ERROR_INVALID_ADDRESS, FALSE, VirtualProtect(writer + 0x10000, 4096, PAGE_READONLY, &old));
  EXPECT_FAILS(ERROR_INVALID_ADDRESS, nullptr, VirtualAlloc(writer, 4096, MEM_RESERVE, PAGE_READWRITE));

  scoped_handle const committed = memory(0x10000);
  scoped_view const pages = MapViewOfFile(committed, FILE_MAP_WRITE, 0, 0, 0);
  EXPECT_NE(VirtualAlloc(pages, 4096, MEM_COMMIT, PAGE_READWRITE), nullptr);
  scoped_handle const file = open_file(make_file(root, "data", 4096));
  scoped_handle const section = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, nullptr);
  scoped_view const view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, VirtualAlloc(view, 4096, MEM_COMMIT, PAGE_READWRITE));
}

TEST(PrivateMemory, ReserveCommitDecommitRelease) {
  auto* const base = static_cast<char*>(VirtualAlloc(nullptr, 0x30000, MEM_RESERVE, PAGE_READWRITE));
  ASSERT_NE(base, nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(base) % 0x10000, 0U);
  auto facts = query(base);
  EXPECT_EQ(facts.State, DWORD{MEM_RESERVE});
  EXPECT_EQ(facts.Type, DWORD{MEM_PRIVATE});
  EXPECT_EQ(facts.RegionSize, 0x30000U);
  EXPECT_EQ(VirtualAlloc(base + 0x1001, 0x1000, MEM_COMMIT, PAGE_READWRITE), base + 0x1000);
  std::memset(base + 0x1000, 1, 0x2000);
  EXPECT_EQ(query(base + 0x1000).RegionSize, 0x2000U);
  DWORD old = 0;
  EXPECT_TRUE(VirtualProtect(base + 0x1000, 1, PAGE_READONLY, &old));
  EXPECT_EQ(old, DWORD{PAGE_READWRITE});
  EXPECT_FAILS(ERROR_INVALID_ADDRESS, FALSE, VirtualProtect(base, 1, PAGE_READONLY, &old));
  EXPECT_FAILS(ERROR_INVALID_ADDRESS, FALSE, VirtualFree(base + 0x10000, 0, MEM_RELEASE));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, VirtualFree(base, 1, MEM_RELEASE));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, VirtualFree(base, 0, MEM_RELEASE | MEM_DECOMMIT));
  EXPECT_TRUE(VirtualFree(base + 0x1000, 0x1000, MEM_DECOMMIT));
  EXPECT_EQ(query(base).State, DWORD{MEM_RESERVE});
  EXPECT_EQ(query(base).RegionSize, 0x2000U);
  EXPECT_NE(VirtualAlloc(base + 0x1000, 0x1000, MEM_COMMIT, PAGE_READWRITE), nullptr);
  EXPECT_EQ(base[0x1000], 0);  // fresh
  EXPECT_TRUE(VirtualFree(base, 0, MEM_RELEASE));
  EXPECT_EQ(query(base).State, DWORD{MEM_FREE});
  EXPECT_FAILS(ERROR_INVALID_ADDRESS, FALSE, VirtualFree(base, 0, MEM_RELEASE));
}

TEST(PrivateMemory, Parameters) {
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr, VirtualAlloc(nullptr, 0, MEM_COMMIT, PAGE_READWRITE));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr, VirtualAlloc(nullptr, 4096, 0, PAGE_READWRITE));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr, VirtualAlloc(nullptr, 4096, MEM_COMMIT, 0));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr, VirtualAlloc(nullptr, 4096, MEM_COMMIT, PAGE_WRITECOPY));
  EXPECT_FAILS(ERROR_COMMITMENT_LIMIT, nullptr,
               VirtualAlloc(nullptr, std::size_t{1} << 44U, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE));
  void* const place = VirtualAlloc(nullptr, 4096, MEM_RESERVE, PAGE_NOACCESS);
  EXPECT_TRUE(VirtualFree(place, 0, MEM_RELEASE));
  EXPECT_EQ(VirtualAlloc(place, 4096, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE), place);
  EXPECT_TRUE(VirtualFree(place, 0, MEM_RELEASE));
  EXPECT_EQ(GetLargePageMinimum(), std::size_t{2} << 20U);
}

TEST(PrivateMemory, LocksAndHints) {
  auto* const base = static_cast<char*>(VirtualAlloc(nullptr, 0x2000, MEM_COMMIT, PAGE_READWRITE));
  EXPECT_TRUE(VirtualLock(base, 0x2000));
  EXPECT_TRUE(VirtualUnlock(base, 0x2000));
  WIN32_MEMORY_RANGE_ENTRY range{base, 0x2000};
  EXPECT_TRUE(PrefetchVirtualMemory(GetCurrentProcess(), 1, &range, 0));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, PrefetchVirtualMemory(GetCurrentProcess(), 0, &range, 0));
  EXPECT_FALSE(IsBadReadPtr(base, 0x2000));
  EXPECT_TRUE(IsBadReadPtr(base, 0x100000000));
  EXPECT_TRUE(IsBadWritePtr(nullptr, 1));
  char copy = 1;
  SIZE_T count = 0;
  base[5] = 'r';
  EXPECT_TRUE(ReadProcessMemory(GetCurrentProcess(), base + 5, &copy, 1, &count));
  EXPECT_EQ(copy, 'r');
  EXPECT_EQ(count, 1U);
  EXPECT_TRUE(VirtualFree(base, 0, MEM_RELEASE));
  EXPECT_FAILS(ERROR_PARTIAL_COPY, FALSE, ReadProcessMemory(GetCurrentProcess(), base, &copy, 1, &count));
  EXPECT_FAILS(ERROR_NOACCESS, FALSE, ReadProcessMemory(GetCurrentProcess(), &copy, base, 1, &count));
}

TEST(Guard, TouchOfALockOpensThePage_P06) {
  constexpr SIZE_T size = 0x1000;
  void* const at = VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READONLY | PAGE_GUARD);
  ASSERT_NE(at, nullptr);
  EXPECT_FAILS(STATUS_GUARD_PAGE_VIOLATION, FALSE, VirtualLock(at, size));
  EXPECT_EQ(query(at).Protect, DWORD{PAGE_READONLY});
  EXPECT_TRUE(VirtualLock(at, size) || GetLastError() == ERROR_WORKING_SET_QUOTA);
  EXPECT_TRUE(VirtualFree(at, 0, MEM_RELEASE));
}

TEST(Garbage, NothingCrashes) {
  std::uint64_t seed = 88172645463325252U;
  auto const next = [&] {
    seed ^= seed << 13U;
    seed ^= seed >> 7U;
    seed ^= seed << 17U;
    return seed;
  };
  for (int i = 0; i < 3000; ++i) {
    auto const handle = reinterpret_cast<HANDLE>(next() >> (next() % 64));
    // Addresses from which nothing of this program is ever mapped.
    auto const address = reinterpret_cast<void*>(0x100000000000U + (next() & 0xFFFFFFFFFFU));
    auto const number = static_cast<DWORD>(next());
    DWORD old = 0;
    MEMORY_BASIC_INFORMATION facts{};
    if (!is_ours(handle)) {
      EXPECT_EQ(MapViewOfFile(handle, number, 0, static_cast<DWORD>(next()) & 0xFFFF0000U, next()), nullptr);
      GetHandleInformation(handle, &old);
      FlushFileBuffers(handle);
      ReleaseMutex(handle);
    }
    EXPECT_FALSE(UnmapViewOfFile(address));
    EXPECT_FALSE(VirtualFree(address, next() & 0xFFFFF, number));
    VirtualProtect(address, next() & 0xFFFFF, number, &old);
    VirtualQuery(address, &facts, next() % 100);
    FlushViewOfFile(address, next());
    EXPECT_EQ(CreateFileMappingA(handle, nullptr, number | PAGE_GUARD, number, number, nullptr), nullptr);
  }
}

}  // namespace
