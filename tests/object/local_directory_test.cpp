// SPDX-License-Identifier: Apache-2.0
// This user's directory of local names, beside whatever others put into the root.
#include "object/local_directory.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <gtest/gtest.h>

#include <coview/event.hpp>
#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "os/file.hpp"
#include "os/lock.hpp"
#include "support/expect_error.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"
#include "support/stepper.hpp"

namespace coview {
namespace {

using coview_test::alice;
using coview_test::child;
using coview_test::parent_link;

constexpr uid_t victim = 2000;

class LocalDirectory : public testing::Test {
 protected:
  LocalDirectory() : root_(01777) {}

  /// Says where its object is, then waits.
  static child::body creator(char const* name = "x") {
    return [name](parent_link const& parent) {
      try {
        auto const memory = mapping::create(name, 4096);
        parent.say(stat(name).file);
        (void)parent.hear();
      } catch (error const& e) {
        parent.say(e.what());
      }
    };
  }
  static child::body opener(char const* name = "x") {
    return [name](parent_link const& parent) { parent.say(mapping::try_open(name) ? "opened" : "not found"); };
  }
  static std::string said(uid_t user, child::body const& body) { return child(user, body).hear(); }

  [[nodiscard]] std::filesystem::path usual() const { return root_.path() / local_directory_name(victim); }
  void squat() const {
    ASSERT_EQ(::mkdir(usual().c_str(), 0777), 0);
    ASSERT_EQ(::chown(usual().c_str(), alice, alice), 0);
  }
  [[nodiscard]] std::size_t directories_of_the_victim() const {
    std::size_t found = 0;
    for (auto const& entry : std::filesystem::directory_iterator(root_.path())) {
      struct ::stat status {};
      ::lstat(entry.path().c_str(), &status);
      found += S_ISDIR(status.st_mode) && status.st_uid == victim ? 1 : 0;
    }
    return found;
  }

  coview_test::scoped_root root_;
};

TEST_F(LocalDirectory, IsAnotherWhereTheNameIsTaken) {
  NEEDS_ROOT();
  squat();
  for (mode_t const mode : {mode_t{0777}, mode_t{0700}, mode_t{0}}) {
    ASSERT_EQ(::chmod(usual().c_str(), mode), 0);
    child const holder(victim, creator());
    auto const file = holder.hear();
    EXPECT_NE(file.find("/coview-2000."), std::string::npos) << file;
    EXPECT_EQ(said(victim, opener()), "opened");
    EXPECT_EQ(said(victim, creator()).find("cannot create"), 0U);
  }
  EXPECT_EQ(directories_of_the_victim(), 1U);
}

TEST_F(LocalDirectory, IsAnotherWhereSomethingElseHasTheName) {
  NEEDS_ROOT();
  std::filesystem::create_symlink("/tmp", usual());
  EXPECT_NE(said(victim, creator()).find("/coview-2000."), std::string::npos);
  std::filesystem::remove(usual());
  ASSERT_EQ(::mkfifo(usual().c_str(), 0666), 0);
  EXPECT_NE(said(victim, creator()).find("/coview-2000."), std::string::npos);
  EXPECT_EQ(directories_of_the_victim(), 1U);
}

TEST_F(LocalDirectory, StaysTheSameWhenTheOtherOneGoes) {
  NEEDS_ROOT();
  squat();
  child const holder(victim, creator());
  auto const file = holder.hear();
  std::filesystem::remove(usual());
  EXPECT_EQ(said(victim, opener()), "opened");
  child const second(victim, creator("y"));
  EXPECT_EQ(std::filesystem::path(second.hear()).parent_path(), std::filesystem::path(file).parent_path());
  squat();
  EXPECT_EQ(said(victim, opener()), "opened");
}

TEST_F(LocalDirectory, CannotBeTakenInAdvance) {  // names of the same form that belong to somebody else
  NEEDS_ROOT();
  squat();
  for (char const* digits : {".0000000000000000", ".0000000000000001", ".ffffffffffffffff"}) {
    auto const decoy = usual().string() + digits;
    ASSERT_EQ(::mkdir(decoy.c_str(), 0777), 0);
    ASSERT_EQ(::chown(decoy.c_str(), alice, alice), 0);
  }
  child const holder(victim, creator());
  EXPECT_NE(holder.hear().find("/coview-2000."), std::string::npos);
  EXPECT_EQ(said(victim, opener()), "opened");
  EXPECT_EQ(directories_of_the_victim(), 1U);
}

TEST_F(LocalDirectory, IsMadeThoughAStrangerLocksTheRoot) {
  NEEDS_ROOT();
  squat();
  child const stubborn(alice, [&](parent_link const& parent) {
    auto const directory = std::move(*os::open(root_.path().c_str(), O_RDONLY | O_DIRECTORY));
    (void)os::try_sweep(directory.get());
    parent.say("locked");
    (void)parent.hear();
  });
  ASSERT_EQ(stubborn.hear(), "locked");
  child const holder(victim, creator());
  EXPECT_NE(holder.hear().find("/coview-2000."), std::string::npos);
  EXPECT_EQ(said(victim, opener()), "opened");
}

TEST_F(LocalDirectory, IsOneForManyThatComeAtOnce) {
  NEEDS_ROOT();
  squat();
  constexpr int crowd = 8;
  std::vector<std::unique_ptr<child>> all;
  for (int i = 0; i < crowd; ++i) {
    all.push_back(std::make_unique<child>(victim, [i](parent_link const& parent) {
      (void)parent.hear();
      try {
        auto const memory = mapping::create("x" + std::to_string(i), 4096);
        parent.say("created");
        (void)parent.hear();
      } catch (error const& e) {
        parent.say(e.what());
      }
    }));
  }
  for (auto const& one : all) one->say("go");
  for (auto const& one : all) EXPECT_EQ(one->hear(), "created");
  EXPECT_EQ(directories_of_the_victim(), 1U);
}

TEST_F(LocalDirectory, IsGivenBackToAnOwnerWithoutRights) {  // a umask, and a kill between mkdir and chmod
  NEEDS_ROOT();
  ASSERT_EQ(::mkdir(usual().c_str(), 0), 0);
  ASSERT_EQ(::chown(usual().c_str(), victim, victim), 0);
  EXPECT_NE(said(victim, creator()).find("/coview-2000/"), std::string::npos);
}

TEST_F(LocalDirectory, IsGivenBackAlsoWhereNoProcIsMounted) {
  NEEDS_ROOT();
  constexpr long fchmodat2 = 452;
  if (::syscall(fchmodat2, -1, "", 0, 0) != 0 && errno == ENOSYS) GTEST_SKIP() << "before Linux 6.6 it takes /proc";
  ASSERT_EQ(::mkdir(usual().c_str(), 0), 0);
  ASSERT_EQ(::chown(usual().c_str(), victim, victim), 0);
  child const user([](parent_link const& parent) {
    bool const bare = coview_test::own_mounts() && ::mount("none", "/proc", "tmpfs", 0, nullptr) == 0 &&
                      ::setresuid(victim, victim, victim) == 0;
    parent.say(bare ? "bare" : "no mounts");
    if (bare) parent.say(mapping::create("x", 1) ? "created" : "nothing");
  });
  if (user.hear() == "no mounts") GTEST_SKIP() << "nothing can be mounted here for one process alone";
  EXPECT_EQ(user.hear(), "created");
}

TEST_F(LocalDirectory, AFileThatItsOwnerMayNotReadIsGivenBack) {  // the same between open and chmod
  NEEDS_ROOT();
  std::string file;
  {
    child dead(victim, creator());
    file = dead.hear();
    dead.kill();
  }
  ASSERT_EQ(::chmod(file.c_str(), 0), 0);
  EXPECT_EQ(said(victim, opener()), "not found");
  EXPECT_FALSE(std::filesystem::exists(file));
  for (bool const by_reclaim : {false, true}) {
    child dead(victim, creator());
    (void)dead.hear();
    dead.kill();
    ASSERT_EQ(::chmod(file.c_str(), 0), 0);
    if (by_reclaim) {
      EXPECT_EQ(said(victim, [](parent_link const& parent) { parent.say(std::to_string(reclaim().objects)); }), "1");
    } else {
      EXPECT_EQ(said(victim, creator()), file);
    }
  }
}

TEST_F(LocalDirectory, WorksWithAnyUmask) {
  NEEDS_ROOT();
  for (mode_t const mask : {mode_t{0777}, mode_t{0700}, mode_t{0400}, mode_t{0}}) {
    child const holder(victim, [mask](parent_link const& parent) {
      ::umask(mask);
      auto const memory = mapping::create("x", 4096);
      parent.say(mapping::try_open("x") ? "opened" : "not found");
    });
    EXPECT_EQ(holder.hear(), "opened");
  }
}

/// What a kill leaves of an object in the making is out of the way, whatever the umask took from its creator.
TEST_F(LocalDirectory, AKillAtAnyStepWithAnyUmaskBlocksNothing) {
  NEEDS_ROOT();
  if (auto const why = coview_test::tracing_refused(); !why.empty()) GTEST_SKIP() << why;
  for (auto const* name : {"x", "Global\\x"}) {
    for (mode_t const mask : {mode_t{0777}, mode_t{0300}}) {
      auto const body = [&] {
        ::umask(mask);
        if (::setresgid(victim, victim, victim) != 0 || ::setresuid(victim, victim, victim) != 0) return 2;
        ::prctl(PR_SET_DUMPABLE, 1);
        coview_test::begin_counting();
        auto const signal = event::open_or_create(name, reset::manual);
        coview_test::end_counting();
        ::_exit(0);
      };
      auto const calls = coview_test::run_traced(body).calls.size();
      ASSERT_GT(calls, 10U);
      for (std::size_t at = 0; at < 2 * calls; ++at) {
        (void)coview_test::run_traced(body, {.what = coview_test::interference::kind::kill, .at = at});
        EXPECT_EQ(said(victim,
                       [&](parent_link const& parent) {
                         try {
                           auto const made = event::open_or_create(name, reset::manual);
                           parent.say(made.created() ? "created" : "opened");
                         } catch (error const& e) {
                           parent.say(e.what());
                         }
                       }),
                  "created")
            << name << ", umask " << std::oct << mask << ", killed at stop " << std::dec << at;
      }
    }
  }
  (void)said(victim, [](parent_link const& parent) { parent.say(std::to_string(reclaim().objects)); });
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(LocalDirectory, NamesAreTold) {
  EXPECT_TRUE(is_local_directory_name("coview-7", 7));
  EXPECT_TRUE(is_local_directory_name("coview-7.0123456789abcdef", 7));
  for (char const* other :
       {"coview-70", "coview-7.", "coview-7.0", "coview-7.0123456789abcdeg", "coview-", "coview-global"}) {
    EXPECT_FALSE(is_local_directory_name(other, 7)) << other;
  }
}

}  // namespace
}  // namespace coview
