// SPDX-License-Identifier: Apache-2.0
// Global names: one name, several users, a sticky directory (docs/lifetime.md, "The global scope").
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "object/name.hpp"
#include "os/file.hpp"
#include "os/lock.hpp"
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

constexpr char const* name = "Global\\x";

class Global : public testing::Test {
 protected:
  Global() : root_(01777) {}

  /// Says what trying to create the name came to, then waits.
  static child::body creator(mode_t mode, std::uint64_t size = 4096) {
    return [mode, size](parent_link const& parent) {
      try {
        auto const memory = mapping::create(name, size, {.mode = mode});
        parent.say("created");
        (void)parent.hear();
      } catch (error const& e) {
        parent.say(e.code().message());
      }
    };
  }

  /// Says the size of what it opened, or why it could not.
  static child::body opener(access rights = access::read_only) {
    return [rights](parent_link const& parent) {
      try {
        auto const memory = mapping::open(name, rights);
        parent.say(std::to_string(memory.size()));
        (void)parent.hear();
      } catch (error const& e) {
        parent.say(e.code().message());
      }
    };
  }

  static std::string said(uid_t user, child::body const& body) { return child(user, body).hear(); }
  static std::string slot(unsigned number) { return slot_file(require_name(name, "").file, number); }

  coview_test::scoped_root root_;
};

TEST_F(Global, IsNotTheLocalName_NM04) {
  auto const memory = mapping::create(name, 100);
  EXPECT_FALSE(mapping::try_open("x"));
  auto const local = mapping::create("x", 200);
  EXPECT_EQ(mapping::open(name).size(), 100U);
  EXPECT_EQ(mapping::open("Local\\Global\\x").size(), 100U);
  EXPECT_EQ(memory.name(), name);
}

TEST_F(Global, LifetimeIsTheSame) {
  {
    auto const memory = mapping::create(name, 100);
    EXPECT_ERROR(std::errc::file_exists, "taken", (void)mapping::create(name, 100));
  }
  EXPECT_FALSE(mapping::try_open(name));
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(Global, PermissionsDecideWhoComesIn) {
  NEEDS_ROOT();
  child const holder(alice, creator(0644));
  ASSERT_EQ(holder.hear(), "created");
  EXPECT_EQ(said(bob, opener(access::read_only)), "4096");
  EXPECT_EQ(said(bob, opener(access::copy_on_write)), "4096");
  EXPECT_EQ(said(bob, opener(access::read_write)), "Permission denied");
  EXPECT_EQ(said(alice, opener(access::read_write)), "4096");
  EXPECT_EQ(said(bob, creator(0600)), "File exists");
}

TEST_F(Global, NobodyElseOpensAPrivateObject) {
  NEEDS_ROOT();
  child const holder(alice, creator(0600));
  ASSERT_EQ(holder.hear(), "created");
  EXPECT_EQ(said(bob, opener()), "Permission denied");
  EXPECT_EQ(said(bob, creator(0600)), "Permission denied");
}

TEST_F(Global, AStrangersStaleFileDoesNotBlockTheName) {
  NEEDS_ROOT();
  for (mode_t const mode :
       {mode_t{0644}, mode_t{0600}}) {  // one that bob can ask for its locks, and one that he cannot
    SCOPED_TRACE(mode);
    child dead(alice, creator(mode));
    ASSERT_EQ(dead.hear(), "created");
    dead.kill();
    EXPECT_EQ(said(bob, opener()), "No such file or directory");

    child const holder(bob, creator(0666, 100));
    ASSERT_EQ(holder.hear(), "created");
    EXPECT_EQ(root_.files(), (std::vector<std::string>{slot(0), slot(1)}));
    EXPECT_EQ(said(alice, opener(access::read_write)), "100");
    EXPECT_EQ(said(alice, creator(0600)), "File exists");
    EXPECT_EQ(list().size(), 1U);
    EXPECT_EQ(root_.files(), std::vector<std::string>{slot(1)});  // root may give alice's file back, and has
    EXPECT_EQ(said(alice, opener(access::read_write)), "100");    // found behind the slot that is free now
    EXPECT_EQ(said(alice, creator(0600)), "File exists");
  }
  EXPECT_EQ(reclaim().objects, 1U);
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(Global, WhoOpensAStaleFileMayBeAboutToMakeItLive) {  // found by the kill campaign
  NEEDS_ROOT();
  struct opened_file {
    mode_t mode;
    child::body what;
  };
  // It may have seen the mark of a holder that was there a moment ago, and set its own: no answer until it is gone.
  for (auto const& [mode, what] :
       {opened_file{0600, creator(0600)}, opened_file{0644, creator(0600)}, opened_file{0600, opener()}}) {
    SCOPED_TRACE(mode);
    child dead(alice, creator(mode));
    ASSERT_EQ(dead.hear(), "created");
    dead.kill();
    child other(alice, [&](parent_link const& parent) {
      auto const file = std::move(*os::open((root_.path() / slot(0)).c_str(), O_RDONLY));
      parent.say(os::try_hold(file.get()) == os::lock_answer::taken ? "opening" : "refused");
      (void)parent.hear();
    });
    ASSERT_EQ(other.hear(), "opening");
    EXPECT_EQ(said(bob, what), "Device or resource busy");
    other.kill();
    child const holder(bob, creator(0600));
    EXPECT_EQ(holder.hear(), "created");
    EXPECT_EQ(said(bob, opener()), "4096");
  }
}

TEST_F(Global, TheirOwnerTakesAStaleSlotAgain) {
  NEEDS_ROOT();
  child dead(alice, creator(0600));
  ASSERT_EQ(dead.hear(), "created");
  dead.kill();
  child const holder(alice, creator(0600));
  EXPECT_EQ(holder.hear(), "created");
  EXPECT_EQ(root_.files(), std::vector<std::string>{slot(0)});
}

TEST_F(Global, APermanentObjectIsTakenEvenForWhoCannotOpenIt) {
  NEEDS_ROOT();
  EXPECT_EQ(said(alice,
                 [](parent_link const& parent) {
                   (void)mapping::create(name, 4096, {.mode = 0600, .permanent = true});
                   parent.say("made");
                 }),
            "made");
  EXPECT_EQ(said(bob, creator(0600)), "Permission denied");
  EXPECT_EQ(said(bob,
                 [](parent_link const& parent) {
                   try {
                     (void)remove(name);
                   } catch (error const& e) {
                     parent.say(e.code().message());
                   }
                 }),
            "Permission denied");
  EXPECT_EQ(remove(name), removed::now);  // root may
}

TEST_F(Global, TheLastHolderNeedNotBeTheCreator) {
  NEEDS_ROOT();
  child first(alice, creator(0666));
  ASSERT_EQ(first.hear(), "created");
  {
    child const last(bob, opener(access::read_write));
    ASSERT_EQ(last.hear(), "4096");
    first.kill();
    EXPECT_EQ(said(alice, opener()), "4096");
  }
  EXPECT_EQ(said(alice, opener()), "No such file or directory");
  EXPECT_EQ(said(bob, opener()), "No such file or directory");
}

TEST_F(Global, HoldersNamesTheOtherUsersProcess) {
  NEEDS_ROOT();
  child const holder(alice, creator(0644));
  ASSERT_EQ(holder.hear(), "created");
  auto const expected = std::to_string(holder.pid()) + " " + std::to_string(alice);
  EXPECT_EQ(said(bob,
                 [](parent_link const& parent) {
                   auto const who = holders(name);
                   parent.say(who.size() == 1
                                  ? std::to_string(who[0].pid) + " " + std::to_string(who[0].user.value_or(0))
                                  : "?");
                 }),
            expected);
}

TEST_F(Global, AnUnreadableObjectIsListedByItsFile) {
  NEEDS_ROOT();
  child const holder(alice, creator(0600));
  ASSERT_EQ(holder.hear(), "created");
  EXPECT_EQ(said(bob,
                 [](parent_link const& parent) {
                   auto const all = list();
                   bool const as_expected = all.size() == 1 && all[0].name == "Global\\x…" && all[0].owner == alice &&
                                            all[0].state == object_state::unreadable;
                   parent.say(as_expected ? "as expected" : "otherwise");
                 }),
            "as expected");
  EXPECT_EQ(said(bob,
                 [](parent_link const& parent) {
                   try {
                     (void)stat(name);
                   } catch (error const& e) {
                     parent.say(e.code().message());
                   }
                 }),
            "Permission denied");
}

TEST_F(Global, NoNumberOfDeadStrangersBlocksTheName) {
  NEEDS_ROOT();
  constexpr uid_t first_stranger = 10000;
  for (uid_t stranger = first_stranger; stranger < first_stranger + 12; ++stranger) {
    child dead(stranger, creator(0600));
    ASSERT_EQ(dead.hear(), "created");
    dead.kill();
  }
  EXPECT_EQ(said(bob, opener()), "No such file or directory");
  child const holder(bob, creator(0644, 100));
  ASSERT_EQ(holder.hear(), "created");
  EXPECT_EQ(root_.files().size(), 13U);
  EXPECT_EQ(said(alice, opener()), "100");
  EXPECT_EQ(said(first_stranger, creator(0600)), "File exists");  // and has given its own back on the way
  EXPECT_EQ(reclaim().objects, 11U);
  EXPECT_EQ(said(alice, opener()), "100");  // behind twelve slots that are free now
}

/// Two dead strangers' files, and with them the places that are looked at directly. What is made stands behind them.
class BehindStrangers : public Global {
 protected:
  void SetUp() override {
    NEEDS_ROOT();
    for (uid_t const stranger : {uid_t{10000}, uid_t{10001}}) {
      child dead(stranger, creator(0600));
      ASSERT_EQ(dead.hear(), "created");
      dead.kill();
    }
  }

  /// As when their owners log out, and all that is theirs in /dev/shm is removed.
  void remove_strangers_files() const {
    for (unsigned const number : {0U, 1U}) ::unlink((root_.path() / slot(number)).c_str());
  }
};

TEST_F(BehindStrangers, AnObjectIsFoundAndTakenAlsoWhenTheirFilesAreGone) {
  child holder(alice, creator(0644, 100));
  ASSERT_EQ(holder.hear(), "created");
  for (bool const gone : {false, true}) {
    SCOPED_TRACE(gone);
    if (gone) remove_strangers_files();
    EXPECT_EQ(said(bob, opener()), "100");
    EXPECT_EQ(said(bob, creator(0600)), "File exists");
    EXPECT_EQ(coview::stat(name).size, 100U);
    EXPECT_EQ(list().size(), 1U);
    EXPECT_EQ(holders(name).size(), 1U);
  }
  EXPECT_TRUE(mapping::open(name).still_named());
  holder.kill();
  EXPECT_EQ(said(bob, opener()), "No such file or directory");
  child const next(bob, creator(0644, 200));
  ASSERT_EQ(next.hear(), "created");
  EXPECT_EQ(said(alice, opener()), "200");
}

TEST_F(BehindStrangers, AnObjectThatNobodyElseMayOpenIsTakenToo) {
  child holder(alice, creator(0600, 100));
  ASSERT_EQ(holder.hear(), "created");
  EXPECT_EQ(said(bob, opener()), "Permission denied");
  EXPECT_EQ(said(bob, creator(0600)), "Permission denied");
  holder.kill();
  child const next(bob, creator(0600));
  EXPECT_EQ(next.hear(), "created");
}

TEST_F(BehindStrangers, EveryHandleAndEveryForkKeepsTheName) {
  child first(alice, creator(0666, 100));
  ASSERT_EQ(first.hear(), "created");
  child parent(bob, [](parent_link const& to) {
    auto const memory = mapping::open(name, access::read_write);
    child const forked([&](parent_link const& inner) {
      inner.say("has it");
      (void)inner.hear();
    });
    to.say(forked.hear());
    (void)to.hear();
  });
  ASSERT_EQ(parent.hear(), "has it");
  first.kill();
  EXPECT_EQ(said(alice, opener(access::read_write)), "100");
  {
    auto const here = mapping::open(name);
    auto const seen = here.map();
    parent.say("go");
    EXPECT_EQ(parent.wait(), 0);
    EXPECT_EQ(said(alice, opener()), "100");
  }
  EXPECT_EQ(said(alice, opener()), "No such file or directory");
}

TEST_F(BehindStrangers, AClosedOneLeavesNothing) {
  { auto const memory = mapping::create(name, 100); }  // root's, and so their files are given back on the way
  EXPECT_TRUE(root_.files().empty());
  EXPECT_FALSE(mapping::try_open(name));
}

TEST_F(BehindStrangers, EvidenceOfWhatIsNotThereCostsTimeOnly) {
  child const liar(bob, [&](parent_link const& parent) {
    auto const directory = std::move(*os::open(root_.path().c_str(), O_RDONLY | O_DIRECTORY));
    struct ::flock all {};
    all.l_type = F_RDLCK;  // of every slot of every name
    parent.say(::fcntl(directory.get(), F_OFD_SETLK, &all) == 0 ? "lied" : "refused");
    (void)parent.hear();
  });
  ASSERT_EQ(liar.hear(), "lied");
  EXPECT_EQ(said(alice, opener()), "No such file or directory");
  child holder(alice, creator(0644, 100));
  ASSERT_EQ(holder.hear(), "created");
  EXPECT_EQ(said(bob, opener()), "100");
  EXPECT_EQ(said(bob, creator(0600)), "File exists");
  holder.kill();
  EXPECT_EQ(said(bob, opener()), "No such file or directory");
  EXPECT_EQ(reclaim().objects, 3U);
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(BehindStrangers, AFileWithoutEvidenceIsNotInTheWay) {
  // A link, and a file that is locked and marked as a permanent object's, but that no handle gives evidence of.
  ASSERT_EQ(::symlink("/etc/passwd", (root_.path() / slot(2)).c_str()), 0);
  child const stranger(bob, [&](parent_link const& parent) {
    auto const file = std::move(*os::open((root_.path() / slot(3)).c_str(), O_RDWR | O_CREAT, 0666));
    bool const locked = ::fchmod(file.get(), S_ISVTX | 0666) == 0 &&
                        os::try_hold(file.get()) == os::lock_answer::taken &&
                        os::try_mark(file.get()) == os::lock_answer::taken;
    parent.say(locked ? "stands there" : "refused");
    (void)parent.hear();
  });
  ASSERT_EQ(stranger.hear(), "stands there");
  EXPECT_EQ(said(alice, opener()), "No such file or directory");
  child const holder(alice, creator(0644, 100));
  ASSERT_EQ(holder.hear(), "created");
  EXPECT_EQ(said(bob, opener()), "100");
}

TEST_F(BehindStrangers, APermanentObjectHasNoPlaceThere) {
  auto const permanent = [](parent_link const& parent) {
    try {
      (void)mapping::create(name, 4096, {.mode = 0644, .permanent = true});
      parent.say("made");
    } catch (error const& e) {
      parent.say(e.what());
    }
  };
  auto const refusal = said(alice, permanent);
  EXPECT_NE(refusal.find("users 10000 and 10001"), std::string::npos) << refusal;
  EXPECT_NE(refusal.find("coview reclaim"), std::string::npos) << refusal;
  EXPECT_EQ(reclaim().objects, 2U);
  EXPECT_EQ(said(alice, permanent), "made");
  EXPECT_EQ(said(bob, opener()), "4096");
  EXPECT_EQ(remove(name), removed::now);
}

TEST_F(BehindStrangers, WhoeverLocksTheDirectoryKeepsNobodyFromWhatStandsInFront) {
  remove_strangers_files();
  child const holder(alice, creator(0644, 100));
  ASSERT_EQ(holder.hear(), "created");
  child const stubborn(bob, [&](parent_link const& parent) {
    auto const directory = std::move(*os::open(root_.path().c_str(), O_RDONLY | O_DIRECTORY));
    parent.say(os::try_sweep(directory.get()) == os::lock_answer::taken ? "locked" : "refused");
    (void)parent.hear();
  });
  ASSERT_EQ(stubborn.hear(), "locked");
  EXPECT_EQ(said(bob, opener()), "100");
  EXPECT_FALSE(mapping::try_open("Global\\another"));
}

void leave_stale(char const* stale) {
  child dead([stale](parent_link const& parent) {
    auto const held = mapping::create(stale, 1);
    parent.say("created");
    (void)parent.hear();
  });
  ASSERT_EQ(dead.hear(), "created");
  dead.kill();
}

TEST_F(Global, ADirectoryThatIsNotStickyIsRefused) {
  ASSERT_EQ(::chmod(root_.path().c_str(), 0777), 0);
  for (char const* one : {name, "x"}) {  // whoever may remove a user's directory could put his own in its place
    EXPECT_ERROR(std::errc::operation_not_permitted, "make it sticky with 'chmod +t", (void)mapping::create(one, 1));
    EXPECT_ERROR(std::errc::operation_not_permitted, "make it sticky with 'chmod +t", (void)mapping::open(one));
  }
}

TEST_F(Global, AStrangersDirectoryIsRefused) {
  NEEDS_ROOT();
  ASSERT_EQ(::chown(root_.path().c_str(), alice, alice), 0);
  EXPECT_ERROR(std::errc::operation_not_permitted, "belongs to user 1000; global names need a directory of root",
               (void)mapping::create(name, 1));
  auto const local = mapping::create("x", 1);  // local names do not need it
  auto const all = list();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].name, "x");
  leave_stale("y");
  EXPECT_EQ(reclaim().objects, 1U);
}

TEST_F(Global, WhoeverLocksTheDirectoryForEverIsNamed) {
  child const stubborn([&](parent_link const& parent) {
    auto const directory = std::move(*os::open(root_.path().c_str(), O_RDONLY | O_DIRECTORY));
    (void)os::try_sweep(directory.get());
    parent.say("locked");
    (void)parent.hear();
  });
  ASSERT_EQ(stubborn.hear(), "locked");
  EXPECT_ERROR(std::errc::device_or_resource_busy, "process " + std::to_string(stubborn.pid()),
               (void)mapping::create(name, 1));
  EXPECT_FALSE(mapping::try_open(name));  // looking needs no lock
}

}  // namespace
}  // namespace coview
