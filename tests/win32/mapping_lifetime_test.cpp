// SPDX-License-Identifier: Apache-2.0
// What keeps a file mapping and its name, for how long, and what becomes of its descriptor.
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

TEST(Lifetime, NameGoesWithTheLastHandle_L01_L02) {
  scoped_root const root;
  scoped_handle first = memory(4096, "name");
  scoped_view const old = MapViewOfFile(first, FILE_MAP_WRITE, 0, 0, 0);
  *old = 12;
  first.reset();
  EXPECT_EQ(*old, 12);
  *old = 13;
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, "name"));
  SetLastError(untouched);
  scoped_handle const second = memory(4096, "name");
  EXPECT_EQ(GetLastError(), DWORD{ERROR_SUCCESS});
  scoped_view const fresh = MapViewOfFile(second, FILE_MAP_READ, 0, 0, 0);
  EXPECT_EQ(*fresh, 0);
  EXPECT_EQ(*old, 13);
}

TEST(Lifetime, OnlyHandlesOfOtherProcessesKeepTheName_L03) {
  scoped_root const root;
  for (bool const keeps_handle : {true, false}) {
    scoped_handle mine = memory(4096, "name");
    {
      scoped_view const view = MapViewOfFile(mine, FILE_MAP_WRITE, 0, 0, 0);
      *view = 42;
    }
    child other([&](parent_link const& parent) {
      mine.reset();  // what a fork shares; this process opens its own
      HANDLE const handle = OpenFileMappingA(FILE_MAP_READ, FALSE, "name");
      void* const view = MapViewOfFile(handle, FILE_MAP_READ, 0, 0, 0);
      if (!keeps_handle) CloseHandle(handle);
      parent.say(view != nullptr ? "mapped" : "not mapped");
      (void)parent.hear();
    });
    ASSERT_EQ(other.hear(), "mapped");
    mine.reset();
    scoped_handle const again = OpenFileMappingA(FILE_MAP_READ, FALSE, "name");
    EXPECT_EQ(again.get() != nullptr, keeps_handle);
    if (again.get() != nullptr) {
      scoped_view const view = MapViewOfFile(again, FILE_MAP_READ, 0, 0, 0);
      EXPECT_EQ(*view, 42);
    }
  }
}

TEST(Lifetime, DuplicateKeepsTheName_L04) {
  scoped_root const root;
  scoped_handle first = memory(4096, "name");
  HANDLE second = nullptr;
  ASSERT_TRUE(
      DuplicateHandle(GetCurrentProcess(), first, GetCurrentProcess(), &second, 0, FALSE, DUPLICATE_SAME_ACCESS));
  first.reset();
  scoped_handle third = OpenFileMappingA(FILE_MAP_READ, FALSE, "name");
  EXPECT_NE(third.get(), nullptr);
  third.reset();
  CloseHandle(second);
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, "name"));
  EXPECT_TRUE(root.files().empty());
}

TEST(Lifetime, KilledCreator_L05_L06) {
  scoped_root const root;
  child creator([](parent_link const& parent) {
    HANDLE const kept = memory(4096, "kept");
    HANDLE const alone = memory(4096, "alone");
    *static_cast<char*>(MapViewOfFile(kept, FILE_MAP_WRITE, 0, 0, 0)) = 7;
    parent.say(alone != nullptr ? "made" : "failed");
    (void)parent.hear();
  });
  ASSERT_EQ(creator.hear(), "made");
  scoped_handle const kept = OpenFileMappingA(FILE_MAP_READ, FALSE, "kept");
  creator.kill();
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, "alone"));
  scoped_view const view = MapViewOfFile(kept, FILE_MAP_READ, 0, 0, 0);
  EXPECT_EQ(*view, 7);
  scoped_handle const again = OpenFileMappingA(FILE_MAP_READ, FALSE, "kept");
  EXPECT_NE(again.get(), nullptr);
}

TEST(Lifetime, MemoryGoesWithHandlesAndViews_L07) {
  scoped_root const root;
  {
    scoped_handle mapping = memory(65536, "name");
    scoped_view const view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
    mapping.reset();
    EXPECT_TRUE(root.files().empty());  // the name is gone at once; the pages stay for the view
    view[65535] = 1;
  }
  EXPECT_TRUE(root.files().empty());
}

TEST(Lifetime, ViewsOfAForkedParentDoNotKeepTheName_L01_L10) {
  scoped_root const root;
  scoped_handle mapping = memory(4096, "name");
  scoped_view const view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  *view = 5;
  {
    child forked([&](parent_link const& parent) {
      (void)parent.hear();
      mapping.reset();
      parent.say("closed");
      (void)parent.hear();
    });
    mapping.reset();  // the child still holds what a fork shares
    scoped_handle const again = OpenFileMappingA(FILE_MAP_READ, FALSE, "name");
    EXPECT_NE(again.get(), nullptr);
    forked.say("close");
    EXPECT_EQ(forked.hear(), "closed");
  }
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, "name"));
  EXPECT_EQ(*view, 5);
}

TEST(Lifetime, ThreadsThatEndCloseNothing_L11) {
  scoped_root const root;
  static HANDLE made;
  HANDLE const thread = CreateThread(
      nullptr, 0,
      [](LPVOID) -> DWORD {
        made = memory(4096, "name");
        return 0;
      },
      nullptr, 0, nullptr);
  WaitForSingleObject(thread, INFINITE);
  CloseHandle(thread);
  scoped_handle const mine = made;
  scoped_handle const again = OpenFileMappingA(FILE_MAP_READ, FALSE, "name");
  EXPECT_NE(again.get(), nullptr);
}

TEST(Lifetime, NativeAndWin32SeeTheSameObjects) {
  scoped_root const root;
  auto native = coview::mapping::create("both", 5000);
  auto native_view = native.map();
  native_view.data()[4999] = std::byte{9};
  scoped_handle const opened = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, "Local\\both");
  scoped_view const view = MapViewOfFile(opened, FILE_MAP_WRITE, 0, 0, 0);
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(view[4999], 9);
  EXPECT_EQ(query(view).RegionSize, 8192U);
  scoped_handle const mine = memory(4096, "mine");
  EXPECT_EQ(coview::mapping::open("mine").size(), 4096U);
}

TEST(FileMapping, NamedFileIsSharedByItsName) {
  scoped_root const root;
  auto const path = make_file(root, "data", 300, 'a');
  scoped_handle const file = open_file(path);
  scoped_handle const mapping = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, "file");
  ASSERT_NE(mapping.get(), nullptr);
  child other([](parent_link const& parent) {
    HANDLE const opened = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, "file");
    auto* const view = static_cast<char*>(MapViewOfFile(opened, FILE_MAP_WRITE, 0, 0, 0));
    parent.say(view != nullptr ? std::string(view, 3) : "nothing");
    if (view != nullptr) view[299] = 'b';
  });
  EXPECT_EQ(other.hear(), "aaa");
  EXPECT_EQ(other.wait(), 0);
  scoped_view const view = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
  EXPECT_EQ(view[299], 'b');
  scoped_handle const opened = OpenFileMappingA(FILE_MAP_READ, FALSE, "file");
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, MapViewOfFile(opened, FILE_MAP_READ, 0, 0, 301));  // exact also by name
}

/// The descriptor through which this process has a file open whose path has this in it; -1: none.
int descriptor_of(std::string const& part) {
  for (auto const& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry, gone).string().find(part) == std::string::npos) continue;
    return std::stoi(entry.path().filename().string());
  }
  return -1;
}

TEST(MappingDescriptor, ThatAnotherFileHasNowIsAnErrorAndNotThatFile) {
  scoped_root const root;
  auto const other = root.path() / "other.bin";
  std::ofstream(other) << std::string(8192, 'o');
  for (DWORD const protection : {DWORD{PAGE_READWRITE}, DWORD{PAGE_READONLY}}) {
    HANDLE const mapping = CreateFileMappingA(no_file, nullptr, protection, 0, 4096, "sect");
    ASSERT_NE(mapping, nullptr);
    int const number = descriptor_of("/sect-");
    ASSERT_GE(number, 0);
    int const fd = ::open(other.c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_EQ(::dup3(fd, number, O_CLOEXEC), number);
    ::close(fd);
    EXPECT_FAILS(ERROR_INVALID_HANDLE, nullptr, MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0));
    EXPECT_FAILS(ERROR_INVALID_HANDLE, nullptr, MapViewOfFile(mapping, FILE_MAP_COPY, 0, 0, 0));
    EXPECT_TRUE(CloseHandle(mapping));
    char first = 0;
    EXPECT_EQ(::pread(number, &first, 1, 0), 1);  // not closed, and as it was
    EXPECT_EQ(first, 'o');
    ::close(number);
  }
}

}  // namespace
