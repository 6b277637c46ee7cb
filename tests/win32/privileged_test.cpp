// SPDX-License-Identifier: Apache-2.0
// Processes that may more than whoever started them, or than others of their user: nobody gets their handles, and
// they run and load nothing that the current directory offers.
#include <dlfcn.h>
#include <grp.h>
#include <linux/capability.h>
#include <math.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include <coview/win32/windows.h>

#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"
#include "win32/core/handles/descriptor_facts.hpp"
#include "win32/core/handles/handle_server.hpp"
#include "win32_support.hpp"

namespace {

using coview::win32::handle_server_runs;
using coview_test::alice;
using coview_test::child;
using coview_test::parent_link;
using coview_test::scoped_handle;

/// Other IDs of its own, as a set-user-ID program has them.
bool run_with_root_for(uid_t user) {
  return ::setresuid(user, 0, 0) == 0;
}

/// The user's, with these of root's capabilities, and as open to him as a program that was started so.
bool become(uid_t user, std::uint32_t capabilities) {
  ::__user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<::__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  sets[0].effective = sets[0].permitted = capabilities;
  return ::prctl(PR_SET_KEEPCAPS, 1) == 0 && ::setgroups(0, nullptr) == 0 && ::setresgid(user, user, user) == 0 &&
         ::setresuid(user, user, user) == 0 && ::syscall(SYS_capset, &header, sets.data()) == 0 &&
         ::prctl(PR_SET_DUMPABLE, 1) == 0;
}

char const* has_server() {
  GetCurrentProcessId();
  return handle_server_runs() ? "server" : "none";
}

/// What DuplicateHandle of another process's handle says: 0, or the error.
DWORD taken_from(DWORD process, std::string const& handle) {
  scoped_handle const source(OpenProcess(PROCESS_DUP_HANDLE, FALSE, process));
  if (source.get() == nullptr) return GetLastError();
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a handle is a number
  auto* const theirs = reinterpret_cast<HANDLE>(static_cast<std::uintptr_t>(std::stoull(handle)));
  HANDLE mine = nullptr;
  bool const done =
      DuplicateHandle(source, theirs, GetCurrentProcess(), &mine, 0, FALSE, DUPLICATE_SAME_ACCESS) != FALSE;
  DWORD const code = done ? 0 : GetLastError();
  if (done) CloseHandle(mine);
  return code;
}

std::string number_of(HANDLE handle) {
  return std::to_string(reinterpret_cast<std::uintptr_t>(handle));
}

class Win32Privileged : public testing::Test {
 protected:
  Win32Privileged() : root_(01777) {}
  coview_test::scoped_root root_;
};

TEST_F(Win32Privileged, HasNoHandleServer_H08) {
  NEEDS_ROOT();
  child const whole([](parent_link const& parent) { parent.say(has_server()); });
  EXPECT_EQ(whole.hear(), "server");
  child const set_user_id(
      [](parent_link const& parent) { parent.say(run_with_root_for(alice) ? has_server() : "IDs"); });
  EXPECT_EQ(set_user_id.hear(), "none");
  child const shut([](parent_link const& parent) {
    ::prctl(PR_SET_DUMPABLE, 0);
    parent.say(has_server());
  });
  EXPECT_EQ(shut.hear(), "none");
}

TEST_F(Win32Privileged, HasNoHandleServerWithCapabilitiesThatItsUserLacks_H08) {
  NEEDS_ROOT();
  for (auto const capabilities : {0U, 1U << CAP_DAC_READ_SEARCH, 1U << CAP_NET_BIND_SERVICE}) {
    child const process(
        [=](parent_link const& parent) { parent.say(become(alice, capabilities) ? has_server() : "capabilities"); });
    EXPECT_EQ(process.hear(), capabilities == 0 ? "server" : "none") << capabilities;
  }
}

TEST_F(Win32Privileged, ServesNobodyOnceItBecomesSo_H08) {
  NEEDS_ROOT();
  child const owner([](parent_link const& parent) {
    scoped_handle const event(CreateEventA(nullptr, TRUE, FALSE, nullptr));
    parent.say(has_server());
    parent.say(number_of(event));
    for (;;) {
      auto const order = parent.hear();
      if (order.empty()) return;
      parent.say(::prctl(PR_SET_DUMPABLE, order == "shut" ? 0 : 1) == 0 ? "done" : "prctl");
    }
  });
  ASSERT_EQ(owner.hear(), "server");
  auto const handle = owner.hear();
  auto const id = static_cast<DWORD>(owner.pid());
  EXPECT_EQ(taken_from(id, handle), 0U);
  owner.say("shut");
  ASSERT_EQ(owner.hear(), "done");
  EXPECT_EQ(taken_from(id, handle), DWORD{ERROR_ACCESS_DENIED});
  owner.say("open");
  ASSERT_EQ(owner.hear(), "done");
  EXPECT_EQ(taken_from(id, handle), 0U);
}

TEST_F(Win32Privileged, CannotBeAskedByItsUser_H08) {
  NEEDS_ROOT();
  child const owner([](parent_link const& parent) {
    if (!become(alice, 0) || ::prctl(PR_SET_DUMPABLE, 0) != 0) return parent.say("capabilities");
    scoped_handle const event(CreateEventA(nullptr, TRUE, FALSE, nullptr));
    parent.say(number_of(event));
    (void)parent.hear();
  });
  auto const handle = owner.hear();
  auto const id = static_cast<DWORD>(owner.pid());
  child const other(alice, [&](parent_link const& parent) { parent.say(std::to_string(taken_from(id, handle))); });
  EXPECT_EQ(other.hear(), std::to_string(ERROR_ACCESS_DENIED));
}

TEST_F(Win32Privileged, LetsNobodyElseIntoItsNamedPipes) {
  NEEDS_ROOT();
  static constexpr char const* name = R"(\\.\pipe\shut)";
  auto const code_of_opening = [] {
    scoped_handle const pipe(CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, 0, nullptr));
    return std::to_string(pipe.get() != INVALID_HANDLE_VALUE ? 0 : GetLastError());
  };
  child const owner([&](parent_link const& parent) {
    if (!become(alice, 0) || ::prctl(PR_SET_DUMPABLE, 0) != 0) return parent.say("capabilities");
    scoped_handle const pipe(CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX, 0, 1, 0, 0, 0, nullptr));
    parent.say(pipe.get() != INVALID_HANDLE_VALUE ? "made" : std::to_string(GetLastError()));
    (void)parent.hear();
    parent.say(code_of_opening());
  });
  ASSERT_EQ(owner.hear(), "made");
  child const other(alice, [&](parent_link const& parent) { parent.say(code_of_opening()); });
  EXPECT_EQ(other.hear(), std::to_string(ERROR_ACCESS_DENIED));
  owner.say("go on");
  EXPECT_EQ(owner.hear(), "0");
}

/// The socket is bound under a name for a moment; nobody may know it before.
TEST_F(Win32Privileged, NobodyCanGuessWhatAServersSocketIsCalled_H08) {
  constexpr std::size_t digits = 32;
  auto const name = [] {
    auto const made = coview::win32::make_server_socket(coview::win32::server_for::this_process);
    auto target = coview::win32::target_of(made.address.get());
    constexpr std::string_view removed = " (deleted)";
    EXPECT_TRUE(target.ends_with(removed)) << target;
    target.resize(target.size() - removed.size());
    return target.substr(target.rfind('.') + 1);
  };
  auto const one = name();
  EXPECT_EQ(one.size(), digits);
  EXPECT_EQ(one.find_first_not_of("0123456789abcdef"), std::string::npos) << one;
  EXPECT_NE(one, name());
}

/// A directory of somebody's, with a program and a library in it.
class Win32CurrentDirectory : public Win32Privileged {
 protected:
  Win32CurrentDirectory() : place_(root_.path() / "offered") {
    std::filesystem::create_directory(place_);
    std::ofstream(place_ / "helper") << "#!/bin/sh\nexit 7\n";
    std::filesystem::permissions(place_ / "helper", std::filesystem::perms(0755));
    Dl_info found{};
    if (::dladdr(reinterpret_cast<void*>(static_cast<double (*)(double)>(&::cbrt)), &found) != 0)
      std::filesystem::copy_file(found.dli_fname, place_ / "plugin.so");
  }

  static std::string started(char const* application, std::string line) {
    STARTUPINFOA startup{};
    startup.cb = sizeof startup;
    PROCESS_INFORMATION made{};
    if (CreateProcessA(application, application != nullptr ? nullptr : line.data(), nullptr, nullptr, FALSE, 0,
                       nullptr, nullptr, &startup, &made) == FALSE)
      return std::to_string(GetLastError());
    scoped_handle const process(made.hProcess);
    scoped_handle const thread(made.hThread);
    DWORD code = 0;
    WaitForSingleObject(process, INFINITE);
    GetExitCodeProcess(process, &code);
    return code == 7 ? "ran" : "ran, and ended otherwise";
  }
  static std::string loaded(char const* name) {
    auto* const found = LoadLibraryA(name);
    if (found == nullptr) return std::to_string(GetLastError());
    FreeLibrary(found);
    return "loaded";
  }
  static std::string searched(char const* name) {
    std::array<char, MAX_PATH> path{};
    return SearchPathA(nullptr, name, nullptr, MAX_PATH, path.data(), nullptr) != 0 ? "found"
                                                                                    : std::to_string(GetLastError());
  }

  /// What all ways to name what stands there come to.
  [[nodiscard]] std::vector<std::string> outcomes() const {
    std::filesystem::current_path(place_);
    auto const nested = "..\\offered\\";
    return {started(nullptr, "helper --check"),
            started(nullptr, "\"helper\" --check"),
            started(nullptr, std::string(nested) + "helper"),
            started("helper", {}),
            started(".\\helper.exe", {}),
            searched("helper"),
            loaded("plugin.dll"),
            loaded("plugin.so"),
            loaded(".\\plugin.dll"),
            SetDllDirectoryA(".") != FALSE ? loaded("plugin") : "no directory"};
  }
  static void say_all(parent_link const& parent, std::vector<std::string> const& all) {
    for (auto const& one : all) parent.say(one);
  }

  static constexpr std::size_t programs = 5;
  static constexpr std::size_t ways = 10;
  std::filesystem::path place_;
};

TEST_F(Win32CurrentDirectory, IsSearchedByOrdinaryPrograms) {
  child const ordinary([&](parent_link const& parent) { say_all(parent, outcomes()); });
  for (std::size_t i = 0; i < ways; ++i)
    EXPECT_EQ(ordinary.hear(), i < programs ? "ran" : i == programs ? "found" : "loaded") << i;
}

TEST_F(Win32CurrentDirectory, IsNotSearchedByPrivilegedOnes) {
  NEEDS_ROOT();
  child const privileged([&](parent_link const& parent) {
    if (!run_with_root_for(alice)) return parent.say("IDs");
    say_all(parent, outcomes());
    // What it names itself, from the root, is not whoever started it chose.
    parent.say(started(nullptr, (place_ / "helper").string()));
    parent.say(loaded((place_ / "plugin.dll").c_str()));
  });
  for (std::size_t i = 0; i < ways; ++i) {
    bool const program = i <= programs;
    EXPECT_EQ(privileged.hear(), std::to_string(program ? ERROR_FILE_NOT_FOUND : ERROR_MOD_NOT_FOUND)) << i;
  }
  EXPECT_EQ(privileged.hear(), "ran");
  EXPECT_EQ(privileged.hear(), "loaded");
}

}  // namespace
