// SPDX-License-Identifier: Apache-2.0
// coview demo and coview doctor, the first things that a newcomer runs.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <sstream>

#include <coview/mapping.hpp>

#include "program.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview_test {
namespace {

class Demo : public testing::Test {
 protected:
  scoped_root root_;
};

/// Directories too: the demo makes one of its own.
bool is_empty(scoped_root const& root) {
  return std::filesystem::is_empty(root.path());
}

TEST_F(Demo, EverythingIsAsPromisedAndNothingIsLeft) {
  auto const result = coview({"demo"});
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  EXPECT_NE(result.out.find("mapping::create(\"MySharedMem\", 4096)"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("Everything as promised"), std::string::npos) << result.out;
  EXPECT_EQ(result.err, "");
  EXPECT_TRUE(is_empty(root_));
}

/// Its last line is a command: what a shell makes of it shows the object.
TEST_F(Demo, ItsLastLineCanBeTyped) {
  start how;
  how.wrapper = {"/bin/bash", "-c", "out=$(\"$0\" demo) && last=${out##*Your turn: } && eval \"set -m; $last\""};
  auto const result = coview({}, how);
  EXPECT_NE(result.out.find("Board"), std::string::npos) << result.out << result.err;
}

TEST_F(Demo, TwoAtOnceAndAUsersOwnMySharedMemDoNotMeet) {
  auto const own = ::coview::mapping::create("MySharedMem", 64);
  own.map().data()[0] = std::byte{42};
  running first({"demo", "--json"});
  running second({"demo", "--json"});
  for (auto* const each : {&first, &second}) {
    auto const result = each->wait();
    EXPECT_EQ(result.status, 0) << result.err;
    auto const document = nlohmann::json::parse(result.out);
    EXPECT_EQ(document["schema"], "coview.demo/1");
    EXPECT_EQ(document["ok"], true);
    EXPECT_GE(document["promises"].size(), 9U);
    for (auto const* const figure : {"create", "open", "one_way"}) {
      EXPECT_GT(document["nanoseconds"][figure].get<double>(), 0) << figure;
    }
    // Where there is little room, it leaves that part out.
    bool const room = std::filesystem::space(std::filesystem::temp_directory_path()).available > (4ULL << 30U);
    for (auto const* const figure : {"copy_mapped", "copy_automatic"}) {
      EXPECT_TRUE(!room || document["nanoseconds"][figure].get<double>() > 0) << figure;
    }
  }
  EXPECT_EQ(own.map().data()[0], std::byte{42});
}

TEST_F(Demo, WorksForAnOrdinaryUser) {
  if (geteuid() != 0) GTEST_SKIP() << "this is an ordinary user: the other tests show it";
  chmod(root_.path().c_str(), 01777);
  start how;
  how.user = 4711;
  auto const result = coview({"demo"}, how);
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  EXPECT_TRUE(is_empty(root_));
}

TEST_F(Demo, InterruptedItLeavesNothing) {
  running demo({"demo"});
  while (demo.line().find("They talk") == std::string::npos) {
  }
  demo.signal(SIGINT);
  EXPECT_EQ(demo.wait().status, 128 + SIGINT);
  EXPECT_TRUE(is_empty(root_));
}

TEST_F(Demo, WhatAKilledOneLeftGoesWithTheNext) {
  running killed({"demo"});
  while (killed.line().find("They talk") == std::string::npos) {
  }
  killed.kill();
  EXPECT_FALSE(is_empty(root_));
  EXPECT_EQ(coview({"demo"}).status, 0);
  EXPECT_TRUE(is_empty(root_));
}

TEST_F(Demo, FitsIntoEightyColumns) {
  at_terminal demo({"demo"}, {"TERM=dumb"});
  EXPECT_EQ(demo.wait(), 0) << demo.text();
  std::istringstream text(demo.text());
  for (std::string line; std::getline(text, line);) {
    auto const columns = std::count_if(line.begin(), line.end(), [](unsigned char c) { return (c & 0xc0) != 0x80; });
    EXPECT_LE(columns, 80 + 1) << line;  // and the carriage return
  }
}

TEST_F(Demo, SaysWhereItCannotWork) {
  start how;
  how.environment = {"COVIEW_ROOT=/nowhere"};
  auto const result = coview({"demo"}, how);
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("/nowhere"), std::string::npos) << result.err;
}

TEST_F(Demo, DoctorChecksThisMachine) {
  auto const document = coview_json({"doctor", "--json"});
  EXPECT_EQ(document["schema"], "coview.doctor/1");
  EXPECT_EQ(document["ok"], true);
  std::vector<std::string> names;
  for (auto const& each : document["checks"]) {
    names.push_back(each["name"]);
    EXPECT_NE(each["status"], "problem") << each;
    EXPECT_FALSE(each["value"].get<std::string>().empty()) << each;
    EXPECT_FALSE(each["meaning"].get<std::string>().empty()) << each;
  }
  std::vector<std::string> const expected = {
      "kernel",    "system calls",  "sharing",   "mutexes",     "directory", "global names", "space",
      "own names", "leftovers",     "RemoveIPC", "descriptors", "file size", "memory limit", "umask",
      "views",     "wait for many", "inotify",   "huge pages",  "/proc",     "processes"};
  EXPECT_EQ(names, expected);
}

nlohmann::json finding(nlohmann::json const& document, std::string const& name) {
  for (auto const& each : document["checks"]) {
    if (each["name"] == name) return each;
  }
  return {};
}

TEST_F(Demo, DoctorFindsProblemsAndSaysWhatToDo) {
  start how;
  how.environment = {"COVIEW_ROOT=/nowhere"};
  auto const result = coview({"doctor", "--json"}, how);
  EXPECT_EQ(result.status, 1);
  auto const document = nlohmann::json::parse(result.out);
  EXPECT_EQ(document["ok"], false);
  EXPECT_EQ(finding(document, "directory")["status"], "problem");
  EXPECT_EQ(finding(document, "sharing")["status"], "problem");
  EXPECT_TRUE(finding(document, "directory")["remedy"].is_string());
  // No limit is to blame for a directory that is not there.
  EXPECT_TRUE(finding(document, "inotify")["remedy"].is_null());
  auto const text = coview({"doctor"}, how);
  EXPECT_EQ(text.status, 1);
  EXPECT_NE(text.out.find("problem  directory"), std::string::npos) << text.out;
}

TEST_F(Demo, DoctorWarnsOfLowLimits) {
  start how;
  how.wrapper = {"/bin/sh", "-c", "ulimit -n 256; ulimit -f 1000; umask 0300; exec \"$@\"", "sh"};
  auto const result = coview({"doctor", "--json"}, how);
  EXPECT_EQ(result.status, 0) << result.out;
  auto const document = nlohmann::json::parse(result.out);
  EXPECT_EQ(finding(document, "descriptors")["status"], "warning");
  EXPECT_EQ(finding(document, "file size")["status"], "warning");
  EXPECT_EQ(finding(document, "umask")["status"], "warning");
  EXPECT_EQ(finding(document, "umask")["value"], "0300");
}

TEST_F(Demo, DoctorSaysWhereOthersMayRemoveOnesFiles) {
  chmod(root_.path().c_str(), 0777);
  auto const result = coview({"doctor", "--json"});
  EXPECT_EQ(result.status, 1);
  auto const document = nlohmann::json::parse(result.out);
  for (std::string const check : {"own names", "global names"}) {
    EXPECT_NE(finding(document, check)["status"], "ok") << check;
    EXPECT_NE(finding(document, check)["remedy"].get<std::string>().find("chmod +t"), std::string::npos) << check;
  }
  chmod(root_.path().c_str(), 0700);
}

/// As old container profiles do it.
bool refuse(std::uint32_t call, std::uint32_t error) {
  std::array<sock_filter, 4> filter{{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
                                     BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
                                     BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}};
  sock_fprog const program{filter.size(), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST_F(Demo, DoctorSaysWhatRefusesToWaitForMany) {
  for (int const error : {ENOSYS, EPERM, EINTR}) {
    child const sandboxed([&](parent_link const& parent) {
      if (!refuse(SYS_futex_waitv, static_cast<std::uint32_t>(error))) return parent.say("no filter here");
      auto const check = finding(nlohmann::json::parse(coview({"doctor", "--json"}).out), "wait for many");
      bool const told = check["value"].get<std::string>().find("futex_waitv: ") == 0 && check["remedy"].is_string();
      parent.say(check["status"] == "warning" && told ? "told" : check.dump());
    });
    auto const heard = sandboxed.hear();
    if (heard == "no filter here") GTEST_SKIP() << heard;
    EXPECT_EQ(heard, "told") << error;
  }
}

TEST_F(Demo, DoctorNamesTheCallThatIsRefused) {
  struct refusal {
    std::uint32_t call;
    std::string name;
    std::string fails;
  };
  for (auto const& one : {refusal{SYS_flock, "flock", "sharing"}, refusal{SYS_fallocate, "fallocate", "sharing"},
                          refusal{SYS_get_robust_list, "get_robust_list", "mutexes"},
                          refusal{SYS_set_robust_list, "set_robust_list", "mutexes"}}) {
    child const sandboxed([&](parent_link const& parent) {
      if (!refuse(one.call, EPERM)) return parent.say("no filter here");
      auto const result = coview({"doctor", "--json"});
      auto const told = nlohmann::json::parse(result.out);
      auto const calls = finding(told, "system calls");
      auto const fails = finding(told, one.fails);
      bool const named = calls["status"] == "problem" && contains(calls["value"].get<std::string>(), one.name) &&
                         contains(calls["remedy"].get<std::string>(), "seccomp");
      bool const known = fails["status"] == "problem" && fails["remedy"] == "see the other problems";
      parent.say(result.status == 1 && named && known ? "told" : calls.dump() + fails.dump());
    });
    auto const heard = sandboxed.hear();
    if (heard == "no filter here") GTEST_SKIP() << heard;
    EXPECT_EQ(heard, "told") << one.name;
    EXPECT_TRUE(root_.files().empty()) << one.name;  // what it began
  }
}

TEST_F(Demo, AMutexSaysWhichCallIsRefused) {
  for (int const call : {SYS_get_robust_list, SYS_set_robust_list}) {
    child const sandboxed([&](parent_link const& parent) {
      if (!refuse(static_cast<std::uint32_t>(call), EPERM)) return parent.say("no filter here");
      auto const said = coview({"lock", "M", "--", "true"}).err;
      bool const named = contains(
          said, call == SYS_get_robust_list ? "get_robust_list is refused here" : "set_robust_list is refused here");
      parent.say(named && !contains(said, "glibc") ? "named" : said);
    });
    auto const heard = sandboxed.hear();
    if (heard == "no filter here") GTEST_SKIP() << heard;
    EXPECT_EQ(heard, "named");
  }
}

TEST_F(Demo, DoctorSaysThatNothingCanBeMadeWhereOnlyReadingIs) {
  NEEDS_ROOT();
  scoped_tmpfs const memory(root_.path(), "size=1m,mode=1777");
  ASSERT_TRUE(memory.ok());
  ASSERT_TRUE(memory.make_read_only());
  auto const told = nlohmann::json::parse(coview({"doctor", "--json"}).out);
  EXPECT_EQ(finding(told, "global names")["status"], "problem") << told;
  EXPECT_EQ(finding(told, "global names")["value"], "not possible") << told;
}

TEST_F(Demo, DoctorGivesLeftoversBack) {
  holding held("Dead");
  held.kill();
  auto const leftovers = finding(coview_json({"doctor", "--json"}), "leftovers");
  EXPECT_EQ(leftovers["status"], "ok");
  EXPECT_TRUE(leftovers["value"].get<std::string>().starts_with("1, ") || leftovers["value"] == "none") << leftovers;
  EXPECT_TRUE(root_.files().empty());
}

}  // namespace
}  // namespace coview_test
