// SPDX-License-Identifier: Apache-2.0
// Processes: starting them, what they inherit (H-11), how they end, and waiting for them (WA-09, WA-12). The children
// are this program itself, in the role that its arguments name.
#include "support/process.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include <coview/win32/process.h>
#include <coview/win32/windows.h>

#include "support/scoped_root.hpp"
#include "win32/core/process/program.hpp"

namespace {

HANDLE handle_in(char const* text) {
  return reinterpret_cast<HANDLE>(static_cast<std::uintptr_t>(std::strtoull(text, nullptr, 10)));
}

std::string number_of(HANDLE handle) {
  return std::to_string(reinterpret_cast<std::uintptr_t>(handle));
}

/// What the children do. Each gives its exit code.
int play(std::vector<std::string> const& arguments) {
  auto const& role = arguments.at(0);
  if (role == "exit") return static_cast<int>(std::stoul(arguments.at(1)));
  if (role == "exit-process") ExitProcess(static_cast<UINT>(std::stoul(arguments.at(1))));
  if (role == "crash") {
    ::signal(SIGSEGV, SIG_DFL);  // a sanitizer would catch it
    ::raise(SIGSEGV);
  }
  if (role == "same") return arguments.at(1) == "a \"b\" c\\" && arguments.at(2).empty() ? 0 : 1;
  if (role == "environment") {
    char const* const mine = std::getenv("ONLY");
    return mine != nullptr && std::string(mine) == "this" && std::getenv("HOME") == nullptr ? 0 : 1;
  }
  if (role == "directory") {
    std::array<char, 4096> here{};
    return ::getcwd(here.data(), here.size()) != nullptr && arguments.at(1) == here.data() ? 0 : 1;
  }
  if (role == "leave") {
    bool const made =
        CreateMutexA(nullptr, TRUE, "left") != nullptr && CreateEventA(nullptr, TRUE, TRUE, "too") != nullptr;
    if (arguments.at(1) == "by-exit-process") ExitProcess(made ? 0 : 1);
    return made ? 0 : 1;
  }
  // The rest gets a handle's value.
  HANDLE const handle = handle_in(arguments.at(1).c_str());
  if (role == "set") return SetEvent(handle) ? 0 : static_cast<int>(GetLastError());
  if (role == "hold") {
    if (WaitForSingleObject(handle, INFINITE) != WAIT_OBJECT_0) return 1;
    SetEvent(handle_in(arguments.at(2).c_str()));
    Sleep(INFINITE);
  }
  if (role == "wait") return static_cast<int>(WaitForSingleObject(handle, INFINITE));
  if (role == "write") {
    void* const view = MapViewOfFile(handle, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    if (view == nullptr) return static_cast<int>(GetLastError());
    std::strcpy(static_cast<char*>(view), "from the child");
    return 0;
  }
  return 99;
}

std::string this_program() {
  std::array<char, 4096> path{};
  auto const n = ::readlink("/proc/self/exe", path.data(), path.size());
  return {path.data(), static_cast<std::size_t>(n)};
}

class Win32Process : public ::testing::Test {
 protected:
  /// Starts a child in a role; empty handles where it fails.
  static PROCESS_INFORMATION start(std::string const& role, bool inherit = false, DWORD flags = 0,
                                   char* environment = nullptr, char const* directory = nullptr) {
    std::string line = "\"" + this_program() + "\" --play " + role;
    STARTUPINFOA startup{};
    startup.cb = sizeof startup;
    PROCESS_INFORMATION made{};
    EXPECT_TRUE(CreateProcessA(nullptr, line.data(), nullptr, nullptr, inherit ? TRUE : FALSE, flags, environment,
                               directory, &startup, &made))
        << GetLastError();
    return made;
  }
  static DWORD exit_code(HANDLE process) {
    EXPECT_EQ(WaitForSingleObject(process, INFINITE), WAIT_OBJECT_0);
    DWORD code = 0;
    EXPECT_TRUE(GetExitCodeProcess(process, &code));
    return code;
  }
  static DWORD run(std::string const& role, bool inherit = false) {
    auto const made = start(role, inherit);
    DWORD const code = exit_code(made.hProcess);
    CloseHandle(made.hThread);
    CloseHandle(made.hProcess);
    return code;
  }
  static HANDLE inheritable_event(char const* name) {
    SECURITY_ATTRIBUTES attributes{sizeof attributes, nullptr, TRUE};
    return CreateEventA(&attributes, TRUE, FALSE, name);
  }
  coview_test::scoped_root root_;
};

TEST_F(Win32Process, LeavesAnExitCodeOf32Bits) {
  EXPECT_EQ(run("exit 7"), 7U);
  EXPECT_EQ(run("exit 74565"), 74565U);  // more than eight bits, from main
  EXPECT_EQ(run("exit-process 3735928559"), 0xDEADBEEFU);
  EXPECT_EQ(run("crash"), STATUS_ACCESS_VIOLATION);
}

TEST_F(Win32Process, IsSignaledWhenItHasEnded_WA09_WA12) {
  HANDLE const go = inheritable_event(nullptr);
  auto const made = start("wait " + number_of(go), true);
  DWORD code = 0;
  EXPECT_TRUE(GetExitCodeProcess(made.hProcess, &code));
  EXPECT_EQ(code, STILL_ACTIVE);
  EXPECT_EQ(WaitForSingleObject(made.hProcess, 0), WAIT_TIMEOUT);
  EXPECT_EQ(GetProcessId(made.hProcess), made.dwProcessId);
  HANDLE const opened = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, made.dwProcessId);
  ASSERT_NE(opened, nullptr);
  HANDLE const never = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  std::array<HANDLE, 2> const both{never, made.hProcess};
  EXPECT_EQ(WaitForMultipleObjects(2, both.data(), FALSE, 1), WAIT_TIMEOUT);
  SetEvent(go);
  EXPECT_EQ(WaitForMultipleObjects(2, both.data(), FALSE, INFINITE), WAIT_OBJECT_0 + 1);
  EXPECT_EQ(WaitForSingleObject(opened, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(WaitForSingleObject(made.hThread, INFINITE), WAIT_OBJECT_0);
  std::array<HANDLE, 2> const its_own{made.hProcess, made.hThread};  // one object here, two there
  EXPECT_EQ(WaitForMultipleObjects(2, its_own.data(), TRUE, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(exit_code(made.hProcess), 0U);
  EXPECT_TRUE(GetExitCodeThread(made.hThread, &code));
  EXPECT_EQ(code, 0U);
  EXPECT_FALSE(TerminateProcess(made.hProcess, 1));
  EXPECT_EQ(GetLastError(), ERROR_ACCESS_DENIED);
  for (HANDLE const handle : {go, never, opened, made.hProcess, made.hThread}) CloseHandle(handle);
}

// H-11: the same value, where the handle is inheritable and the process inherits; else none.
TEST_F(Win32Process, InheritsHandlesUnderTheirValues_H11) {
  for (char const* const name : {static_cast<char const*>(nullptr), "named"}) {
    HANDLE const event = inheritable_event(name);
    EXPECT_EQ(run("set " + number_of(event), true), 0U);
    EXPECT_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    EXPECT_EQ(run("set " + number_of(event), false), ERROR_INVALID_HANDLE);
    // H-12: the flag can be changed later.
    EXPECT_TRUE(SetHandleInformation(event, HANDLE_FLAG_INHERIT, 0));
    EXPECT_EQ(run("set " + number_of(event), true), ERROR_INVALID_HANDLE);
    CloseHandle(event);
  }
  SECURITY_ATTRIBUTES attributes{sizeof attributes, nullptr, TRUE};
  HANDLE const mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE, 0, 4096, nullptr);
  ASSERT_NE(mapping, nullptr);
  EXPECT_EQ(run("write " + number_of(mapping), true), 0U);
  void* const view = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
  ASSERT_NE(view, nullptr);
  EXPECT_STREQ(static_cast<char const*>(view), "from the child");
  UnmapViewOfFile(view);
  CloseHandle(mapping);
}

TEST_F(Win32Process, AListChoosesWhatIsInherited) {
  HANDLE const chosen = inheritable_event(nullptr);
  HANDLE const other = inheritable_event(nullptr);
  for (HANDLE const tried : {chosen, other}) {
    SIZE_T size = 0;
    EXPECT_FALSE(InitializeProcThreadAttributeList(nullptr, 1, 0, &size));
    EXPECT_EQ(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    std::vector<char> memory(size);
    STARTUPINFOEXA startup{};
    startup.StartupInfo.cb = sizeof startup;
    startup.lpAttributeList = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory.data());
    ASSERT_TRUE(InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size));
    HANDLE list = chosen;
    ASSERT_TRUE(UpdateProcThreadAttribute(startup.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, &list,
                                          sizeof list, nullptr, nullptr));
    std::string line = "\"" + this_program() + "\" --play set " + number_of(tried);
    PROCESS_INFORMATION made{};
    ASSERT_TRUE(CreateProcessA(nullptr, line.data(), nullptr, nullptr, TRUE, EXTENDED_STARTUPINFO_PRESENT, nullptr,
                               nullptr, &startup.StartupInfo, &made));
    EXPECT_EQ(exit_code(made.hProcess), tried == chosen ? ERROR_SUCCESS : ERROR_INVALID_HANDLE);
    CloseHandle(made.hThread);
    CloseHandle(made.hProcess);
    DeleteProcThreadAttributeList(startup.lpAttributeList);
  }
  CloseHandle(chosen);
  CloseHandle(other);
}

// MX-03, L-05 and L-06 over an inherited unnamed mutex: its owner is terminated.
TEST_F(Win32Process, ATerminatedOwnersMutexIsAbandoned_MX03_L05) {
  SECURITY_ATTRIBUTES attributes{sizeof attributes, nullptr, TRUE};
  HANDLE const mutex = CreateMutexA(&attributes, FALSE, nullptr);
  HANDLE const owned = inheritable_event(nullptr);
  auto const made = start("hold " + number_of(mutex) + ' ' + number_of(owned), true);
  EXPECT_EQ(WaitForSingleObject(owned, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_TIMEOUT);
  EXPECT_TRUE(TerminateProcess(made.hProcess, 4711));
  EXPECT_EQ(exit_code(made.hProcess), 4711U);
  EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_ABANDONED);
  ReleaseMutex(mutex);
  for (HANDLE const handle : {mutex, owned, made.hProcess, made.hThread}) CloseHandle(handle);
}

// L-05: its names go with the process, and here also the files that they stood in.
TEST_F(Win32Process, ALeavingProcessLeavesNoNames_L05) {
  EXPECT_EQ(run("leave by-return"), 0U);
  EXPECT_EQ(root_.files(), std::vector<std::string>{});
  EXPECT_EQ(run("leave by-exit-process"), 0U);
  EXPECT_EQ(root_.files(), std::vector<std::string>{});
}

TEST_F(Win32Process, OneThatIsOpenedByItsNumberTellsItsWholeCode) {
  auto const made = start("exit 74565");
  HANDLE const opened = OpenProcess(PROCESS_ALL_ACCESS, FALSE, made.dwProcessId);
  ASSERT_NE(opened, nullptr);
  EXPECT_TRUE(CompareObjectHandles(opened, made.hProcess));
  EXPECT_TRUE(CloseHandle(made.hProcess));
  EXPECT_TRUE(CloseHandle(made.hThread));
  EXPECT_EQ(exit_code(opened), 74565U);
  CloseHandle(opened);
}

TEST_F(Win32Process, ArgumentsArriveAsTheyWereQuoted) {
  EXPECT_EQ(run("same \"a \\\"b\\\" c\\\\\" \"\""), 0U);
}

TEST_F(Win32Process, HasTheEnvironmentAndDirectoryItWasGiven) {
  std::array<char, 20> block{"ONLY=this\0OTHER=1\0"};
  auto made = start("environment", false, 0, block.data());
  EXPECT_EQ(exit_code(made.hProcess), 0U);
  CloseHandle(made.hThread);
  CloseHandle(made.hProcess);
  auto const directory = root_.path().string();
  made = start("directory " + directory, false, 0, nullptr, directory.c_str());
  EXPECT_EQ(exit_code(made.hProcess), 0U);
  CloseHandle(made.hThread);
  CloseHandle(made.hProcess);
}

TEST_F(Win32Process, CanBeginSuspended) {
  auto const made = start("exit 5", false, CREATE_SUSPENDED);
  EXPECT_EQ(WaitForSingleObject(made.hProcess, 1), WAIT_TIMEOUT);
  EXPECT_EQ(ResumeThread(made.hThread), 1U);
  EXPECT_EQ(exit_code(made.hProcess), 5U);
  EXPECT_EQ(ResumeThread(made.hThread), 0U);
  CloseHandle(made.hThread);
  CloseHandle(made.hProcess);
}

// The parent's last handle lets it begin, which must not touch the parent where it has been terminated.
TEST_F(Win32Process, CanBeTerminatedBeforeItBegins) {
  auto const made = start("exit 5", false, CREATE_SUSPENDED);
  EXPECT_TRUE(TerminateProcess(made.hProcess, 7));
  EXPECT_EQ(exit_code(made.hProcess), 7U);
  CloseHandle(made.hThread);
  CloseHandle(made.hProcess);
}

TEST_F(Win32Process, SaysWhyItCannotBegin) {
  struct row {
    char const* line;
    DWORD error;
  };
  for (row const& one :
       {row{"no_such_program with arguments", ERROR_FILE_NOT_FOUND},
        row{"C:\\no\\such\\program.exe", ERROR_PATH_NOT_FOUND},
        row{"/no/such/directory/program", ERROR_PATH_NOT_FOUND}, row{"/etc/passwd", ERROR_ACCESS_DENIED}}) {
    std::string line = one.line;
    STARTUPINFOA startup{};
    PROCESS_INFORMATION made{};
    EXPECT_FALSE(CreateProcessA(nullptr, line.data(), nullptr, nullptr, FALSE, 0, nullptr, nullptr, &startup, &made));
    EXPECT_EQ(GetLastError(), one.error) << one.line;
  }
  std::wstring line = L"true";
  STARTUPINFOW startup{};
  PROCESS_INFORMATION made{};
  EXPECT_FALSE(CreateProcessW(nullptr, line.data(), nullptr, nullptr, FALSE, 0, nullptr, L"/no/such/directory",
                              &startup, &made));
  EXPECT_EQ(GetLastError(), ERROR_DIRECTORY);
  EXPECT_TRUE(CreateProcessW(nullptr, line.data(), nullptr, nullptr, FALSE, 0, nullptr, nullptr, &startup, &made));
  EXPECT_EQ(exit_code(made.hProcess), 0U);
  CloseHandle(made.hThread);
  CloseHandle(made.hProcess);
}

TEST_F(Win32Process, Open) {
  EXPECT_EQ(OpenProcess(PROCESS_ALL_ACCESS, FALSE, 0), nullptr);
  EXPECT_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
  EXPECT_EQ(OpenProcess(SYNCHRONIZE, FALSE, 0x3FFFFFFF), nullptr);
  EXPECT_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
  HANDLE const self = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, GetCurrentProcessId());
  EXPECT_EQ(GetProcessId(self), GetCurrentProcessId());
  EXPECT_EQ(WaitForSingleObject(self, 0), WAIT_FAILED);
  EXPECT_EQ(GetLastError(), ERROR_ACCESS_DENIED);
  DWORD code = 0;
  EXPECT_TRUE(GetExitCodeProcess(GetCurrentProcess(), &code));
  EXPECT_EQ(code, STILL_ACTIVE);
  CloseHandle(self);
}

// H-10: handles to the current process and thread, again after the last one was closed.
TEST_F(Win32Process, ThisOneCanBeOpenedAgainAndAgain_H10) {
  HANDLE const self = GetCurrentProcess();
  for (int i = 0; i < 3; ++i) {
    HANDLE const opened = OpenProcess(PROCESS_ALL_ACCESS, FALSE, GetCurrentProcessId());
    EXPECT_TRUE(CloseHandle(opened)) << i;
    for (HANDLE const source : {self, GetCurrentThread()}) {
      HANDLE made = nullptr;
      EXPECT_TRUE(DuplicateHandle(self, source, self, &made, 0, FALSE, DUPLICATE_SAME_ACCESS)) << i;
      EXPECT_TRUE(CloseHandle(made)) << i;
    }
  }
}

TEST_F(Win32Process, StandardHandlesAreTheChilds) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  auto const path = "/proc/self/fd/" + std::to_string(pipe[1]);
  SECURITY_ATTRIBUTES attributes{sizeof attributes, nullptr, TRUE};
  HANDLE const out = CreateFileA(path.c_str(), GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &attributes,
                                 OPEN_EXISTING, 0, nullptr);
  ASSERT_NE(out, INVALID_HANDLE_VALUE);
  STARTUPINFOA startup{};
  startup.cb = sizeof startup;
  startup.dwFlags = STARTF_USESTDHANDLES;
  startup.hStdOutput = out;
  PROCESS_INFORMATION made{};
  std::string line = "echo \"to the pipe\"";
  ASSERT_TRUE(CreateProcessA(nullptr, line.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &startup, &made));
  std::array<char, 32> text{};
  EXPECT_EQ(::read(pipe[0], text.data(), text.size()), 12);
  EXPECT_STREQ(text.data(), "to the pipe\n");
  EXPECT_EQ(exit_code(made.hProcess), 0U);
  for (HANDLE const handle : {out, made.hProcess, made.hThread}) CloseHandle(handle);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_F(Win32Process, TheRunTimeLibrarysSpawn) {
  auto const program = this_program();
  EXPECT_EQ(_spawnl(_P_WAIT, program.c_str(), program.c_str(), "--play", "exit", "6", nullptr), 6);
  auto const process = _spawnl(_P_NOWAIT, program.c_str(), program.c_str(), "--play", "exit", "8", nullptr);
  int code = 0;
  EXPECT_EQ(_cwait(&code, process, 0), process);
  EXPECT_EQ(code, 8);
  EXPECT_EQ(_getpid(), ::getpid());
}

TEST(Win32CommandLine, SplitsByTheRunTimeLibrarysRules) {
  using coview::win32::split_command_line;
  using strings = std::vector<std::string>;
  EXPECT_EQ(split_command_line(""), strings{});
  EXPECT_EQ(split_command_line("a b\tc"), (strings{"a", "b", "c"}));
  EXPECT_EQ(split_command_line(R"("C:\Program Files\x.exe" y)"), (strings{R"(C:\Program Files\x.exe)", "y"}));
  EXPECT_EQ(split_command_line(R"(p a\\b d"e f"g h)"), (strings{"p", R"(a\\b)", "de fg", "h"}));
  EXPECT_EQ(split_command_line(R"(p a\\\"b c d)"), (strings{"p", R"(a\"b)", "c", "d"}));
  EXPECT_EQ(split_command_line(R"(p a\\\\"b c" d e)"), (strings{"p", R"(a\\b c)", "d", "e"}));
  EXPECT_EQ(split_command_line(R"(p "" x)"), (strings{"p", "", "x"}));
  EXPECT_EQ(split_command_line(R"(p "a""b" x)"), (strings{"p", R"(a"b)", "x"}));
  for (std::string const text :
       {"plain", "with blank", "quote\"d", "back\\slash", "end\\", "blank end\\", "\\\"", ""}) {
    EXPECT_EQ(split_command_line("p " + coview::win32::quote_argument(text)), (strings{"p", text})) << text;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2 && std::strcmp(argv[1], "--play") == 0) return play(std::vector<std::string>(argv + 2, argv + argc));
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
