// SPDX-License-Identifier: Apache-2.0
// What other users put in the way of global names, rename, lease, lock or withhold: nobody loses what lives.
#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "object/name.hpp"
#include "object/name_removal.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"
#include "os/process.hpp"
#include "support/expect_error.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

using coview_test::alice;
using coview_test::bob;
using coview_test::child;
using coview_test::parent_link;

constexpr char const* contested_name = "Global\\x";

class Strangers : public testing::Test {
 protected:
  Strangers() : root_(01777) {}

  static std::string slot(unsigned number) { return slot_file(require_name(contested_name, "").file, number); }
  [[nodiscard]] std::string path(unsigned number) const { return root_.path() / slot(number); }
  /// A stale file of somebody.
  void leave_stale(unsigned number, uid_t owner, mode_t mode = 0644) const {
    auto const file = os::open(path(number).c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    ASSERT_TRUE(file);
    ASSERT_EQ(::fchown(file->get(), owner, owner), 0);
    ASSERT_EQ(::fchmod(file->get(), mode), 0);
  }
  [[nodiscard]] bool exists(unsigned number) const { return ::access(path(number).c_str(), F_OK) == 0; }
  static place_ptr place_of_all() { return find_place(name_scope::global, if_missing::leave, {"use", "place"}); }

  static child::body creator(create_options options = {.mode = 0644}) {
    return [options](parent_link const& parent) {
      try {
        auto const memory = mapping::create(contested_name, 4096, options);
        parent.say("created");
        (void)parent.hear();
      } catch (error const& e) {
        parent.say(e.code().message());
      }
    };
  }

  coview_test::scoped_root root_;
};

TEST_F(Strangers, FilesAreRemovedUnderTheDirectorysLockOnly) {
  NEEDS_ROOT();
  leave_stale(0, alice);
  leave_stale(1, 0);
  auto const where = place_of_all();
  directory_lock d;
  ASSERT_EQ(d.take(where->directory.get(), patience()), 0);
  // Between its check and its unlink alice could rename the file, and bob create the name: not while D is taken.
  EXPECT_EQ(sweep_file(*where, slot(0)).failure, EBUSY);
  EXPECT_TRUE(exists(0));
  EXPECT_EQ(sweep_file(*where, slot(1)).what, sweep_answer::swept);  // one's own: nobody else could
  EXPECT_EQ(reclaim().objects, 0U);                                  // withheld by a stranger: left, not waited for
  EXPECT_EQ(list().size(), 0U);
  EXPECT_FALSE(mapping::try_open(contested_name));
  EXPECT_EQ(sweep_file(*where, slot(0), sweeper::has_d).what, sweep_answer::swept);
}

TEST_F(Strangers, WhatAKilledSweeperHasMovedAwayIsGivenBack) {
  NEEDS_ROOT();
  leave_stale(0, alice);
  auto const away = root_.path() / "coview-removed.0123456789abcdef";
  ASSERT_EQ(::rename(path(0).c_str(), away.c_str()), 0);
  (void)reclaim();
  EXPECT_TRUE(root_.files().empty());
}

/// Renames its own stale file out of the way and puts it back, without an end, as `14b` of those who try such things.
child::body renamer(std::string const& file) {
  return [file](parent_link const& parent) {
    parent.say("begun");
    std::string const away = file + ".away";
    for (;;) {
      if (int const fd = ::open(file.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0644); fd >= 0) ::close(fd);
      ::rename(file.c_str(), away.c_str());
    }
  };
}

TEST_F(Strangers, WhoRenamesUnderASweepCostsNobodyALiveObject) {
  NEEDS_ROOT();
  child const attacker(alice, renamer(path(0)));
  ASSERT_EQ(attacker.hear(), "begun");
  child const root([](parent_link const& parent) {
    parent.say("begun");
    for (;;) (void)reclaim();
  });
  ASSERT_EQ(root.hear(), "begun");
  child const victim(bob, [](parent_link const& parent) {
    int lost = 0;
    for (int held = 0, tries = 0; held < 300 && tries < 100'000; ++tries) {
      try {
        auto const memory = mapping::open_or_create(contested_name, 100, {.mode = 0644});
        if (!memory.created()) continue;
        ++held;
        for (int i = 0; i < 50; ++i) lost += memory.still_named() ? 0 : 1;
      } catch (error const&) {
        continue;  // busy, or alice's file is in the way: not lost
      }
    }
    parent.say(std::to_string(lost));
  });
  EXPECT_EQ(victim.hear(), "0");
}

TEST_F(Strangers, ForceRemovesWhatItLookedAt) {
  NEEDS_ROOT();
  child const holder(bob, creator());
  ASSERT_EQ(holder.hear(), "created");
  EXPECT_EQ(remove(contested_name, {.force = true}), removed::now);
  EXPECT_FALSE(exists(0));
  EXPECT_EQ(unlink_by_force(*place_of_all(), slot(0)), ENOENT);
}

TEST_F(Strangers, APermanentObjectThatIsJustCompleteIsNotStale) {
  NEEDS_ROOT();
  leave_stale(0, bob);
  auto const where = place_of_all();
  auto seen = probe_file(*where, slot(0));
  ASSERT_EQ(seen.what, probe::state::stale);
  ASSERT_EQ(::chmod(path(0).c_str(), 01644), 0);  // its creator was between the two, and has gone
  recheck(*where, seen);
  EXPECT_EQ(seen.what, probe::state::unfinished);
  EXPECT_EQ(probe_file(*where, slot(0)).what, probe::state::live);
}

TEST_F(Strangers, TwoUsersDoNotBothMakeAPermanentObject) {
  NEEDS_ROOT();
  for (mode_t const mode : {mode_t{0600}, mode_t{0666}}) {
    for (int round = 0; round < 20; ++round) {
      auto const body = [mode](parent_link const& parent) {
        (void)parent.hear();
        try {
          (void)mapping::create(contested_name, 4096, {.mode = mode, .permanent = true});
          parent.say("created");
        } catch (error const& e) {
          parent.say(e.code().message());
        }
      };
      child const first(alice, body);
      child const second(bob, body);
      first.say("go");
      second.say("go");
      int const made = (first.hear() == "created" ? 1 : 0) + (second.hear() == "created" ? 1 : 0);
      EXPECT_EQ(made, 1);
      ASSERT_EQ(root_.files().size(), 1U);
      (void)remove(contested_name);
    }
  }
}

/// A process that has a lease on a file of its user: nobody can open it meanwhile.
child::body lease_holder(std::string const& file) {
  return [file](parent_link const& parent) {
    ::signal(SIGIO, SIG_IGN);
    int const fd = ::open(file.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
    bool const leased = ::fcntl(fd, F_SETLEASE, F_WRLCK) == 0;
    parent.say(leased ? "leased" : "refused");
    (void)parent.hear();
  };
}

TEST_F(Strangers, ALeasedFileEndsNoWalk) {
  NEEDS_ROOT();
  child const leaser(alice, lease_holder(path(0)));
  ASSERT_EQ(leaser.hear(), "leased");
  auto const other = mapping::create("Global\\other", 100);
  auto const all = list();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "Global\\other");
  EXPECT_EQ(all[1].name, "Global\\x…");
  EXPECT_EQ(all[1].state, object_state::unreadable);
  EXPECT_NE(all[1].problem.find("lease"), std::string::npos);
  EXPECT_EQ(reclaim().objects, 0U);
  EXPECT_FALSE(mapping::try_open(contested_name));
  child const holder(bob, creator());  // it does not block the name
  EXPECT_EQ(holder.hear(), "created");
  EXPECT_EQ(mapping::open(contested_name).size(), 4096U);
}

TEST_F(Strangers, ALeasedLiveObjectIsBusy) {
  NEEDS_ROOT();
  child const leaser(alice, [&](parent_link const& parent) {
    ::signal(SIGIO, SIG_IGN);
    auto const memory = mapping::create(contested_name, 100, {.mode = 0644});
    // Only the handle's own descriptor has the file open.
    bool const leased = ::fcntl(memory.native_handle(), F_SETLEASE, F_WRLCK) == 0;
    parent.say(leased ? "leased" : "refused");
    (void)parent.hear();
  });
  if (leaser.hear() != "leased") GTEST_SKIP() << "no lease on a handle here";
  EXPECT_ERROR(std::errc::device_or_resource_busy, "lease", (void)mapping::open(contested_name));
  child const creator_meanwhile(bob, creator());
  EXPECT_EQ(creator_meanwhile.hear(), "Device or resource busy");
}

TEST_F(Strangers, OddFilesEndNoWalk) {
  NEEDS_ROOT();
  ASSERT_EQ(::mkfifo(path(0).c_str(), 0666), 0);
  ASSERT_EQ(::symlink("/dev/zero", path(1).c_str()), 0);
  ASSERT_EQ(::mkdir(path(2).c_str(), 0700), 0);
  leave_stale(3, alice, 0);
  auto const other = mapping::create("Global\\other", 100);
  child const looker(bob, [](parent_link const& parent) {
    auto const all = list();
    (void)reclaim();
    parent.say(all.size() == 1 ? all[0].name : std::to_string(all.size()));
  });
  EXPECT_EQ(looker.hear(), "Global\\other…");
}

/// Root as it is where all its capabilities were taken away.
bool drop_capabilities() {
  for (int capability = 0; capability < 64; ++capability) ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  struct {
    std::uint32_t version, pid;
  } header{0x20080522, 0};
  std::array<std::uint32_t, 6> const none{};
  return ::syscall(SYS_capset, &header, none.data()) == 0 && !os::has_capability(os::capability::fowner);
}

TEST_F(Strangers, RootWithoutCapabilitiesIsAUserLikeOthers) {
  NEEDS_ROOT();
  leave_stale(0, alice, 0600);
  leave_stale(1, bob, 0644);
  child const powerless([](parent_link const& parent) {
    if (!drop_capabilities()) return parent.say("capabilities");
    try {
      auto const given_back = reclaim().objects;
      auto const memory = mapping::open_or_create(contested_name, 100, {.mode = 0444});
      bool const again = mapping::open_or_create(contested_name, 100, {.mode = 0444}).created();
      parent.say(std::to_string(given_back) + (memory.created() ? " created" : " opened") +
                 (again ? ", created" : ", opened"));
      (void)parent.hear();
    } catch (error const& e) {
      parent.say(e.what());
    }
  });
  // The directory is root's, so it may remove what it may open; what it may not open stays, and is no error.
  EXPECT_EQ(powerless.hear(), "1 created, opened");
  EXPECT_TRUE(exists(0) && exists(1) && !exists(2));
}

TEST_F(Strangers, WhoIsMadeIsWaitedForAsLongAsItGrows) {
  patience patience(std::chrono::milliseconds(0));
  ASSERT_TRUE(patience.pause());
  EXPECT_FALSE(patience.pause());
  patience.saw(1U << 20U);
  EXPECT_TRUE(patience.pause());
  EXPECT_FALSE(patience.pause());
  patience.saw(1U << 20U);  // no more than before
  EXPECT_FALSE(patience.pause());
  patience.saw((1U << 20U) + 4096U);
  EXPECT_FALSE(patience.pause());
  patience.saw(2U << 20U);
  EXPECT_TRUE(patience.pause());
}

}  // namespace
}  // namespace coview
