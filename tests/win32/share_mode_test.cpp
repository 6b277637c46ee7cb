// SPDX-License-Identifier: Apache-2.0
// Share modes between opens, within a process and between processes, and what a mapped file refuses.
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "win32/win32_support.hpp"

namespace {

using namespace coview_test;

struct terms {
  DWORD access;
  DWORD share;
};

/// FI-07, as the reference words it: each one's access within the other's share.
bool compatible(terms const& a, terms const& b) {
  auto const wants = [](DWORD access) {
    return ((access & GENERIC_READ) != 0 ? DWORD{FILE_SHARE_READ} : 0) |
           ((access & GENERIC_WRITE) != 0 ? DWORD{FILE_SHARE_WRITE} : 0) |
           ((access & DELETE) != 0 ? DWORD{FILE_SHARE_DELETE} : 0);
  };
  if (wants(a.access) == 0 || wants(b.access) == 0) return true;
  return (wants(a.access) & ~b.share) == 0 && (wants(b.access) & ~a.share) == 0;
}

HANDLE open(std::string const& path, terms const& how, DWORD disposition = OPEN_EXISTING, DWORD flags = 0) {
  return CreateFileA(path.c_str(), how.access, how.share, nullptr, disposition, flags, nullptr);
}

std::vector<terms> all_terms() {
  std::vector<terms> made;
  for (DWORD const access :
       {DWORD{0}, GENERIC_READ, GENERIC_WRITE, GENERIC_READ | GENERIC_WRITE, DWORD{DELETE}, GENERIC_READ | DELETE})
    for (DWORD share = 0; share < 8; ++share) made.push_back({access, share});
  return made;
}

TEST(ShareMode, EveryPairWithinAProcess_FI07_FI08) {
  scoped_root const root;
  std::string const path = make_file(root, "f", 10);
  for (auto const& first : all_terms()) {
    scoped_handle const held = open(path, first);
    ASSERT_NE(held.get(), INVALID_HANDLE_VALUE) << first.access << ' ' << first.share << ' ' << GetLastError();
    for (auto const& second : all_terms()) {
      SetLastError(untouched);
      scoped_handle const other = open(path, second);
      DWORD const code = GetLastError();
      EXPECT_EQ(other.get() != INVALID_HANDLE_VALUE, compatible(first, second))
          << first.access << '/' << first.share << " then " << second.access << '/' << second.share;
      EXPECT_EQ(code, compatible(first, second) ? DWORD{ERROR_SUCCESS} : DWORD{ERROR_SHARING_VIOLATION});
    }
  }
}

TEST(ShareMode, HoldsBetweenProcessesAndGoesWithThem_FI07) {
  scoped_root const root;
  std::string const path = make_file(root, "f", 10);
  terms const reading{GENERIC_READ, FILE_SHARE_READ};
  terms const writing{GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE};
  child other([&](parent_link const& parent) {
    HANDLE const file = open(path, reading);
    parent.say(file != INVALID_HANDLE_VALUE ? "open" : "refused");
    (void)parent.hear();
  });
  ASSERT_EQ(other.hear(), "open");
  EXPECT_FAILS(ERROR_SHARING_VIOLATION, INVALID_HANDLE_VALUE, open(path, writing));
  EXPECT_FAILS(ERROR_SHARING_VIOLATION, FALSE, DeleteFileA(path.c_str()));
  EXPECT_FAILS(ERROR_SHARING_VIOLATION, FALSE, MoveFileA(path.c_str(), (path + "x").c_str()));
  {
    scoped_handle const same = open(path, reading);
    EXPECT_NE(same.get(), INVALID_HANDLE_VALUE);
  }
  other.kill();  // no close: the kernel takes the marks away
  scoped_handle const file = open(path, writing);
  EXPECT_NE(file.get(), INVALID_HANDLE_VALUE);
}

TEST(ShareMode, DuplicatesAreOneOpen) {
  scoped_root const root;
  std::string const path = make_file(root, "f", 10);
  scoped_handle first = open(path, {GENERIC_READ, 0});
  HANDLE made = nullptr;
  ASSERT_TRUE(
      DuplicateHandle(GetCurrentProcess(), first, GetCurrentProcess(), &made, 0, FALSE, DUPLICATE_SAME_ACCESS));
  scoped_handle second = made;
  first.reset();
  EXPECT_FAILS(ERROR_SHARING_VIOLATION, INVALID_HANDLE_VALUE, open(path, {GENERIC_READ, FILE_SHARE_READ}));
  second.reset();
  scoped_handle const file = open(path, {GENERIC_READ, 0});
  EXPECT_NE(file.get(), INVALID_HANDLE_VALUE);
}

TEST(ShareMode, OfManyAtOnceExactlyOneGetsIt) {
  scoped_root const root;
  std::string const path = make_file(root, "f", 10);
  for (int round = 0; round < 20; ++round) {
    constexpr int count = 8;
    std::atomic<int> waiting{0};
    std::atomic<int> won{0};
    std::array<scoped_handle, count> handles;
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
      threads.emplace_back([&, i] {
        ++waiting;
        while (waiting.load() < count) std::this_thread::yield();
        handles.at(static_cast<std::size_t>(i)) = open(path, {GENERIC_READ | GENERIC_WRITE, 0});
        if (handles.at(static_cast<std::size_t>(i)).get() != INVALID_HANDLE_VALUE) ++won;
      });
    for (auto& thread : threads) thread.join();
    ASSERT_LE(won.load(), 1);  // never two; and one, unless this machine stood still for the opens' patience
    if (won.load() == 0) GTEST_LOG_(INFO) << "nobody in round " << round;
  }
}

TEST(ShareMode, DeletingNeedsEveryonesConsent) {
  scoped_root const root;
  std::string const path = make_file(root, "f", 10);
  {
    scoped_handle const held = open(path, {GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE});
    EXPECT_FAILS(ERROR_SHARING_VIOLATION, FALSE, DeleteFileA(path.c_str()));
    EXPECT_FAILS(ERROR_SHARING_VIOLATION, INVALID_HANDLE_VALUE,
                 open(path, {GENERIC_READ, 7}, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE));
  }
  scoped_handle const held = open(path, {GENERIC_READ, FILE_SHARE_DELETE});
  EXPECT_TRUE(DeleteFileA(path.c_str()));
}

// --- Files under mappings.

struct mapped_file {
  scoped_root root;
  std::string path = make_file(root, "f", 8192);
  scoped_handle file = open_file(path);
  scoped_handle mapping = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, nullptr);
};

BOOL shorten(HANDLE file, LONG size) {
  SetFilePointer(file, size, nullptr, FILE_BEGIN);
  return SetEndOfFile(file);
}

TEST(MappedFile, CannotBeShortenedByAnybody_T01) {
  mapped_file f;
  ASSERT_NE(f.mapping.get(), nullptr);
  EXPECT_FAILS(ERROR_USER_MAPPED_FILE, FALSE, shorten(f.file, 100));
  EXPECT_FAILS(ERROR_USER_MAPPED_FILE, FALSE, shorten(f.file, 8191));  // also within the last page
  scoped_handle const other = open_file(f.path);
  EXPECT_FAILS(ERROR_USER_MAPPED_FILE, FALSE, shorten(other, 0));
  child process([&](parent_link const& parent) {
    HANDLE const theirs = open_file(f.path);
    bool const refused = shorten(theirs, 100) == FALSE && GetLastError() == ERROR_USER_MAPPED_FILE;
    parent.say(refused ? "refused" : "shortened");
  });
  EXPECT_EQ(process.hear(), "refused");
  EXPECT_EQ(GetFileSize(f.file, nullptr), 8192U);
}

TEST(MappedFile, AViewAloneHoldsIt_T02_T05) {
  mapped_file f;
  scoped_view view = MapViewOfFile(f.mapping, FILE_MAP_READ, 0, 0, 0);
  ASSERT_NE(view, nullptr);
  f.mapping.reset();
  EXPECT_FAILS(ERROR_USER_MAPPED_FILE, FALSE, shorten(f.file, 100));
  view.reset();
  EXPECT_TRUE(shorten(f.file, 100));  // T-05
}

TEST(MappedFile, MayGrow_T03) {
  mapped_file f;
  EXPECT_TRUE(shorten(f.file, 20000));
  EXPECT_EQ(GetFileSize(f.file, nullptr), 20000U);
}

TEST(MappedFile, CannotBeEmptiedByOpening_T04) {
  mapped_file f;
  EXPECT_FAILS(ERROR_USER_MAPPED_FILE, INVALID_HANDLE_VALUE, open(f.path, {GENERIC_WRITE, 7}, CREATE_ALWAYS));
  EXPECT_FAILS(ERROR_USER_MAPPED_FILE, INVALID_HANDLE_VALUE, open(f.path, {GENERIC_WRITE, 7}, TRUNCATE_EXISTING));
  EXPECT_EQ(GetFileSize(f.file, nullptr), 8192U);
}

TEST(MappedFile, DeleteOnCloseIsAllowed_T07) {
  mapped_file f;
  scoped_handle const other = open(f.path, {GENERIC_READ, 7}, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE);
  EXPECT_NE(other.get(), INVALID_HANDLE_VALUE);
}

TEST(MappedFile, AWritableSectionIsAWriter_T09) {
  mapped_file f;
  f.file.reset();
  terms const no_writers{GENERIC_READ, FILE_SHARE_READ};
  EXPECT_FAILS(ERROR_SHARING_VIOLATION, INVALID_HANDLE_VALUE, open(f.path, no_writers));
  f.mapping.reset();
  scoped_handle file = open(f.path, no_writers);
  ASSERT_NE(file.get(), INVALID_HANDLE_VALUE);
  scoped_handle const reading = CreateFileMappingA(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
  file.reset();
  scoped_handle const again = open(f.path, {GENERIC_READ, 0});
  EXPECT_NE(again.get(), INVALID_HANDLE_VALUE);  // a section that only reads imposes nothing
}

TEST(MappedFile, ADeadProcessHoldsNothing) {
  scoped_root const root;
  std::string const path = make_file(root, "f", 8192);
  child other([&](parent_link const& parent) {
    HANDLE const file = open_file(path);
    HANDLE const mapping = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, nullptr);
    void const* const view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
    parent.say(view != nullptr ? "mapped" : "failed");
    (void)parent.hear();
  });
  ASSERT_EQ(other.hear(), "mapped");
  scoped_handle const file = open_file(path);
  EXPECT_FAILS(ERROR_USER_MAPPED_FILE, FALSE, shorten(file, 1));
  other.kill();
  EXPECT_TRUE(shorten(file, 1));
}

}  // namespace
