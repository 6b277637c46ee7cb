// SPDX-License-Identifier: Apache-2.0
// Handles: closing, duplicating, flags, inheritance, many of them from many threads, and what a name may be.
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/inheritance.hpp"
#include "win32/win32_support.hpp"

namespace {

using namespace coview_test;

BOOL duplicate(HANDLE from, HANDLE& to, DWORD access, DWORD options) {
  return DuplicateHandle(GetCurrentProcess(), from, GetCurrentProcess(), &to, access, FALSE, options);
}

TEST(Handle, ValuesAreSmallMultiplesOfFour_G01_G05_H04) {
  scoped_handle first = memory(4096);
  auto const value = reinterpret_cast<std::uintptr_t>(first.get());
  EXPECT_EQ(value % 4, 0U);
  EXPECT_LT(value, 0x10000U);
  scoped_view const view = MapViewOfFile(reinterpret_cast<HANDLE>(value | 3U), FILE_MAP_READ, 0, 0, 0);  // G-05
  EXPECT_NE(view, nullptr);
  EXPECT_TRUE(CloseHandle(reinterpret_cast<HANDLE>(value | 1U)));
  first.release();
  scoped_handle const again = memory(4096);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(again.get()), value);  // H-04
}

// What a close needs of the kernel takes it milliseconds to prepare once there are threads: it is asked for when the
// library is loaded.
TEST(Handle, TheFirstCloseBesideThreadsFindsAllPrepared) {
  EXPECT_EQ(::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), 0);
}

TEST(Handle, LastErrorIsPerThread_G06) {
  SetLastError(7);
  std::thread([] {
    EXPECT_EQ(GetLastError(), 0U);
    SetLastError(8);
  }).join();
  EXPECT_EQ(GetLastError(), 7U);
}

TEST(Handle, FailureValues_G02) {
  EXPECT_EQ(memory(0), nullptr);
  EXPECT_EQ(CreateFileA("/nowhere/at/all", GENERIC_READ, 0, nullptr, OPEN_EXISTING, 0, nullptr),
            INVALID_HANDLE_VALUE);
}

TEST(Handle, Close_H01_H02_H03) {
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(nullptr));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(reinterpret_cast<HANDLE>(0xABCD0)));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(reinterpret_cast<HANDLE>(0x123456789000)));
  HANDLE const mapping = memory(4096);
  SetLastError(untouched);
  EXPECT_TRUE(CloseHandle(mapping));
  EXPECT_EQ(GetLastError(), untouched);  // G-04
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(mapping));
  EXPECT_TRUE(CloseHandle(INVALID_HANDLE_VALUE));  // H-02
  EXPECT_TRUE(CloseHandle(GetCurrentThread()));
  HANDLE const kept = memory(4096);
  EXPECT_TRUE(SetHandleInformation(kept, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(kept));  // H-03
  EXPECT_TRUE(SetHandleInformation(kept, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0));
  EXPECT_TRUE(CloseHandle(kept));
}

TEST(Handle, MappingsAreNotWaitable_H05) {
  scoped_handle const mapping = memory(4096);
  EXPECT_FAILS(ERROR_ACCESS_DENIED, WAIT_FAILED, WaitForSingleObject(mapping, 0));
}

TEST(Handle, DuplicateGrantsWhatWasAsked_H06) {
  scoped_handle const mapping = memory(4096);
  HANDLE copy = nullptr;
  ASSERT_TRUE(duplicate(mapping, copy, FILE_MAP_READ, 0));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, MapViewOfFile(copy, FILE_MAP_WRITE, 0, 0, 0));
  scoped_view const view = MapViewOfFile(copy, FILE_MAP_READ, 0, 0, 0);
  EXPECT_NE(view, nullptr);
  HANDLE nothing = nullptr;
  ASSERT_TRUE(duplicate(mapping, nothing, 0, 0));
  for (DWORD const access : {0U, 1U, 2U, 4U})
    EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, MapViewOfFile(nothing, access, 0, 0, 0));
  EXPECT_TRUE(CloseHandle(copy));
  EXPECT_TRUE(CloseHandle(nothing));
}

TEST(Handle, RaisingAccessAsksTheObject_H07_SA04) {
  scoped_root const root;
  scoped_handle const owner = memory(4096, "open to all");
  scoped_handle const reader = OpenFileMappingA(FILE_MAP_READ, FALSE, "open to all");
  HANDLE raised = nullptr;
  ASSERT_TRUE(duplicate(reader, raised, FILE_MAP_READ | FILE_MAP_WRITE, 0));
  {
    scoped_view const view = MapViewOfFile(raised, FILE_MAP_WRITE, 0, 0, 0);
    ASSERT_NE(view, nullptr);
    *view = 1;
  }
  EXPECT_TRUE(CloseHandle(raised));

  SECURITY_DESCRIPTOR descriptor;
  ACL empty;
  InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
  InitializeAcl(&empty, sizeof empty, ACL_REVISION);
  SetSecurityDescriptorDacl(&descriptor, TRUE, &empty, FALSE);
  SECURITY_ATTRIBUTES attributes{sizeof attributes, &descriptor, FALSE};
  scoped_handle const closed =
      CreateFileMappingA(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE, 0, 4096, "closed");
  ASSERT_NE(closed.get(), nullptr);  // C-20: its creator has it, whatever the descriptor says
  HANDLE weaker = nullptr;
  ASSERT_TRUE(duplicate(closed, weaker, FILE_MAP_READ, 0));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, duplicate(weaker, raised, FILE_MAP_WRITE, 0));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, "closed"));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, memory(4096, "closed"));
  EXPECT_TRUE(CloseHandle(weaker));
}

TEST(Handle, DuplicateOptionsAndErrors_H08_H09_H10) {
  scoped_handle mapping = memory(4096);
  HANDLE copy = nullptr;
  // One that is to be replaced by its like stays what it is; one with other rights does not.
  ASSERT_TRUE(duplicate(mapping, copy, 0, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
  EXPECT_EQ(copy, mapping.get());
  ASSERT_TRUE(duplicate(mapping, copy, FILE_MAP_READ, DUPLICATE_CLOSE_SOURCE));
  EXPECT_NE(copy, mapping.get());
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(mapping.release()));
  // Also where duplicating fails.
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE,
               DuplicateHandle(GetCurrentProcess(), copy, nullptr, nullptr, 0, FALSE, DUPLICATE_CLOSE_SOURCE));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(copy));
  HANDLE const other = memory(4096);
  EXPECT_TRUE(DuplicateHandle(GetCurrentProcess(), other, GetCurrentProcess(), nullptr, 0, FALSE, 0));  // H-09
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, duplicate(nullptr, copy, 0, DUPLICATE_SAME_ACCESS));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE,
               duplicate(reinterpret_cast<HANDLE>(0xABCD0), copy, 0, DUPLICATE_SAME_ACCESS));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE,
               DuplicateHandle(nullptr, other, GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
  EXPECT_TRUE(CloseHandle(other));
  // H-10: the pseudo-handles become real ones.
  HANDLE process = nullptr;
  ASSERT_TRUE(duplicate(GetCurrentProcess(), process, 0, DUPLICATE_SAME_ACCESS));
  EXPECT_EQ(GetProcessId(process), GetCurrentProcessId());
  HANDLE thread = nullptr;
  ASSERT_TRUE(duplicate(GetCurrentThread(), thread, 0, DUPLICATE_SAME_ACCESS));
  EXPECT_EQ(GetThreadId(thread), GetCurrentThreadId());
  HANDLE by_real_handle = nullptr;
  scoped_handle const source = memory(4096);
  EXPECT_TRUE(DuplicateHandle(process, source, process, &by_real_handle, 0, FALSE, DUPLICATE_SAME_ACCESS));
  EXPECT_TRUE(CompareObjectHandles(source, by_real_handle));
  EXPECT_TRUE(CloseHandle(by_real_handle));
  EXPECT_TRUE(CloseHandle(process));
  EXPECT_TRUE(CloseHandle(thread));
}

TEST(Handle, Information_H12) {
  scoped_handle const mapping = memory(4096);
  DWORD flags = 77;
  EXPECT_TRUE(GetHandleInformation(mapping, &flags));
  EXPECT_EQ(flags, 0U);
  EXPECT_TRUE(SetHandleInformation(mapping, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
  EXPECT_TRUE(GetHandleInformation(mapping, &flags));
  EXPECT_EQ(flags, DWORD{HANDLE_FLAG_INHERIT});
  EXPECT_TRUE(SetHandleInformation(mapping, HANDLE_FLAG_INHERIT, 0));
  EXPECT_TRUE(GetHandleInformation(mapping, &flags));
  EXPECT_EQ(flags, 0U);
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, GetHandleInformation(nullptr, &flags));
}

TEST(Handle, Comparison) {
  scoped_root const root;
  scoped_handle const one = memory(4096, "same");
  scoped_handle const two = OpenFileMappingA(FILE_MAP_READ, FALSE, "same");
  scoped_handle const three = memory(4096);
  EXPECT_TRUE(CompareObjectHandles(one, two));
  EXPECT_FAILS(ERROR_NOT_SAME_OBJECT, FALSE, CompareObjectHandles(one, three));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CompareObjectHandles(one, nullptr));
}

TEST(Handle, TableGoesToAChild_H11_L04) {
  scoped_root const root;
  scoped_handle named = memory(4096, "named");
  scoped_handle const unnamed = memory(4096);
  scoped_handle const file = open_file(make_file(root, "data", 10, 'd'));
  scoped_handle const section = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, nullptr);
  scoped_handle const kept = memory(4096);
  for (HANDLE const one : {named.get(), unnamed.get(), section.get()})
    SetHandleInformation(one, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
  scoped_view const view = MapViewOfFile(unnamed, FILE_MAP_WRITE, 0, 0, 0);
  *view = 'u';
  // As CreateProcess does it, but for the exec: the child forgets what the fork gave it, and adopts the table.
  auto inherited = coview::win32::prepare_inheritance();
  ASSERT_EQ(inherited.objects.size(), 3U);
  child heir([&](parent_link const& parent) {
    HANDLE const values[] = {named.release(), unnamed.get(), section.get(), kept.get()};
    for (HANDLE const one : values) CloseHandle(one);
    auto const number = inherited.variable.substr(inherited.variable.find('=') + 1);
    setenv(coview::win32::inheritance_variable, number.c_str(), 1);
    coview::win32::adopt_inherited_handles();
    parent.say(std::getenv(coview::win32::inheritance_variable) == nullptr ? "adopted" : "still there");
    auto* const mine = static_cast<char*>(MapViewOfFile(values[1], FILE_MAP_WRITE, 0, 0, 0));
    auto* const data = static_cast<char*>(MapViewOfFile(values[2], FILE_MAP_READ, 0, 0, 0));
    parent.say(mine != nullptr && data != nullptr ? std::string{*mine, *data} : "nothing");
    DWORD flags = 0;
    parent.say(GetHandleInformation(values[3], &flags) ? "too much" : std::to_string(GetLastError()));
    (void)parent.hear();
    if (mine != nullptr) *mine = 'c';
    parent.say("written");
    (void)parent.hear();
  });
  EXPECT_EQ(heir.hear(), "adopted");
  EXPECT_EQ(heir.hear(), "ud");
  EXPECT_EQ(heir.hear(), "6");
  inherited = {};
  named.reset();
  scoped_handle held = OpenFileMappingA(FILE_MAP_READ, FALSE, "named");
  EXPECT_NE(held.get(), nullptr);  // the child's handle counts
  held.reset();
  heir.say("go on");
  EXPECT_EQ(heir.hear(), "written");
  EXPECT_EQ(*view, 'c');
  heir.kill();
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, "named"));
}

/// Closes handles when the process ends: made before any name is, it goes after the names were given up, as a static
/// object of a program does and as a thread may that still runs.
class closer_at_exit {
 public:
  closer_at_exit() = default;
  closer_at_exit(closer_at_exit const&) = delete;
  closer_at_exit& operator=(closer_at_exit const&) = delete;
  ~closer_at_exit() {
    if (handles_.empty()) return;
    bool closed = true;
    for (HANDLE const one : handles_) closed = CloseHandle(one) != FALSE && closed;
    ::_exit(!closed ? 2 : maps_files_of_the_root() ? 1 : 0);
  }
  void close(std::vector<HANDLE> handles) { handles_ = std::move(handles); }
  static bool maps_files_of_the_root() {
    std::ifstream maps("/proc/self/maps");
    std::string const all((std::istreambuf_iterator<char>(maps)), {});
    return all.find(std::getenv("COVIEW_ROOT")) != std::string::npos;
  }

 private:
  std::vector<HANDLE> handles_;
} at_exit;

TEST(Handle, ClosedAfterTheNamesWentItTakesItsObjectAlong) {
  scoped_root const root;
  child one([](parent_link const& parent) {
    at_exit.close({CreateEventA(nullptr, TRUE, FALSE, "late"),
                   CreateNamedPipeA(R"(\\.\pipe\late)", PIPE_ACCESS_DUPLEX, 0, 1, 100, 100, 0, nullptr)});
    parent.say(closer_at_exit::maps_files_of_the_root() ? "mapped" : "not mapped");
    std::exit(3);
  });
  EXPECT_EQ(one.hear(), "mapped");
  EXPECT_EQ(one.wait(), 0);
  EXPECT_TRUE(root.files().empty());
}

// Of each kind that has a name, many: the thread and the end of the process meet at some of them.
TEST(Handle, AThreadMayCloseWhatTheEndOfTheProcessGivesUp) {
  constexpr int of_each = 50;
  scoped_root const root;
  child one([](parent_link const&) {
    static auto& handles = *new std::vector<HANDLE>;  // the thread uses it to the end
    for (int i = 0; i < of_each; ++i) {
      auto const name = "common" + std::to_string(i);
      handles.push_back(CreateEventA(nullptr, TRUE, FALSE, (name + "e").c_str()));
      handles.push_back(memory(4096, (name + "m").c_str()));
      handles.push_back(
          CreateNamedPipeA((R"(\\.\pipe\)" + name).c_str(), PIPE_ACCESS_DUPLEX, 0, 1, 100, 100, 0, nullptr));
    }
    auto const close_all = [](LPVOID) -> DWORD {
      for (HANDLE const each : handles) CloseHandle(each);
      return 0;
    };
    CreateThread(nullptr, 0, close_all, nullptr, 0, nullptr);
    std::exit(0);
  });
  EXPECT_EQ(one.wait(), 0);
}

TEST(HandleTable, ExhaustionIsAnError) {
  scoped_handle const mapping = memory(4096);
  std::vector<HANDLE> copies;
  HANDLE copy = nullptr;
  while (copies.size() <= coview::win32::most_handles && duplicate(mapping, copy, 0, DUPLICATE_SAME_ACCESS))
    copies.push_back(copy);
  EXPECT_EQ(GetLastError(), DWORD{ERROR_NO_SYSTEM_RESOURCES});
  EXPECT_GE(copies.size(), coview::win32::most_handles - 100);
  EXPECT_FAILS(ERROR_NO_SYSTEM_RESOURCES, nullptr, memory(4096));
  for (HANDLE const one : copies) ASSERT_TRUE(CloseHandle(one));
  scoped_handle const again = memory(4096);
  EXPECT_NE(again.get(), nullptr);
}

TEST(HandleTable, SixtyFourThreads) {
  auto const before = coview::win32::handle_table::count();
  scoped_handle const shared = memory(4096);
  std::vector<std::thread> threads;
  for (int t = 0; t < 64; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) {
        HANDLE copy = nullptr;
        ASSERT_TRUE(duplicate(shared, copy, 0, DUPLICATE_SAME_ACCESS));
        DWORD flags = 0;
        EXPECT_TRUE(GetHandleInformation(copy, &flags));
        coview::win32::handle_guard const in_use(shared);
        EXPECT_TRUE(in_use);
        EXPECT_TRUE(CloseHandle(copy));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(coview::win32::handle_table::count(), before + 1);
}

/// The letter of a thread's state: S where it sleeps.
char state_of_thread(pid_t thread) {
  std::ifstream status("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string const text(std::istreambuf_iterator<char>(status), {});
  auto const name_ends = text.rfind(')');
  return name_ends == std::string::npos ? '?' : text.at(name_ends + 2);
}

// One with real-time priority that only yields would keep the CPU from the one that it waits for.
TEST(HandleTable, WhoeverClosesSleepsWhileAnotherLooks) {
  HANDLE const looked_at = memory(4096);
  std::atomic<pid_t> closer{0};
  std::thread closing;
  {
    coview::win32::handle_guard const in_use(looked_at);
    ASSERT_TRUE(in_use);
    closing = std::thread([&] {
      closer = ::gettid();
      EXPECT_TRUE(CloseHandle(looked_at));
    });
    while (closer.load() == 0 || state_of_thread(closer.load()) != 'S') std::this_thread::yield();
  }
  closing.join();
}

TEST(HandleTable, ClosedWhileInUse_WA08) {
  std::atomic<bool> done{false};
  std::atomic<HANDLE> current{memory(4096)};
  std::vector<std::thread> users;
  for (int t = 0; t < 4; ++t) {
    users.emplace_back([&] {
      while (!done.load()) {
        void* const view = MapViewOfFile(current.load(), FILE_MAP_READ, 0, 0, 0);  // there or not
        if (view != nullptr) UnmapViewOfFile(view);
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    HANDLE const fresh = memory(4096);
    EXPECT_TRUE(CloseHandle(current.exchange(fresh)));
  }
  done = true;
  for (auto& user : users) user.join();
  EXPECT_TRUE(CloseHandle(current.load()));
}

struct name_case {
  std::string name;
  DWORD code;
};

TEST(Name, WhatIsOne_C26_NM05_to_NM11) {
  scoped_root const root;
  name_case const cases[] = {
      {"local\\x", ERROR_PATH_NOT_FOUND},  // NM-05
      {"LOCAL\\x", ERROR_PATH_NOT_FOUND},
      {"a\\b", ERROR_PATH_NOT_FOUND},  // NM-06
      {"Local\\a\\b", ERROR_PATH_NOT_FOUND},
      {"\\x", ERROR_BAD_PATHNAME},      // NM-07
      {"Local\\", ERROR_INVALID_NAME},  // NM-08
      {"Global\\", ERROR_INVALID_NAME},
      {"Global", ERROR_INVALID_HANDLE},  // NM-09
      {"Local", ERROR_INVALID_HANDLE},
      {"Session\\1\\x", ERROR_SUCCESS},  // NM-10
      {"Local\\Local\\x", ERROR_SUCCESS},
      {"/", ERROR_SUCCESS},  // NM-11
      {".", ERROR_SUCCESS},
      {"..", ERROR_SUCCESS},
      {"a b", ERROR_SUCCESS},
      {"\x01\x1f", ERROR_SUCCESS},
      {"gr\xc3\xbc\xc3\x9f", ERROR_SUCCESS},
      {"//", ERROR_SUCCESS},
      {"Local/x", ERROR_SUCCESS},
  };
  for (auto const& one : cases) {
    SetLastError(untouched);
    scoped_handle const made = memory(4096, one.name.c_str());
    EXPECT_EQ(GetLastError(), one.code) << one.name;
    EXPECT_EQ(made.get() != nullptr, one.code == ERROR_SUCCESS) << one.name;
    SetLastError(untouched);
    scoped_handle const opened = OpenFileMappingA(FILE_MAP_READ, FALSE, one.name.c_str());
    EXPECT_EQ(GetLastError(), one.code == ERROR_SUCCESS ? untouched : one.code) << one.name;
  }
}

TEST(Name, SpellingsOfOneName_NM02_NM03_NM15_NM16) {
  scoped_root const root;
  scoped_handle const mapping = memory(4096, "pn2");
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, "PN2"));
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, "pn2 "));
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, "pn2."));
  scoped_handle const local = OpenFileMappingA(FILE_MAP_READ, FALSE, "Local\\pn2");
  EXPECT_NE(local.get(), nullptr);
  scoped_handle const wide = OpenFileMappingW(FILE_MAP_READ, FALSE, L"pn2");
  EXPECT_NE(wide.get(), nullptr);
  scoped_handle const umlaut =
      CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, 4096, L"Local\\gr\u00fcn\U0001F600");
  scoped_handle const narrow = OpenFileMappingA(FILE_MAP_READ, FALSE, "gr\xc3\xbcn\xf0\x9f\x98\x80");
  EXPECT_NE(narrow.get(), nullptr);
  wchar_t const as_units[] = {L'g', L'r', L'\u00fc', L'n', wchar_t{0xD83D}, wchar_t{0xDE00},
                              0};  // as Windows would write it
  scoped_handle const units = OpenFileMappingW(FILE_MAP_READ, FALSE, as_units);
  EXPECT_NE(units.get(), nullptr);
}

TEST(Name, GlobalIsAnotherDirectory_NM04) {
  scoped_root const root(01777);
  if (geteuid() != 0) GTEST_SKIP() << "the global scope stands only in a directory of root";
  scoped_handle const global = memory(4096, "Global\\g");
  ASSERT_NE(global.get(), nullptr);  // C-27: no privilege is needed here
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, "g"));
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, "Local\\g"));
  scoped_handle const again = OpenFileMappingA(FILE_MAP_READ, FALSE, "Local\\Global\\g");  // NM-10
  EXPECT_NE(again.get(), nullptr);
}

TEST(Name, NoneMeansUnnamed_NM12) {
  for (char const* const none : {static_cast<char const*>(nullptr), ""}) {
    SetLastError(untouched);
    scoped_handle const one = memory(4096, none);
    EXPECT_EQ(GetLastError(), DWORD{ERROR_SUCCESS});
    scoped_handle const two = memory(4096, none);
    EXPECT_EQ(GetLastError(), DWORD{ERROR_SUCCESS});
    scoped_view const view = MapViewOfFile(one, FILE_MAP_WRITE, 0, 0, 0);
    scoped_view const other = MapViewOfFile(two, FILE_MAP_READ, 0, 0, 0);
    *view = 1;
    EXPECT_EQ(*other, 0);
  }
}

TEST(Name, Lengths_NM13_NM14_D15) {
  scoped_root const root;
  scoped_handle const longest = memory(4096, std::string(259, 'n').c_str());
  EXPECT_NE(longest.get(), nullptr);
  EXPECT_FAILS(ERROR_FILENAME_EXCED_RANGE, nullptr, memory(4096, std::string(260, 'n').c_str()));
  EXPECT_FAILS(ERROR_FILENAME_EXCED_RANGE, nullptr,
               OpenFileMappingA(FILE_MAP_READ, FALSE, std::string(260, 'n').c_str()));
  for (std::size_t const length : {300U, 1000U, 32766U}) {
    std::wstring const name(length, L'w');
    scoped_handle const made =
        CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, 4096, name.c_str());
    EXPECT_NE(made.get(), nullptr) << length;
    scoped_handle const opened = OpenFileMappingW(FILE_MAP_READ, FALSE, name.c_str());
    EXPECT_NE(opened.get(), nullptr) << length;
  }
  EXPECT_EQ(OpenFileMappingW(FILE_MAP_READ, FALSE, std::wstring(32767, L'w').c_str()), nullptr);
  EXPECT_NE(GetLastError(), DWORD{ERROR_FILE_NOT_FOUND});
}

TEST(Name, UnpairedSurrogates_NM17) {
  scoped_root const root;
  wchar_t const odd[] = {L'a', wchar_t{0xD800}, L'b', 0};
  wchar_t const other[] = {L'a', wchar_t{0xD801}, L'b', 0};
  scoped_handle const made = CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, 4096, odd);
  ASSERT_NE(made.get(), nullptr);
  scoped_handle const opened = OpenFileMappingW(FILE_MAP_READ, FALSE, odd);
  EXPECT_NE(opened.get(), nullptr);
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, nullptr, OpenFileMappingW(FILE_MAP_READ, FALSE, other));
}

}  // namespace
