// SPDX-License-Identifier: Apache-2.0
// Files: opening, reading and writing, positions and sizes, byte-range locks, deleting, moving, copying, finding.
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "win32/win32_support.hpp"

namespace {

using namespace coview_test;

constexpr DWORD everybody = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

HANDLE create(std::string const& path, DWORD disposition, DWORD access = GENERIC_READ | GENERIC_WRITE,
              DWORD flags = FILE_ATTRIBUTE_NORMAL, DWORD share = everybody) {
  return CreateFileA(path.c_str(), access, share, nullptr, disposition, flags, nullptr);
}

std::string contents(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool exists(std::string const& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

DWORD write(HANDLE file, std::string const& text) {
  DWORD written = 0;
  return WriteFile(file, text.data(), static_cast<DWORD>(text.size()), &written, nullptr) != FALSE ? written : 0;
}

std::string read(HANDLE file, DWORD count) {
  std::string text(count, '\0');
  DWORD done = 0;
  if (ReadFile(file, text.data(), count, &done, nullptr) == FALSE) return "failed";
  text.resize(done);
  return text;
}

TEST(CreateFile, DispositionsTellWhatTheyFound_FI01_FI02_FI03_FI04) {
  scoped_root const root;
  std::string const path = (root.path() / "f").string();
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, INVALID_HANDLE_VALUE, create(path, OPEN_EXISTING));
  struct step {
    DWORD disposition;
    DWORD code;
    char const* left;
  };
  std::array<step, 5> const steps{{{CREATE_NEW, ERROR_SUCCESS, "abc"},
                                   {OPEN_ALWAYS, ERROR_ALREADY_EXISTS, "abc"},
                                   {OPEN_EXISTING, ERROR_SUCCESS, "abc"},
                                   {CREATE_ALWAYS, ERROR_ALREADY_EXISTS, "abc"},
                                   {TRUNCATE_EXISTING, ERROR_SUCCESS, "abc"}}};
  for (auto const& [disposition, code, left] : steps) {
    SetLastError(untouched);
    scoped_handle const file = create(path, disposition);
    ASSERT_NE(file.get(), INVALID_HANDLE_VALUE) << disposition;
    EXPECT_EQ(GetLastError(), code) << disposition;
    bool const empties = disposition == CREATE_ALWAYS || disposition == TRUNCATE_EXISTING;
    EXPECT_EQ(contents(path).empty(), empties || disposition == CREATE_NEW);
    SetFilePointer(file, 0, nullptr, FILE_BEGIN);
    EXPECT_EQ(write(file, left), 3U);
    EXPECT_EQ(contents(path), "abc");
  }
  EXPECT_FAILS(ERROR_FILE_EXISTS, INVALID_HANDLE_VALUE, create(path, CREATE_NEW));
  ::unlink(path.c_str());
  for (DWORD const disposition : {DWORD{CREATE_ALWAYS}, DWORD{OPEN_ALWAYS}}) {
    SetLastError(untouched);
    scoped_handle const file = create(path, disposition);
    EXPECT_EQ(GetLastError(), DWORD{ERROR_SUCCESS});
    ::unlink(path.c_str());
  }
}

TEST(CreateFile, WhatIsRefused_FI05_FI06_D9) {
  scoped_root const root;
  std::string const path = make_file(root, "f", 3);
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, INVALID_HANDLE_VALUE, create(path + "x", TRUNCATE_EXISTING));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, INVALID_HANDLE_VALUE, create(path, TRUNCATE_EXISTING, GENERIC_READ));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, INVALID_HANDLE_VALUE, create(path, 0));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, INVALID_HANDLE_VALUE, create(path, 6));
  EXPECT_FAILS(ERROR_PATH_NOT_FOUND, INVALID_HANDLE_VALUE, create(path + "d/x", OPEN_EXISTING));
  EXPECT_FAILS(ERROR_PATH_NOT_FOUND, INVALID_HANDLE_VALUE, create("", OPEN_EXISTING));
  EXPECT_FAILS(ERROR_PATH_NOT_FOUND, INVALID_HANDLE_VALUE,
               CreateFileW(nullptr, GENERIC_READ, 0, nullptr, OPEN_EXISTING, 0, nullptr));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, INVALID_HANDLE_VALUE, create(root.path().string(), OPEN_EXISTING));
  EXPECT_FAILS(ERROR_INVALID_NAME, INVALID_HANDLE_VALUE, create(path + "*", OPEN_EXISTING));
  scoped_handle const directory =
      create(root.path().string(), OPEN_EXISTING, GENERIC_READ, FILE_FLAG_BACKUP_SEMANTICS);
  EXPECT_NE(directory.get(), INVALID_HANDLE_VALUE);
}

TEST(CreateFile, FlagsAreTaken_FI09_FI10) {
  scoped_root const root;
  std::string const path = make_file(root, "f", 3);
  for (DWORD const flags : {DWORD{FILE_FLAG_SEQUENTIAL_SCAN}, DWORD{FILE_FLAG_RANDOM_ACCESS},
                            DWORD{FILE_FLAG_WRITE_THROUGH}, DWORD{FILE_FLAG_NO_BUFFERING}}) {
    scoped_handle const file = create(path, OPEN_EXISTING, GENERIC_ALL, flags);
    ASSERT_NE(file.get(), INVALID_HANDLE_VALUE) << flags;
    EXPECT_EQ(write(file, "abc"), 3U);
  }
  {
    scoped_handle const file = create(path, OPEN_EXISTING, GENERIC_READ, FILE_FLAG_DELETE_ON_CLOSE);
    ASSERT_NE(file.get(), INVALID_HANDLE_VALUE);
    EXPECT_TRUE(exists(path));
  }
  EXPECT_FALSE(exists(path));
}

TEST(CreateFile, AReadOnlyFileRefusesWritersRootIncluded) {
  scoped_root const root;
  std::string const path = (root.path() / "f").string();
  { scoped_handle const file = create(path, CREATE_NEW, GENERIC_WRITE, FILE_ATTRIBUTE_READONLY); }
  EXPECT_EQ(GetFileAttributesA(path.c_str()) & FILE_ATTRIBUTE_READONLY, DWORD{FILE_ATTRIBUTE_READONLY});
  EXPECT_FAILS(ERROR_ACCESS_DENIED, INVALID_HANDLE_VALUE, create(path, OPEN_EXISTING));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, INVALID_HANDLE_VALUE, create(path, CREATE_ALWAYS));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, DeleteFileA(path.c_str()));
  ASSERT_TRUE(SetFileAttributesA(path.c_str(), FILE_ATTRIBUTE_NORMAL));
  EXPECT_TRUE(DeleteFileA(path.c_str()));
}

TEST(FileIo, ReadsAndWritesWithinTheHandlesRights_FI13) {
  scoped_root const root;
  std::string const path = make_file(root, "f", 5);
  scoped_handle const reader = create(path, OPEN_EXISTING, GENERIC_READ);
  scoped_handle const writer = create(path, OPEN_EXISTING, GENERIC_WRITE);
  DWORD count = 9;
  EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, WriteFile(reader, "y", 1, &count, nullptr));
  EXPECT_EQ(count, 0U);
  EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, FlushFileBuffers(reader));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, SetEndOfFile(reader));
  char byte = 0;
  EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, ReadFile(writer, &byte, 1, &count, nullptr));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, ReadFile(nullptr, &byte, 1, &count, nullptr));
  EXPECT_EQ(write(writer, "hello"), 5U);
  EXPECT_TRUE(FlushFileBuffers(writer));
  EXPECT_EQ(read(reader, 3), "hel");
  EXPECT_EQ(read(reader, 10), "lo");
  EXPECT_EQ(read(reader, 10), "");  // the end is no error
}

TEST(FileIo, OverlappedOffsetsAndResults) {
  scoped_root const root;
  std::string const path = make_file(root, "f", 10, 'a');
  scoped_handle const file = create(path, OPEN_EXISTING, GENERIC_READ | GENERIC_WRITE, FILE_FLAG_OVERLAPPED);
  scoped_handle const event = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  OVERLAPPED where{};
  where.Offset = 4;
  where.hEvent = event;
  DWORD count = 0;
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE, WriteFile(file, "xy", 2, &count, nullptr));
  ASSERT_TRUE(WriteFile(file, "xy", 2, nullptr, &where));
  EXPECT_EQ(WaitForSingleObject(event, 0), DWORD{WAIT_OBJECT_0});
  ASSERT_TRUE(GetOverlappedResult(file, &where, &count, TRUE));
  EXPECT_EQ(count, 2U);
  EXPECT_EQ(contents(path), "aaaaxyaaaa");
  where.Offset = 100;
  char byte = 0;
  EXPECT_FAILS(ERROR_HANDLE_EOF, FALSE, ReadFile(file, &byte, 1, &count, &where));
  where.Offset = where.OffsetHigh = 0xFFFFFFFF;  // at the end
  EXPECT_TRUE(WriteFile(file, "z", 1, &count, &where));
  EXPECT_EQ(contents(path), "aaaaxyaaaaz");
}

TEST(FileIo, PositionsAndSizes_FI11_FI12) {
  scoped_root const root;
  std::string const path = make_file(root, "f", 10);
  scoped_handle const file = create(path, OPEN_EXISTING);
  EXPECT_EQ(SetFilePointer(file, 4, nullptr, FILE_BEGIN), 4U);
  EXPECT_EQ(SetFilePointer(file, 2, nullptr, FILE_CURRENT), 6U);
  EXPECT_EQ(SetFilePointer(file, -3, nullptr, FILE_END), 7U);
  EXPECT_FAILS(ERROR_NEGATIVE_SEEK, INVALID_SET_FILE_POINTER, SetFilePointer(file, -11, nullptr, FILE_END));
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, INVALID_SET_FILE_POINTER, SetFilePointer(file, 0, nullptr, 3));
  LONG high = 1;
  EXPECT_EQ(SetFilePointer(file, 5, &high, FILE_BEGIN), 5U);
  EXPECT_EQ(high, 1);
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, INVALID_SET_FILE_POINTER, SetFilePointer(file, 0, nullptr, FILE_CURRENT));
  LARGE_INTEGER to{};
  LARGE_INTEGER now{};
  to.QuadPart = 20;
  ASSERT_TRUE(SetFilePointerEx(file, to, &now, FILE_BEGIN));
  EXPECT_EQ(now.QuadPart, 20);
  ASSERT_TRUE(SetEndOfFile(file));
  EXPECT_EQ(GetFileSize(file, nullptr), 20U);
  to.QuadPart = 0xFFFFFFFF;
  ASSERT_TRUE(SetFilePointerEx(file, to, nullptr, FILE_BEGIN));
  ASSERT_TRUE(SetEndOfFile(file));
  SetLastError(untouched);
  EXPECT_EQ(GetFileSize(file, nullptr), INVALID_FILE_SIZE);
  EXPECT_EQ(GetLastError(), DWORD{ERROR_SUCCESS});  // a size and no failure
  LARGE_INTEGER size{};
  ASSERT_TRUE(GetFileSizeEx(file, &size));
  EXPECT_EQ(size.QuadPart, 0xFFFFFFFF);
  EXPECT_FAILS(ERROR_INVALID_HANDLE, INVALID_FILE_SIZE, GetFileSize(nullptr, nullptr));
  // D16: a mapping is not a file
  scoped_handle const mapping = memory(100);
  EXPECT_FAILS(ERROR_INVALID_HANDLE, INVALID_FILE_SIZE, GetFileSize(mapping, nullptr));
}

TEST(FileIo, PipesEnd) {
  HANDLE read_end = nullptr;
  HANDLE write_end = nullptr;
  ASSERT_TRUE(CreatePipe(&read_end, &write_end, nullptr, 0));
  scoped_handle const reader = read_end;
  scoped_handle writer = write_end;
  EXPECT_EQ(GetFileType(reader), DWORD{FILE_TYPE_PIPE});
  EXPECT_EQ(write(writer, "abc"), 3U);
  DWORD there = 0;
  EXPECT_TRUE(PeekNamedPipe(reader, nullptr, 0, nullptr, &there, nullptr));
  EXPECT_EQ(there, 3U);
  EXPECT_EQ(read(reader, 10), "abc");
  writer.reset();
  char byte = 0;
  DWORD count = 0;
  EXPECT_FAILS(ERROR_BROKEN_PIPE, FALSE, ReadFile(reader, &byte, 1, &count, nullptr));
}

TEST(LockFile, HandlesExcludeEachOtherAlsoWithinAProcess) {
  scoped_root const root;
  std::string const path = make_file(root, "f", 100);
  scoped_handle const one = create(path, OPEN_EXISTING);
  scoped_handle two = create(path, OPEN_EXISTING);
  ASSERT_TRUE(LockFile(one, 10, 0, 20, 0));
  EXPECT_FAILS(ERROR_LOCK_VIOLATION, FALSE, LockFile(two, 29, 0, 1, 0));
  EXPECT_FAILS(ERROR_LOCK_VIOLATION, FALSE, LockFile(one, 15, 0, 1, 0));  // one's own lock too
  EXPECT_TRUE(LockFile(two, 30, 0, 1, 0));
  EXPECT_FAILS(ERROR_NOT_LOCKED, FALSE, UnlockFile(one, 10, 0, 19, 0));
  EXPECT_TRUE(UnlockFile(one, 10, 0, 20, 0));
  OVERLAPPED where{};
  ASSERT_TRUE(LockFileEx(one, LOCKFILE_FAIL_IMMEDIATELY, 0, 10, 0, &where));  // shared
  ASSERT_TRUE(LockFileEx(two, LOCKFILE_FAIL_IMMEDIATELY, 0, 10, 0, &where));
  EXPECT_FAILS(ERROR_LOCK_VIOLATION, FALSE,
               LockFileEx(two, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 5, 0, &where));
  EXPECT_TRUE(UnlockFileEx(two, 0, 10, 0, &where));
  std::thread waiter([&] {
    OVERLAPPED here{};
    EXPECT_TRUE(LockFileEx(two, LOCKFILE_EXCLUSIVE_LOCK, 0, 5, 0, &here));
  });
  EXPECT_TRUE(UnlockFileEx(one, 0, 10, 0, &where));
  waiter.join();
  EXPECT_FAILS(ERROR_LOCK_VIOLATION, FALSE, LockFile(one, 0, 0, 1, 0));
  two.reset();  // closing lets go
  EXPECT_TRUE(LockFile(one, 0, 0, 1, 0));
}

TEST(LockFile, ADeadProcessLetsGo) {
  scoped_root const root;
  std::string const path = make_file(root, "f", 100);
  child other([&](parent_link const& parent) {
    HANDLE const file = create(path, OPEN_EXISTING);
    parent.say(LockFile(file, 0, 0, 50, 0) != FALSE ? "locked" : "not locked");
    (void)parent.hear();
  });
  ASSERT_EQ(other.hear(), "locked");
  scoped_handle const file = create(path, OPEN_EXISTING);
  EXPECT_FAILS(ERROR_LOCK_VIOLATION, FALSE, LockFile(file, 49, 0, 10, 0));
  other.kill();
  EXPECT_TRUE(LockFile(file, 49, 0, 10, 0));
}

TEST(Files, MoveAndCopyAndDelete) {
  scoped_root const root;
  std::string const a = make_file(root, "a", 1000, 'a');
  std::string const b = make_file(root, "b", 10, 'b');
  std::string const c = (root.path() / "c").string();
  EXPECT_FAILS(ERROR_ALREADY_EXISTS, FALSE, MoveFileA(a.c_str(), b.c_str()));
  EXPECT_TRUE(MoveFileExA(a.c_str(), b.c_str(), MOVEFILE_REPLACE_EXISTING));
  EXPECT_FALSE(exists(a));
  EXPECT_EQ(contents(b), std::string(1000, 'a'));
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, FALSE, MoveFileA(a.c_str(), c.c_str()));
  EXPECT_TRUE(CopyFileA(b.c_str(), c.c_str(), TRUE));
  EXPECT_EQ(contents(c), contents(b));
  EXPECT_FAILS(ERROR_FILE_EXISTS, FALSE, CopyFileA(b.c_str(), c.c_str(), TRUE));
  EXPECT_FAILS(ERROR_SHARING_VIOLATION, FALSE, CopyFileA(b.c_str(), b.c_str(), FALSE));
  EXPECT_TRUE(DeleteFileA(c.c_str()));
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, FALSE, DeleteFileA(c.c_str()));
  EXPECT_FAILS(ERROR_PATH_NOT_FOUND, FALSE, DeleteFileA((c + "/x/y").c_str()));
  std::string const d = (root.path() / "d").string();
  EXPECT_TRUE(CreateDirectoryA(d.c_str(), nullptr));
  EXPECT_FAILS(ERROR_ALREADY_EXISTS, FALSE, CreateDirectoryA(d.c_str(), nullptr));
  EXPECT_FAILS(ERROR_PATH_NOT_FOUND, FALSE, CreateDirectoryA((d + "/e/f").c_str(), nullptr));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, DeleteFileA(d.c_str()));
  make_file(root, "d/inside", 1);
  EXPECT_FAILS(ERROR_DIR_NOT_EMPTY, FALSE, RemoveDirectoryA(d.c_str()));
  EXPECT_FAILS(ERROR_DIRECTORY, FALSE, RemoveDirectoryA(b.c_str()));
}

DWORD WINAPI count_calls(LARGE_INTEGER, LARGE_INTEGER, LARGE_INTEGER, LARGE_INTEGER, DWORD, DWORD, HANDLE, HANDLE,
                         LPVOID data) {
  return ++*static_cast<int*>(data) > 1 ? PROGRESS_CANCEL : PROGRESS_CONTINUE;
}

TEST(Files, ACopyThatIsCancelledLeavesNothing) {
  scoped_root const root;
  std::string const a = make_file(root, "a", 100000, 'a');
  std::string const b = (root.path() / "b").string();
  int calls = 0;
  EXPECT_FAILS(ERROR_REQUEST_ABORTED, FALSE, CopyFileExA(a.c_str(), b.c_str(), count_calls, &calls, nullptr, 0));
  EXPECT_EQ(calls, 2);
  EXPECT_FALSE(exists(b));
}

TEST(Files, InformationByPathAndHandle) {
  scoped_root const root;
  std::string const path = make_file(root, "f", 1234);
  EXPECT_EQ(GetFileAttributesA(path.c_str()), DWORD{FILE_ATTRIBUTE_ARCHIVE});
  EXPECT_EQ(GetFileAttributesA(root.path().c_str()) & FILE_ATTRIBUTE_DIRECTORY, DWORD{FILE_ATTRIBUTE_DIRECTORY});
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, INVALID_FILE_ATTRIBUTES, GetFileAttributesA((path + "x").c_str()));
  WIN32_FILE_ATTRIBUTE_DATA data{};
  ASSERT_TRUE(GetFileAttributesExA(path.c_str(), GetFileExInfoStandard, &data));
  EXPECT_EQ(data.nFileSizeLow, 1234U);
  scoped_handle const file = create(path, OPEN_EXISTING, GENERIC_READ | FILE_WRITE_ATTRIBUTES);
  BY_HANDLE_FILE_INFORMATION known{};
  ASSERT_TRUE(GetFileInformationByHandle(file, &known));
  EXPECT_EQ(known.nFileSizeLow, 1234U);
  EXPECT_EQ(known.nNumberOfLinks, 1U);
  FILE_STANDARD_INFO standard{};
  ASSERT_TRUE(GetFileInformationByHandleEx(file, FileStandardInfo, &standard, sizeof standard));
  EXPECT_EQ(standard.EndOfFile.QuadPart, 1234);
  EXPECT_FAILS(ERROR_BAD_LENGTH, FALSE, GetFileInformationByHandleEx(file, FileStandardInfo, &standard, 3));
  FILETIME const then{0x12345678, 0x01D00000};
  ASSERT_TRUE(SetFileTime(file, nullptr, nullptr, &then));
  FILETIME written{};
  ASSERT_TRUE(GetFileTime(file, nullptr, nullptr, &written));
  EXPECT_EQ(CompareFileTime(&written, &then), 0);
  std::array<char, MAX_PATH> where{};
  EXPECT_EQ(GetFinalPathNameByHandleA(file, where.data(), MAX_PATH, 0), path.size());
  EXPECT_STREQ(where.data(), path.c_str());
  EXPECT_EQ(GetFinalPathNameByHandleA(file, where.data(), 3, 0), path.size() + 1);
}

TEST(Files, TemporaryNames) {
  scoped_root const root;
  std::array<char, MAX_PATH> name{};
  UINT const number = GetTempFileNameA(root.path().c_str(), "abcdef", 0, name.data());
  ASSERT_NE(number, 0U);
  EXPECT_TRUE(exists(name.data()));
  EXPECT_NE(std::string(name.data()).find("/abc"), std::string::npos);
  EXPECT_EQ(GetTempFileNameA(root.path().c_str(), "abc", 0x12, name.data()), 0x12U);
  EXPECT_FALSE(exists(name.data()));
  EXPECT_EQ(std::string(name.data()), root.path().string() + "/abc12.TMP");
  EXPECT_FAILS(ERROR_DIRECTORY, 0U, GetTempFileNameA((root.path() / "none").c_str(), "a", 0, name.data()));
  DWORD const length = GetTempPathA(MAX_PATH, name.data());
  ASSERT_GT(length, 0U);
  EXPECT_EQ(name[length - 1], '/');
  EXPECT_EQ(GetTempPathA(1, name.data()), length + 1);
}

std::set<std::string> found(std::string const& pattern) {
  std::set<std::string> names;
  WIN32_FIND_DATAA data{};
  HANDLE const search = FindFirstFileA(pattern.c_str(), &data);
  if (search == INVALID_HANDLE_VALUE) return names;
  do names.insert(static_cast<char*>(data.cFileName));
  while (FindNextFileA(search, &data) != FALSE);
  EXPECT_EQ(GetLastError(), DWORD{ERROR_NO_MORE_FILES});
  EXPECT_TRUE(FindClose(search));
  return names;
}

TEST(FindFile, PatternsInEitherCase) {
  scoped_root const root;
  for (char const* const name : {"one.txt", "TWO.TXT", "three.dat", "four"}) make_file(root, name, 1);
  std::string const here = root.path().string() + "\\";
  using names = std::set<std::string>;
  EXPECT_EQ(found(here + "*.txt"), (names{"TWO.TXT", "one.txt"}));
  EXPECT_EQ(found(here + "t*"), (names{"TWO.TXT", "three.dat"}));
  EXPECT_EQ(found(here + "???.TXT"), (names{"TWO.TXT", "one.txt"}));
  EXPECT_EQ(found(here + "*.*"), (names{".", "..", "TWO.TXT", "four", "one.txt", "three.dat"}));
  EXPECT_EQ(found(here + "four"), (names{"four"}));
  WIN32_FIND_DATAA data{};
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, INVALID_HANDLE_VALUE, FindFirstFileA((here + "x*").c_str(), &data));
  EXPECT_FAILS(ERROR_PATH_NOT_FOUND, INVALID_HANDLE_VALUE, FindFirstFileA((here + "no\\x*").c_str(), &data));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, FindNextFileA(nullptr, &data));
}

/// The classic copy through two mappings.
bool mapped_copy(std::string const& from, std::string const& to) {
  scoped_handle const source(CreateFileA(from.c_str(), GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING,
                                         FILE_FLAG_SEQUENTIAL_SCAN, nullptr));
  scoped_handle const target(CreateFileA(to.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS,
                                         FILE_FLAG_WRITE_THROUGH, nullptr));
  DWORD const size = GetFileSize(source, nullptr);
  scoped_handle const read_from(CreateFileMappingA(source, nullptr, PAGE_READONLY, 0, 0, nullptr));
  if (read_from.get() == nullptr) return false;
  scoped_handle const write_to(CreateFileMappingA(target, nullptr, PAGE_READWRITE, 0, size, nullptr));
  void* const bytes = MapViewOfFile(read_from, FILE_MAP_READ, 0, 0, 0);
  void* const copy = MapViewOfFile(write_to, FILE_MAP_WRITE, 0, 0, 0);
  CopyMemory(copy, bytes, size);
  return UnmapViewOfFile(copy) != FALSE && UnmapViewOfFile(bytes) != FALSE;
}

TEST(MappedCopy, CopiesAllButAnEmptyFile_FI14) {
  scoped_root const root;
  auto const source = make_file(root, "source", 100'000, 'c');
  auto const target = (root.path() / "target").string();
  ASSERT_TRUE(mapped_copy(source, target));
  std::ifstream copied(target, std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(copied), {}), std::string(100'000, 'c'));
  EXPECT_FAILS(ERROR_FILE_INVALID, false, mapped_copy(make_file(root, "empty", 0), target));
}

/// What a pattern finds, in order, without the directories.
std::string names_found(std::string const& pattern) {
  WIN32_FIND_DATAA data{};
  std::set<std::string> names;
  HANDLE const search = FindFirstFileA(pattern.c_str(), &data);
  if (search == INVALID_HANDLE_VALUE) return "nothing";
  do {
    if (data.cFileName[0] != '.') names.insert(static_cast<char const*>(data.cFileName));
  } while (FindNextFileA(search, &data) != FALSE);
  FindClose(search);
  std::string all;
  for (auto const& name : names) all += (all.empty() ? "" : " ") + name;
  return all;
}

// Beside a dot and at the end of a name, ? and * mean what they meant in the days of DOS. (Wine
// compares them plainly.)
TEST(CopyFile, SecondTellsHowItGoes) {
  scoped_root const root;
  auto const a = (root.path() / "a").wstring();
  auto const b = (root.path() / "b").wstring();
  std::ofstream(root.path() / "a") << std::string(10000, 'x');
  struct told {
    unsigned started = 0;
    ULONGLONG moved = 0;
    COPYFILE2_MESSAGE_ACTION answer = COPYFILE2_PROGRESS_CONTINUE;
  } seen;
  COPYFILE2_EXTENDED_PARAMETERS wanted{};
  wanted.dwSize = sizeof wanted;
  wanted.pvCallbackContext = &seen;
  wanted.pProgressRoutine = [](COPYFILE2_MESSAGE const* message, PVOID context) {
    auto& out = *static_cast<told*>(context);
    if (message->Type == COPYFILE2_CALLBACK_STREAM_STARTED) ++out.started;
    if (message->Type == COPYFILE2_CALLBACK_CHUNK_FINISHED)
      out.moved = message->Info.ChunkFinished.uliTotalBytesTransferred.QuadPart;
    return out.answer;
  };
  EXPECT_EQ(CopyFile2(a.c_str(), b.c_str(), &wanted), S_OK);
  EXPECT_EQ(seen.started, 1U);
  EXPECT_EQ(seen.moved, 10000U);
  wanted.dwCopyFlags = COPY_FILE_FAIL_IF_EXISTS;
  EXPECT_EQ(CopyFile2(a.c_str(), b.c_str(), &wanted), HRESULT_FROM_WIN32(ERROR_FILE_EXISTS));
  wanted.dwCopyFlags = 0;
  seen.answer = COPYFILE2_PROGRESS_CANCEL;
  EXPECT_EQ(CopyFile2(a.c_str(), b.c_str(), &wanted), HRESULT_FROM_WIN32(ERROR_REQUEST_ABORTED));
  EXPECT_FALSE(exists((root.path() / "b").string()));
  EXPECT_EQ(CopyFile2(L"/none", b.c_str(), nullptr), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
  wanted.dwSize = 1;
  EXPECT_EQ(CopyFile2(a.c_str(), b.c_str(), &wanted), HRESULT_FROM_WIN32(ERROR_INVALID_PARAMETER));
}

TEST(Folders, ByHandleSomeAtATime) {
  scoped_root const root;
  std::set<std::wstring> wanted{L".", L".."};
  for (int i = 0; i < 50; ++i) {
    auto const name = L"file number " + std::to_wstring(i);
    std::ofstream(root.path() / name) << std::string(static_cast<std::size_t>(i), 'x');
    wanted.insert(name);
  }
  scoped_handle const folder = create(root.path().string(), OPEN_EXISTING, GENERIC_READ, FILE_FLAG_BACKUP_SEMANTICS);
  for (auto what : {FileIdBothDirectoryRestartInfo, FileIdBothDirectoryRestartInfo}) {
    std::set<std::wstring> found;
    alignas(8) std::array<std::byte, 1000> room{};
    while (GetFileInformationByHandleEx(folder, what, room.data(), room.size()) != FALSE) {
      what = FileIdBothDirectoryInfo;
      for (auto const* at = room.data();;) {
        auto const* const one = reinterpret_cast<FILE_ID_BOTH_DIR_INFO const*>(at);
        std::wstring const name(one->FileName, one->FileNameLength / sizeof(WCHAR));
        EXPECT_TRUE(found.insert(name).second);
        if (name == L"file number 17") {
          EXPECT_EQ(one->EndOfFile.QuadPart, 17);
          EXPECT_NE(one->FileId.QuadPart, 0);
        }
        if (one->NextEntryOffset == 0) break;
        at += one->NextEntryOffset;
      }
    }
    EXPECT_EQ(GetLastError(), ERROR_NO_MORE_FILES);
    EXPECT_EQ(found, wanted);
  }
  FILE_FULL_DIR_INFO small{};
  EXPECT_FAILS(ERROR_BAD_LENGTH, FALSE,
               GetFileInformationByHandleEx(folder, FileFullDirectoryRestartInfo, &small, 8));
  scoped_handle const file = create((root.path() / "file number 3").string(), OPEN_EXISTING);
  EXPECT_FAILS(ERROR_INVALID_PARAMETER, FALSE,
               GetFileInformationByHandleEx(file, FileFullDirectoryInfo, &small, sizeof small));
}

TEST(FindFiles, PatternsOfDos) {
  scoped_root const root;
  for (char const* const name : {"data", "data.bin", "data1", "data1.bin", "name", "name.txt", "a.b.c"})
    CloseHandle(create((root.path() / name).string(), CREATE_NEW));
  std::string const here = root.path().string() + "\\";
  EXPECT_EQ(names_found(here + "*."), "data data1 name");
  EXPECT_EQ(names_found(here + "data?"), "data data1");
  EXPECT_EQ(names_found(here + "data?.*"), "data data.bin data1 data1.bin");
  EXPECT_EQ(names_found(here + "data*.*"), "data data.bin data1 data1.bin");
  EXPECT_EQ(names_found(here + "name.*"), "name name.txt");
  EXPECT_EQ(names_found(here + "?????"), "data data1 name");
  EXPECT_EQ(names_found(here + "*.c"), "a.b.c");
  EXPECT_EQ(names_found(here + "*.b.*"), "a.b.c");
  EXPECT_EQ(names_found(here + "?.?"), "");  // the directories themselves
  EXPECT_EQ(names_found(here + "*.*"), "a.b.c data data.bin data1 data1.bin name name.txt");
}

}  // namespace
