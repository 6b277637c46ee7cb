// SPDX-License-Identifier: Apache-2.0
// H-08: DuplicateHandle from and into other processes. The children are this program itself, in the role that its
// arguments name; what both have to tell each other stands on a board that they share.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <coview/win32/windows.h>

#include "support/process.hpp"
#include "support/scoped_root.hpp"
#include "win32/core/handles/handle_server.hpp"
#include "win32/core/handles/message.hpp"
#include "win32_support.hpp"

namespace {

using coview_test::scoped_handle;

enum passed_kind : int { mapping, event, mutex, semaphore, file, process, kinds };

constexpr int still_there = 11;

struct board {
  HANDLE handle;
  HANDLE others[kinds];
  DWORD pid;
  int kind;
};

HANDLE handle_in(std::string const& text) {
  return reinterpret_cast<HANDLE>(static_cast<std::uintptr_t>(std::stoull(text)));
}

HANDLE make(int what) {
  switch (what) {
    case mapping:
      return coview_test::memory(4096);
    case event:
      return CreateEventA(nullptr, TRUE, FALSE, nullptr);
    case mutex:
      return CreateMutexA(nullptr, FALSE, nullptr);
    case semaphore:
      return CreateSemaphoreA(nullptr, 0, 5, nullptr);
    case file:
      return CreateFileA("passed.txt", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, nullptr, CREATE_ALWAYS, 0,
                         nullptr);
    default:
      return OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, GetCurrentProcessId());
  }
}

/// Leaves a trace that `has_trace` finds in the other process. 0, or the last error.
DWORD leave_trace(int what, HANDLE handle, DWORD pid) {
  auto const said = [](bool done) { return done ? 0 : GetLastError(); };
  switch (what) {
    case mapping: {
      auto* const view = static_cast<char*>(MapViewOfFile(handle, FILE_MAP_ALL_ACCESS, 0, 0, 0));
      if (view == nullptr) return GetLastError();
      std::strcpy(view, "trace");
      return said(UnmapViewOfFile(view) != FALSE);
    }
    case event:
      return said(SetEvent(handle) != FALSE);
    case mutex:  // and ends as its owner
      return said(WaitForSingleObject(handle, 0) == WAIT_OBJECT_0);
    case semaphore:
      return said(ReleaseSemaphore(handle, 3, nullptr) != FALSE);
    case file: {
      DWORD written = 0;
      return said(WriteFile(handle, "trace", 5, &written, nullptr) != FALSE);
    }
    default:
      return GetProcessId(handle) == pid ? 0 : 1;
  }
}

bool has_trace(int what, HANDLE handle) {
  switch (what) {
    case mapping: {
      auto* const view = static_cast<char*>(MapViewOfFile(handle, FILE_MAP_READ, 0, 0, 0));
      bool const found = view != nullptr && std::strcmp(view, "trace") == 0;
      return UnmapViewOfFile(view) != FALSE && found;
    }
    case event:
      return WaitForSingleObject(handle, 0) == WAIT_OBJECT_0;
    case mutex:
      return WaitForSingleObject(handle, 0) == WAIT_ABANDONED && ReleaseMutex(handle) != FALSE;
    case semaphore: {
      LONG before = 0;
      return ReleaseSemaphore(handle, 1, &before) != FALSE && before == 3;
    }
    case file:
      return SetFilePointer(handle, 0, nullptr, FILE_CURRENT) == 5;  // one file object, one position
    default:
      return true;
  }
}

/// What the children do. Each gives its exit code.
int play(std::string const& role, board& shared, HANDLE ready, HANDLE go) {
  auto const wait_for_go = [&] {
    SetEvent(ready);
    WaitForSingleObject(go, INFINITE);
  };
  if (role == "receive") {
    wait_for_go();
    return static_cast<int>(leave_trace(shared.kind, shared.handle, shared.pid));
  }
  if (role == "offer") {  // and says whether the last one is still there
    for (int what = 0; what < kinds; ++what) shared.others[what] = make(what);
    shared.handle = make(event);
    wait_for_go();
    DWORD flags = 0;
    return GetHandleInformation(shared.handle, &flags) != FALSE ? still_there : 0;
  }
  if (role == "flags") {
    wait_for_go();
    DWORD flags = 0;
    return GetHandleInformation(shared.handle, &flags) != FALSE ? static_cast<int>(flags) : 99;
  }
  scoped_handle const parent = OpenProcess(PROCESS_DUP_HANDLE, FALSE, shared.pid);
  HANDLE got = nullptr;
  if (role == "fetch") {
    if (DuplicateHandle(parent, shared.handle, GetCurrentProcess(), &got, 0, FALSE, DUPLICATE_SAME_ACCESS) == FALSE)
      return static_cast<int>(GetLastError());
    return static_cast<int>(leave_trace(shared.kind, got, shared.pid));
  }
  if (role == "bring") {
    HANDLE const made = make(mapping);
    if (leave_trace(mapping, made, 0) != 0) return 1;
    return DuplicateHandle(GetCurrentProcess(), made, parent, &shared.handle, 0, FALSE, DUPLICATE_SAME_ACCESS) !=
                   FALSE
               ? 0
               : static_cast<int>(GetLastError());
  }
  return 99;
}

class Win32Passing : public ::testing::Test {
 protected:
  Win32Passing() { std::filesystem::current_path(root_.path()); }
  ~Win32Passing() override { std::filesystem::current_path("/"); }

  struct child {
    scoped_handle process;
    scoped_handle thread;
    DWORD id = 0;
    DWORD code() const {
      EXPECT_EQ(WaitForSingleObject(process, INFINITE), WAIT_OBJECT_0);
      DWORD found = 0;
      EXPECT_TRUE(GetExitCodeProcess(process, &found));
      return found;
    }
    void kill(int number) const { ::kill(static_cast<pid_t>(id), number); }
    void stop() const {
      kill(SIGSTOP);
      siginfo_t stopped{};
      EXPECT_EQ(::waitid(P_PID, id, &stopped, WSTOPPED), 0);
    }
  };
  child start(std::string const& role, DWORD flags = 0) {
    std::array<char, 4096> path{};
    EXPECT_GT(::readlink("/proc/self/exe", path.data(), path.size() - 1), 0);
    auto const number = [](HANDLE h) { return ' ' + std::to_string(reinterpret_cast<std::uintptr_t>(h)); };
    std::string line =
        '"' + std::string(path.data()) + "\" --play " + role + number(section_) + number(ready_) + number(go_);
    ResetEvent(ready_);
    ResetEvent(go_);
    STARTUPINFOA startup{};
    startup.cb = sizeof startup;
    PROCESS_INFORMATION made{};
    EXPECT_TRUE(
        CreateProcessA(nullptr, line.data(), nullptr, nullptr, TRUE, flags, nullptr, nullptr, &startup, &made));
    return {made.hProcess, made.hThread, made.dwProcessId};
  }
  child start_ready(std::string const& role) {
    auto made = start(role);
    EXPECT_EQ(WaitForSingleObject(ready_, INFINITE), WAIT_OBJECT_0);
    return made;
  }
  DWORD let_go(child const& one) {
    SetEvent(go_);
    return one.code();
  }
  static BOOL push(HANDLE source, HANDLE target_process, HANDLE* out, DWORD access = 0, BOOL inherit = FALSE,
                   DWORD options = DUPLICATE_SAME_ACCESS) {
    return DuplicateHandle(GetCurrentProcess(), source, target_process, out, access, inherit, options);
  }
  static BOOL pull(HANDLE source_process, HANDLE source, HANDLE* out, DWORD access = 0, BOOL inherit = FALSE,
                   DWORD options = DUPLICATE_SAME_ACCESS) {
    return DuplicateHandle(source_process, source, GetCurrentProcess(), out, access, inherit, options);
  }

  coview_test::scoped_root root_;
  SECURITY_ATTRIBUTES inheritable_{sizeof inheritable_, nullptr, TRUE};
  scoped_handle section_ =
      CreateFileMappingA(INVALID_HANDLE_VALUE, &inheritable_, PAGE_READWRITE, 0, sizeof(board), nullptr);
  scoped_handle ready_ = CreateEventA(&inheritable_, TRUE, FALSE, nullptr);
  scoped_handle go_ = CreateEventA(&inheritable_, TRUE, FALSE, nullptr);
  coview_test::scoped_view view_ = MapViewOfFile(section_, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  board& board_ = *reinterpret_cast<board*>(static_cast<char*>(view_));
};

TEST_F(Win32Passing, IntoAChildAsSoonAsItIsThere_H08) {
  for (int what = 0; what < kinds; ++what) {
    auto const receiver = start("receive");  // not ready yet: its server is there before it is
    scoped_handle const made = make(what);
    board_.kind = what;
    board_.pid = GetCurrentProcessId();
    ASSERT_TRUE(push(made, receiver.process, &board_.handle)) << what << ' ' << GetLastError();
    EXPECT_EQ(let_go(receiver), 0U) << what;
    EXPECT_TRUE(has_trace(what, made)) << what;
  }
}

TEST_F(Win32Passing, ANamedObjectIsHeldThere_H08_L01) {
  auto const receiver = start_ready("receive");
  HANDLE const made = coview_test::memory(4096, "passed");
  board_.kind = mapping;
  ASSERT_TRUE(push(made, receiver.process, &board_.handle, 0, FALSE, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
  scoped_handle opened = OpenFileMappingA(FILE_MAP_READ, FALSE, "passed");
  EXPECT_NE(opened.get(), nullptr);
  EXPECT_EQ(let_go(receiver), 0U);
  EXPECT_TRUE(has_trace(mapping, opened));
  opened.reset();
  EXPECT_FAILS(ERROR_FILE_NOT_FOUND, nullptr, OpenFileMappingA(FILE_MAP_READ, FALSE, "passed"));
}

TEST_F(Win32Passing, TheCurrentProcessBecomesAHandleToIt_H08_H10) {
  auto const receiver = start("receive");
  board_.kind = process;
  board_.pid = GetCurrentProcessId();
  ASSERT_TRUE(push(GetCurrentProcess(), receiver.process, &board_.handle)) << GetLastError();
  EXPECT_EQ(let_go(receiver), 0U);
}

TEST_F(Win32Passing, FromAnotherProcess_H08) {
  auto const offers = start_ready("offer");
  scoped_handle const opened = OpenProcess(PROCESS_DUP_HANDLE, FALSE, offers.id);
  for (HANDLE const from : {offers.process.get(), opened.get()}) {
    for (int what = 0; what < kinds; ++what) {
      HANDLE got = nullptr;
      ASSERT_TRUE(pull(from, board_.others[what], &got)) << what << ' ' << GetLastError();
      EXPECT_EQ(leave_trace(what, got, offers.id),
                what == semaphore && from == opened.get() ? ERROR_TOO_MANY_POSTS : 0U)
          << what;
      if (what == mutex) ReleaseMutex(got);
      CloseHandle(got);
    }
  }
  EXPECT_EQ(let_go(offers), DWORD{still_there});
}

TEST_F(Win32Passing, AChildFetchesFromItsParent_H08) {
  for (int what = 0; what < kinds; ++what) {
    scoped_handle const made = make(what);
    board_ = {made, {}, GetCurrentProcessId(), what};
    EXPECT_EQ(start("fetch").code(), 0U) << what;
    EXPECT_TRUE(has_trace(what, made)) << what;
  }
}

TEST_F(Win32Passing, AChildBringsItsParentAHandle_H08) {
  board_.pid = GetCurrentProcessId();
  EXPECT_EQ(start("bring").code(), 0U);
  scoped_handle const brought = board_.handle;
  EXPECT_TRUE(has_trace(mapping, brought));  // and the object has outlived its maker
}

TEST_F(Win32Passing, FromOneOtherProcessIntoAnother_H08) {
  auto const offers = start_ready("offer");
  HANDLE const offered = board_.others[mapping];
  auto const receiver = start("receive");
  board_.kind = mapping;
  ASSERT_TRUE(
      DuplicateHandle(offers.process, offered, receiver.process, &board_.handle, 0, FALSE, DUPLICATE_SAME_ACCESS))
      << GetLastError();
  HANDLE mine = nullptr;
  ASSERT_TRUE(pull(offers.process, offered, &mine));
  EXPECT_EQ(let_go(receiver), 0U);
  EXPECT_TRUE(has_trace(mapping, mine));
  CloseHandle(mine);
  EXPECT_EQ(offers.code(), DWORD{still_there});
}

TEST_F(Win32Passing, GrantsTheAccessThatWasAskedFor_H06_H08) {
  auto const receiver = start("receive");
  scoped_handle const made = make(mapping);
  board_.kind = mapping;
  ASSERT_TRUE(push(made, receiver.process, &board_.handle, FILE_MAP_READ, FALSE, 0));
  EXPECT_EQ(let_go(receiver), static_cast<DWORD>(ERROR_ACCESS_DENIED));  // when it maps for writing

  auto const offers = start_ready("offer");
  HANDLE got = nullptr;
  ASSERT_TRUE(pull(offers.process, board_.others[mapping], &got, FILE_MAP_READ, TRUE, 0));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, nullptr, MapViewOfFile(got, FILE_MAP_WRITE, 0, 0, 0));
  DWORD flags = 0;
  EXPECT_TRUE(GetHandleInformation(got, &flags));
  EXPECT_EQ(flags, static_cast<DWORD>(HANDLE_FLAG_INHERIT));
  CloseHandle(got);
  EXPECT_EQ(let_go(offers), DWORD{still_there});
}

TEST_F(Win32Passing, TheHandleThereIsInheritableWhereItIsToBe_H08) {
  scoped_handle const made = make(event);
  for (BOOL const inherit : {FALSE, TRUE}) {
    auto const receiver = start("flags");
    ASSERT_TRUE(push(made, receiver.process, &board_.handle, 0, inherit));
    EXPECT_EQ(let_go(receiver), static_cast<DWORD>(inherit != FALSE ? HANDLE_FLAG_INHERIT : 0));
  }
}

TEST_F(Win32Passing, ClosesTheSource_H08) {
  auto offers = start_ready("offer");
  HANDLE got = nullptr;
  ASSERT_TRUE(pull(offers.process, board_.handle, &got, 0, FALSE, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
  EXPECT_TRUE(SetEvent(got));
  CloseHandle(got);
  EXPECT_EQ(let_go(offers), 0U);

  // The documented way to close another process's handle: no target at all.
  offers = start_ready("offer");
  DuplicateHandle(offers.process, board_.handle, nullptr, nullptr, 0, FALSE, DUPLICATE_CLOSE_SOURCE);
  EXPECT_EQ(let_go(offers), 0U);

  auto const receiver = start("receive");
  HANDLE const made = make(event);
  board_.kind = event;
  ASSERT_TRUE(push(made, receiver.process, &board_.handle, 0, FALSE, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, CloseHandle(made));
  EXPECT_EQ(let_go(receiver), 0U);
}

TEST_F(Win32Passing, WhatCannotBe_H08) {
  auto const offers = start_ready("offer");
  scoped_handle const made = make(event);
  HANDLE got = nullptr;
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, pull(offers.process, reinterpret_cast<HANDLE>(0x7770), &got));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, pull(offers.process, nullptr, &got));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, push(reinterpret_cast<HANDLE>(0x7770), offers.process, &got));
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, push(made, made, &got));
  EXPECT_FAILS(ERROR_NOT_SUPPORTED, FALSE, push(GetCurrentThread(), offers.process, &got));
  EXPECT_FAILS(ERROR_NOT_SUPPORTED, FALSE, pull(offers.process, GetCurrentThread(), &got));
  scoped_handle const weak = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, offers.id);
  EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, pull(weak, board_.handle, &got));
  EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, push(made, weak, &got));
  EXPECT_TRUE(pull(offers.process, board_.handle, nullptr));
  EXPECT_TRUE(push(made, offers.process, nullptr));
  EXPECT_EQ(let_go(offers), DWORD{still_there});
  EXPECT_FAILS(ERROR_INVALID_HANDLE, FALSE, pull(offers.process, board_.handle, &got));  // it has ended
  EXPECT_FAILS(ERROR_ACCESS_DENIED, FALSE, push(made, offers.process, &got));
  EXPECT_EQ(got, nullptr);

  auto const suspended = start("receive", CREATE_SUSPENDED);
  EXPECT_FAILS(ERROR_NOT_SUPPORTED, FALSE, push(made, suspended.process, &got));
  EXPECT_TRUE(TerminateProcess(suspended.process, 3));
  EXPECT_EQ(suspended.code(), 3U);
}

TEST_F(Win32Passing, AProcessWithoutAServerIsAnError_H08) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  (void)GetCurrentProcessId();
  ASSERT_TRUE(coview::win32::handle_server_runs());
  pid_t const forked = ::fork();
  if (forked == 0) {  // has its parent's handles, but not its server
    ::close(pipe[1]);
    char byte = 0;
    bool const none = !coview::win32::handle_server_runs();
    (void)!::read(pipe[0], &byte, 1);
    ::_exit(none ? 0 : 1);
  }
  scoped_handle const other = OpenProcess(PROCESS_DUP_HANDLE, FALSE, static_cast<DWORD>(forked));
  HANDLE got = nullptr;
  EXPECT_FAILS(ERROR_NOT_SUPPORTED, FALSE, push(go_, other, &got));
  ::close(pipe[0]);
  ::close(pipe[1]);
  int status = 0;
  EXPECT_EQ(::waitpid(forked, &status, 0), forked);
  EXPECT_EQ(status, 0);
}

TEST_F(Win32Passing, AStoppedProcessIsWaitedForInBounds_H08) {
  auto const receiver = start_ready("receive");
  receiver.stop();
  HANDLE got = nullptr;
  EXPECT_FAILS(ERROR_TIMEOUT, FALSE, push(go_, receiver.process, &got));
  receiver.kill(SIGKILL);
  EXPECT_EQ(receiver.code(), 1U);
}

TEST_F(Win32Passing, AProcessThatIsKilledMeanwhileIsNotWaitedFor_H08) {
  auto const receiver = start_ready("receive");
  receiver.stop();
  DWORD error = 0;
  std::thread pusher([&] {
    HANDLE got = nullptr;
    if (push(go_, receiver.process, &got) == FALSE) error = GetLastError();
  });
  receiver.kill(SIGKILL);
  pusher.join();
  EXPECT_EQ(error, static_cast<DWORD>(ERROR_ACCESS_DENIED));
}

TEST_F(Win32Passing, ACallerThatIsKilledLeavesTheServerServing_H08) {
  board_.pid = GetCurrentProcessId();
  board_.kind = event;
  scoped_handle const made = make(event);
  board_.handle = made;
  for (int i = 0; i < 10; ++i) {
    auto const caller = start("fetch");
    caller.kill(SIGKILL);
    (void)caller.code();
  }
  EXPECT_EQ(start("fetch").code(), 0U);
}

TEST_F(Win32Passing, StrangersCannotConnect_H08) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to have two users";
  auto const offers = start_ready("offer");
  auto const id = static_cast<pid_t>(offers.id);
  coview_test::child stranger(1001, [&](coview_test::parent_link const& parent) {
    int let_in = 0;
    for (int i = 0; i < 200; ++i) let_in += coview::win32::connect_to_handle_server(id) ? 1 : 0;
    // Nor by any name: the socket has none, neither in a directory nor in the abstract namespace.
    std::ifstream all("/proc/net/unix");
    bool abstract = false;
    for (std::string line; std::getline(all, line);) {
      if (line.find("@coview") != std::string::npos) abstract = true;
    }
    parent.say(std::to_string(let_in) + (abstract ? " abstract" : ""));
    (void)parent.hear();
  });
  EXPECT_EQ(stranger.hear(), "0");
  HANDLE got = nullptr;
  EXPECT_TRUE(pull(offers.process, board_.handle, &got)) << GetLastError();
  CloseHandle(got);
  EXPECT_EQ(let_go(offers), DWORD{still_there});
  for (auto const& file : root_.files()) EXPECT_EQ(file.find("handle-server"), std::string::npos) << file;
}

TEST_F(Win32Passing, ThoseWhoSayNothingHoldNobodyUp_H08) {
  auto const offers = start_ready("offer");
  auto const id = static_cast<pid_t>(offers.id);
  std::vector<coview::os::unique_fd> silent;
  for (int i = 0; i < 300; ++i) {
    auto made = coview::win32::connect_to_handle_server(id);
    ASSERT_TRUE(made) << made.error();
    silent.push_back(std::move(*made));
    HANDLE got = nullptr;
    ASSERT_TRUE(pull(offers.process, board_.handle, &got)) << i << ' ' << GetLastError();
    CloseHandle(got);
  }
  EXPECT_EQ(let_go(offers), DWORD{still_there});
}

/// Of a process: what stands in its /proc/…/fd.
std::size_t descriptors_of(DWORD id) {
  auto const all = std::filesystem::directory_iterator("/proc/" + std::to_string(id) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST_F(Win32Passing, NothingIsLeftOfARequest_H08) {
  auto const offers = start_ready("offer");
  scoped_handle const made = make(mapping);
  auto const once = [&] {
    HANDLE there = nullptr;
    HANDLE back = nullptr;
    EXPECT_TRUE(push(made, offers.process, &there));
    EXPECT_TRUE(pull(offers.process, there, &back, 0, FALSE, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    CloseHandle(back);
    EXPECT_FALSE(pull(offers.process, there, &back));
    return there;
  };
  HANDLE const first = once();
  auto const here = descriptors_of(GetCurrentProcessId());
  // The server closes a connection after the caller has its answer: the next request finds it done.
  auto const there = descriptors_of(offers.id);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(once(), first);
  EXPECT_EQ(descriptors_of(GetCurrentProcessId()), here);
  EXPECT_LE(descriptors_of(offers.id), there + 1);
  EXPECT_EQ(let_go(offers), DWORD{still_there});
}

TEST_F(Win32Passing, GarbageIsRefused_H08) {
  auto const offers = start_ready("offer");
  auto const id = static_cast<pid_t>(offers.id);
  std::mt19937 random(8);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same in every run
  auto const connect = [&] {
    auto made = coview::win32::connect_to_handle_server(id);
    EXPECT_TRUE(made) << made.error();
    return std::move(*made);
  };
  for (std::size_t const size : {0U, 1U, 39U, 40U, 41U, 1000U, 20000U, 60000U}) {
    std::vector<char> bytes(size);
    for (auto& one : bytes) one = static_cast<char>(random());
    auto const socket = connect();
    (void)::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  // Messages whose contents are lies, with descriptors that are not what they should be.
  for (std::uint32_t what = 0; what <= static_cast<std::uint32_t>(coview::win32::object::kind::other); ++what) {
    for (std::size_t const size : {0U, 1U, 8U, 20U, 300U, 16384U}) {
      for (std::size_t fds = 0; fds < 3; ++fds) {
        coview::win32::message lie;
        lie.head.purpose = coview::win32::message_purpose::take;
        lie.head.access = static_cast<std::uint32_t>(random());
        lie.object.what = static_cast<coview::win32::object::kind>(what);
        for (std::size_t i = 0; i < size; ++i) lie.object.bytes += static_cast<char>(random());
        for (std::size_t i = 0; i < fds; ++i) lie.object.fds.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        auto const socket = connect();
        EXPECT_EQ(lie.send(socket.get()), 0);
      }
    }
  }
  std::vector<coview::os::unique_fd> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(connect());
  HANDLE got = nullptr;
  EXPECT_TRUE(pull(offers.process, board_.handle, &got)) << GetLastError();
  CloseHandle(got);
  EXPECT_EQ(let_go(offers), DWORD{still_there});
}

TEST_F(Win32Passing, ManyAtOnceInBothDirections_H08) {
  auto const offers = start_ready("offer");
  std::vector<std::thread> all;
  std::atomic<int> failed{0};
  for (int i = 0; i < 4; ++i) {
    all.emplace_back([&] {
      for (int round = 0; round < 25; ++round) {
        HANDLE there = nullptr;
        HANDLE back = nullptr;
        bool const done =
            push(go_, offers.process, &there) != FALSE &&
            pull(offers.process, there, &back, 0, FALSE, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE) != FALSE &&
            CompareObjectHandles(go_, back) != FALSE;
        if (!done) ++failed;
        CloseHandle(back);
      }
    });
  }
  for (auto& one : all) one.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(let_go(offers), DWORD{still_there});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 6 && std::strcmp(argv[1], "--play") == 0) {
    auto* const shared = MapViewOfFile(handle_in(argv[3]), FILE_MAP_ALL_ACCESS, 0, 0, 0);
    return shared == nullptr ? 98
                             : play(argv[2], *static_cast<board*>(shared), handle_in(argv[4]), handle_in(argv[5]));
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
