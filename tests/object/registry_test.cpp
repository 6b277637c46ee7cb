// SPDX-License-Identifier: Apache-2.0
// list, stat, holders, remove and reclaim.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "support/expect_error.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"
#include "support/stepper.hpp"

namespace coview {
namespace {

using coview_test::child;
using coview_test::parent_link;

class Registry : public testing::Test {
 protected:
  /// Leaves `count` objects behind, as a killed process does.
  static void leave_stale(int count) {
    child dead([count](parent_link const& parent) {
      std::vector<mapping> held;
      for (int i = 0; i < count; ++i) held.push_back(mapping::create("stale" + std::to_string(i), 5000));
      parent.say("held");
      (void)parent.hear();
    });
    EXPECT_EQ(dead.hear(), "held");
    dead.kill();
  }
  coview_test::scoped_root root_;
};

TEST_F(Registry, ListsWhatExistsByName) {
  EXPECT_TRUE(list().empty());
  auto const b = mapping::create("b", 5000, {.mode = 0640});
  auto const a = mapping::create("a", 1);
  auto const g = mapping::create("Global\\g", 1);
  auto const all = list();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].name, "Global\\g");
  EXPECT_EQ(all[0].scope, name_scope::global);
  EXPECT_EQ(all[1].name, "a");
  auto const& info = all[2];
  EXPECT_EQ(info.name, "b");
  EXPECT_EQ(info.kind, object_kind::mapping);
  EXPECT_EQ(info.scope, name_scope::local);
  EXPECT_EQ(info.state, object_state::held);
  EXPECT_EQ(info.size, 5000U);
  EXPECT_EQ(info.resident, 3 * 4096U);  // header, and two pages of payload
  EXPECT_EQ(info.handles, 1U);
  EXPECT_EQ(info.owner, ::geteuid());
  EXPECT_EQ(info.mode, 0640U);
  EXPECT_EQ(info.creator, ::getpid());
  EXPECT_FALSE(info.permanent);
  auto const age = std::chrono::system_clock::now() - info.created;
  EXPECT_GE(age, std::chrono::seconds(0));
  EXPECT_LT(age, std::chrono::hours(1));
  EXPECT_TRUE(std::filesystem::exists(info.file));
}

TEST_F(Registry, LooksIntoTheDirectoryThatThereIsNow) {
  (void)mapping::create("x", 1);  // this process remembers the directory of local names
  child const other([](parent_link const& parent) {
    (void)reclaim();  // which is removed, as it is empty, and made anew
    auto const held = mapping::create("y", 100);
    parent.say("made");
    (void)parent.hear();
  });
  ASSERT_EQ(other.hear(), "made");
  auto const all = list();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].name, "y");
  EXPECT_EQ(coview::stat("y").size, 100U);
  (void)reclaim();
  EXPECT_EQ(list().size(), 1U);
}

TEST_F(Registry, StatFindsWhatIsInANewDirectory) {
  (void)mapping::create("x", 1);
  child const other([](parent_link const& parent) {
    (void)reclaim();
    auto const held = mapping::create("y", 100);
    parent.say("made");
    (void)parent.hear();
  });
  ASSERT_EQ(other.hear(), "made");
  EXPECT_EQ(coview::stat("y").size, 100U);
}

TEST_F(Registry, CountsHandlesInAllProcesses) {
  auto const first = mapping::create("x", 1);
  auto const second = mapping::open("x", access::read_only);
  child const other([](parent_link const& parent) {
    auto const third = mapping::open("x");
    parent.say("opened");
    (void)parent.hear();
  });
  ASSERT_EQ(other.hear(), "opened");
  EXPECT_EQ(stat("x").handles, 3U);
  auto const who = holders("x");
  ASSERT_EQ(who.size(), 2U);
  EXPECT_TRUE(std::any_of(who.begin(), who.end(), [](auto const& h) { return h.pid == ::getpid(); }));
  EXPECT_TRUE(std::any_of(who.begin(), who.end(), [&](auto const& h) { return h.pid == other.pid(); }));
  EXPECT_NE(who[0].command.find("object_test"), std::string::npos);
  EXPECT_EQ(who[0].user, ::geteuid());
}

TEST_F(Registry, NamesOfEveryKindComeBack_NM11_NM14_NM17) {
  std::string longest;
  for (int i = 0; i < 32766; ++i) longest += "€";
  for (auto const& name :
       {std::string("a/b"), std::string(".."), std::string("\n\x1b[31m"), std::string("\xED\xA0\x80"), longest,
        std::string(2000, 'n'), std::string("Global\\") + std::string(1000, 'g')}) {
    auto const memory = mapping::create(name, 10);
    memory.map().bytes()[9] = std::byte{1};
    EXPECT_EQ(stat(name).name, name);
    EXPECT_EQ(mapping::open(name).map().bytes()[9], std::byte{1});
    EXPECT_ERROR(std::errc::file_exists, "taken", (void)mapping::create(name, 10));
  }
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(Registry, StatOfNothing) {
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "nobody holds it", (void)stat("x"));
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "nobody holds it", (void)holders("x"));
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "nobody holds it", (void)remove("x"));
  EXPECT_ERROR(std::errc::invalid_argument, "backslash", (void)stat("a\\b"));
}

TEST_F(Registry, AFileMappingTellsItsFile) {
  auto const path = root_.path() / "data.bin";
  auto const memory = mapping::file(path, access::read_write, {.size = 1000, .name = "Data"});
  auto const info = stat("Data");
  EXPECT_EQ(info.target, path.string());
  EXPECT_EQ(info.size, 1000U);
}

TEST_F(Registry, ReclaimGivesBackWhatTheDeadLeft) {
  auto const kept = mapping::create("kept", 1);
  leave_stale(100);
  EXPECT_EQ(root_.files().size(), 101U);
  auto const given_back = reclaim();
  EXPECT_EQ(given_back.objects, 100U);
  EXPECT_EQ(given_back.bytes, 100U * 3 * 4096);
  EXPECT_EQ(root_.files().size(), 1U);
  EXPECT_TRUE(kept.still_named());
}

TEST_F(Registry, ReclaimOfAnEmptyDirectoryRemovesIt) {
  leave_stale(1);
  EXPECT_EQ(reclaim().objects, 1U);
  EXPECT_FALSE(std::filesystem::exists(root_.local()));
  EXPECT_TRUE(mapping::create("x", 1));
}

TEST_F(Registry, ListGivesBackABoundedNumberInPassing) {
  leave_stale(100);
  EXPECT_TRUE(list().empty());
  EXPECT_EQ(root_.files().size(), 36U);
  EXPECT_TRUE(list().empty());
  EXPECT_EQ(root_.files().size(), 0U);
}

TEST_F(Registry, WhatIsNotOursIsLeftAlone) {
  leave_stale(1);
  std::ofstream(root_.local() / "notes.txt") << "mine";
  std::ofstream(root_.path() / "coview-global-notes") << "mine";
  (void)list();
  EXPECT_EQ(reclaim().objects, 0U);
  EXPECT_EQ(root_.files().size(), 2U);
}

TEST_F(Registry, AFileThatCannotBeLookedAtEndsNoList) {
  if (auto const why = coview_test::tracing_refused(); !why.empty()) GTEST_SKIP() << why;
  auto const first = mapping::create("a", 1);
  auto const second = mapping::create("Global\\b", 1);
  auto const body = [] {
    (void)list();  // finds the directories
    coview_test::begin_counting();
    int count = -1;
    try {
      count = static_cast<int>(list().size());
    } catch (error const&) {
      count = 99;
    }
    coview_test::end_counting();
    return count;
  };
  auto const undisturbed = coview_test::run_traced(body);
  ASSERT_EQ(undisturbed.status, 2);
  int looks = 0;
  for (std::size_t i = 0; i < undisturbed.calls.size(); ++i) {
    auto const call = undisturbed.calls[i].number;
    if (call != SYS_newfstatat && call != SYS_fstat && call != SYS_fcntl && call != SYS_pread64) continue;
    ++looks;
    for (int const failure : {EIO, ENOMEM, EACCES}) {
      auto const seen = coview_test::run_traced(
          body, {.what = coview_test::interference::kind::fail, .at = i, .error = failure, .expected_call = call});
      EXPECT_EQ(seen.how, coview_test::traced_run::ending::exited);
      EXPECT_EQ(seen.status, 2) << coview_test::name_of_call(call) << " at " << i << ", errno " << failure;
    }
  }
  EXPECT_GE(looks, 4);
}

TEST_F(Registry, WhoCannotLookForWantOfDescriptorsSaysSo) {
  auto const held = mapping::create("x", 1);
  child const poor([](parent_link const& parent) {
    (void)stat("x");  // finds the directory
    int refused = 0;
    bool found = false;
    bool true_answers = true;
    for (rlim_t limit = 0; limit < 64 && !found; ++limit) {
      ::rlimit const few{limit, 64};
      if (::setrlimit(RLIMIT_NOFILE, &few) != 0) break;
      try {
        auto const seen = find_holders("x");
        found = !seen.processes.empty();
        true_answers = true_answers && found && seen.complete;
      } catch (error const& e) {
        ++refused;
        bool const named = std::string(e.what()).find("ulimit -n") != std::string::npos;
        true_answers = true_answers && named && e.code() == std::errc::too_many_files_open;
      }
    }
    ::rlimit const enough{64, 64};
    (void)::setrlimit(RLIMIT_NOFILE, &enough);
    parent.say(refused > 3 && found && true_answers ? "true" : std::to_string(refused) + " refused");
  });
  EXPECT_EQ(poor.hear(), "true");
}

TEST_F(Registry, WithoutProcTheRestWorks) {
  NEEDS_ROOT();
  child const blind([](parent_link const& parent) {
    // Under an empty directory, for this process alone; also where the root of the file system is no mount of its
    // own.
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/proc", "", MS_PRIVATE, "") != 0 ||
        ::mount("coview-test", "/proc", "tmpfs", MS_RDONLY, "size=4k") != 0) {
      parent.say("cannot hide /proc");
      return;
    }
    auto memory = mapping::create("x", std::uint64_t{65} << 20U);
    bool const listed = list().size() == 1 && !list()[0].handles;
    bool told = false;
    try {
      (void)holders("x");
    } catch (error const& e) {
      told = e.code() == std::errc::function_not_supported &&
             std::string(e.what()).find("mount it") != std::string::npos;
    }
    bool const loose = memory.map(access::read_write, 0, 1, {.keeps_name = false}).size() == 1;
    memory.close();
    parent.say(listed && told && loose && !mapping::try_open("x") ? "works" : "does not");
  });
  EXPECT_EQ(blind.hear(), "works");
}

}  // namespace
}  // namespace coview
