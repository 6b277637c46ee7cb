// SPDX-License-Identifier: Apache-2.0
// Creating and opening file mappings: parameters, errors and their order, existing objects.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include <coview/mapping.hpp>

#include "win32/win32_support.hpp"

namespace {

using namespace coview_test;

TEST(CreateMapping, SharedMemoryIsZeroAndReportsSuccess_C01_G03) {
  scoped_root const root;
  SetLastError(untouched);
  scoped_handle const mapping = memory(4096, "MySharedMem");
  ASSERT_NE(mapping.get(), nullptr);
  EXPECT_EQ(GetLastError(), DWORD{ERROR_SUCCESS});
  scoped_view const view = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  ASSERT_NE(view, nullptr);
  for (int i = 0; i < 4096; ++i) ASSERT_EQ(view[i], 0);
}

TEST(CreateMapping, NullFileMeansMemory_C03) {
  scoped_handle const mapping = CreateFileMappingA(nullptr, nullptr, PAGE_READWRITE, 0, 100, nullptr);
  EXPECT_NE(mapping.get(), nullptr);
  // As sources that were written for 32 bits spell it.
  scoped_handle const old =
      CreateFileMappingA(reinterpret_cast<HANDLE>(0xFFFFFFFF), nullptr, PAGE_READWRITE, 0, 100, nullptr);
  EXPECT_NE(old.get(), nullptr);
}

TEST(CreateMapping, MemoryNeedsASizeBeforeTheNameIsLookedAt_C02_C22) {
  scoped_root const root;
  scoped_handle const existing = memory(4096, "taken");
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr, CreateFileMappingA(no_file, nullptr, PAGE_READWRITE, 0, 0, nullptr));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr, CreateFileMappingA(no_file, nullptr, PAGE_READWRITE, 0, 0, "taken"));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr, CreateFileMappingA(no_file, nullptr, 0, 0, 4096, "taken"));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr, CreateFileMappingA(no_file, nullptr, PAGE_READWRITE, 0, 0, "a\\b"));
}

TEST(CreateMapping, BadFileHandles_C04_C05) {
  scoped_root const root;
  scoped_handle const event = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  EXPECT_FAILS(ERROR_INVALID_HANDLE, nullptr, CreateFileMappingA(event, nullptr, PAGE_READWRITE, 0, 1, nullptr));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, nullptr,
               CreateFileMappingA(reinterpret_cast<HANDLE>(0xDEAD0), nullptr, PAGE_READWRITE, 0, 1, nullptr));
  scoped_handle const directory = CreateFileA(root.path().c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                              nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr);
  ASSERT_NE(directory.get(), INVALID_HANDLE_VALUE);
  EXPECT_EQ(CreateFileMappingA(directory, nullptr, PAGE_READONLY, 0, 1, nullptr), nullptr);
}

TEST(CreateMapping, ExactlyOneProtection_C06_C07) {
  for (auto const bad : std::initializer_list<DWORD>{0, PAGE_NOACCESS, PAGE_EXECUTE, PAGE_READONLY | PAGE_READWRITE,
                                                     PAGE_READWRITE | PAGE_GUARD, PAGE_READWRITE | PAGE_NOCACHE,
                                                     PAGE_READWRITE | PAGE_WRITECOMBINE, 0x800, 0x1000}) {
    EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr, CreateFileMappingA(no_file, nullptr, bad, 0, 4096, nullptr));
    // C-07: before the file handle is looked at.
    EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr,
                 CreateFileMappingA(reinterpret_cast<HANDLE>(0xDEAD0), nullptr, bad, 0, 4096, nullptr));
  }
  for (auto const good :
       std::initializer_list<DWORD>{PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY, PAGE_EXECUTE_READ,
                                    PAGE_EXECUTE_READWRITE, PAGE_EXECUTE_WRITECOPY}) {
    scoped_handle const mapping = CreateFileMappingA(no_file, nullptr, good, 0, 4096, nullptr);
    EXPECT_NE(mapping.get(), nullptr) << good;
  }
}

TEST(CreateMapping, FileHandleMustAllowTheProtection_C08_C09) {
  scoped_root const root;
  auto const path = make_file(root, "data", 100);
  struct {
    DWORD access;
    DWORD protect;
    bool good;
  } const cases[] = {
      {GENERIC_READ, PAGE_READONLY, true},
      {GENERIC_READ, PAGE_WRITECOPY, true},
      {GENERIC_READ, PAGE_READWRITE, false},
      {GENERIC_READ, PAGE_EXECUTE_READ, false},  // D3
      {GENERIC_READ | GENERIC_EXECUTE, PAGE_EXECUTE_READ, true},
      {GENERIC_READ | GENERIC_EXECUTE, PAGE_EXECUTE_READWRITE, false},
      {GENERIC_READ | GENERIC_WRITE, PAGE_READWRITE, true},
      {GENERIC_READ | GENERIC_WRITE, PAGE_EXECUTE_READWRITE, false},
      {GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE, PAGE_EXECUTE_READWRITE, true},
      {GENERIC_WRITE, PAGE_READONLY, false},
      {GENERIC_WRITE, PAGE_READWRITE, false},
      {0, PAGE_READONLY, false},
  };
  for (auto const& one : cases) {
    scoped_handle const file = open_file(path, one.access);
    ASSERT_NE(file.get(), INVALID_HANDLE_VALUE);
    SetLastError(untouched);
    scoped_handle const mapping = CreateFileMappingA(file, nullptr, one.protect, 0, 0, nullptr);
    EXPECT_EQ(mapping.get() != nullptr, one.good) << one.access << " " << one.protect;
    EXPECT_EQ(GetLastError(), DWORD(one.good ? ERROR_SUCCESS : ERROR_ACCESS_DENIED))
        << one.access << " " << one.protect;
  }
  auto const empty = make_file(root, "empty", 0);
  scoped_handle const file = open_file(empty, GENERIC_READ);
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr,
               CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, nullptr));  // C-09
  EXPECT_FAILS(ERROR_FILE_INVALID, nullptr,
               CreateFileMappingA(file, nullptr, PAGE_READONLY, 0, 0, nullptr));  // C-11, FI-14
}

TEST(CreateMapping, FileGrowsOnlyWhereItMayBeWritten_C10_C12_C13_C15) {
  scoped_root const root;
  auto const path = make_file(root, "data", 100);
  auto const length = [&] {
    struct stat status {};
    stat(path.c_str(), &status);
    return status.st_size;
  };
  scoped_handle const file = open_file(path, GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE);
  for (auto const protect :
       std::initializer_list<DWORD>{PAGE_READONLY, PAGE_WRITECOPY, PAGE_EXECUTE_READ, PAGE_EXECUTE_WRITECOPY}) {
    EXPECT_FAILS(ERROR_NOT_ENOUGH_MEMORY, nullptr, CreateFileMappingA(file, nullptr, protect, 0, 101, nullptr));
  }
  EXPECT_EQ(length(), 100);
  {
    scoped_handle const smaller = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 50, nullptr);  // C-15
    ASSERT_NE(smaller.get(), nullptr);
    EXPECT_EQ(length(), 100);
    EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, MapViewOfFile(smaller, FILE_MAP_READ, 0, 0, 51));
  }
  scoped_handle const larger = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 5000, nullptr);
  ASSERT_NE(larger.get(), nullptr);
  EXPECT_EQ(length(), 5000);  // C-12: at once, before any view
  scoped_view const view = MapViewOfFile(larger, FILE_MAP_READ, 0, 0, 0);
  EXPECT_EQ(view[99], 'x');
  EXPECT_EQ(view[4999], 0);
}

TEST(CreateMapping, FileThatCannotGrow_C14) {
  scoped_root const root;
  scoped_handle const file = open_file(make_file(root, "data", 1));
  EXPECT_FAILS(ERROR_DISK_FULL, nullptr, CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0x7FFFFFFF, 0, nullptr));
}

TEST(CreateMapping, SizesOfMemoryAndFiles_C16_C17) {
  scoped_root const root;
  scoped_handle const pages = memory(100);
  scoped_view const whole = MapViewOfFile(pages, FILE_MAP_WRITE, 0, 0, 4096);
  ASSERT_NE(whole, nullptr);
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, MapViewOfFile(pages, FILE_MAP_WRITE, 0, 0, 4097));
  scoped_handle const file = open_file(make_file(root, "data", 100));
  scoped_handle const exact = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, nullptr);
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, MapViewOfFile(exact, FILE_MAP_WRITE, 0, 0, 101));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr,
               CreateFileMappingA(no_file, nullptr, PAGE_READWRITE, 0x80000000, 0, nullptr));
}

TEST(CreateMapping, MoreThanTheMachineHas_C18_D10) {
  SetLastError(untouched);
  EXPECT_EQ(CreateFileMappingA(no_file, nullptr, PAGE_READWRITE, 0x1000, 0, nullptr), nullptr);
  EXPECT_EQ(GetLastError(), DWORD{ERROR_COMMITMENT_LIMIT});
  EXPECT_EQ(CreateFileMappingA(no_file, nullptr, PAGE_READWRITE | SEC_RESERVE, 0x7FFFFFFF, 0, nullptr), nullptr);
  EXPECT_TRUE(GetLastError() == ERROR_NOT_ENOUGH_MEMORY || GetLastError() == ERROR_NO_SYSTEM_RESOURCES);
}

TEST(CreateMapping, FileHandleMayGoAtOnce_C19_L08_L09) {
  scoped_root const root;
  auto const path = make_file(root, "data", 10);
  scoped_handle file = open_file(path);
  scoped_handle mapping = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, nullptr);
  file.reset();
  scoped_view view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  mapping.reset();
  std::memcpy(view, "hello", 5);
  view.reset();
  std::ifstream in(path);
  std::string text;
  in >> text;
  EXPECT_EQ(text, "helloxxxxx");
}

TEST(CreateMapping, ExistingObjectKeepsItsOwn_C20_C21_SA03) {
  scoped_root const root;
  scoped_handle const first = memory(8192, "shared");
  scoped_view const view = MapViewOfFile(first, FILE_MAP_WRITE, 0, 0, 0);
  view[8191] = 'z';
  for (DWORD const size : {1U, 8192U, 65536U}) {
    SetLastError(untouched);
    scoped_handle const second = memory(size, "shared");
    ASSERT_NE(second.get(), nullptr);
    EXPECT_EQ(GetLastError(), DWORD{ERROR_ALREADY_EXISTS});
    scoped_view const other = MapViewOfFile(second, FILE_MAP_READ, 0, 0, 0);
    EXPECT_EQ(query(other).RegionSize, 8192U);
    EXPECT_EQ(other[8191], 'z');
  }
  // With a flag that a new object would have obeyed, and a descriptor that would have kept everybody out.
  SECURITY_DESCRIPTOR descriptor;
  ACL empty;
  InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
  InitializeAcl(&empty, sizeof empty, ACL_REVISION);
  SetSecurityDescriptorDacl(&descriptor, TRUE, &empty, FALSE);
  SECURITY_ATTRIBUTES attributes{sizeof attributes, &descriptor, TRUE};
  scoped_handle const third = CreateFileMappingA(no_file, &attributes, PAGE_READWRITE | SEC_RESERVE, 0, 1, "shared");
  EXPECT_EQ(GetLastError(), DWORD{ERROR_ALREADY_EXISTS});
  scoped_handle const fourth = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, "shared");
  EXPECT_NE(fourth.get(), nullptr);
  DWORD flags = 0;
  EXPECT_TRUE(GetHandleInformation(third, &flags));  // SA-02: of this handle, also where the object existed
  EXPECT_EQ(flags, DWORD{HANDLE_FLAG_INHERIT});
  EXPECT_TRUE(GetHandleInformation(fourth, &flags));
  EXPECT_EQ(flags, 0U);
}

TEST(CreateMapping, ExistingNameAndAFile_C23) {
  scoped_root const root;
  scoped_handle const first = memory(4096, "shared");
  scoped_handle const file = open_file(make_file(root, "empty", 0));
  SetLastError(untouched);
  scoped_handle const second = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, "shared");
  EXPECT_NE(second.get(), nullptr);
  EXPECT_EQ(GetLastError(), DWORD{ERROR_ALREADY_EXISTS});
  scoped_handle const third = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 10000, "shared");
  EXPECT_NE(third.get(), nullptr);
  LARGE_INTEGER size{};
  EXPECT_TRUE(GetFileSizeEx(file, &size));
  EXPECT_EQ(size.QuadPart, 0);
}

TEST(CreateMapping, RightsAtAnExistingObjectFollowTheProtection_C24) {
  scoped_root const root;
  scoped_handle const first = memory(4096, "shared", PAGE_EXECUTE_READWRITE);
  struct {
    DWORD protect;
    bool write;
  } const cases[] = {{PAGE_READONLY, false},
                     {PAGE_WRITECOPY, false},
                     {PAGE_EXECUTE_READ, false},
                     {PAGE_READWRITE, true},
                     {PAGE_EXECUTE_READWRITE, true}};
  for (auto const& one : cases) {
    scoped_handle const second = memory(4096, "shared", one.protect);
    ASSERT_NE(second.get(), nullptr);
    SetLastError(untouched);
    scoped_view const view = MapViewOfFile(second, FILE_MAP_WRITE, 0, 0, 0);
    EXPECT_EQ(view != nullptr, one.write) << one.protect;
    EXPECT_EQ(GetLastError(), one.write ? untouched : DWORD{ERROR_ACCESS_DENIED});
    scoped_view const readable = MapViewOfFile(second, FILE_MAP_READ, 0, 0, 0);
    EXPECT_NE(readable, nullptr);
  }
}

TEST(CreateMapping, NameOfAnotherKind_C25_O04_NM01) {
  scoped_root const root;
  scoped_handle const event = CreateEventA(nullptr, TRUE, FALSE, "an event");
  ASSERT_NE(event.get(), nullptr);
  EXPECT_FAILS(ERROR_INVALID_HANDLE, nullptr, memory(4096, "an event"));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, "an event"));
  scoped_handle const mapping = memory(4096, "a mapping");
  EXPECT_FAILS(ERROR_INVALID_HANDLE, nullptr, CreateEventA(nullptr, TRUE, FALSE, "a mapping"));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, nullptr, OpenMutexA(SYNCHRONIZE, FALSE, "a mapping"));
}

TEST(CreateMapping, SectionFlags_S01_to_S12) {
  scoped_root const root;
  auto const data = make_file(root, "data", 8192);
  auto const image = make_file(root, "image", 8192);
  std::ofstream(image, std::ios::in | std::ios::binary) << "MZ";
  constexpr DWORD ok = 0;
  constexpr DWORD bad = ERROR_INVALID_PARAMETER;
  struct {
    DWORD flags;
    DWORD memory, data, image;  // the error, 0: succeeds
  } const cases[] = {
      {0, ok, ok, ok},                            // S-01
      {SEC_COMMIT, ok, ok, ok},                   // S-02
      {SEC_RESERVE, ok, ok, ok},                  // S-03
      {SEC_RESERVE | SEC_COMMIT, bad, bad, bad},  // S-04
      {SEC_NOCACHE, bad, bad, bad},               // S-05
      {SEC_WRITECOMBINE, bad, bad, bad},
      {SEC_LARGE_PAGES, bad, bad, bad},
      {SEC_NOCACHE | SEC_COMMIT, ok, ok, ok},  // S-06
      {SEC_NOCACHE | SEC_RESERVE, ok, ok, ok},
      {SEC_WRITECOMBINE | SEC_COMMIT, ok, ok, ok},
      {SEC_LARGE_PAGES | SEC_COMMIT, ERROR_PRIVILEGE_NOT_HELD, bad, bad},  // S-07, D11
      {SEC_LARGE_PAGES | SEC_RESERVE, bad, bad, bad},                      // S-08
      {SEC_IMAGE, ERROR_BAD_EXE_FORMAT, ERROR_BAD_EXE_FORMAT, ok},         // S-09
      {SEC_IMAGE | SEC_RESERVE, bad, bad, bad},                            // S-10
      {SEC_IMAGE | SEC_COMMIT, bad, bad, bad},
      {SEC_IMAGE | SEC_NOCACHE, ERROR_BAD_EXE_FORMAT, ERROR_BAD_EXE_FORMAT, ok},
      {SEC_FILE, bad, bad, bad},  // S-11
      {SEC_FILE | SEC_COMMIT, bad, bad, bad},
      {0x10000, bad, bad, bad},
  };
  for (auto const& one : cases) {
    auto const check = [&](HANDLE file, DWORD size, DWORD expected, char const* what) {
      SetLastError(untouched);
      scoped_handle const mapping = CreateFileMappingA(file, nullptr, PAGE_READWRITE | one.flags, 0, size, nullptr);
      EXPECT_EQ(mapping.get() != nullptr, expected == 0) << what << std::hex << one.flags;
      EXPECT_EQ(GetLastError(), expected) << what << std::hex << one.flags;
    };
    check(no_file, 8192, one.memory, "memory ");
    scoped_handle const file = open_file(data);
    check(file, 0, one.data, "data ");
    scoped_handle const program = open_file(image);
    check(program, 0, one.image, "image ");
  }
  scoped_handle const nothing = open_file(make_file(root, "empty", 0));
  EXPECT_FAILS(ERROR_BAD_EXE_FORMAT, nullptr,
               CreateFileMappingA(nothing, nullptr, PAGE_READONLY | SEC_IMAGE, 0, 0, nullptr));  // S-12
}

TEST(CreateMapping, Siblings_N01_to_N04) {
  scoped_root const root;
  scoped_handle const numa =
      CreateFileMappingNumaA(no_file, nullptr, PAGE_READWRITE, 0, 4096, "n", NUMA_NO_PREFERRED_NODE);
  ASSERT_NE(numa.get(), nullptr);
  SetLastError(untouched);
  scoped_handle const wide = CreateFileMappingNumaW(no_file, nullptr, PAGE_READWRITE, 0, 4096, L"n", 0);
  EXPECT_EQ(GetLastError(), DWORD{ERROR_ALREADY_EXISTS});
  // N-02
  scoped_handle const app = CreateFileMappingFromApp(no_file, nullptr, PAGE_READWRITE, 4096, L"n");
  EXPECT_EQ(GetLastError(), DWORD{ERROR_ALREADY_EXISTS});
  scoped_handle const opened = OpenFileMappingFromApp(FILE_MAP_READ, FALSE, L"n");
  EXPECT_NE(opened.get(), nullptr);
  // N-03
  scoped_handle const two =
      CreateFileMapping2(no_file, nullptr, FILE_MAP_READ, PAGE_READWRITE, SEC_COMMIT, 4096, L"two", nullptr, 0);
  ASSERT_NE(two.get(), nullptr);
  scoped_view const readable = MapViewOfFileFromApp(two, FILE_MAP_READ, 0, 0);
  EXPECT_NE(readable, nullptr);
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, MapViewOfFileFromApp(two, FILE_MAP_WRITE, 0, 0));
}

TEST(OpenMapping, Errors_O01_O02_O03_O05) {
  scoped_root const root;
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, "nothing"));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, nullptr));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, nullptr, OpenFileMappingW(FILE_MAP_READ, FALSE, nullptr));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, ""));
  EXPECT_FAILS(ERROR_PATH_NOT_FOUND, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, "a\\b"));
}

TEST(OpenMapping, RightsDecideWhatCanBeMapped_O06_to_O11_O14) {
  scoped_root const root;
  scoped_handle const owner = memory(4096, "m");
  constexpr DWORD r = FILE_MAP_READ;
  constexpr DWORD w = FILE_MAP_WRITE;
  constexpr DWORD c = FILE_MAP_COPY;
  static_assert(FILE_MAP_ALL_ACCESS == 0xF001F && FILE_MAP_EXECUTE == 0x20);  // O-06
  struct {
    DWORD open;
    bool reads, writes, copies, none;
  } const cases[] = {
      {r, true, false, true, true},    // O-09
      {w, false, true, false, false},  // O-08
      {r | w, true, true, true, true},
      {FILE_MAP_ALL_ACCESS, true, true, true, true},
      {GENERIC_READ, true, false, true, true},  // O-10
      {GENERIC_WRITE, false, true, false, false},
      {GENERIC_ALL, true, true, true, true},
      {MAXIMUM_ALLOWED, true, true, true, true},
      {PAGE_READWRITE, true, false, true, true},  // O-11: the common mistake
  };
  for (auto const& one : cases) {
    SetLastError(untouched);
    scoped_handle const mapping = OpenFileMappingA(one.open, FALSE, "m");
    ASSERT_NE(mapping.get(), nullptr) << std::hex << one.open;
    EXPECT_EQ(GetLastError(), untouched);  // O-14
    auto const check = [&](DWORD access, bool good) {
      SetLastError(untouched);
      scoped_view const view = MapViewOfFile(mapping, access, 0, 0, 0);
      EXPECT_EQ(view != nullptr, good) << std::hex << one.open << " " << access;
      EXPECT_EQ(GetLastError(), good ? untouched : DWORD{ERROR_ACCESS_DENIED})
          << std::hex << one.open << " " << access;
    };
    check(r, one.reads);
    check(w, one.writes);
    check(r | w, one.writes);
    check(FILE_MAP_ALL_ACCESS, one.writes);
    check(c, one.copies);
    check(0, one.none);
  }
  // O-07: the right to copy is the right to query; what it maps is settled by reading.
  scoped_handle const copying = OpenFileMappingA(FILE_MAP_COPY | FILE_MAP_READ, FALSE, "m");
  scoped_view const view = MapViewOfFile(copying, FILE_MAP_COPY, 0, 0, 0);
  EXPECT_NE(view, nullptr);
}

TEST(OpenMapping, InheritFlag_O12_SA01) {
  scoped_root const root;
  scoped_handle const owner = memory(4096, "m");
  scoped_handle const opened = OpenFileMappingA(FILE_MAP_READ, TRUE, "m");
  DWORD flags = 0;
  EXPECT_TRUE(GetHandleInformation(opened, &flags));
  EXPECT_EQ(flags, DWORD{HANDLE_FLAG_INHERIT});
  EXPECT_TRUE(GetHandleInformation(owner, &flags));
  EXPECT_EQ(flags, 0U);
}

// O-13 (NtQuerySection) is not part of Win32; VirtualQuery on a view tells the size.

}  // namespace
