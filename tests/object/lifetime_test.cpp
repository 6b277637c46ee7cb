// SPDX-License-Identifier: Apache-2.0
// The lifetime rule through the public interface: exactly when a name comes and goes (L-01 to L-12).
#include "object/lifetime.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <gtest/gtest.h>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "os/file.hpp"
#include "os/lock.hpp"
#include "support/expect_error.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

using coview_test::child;
using coview_test::parent_link;

class Lifetime : public testing::Test {
 protected:
  static bool exists(char const* name) { return mapping::try_open(name, access::read_only).has_value(); }
  static std::byte first_byte(char const* name) { return mapping::open(name, access::read_only).map().bytes()[0]; }

  /// A process that holds the name until it is told to let go or killed.
  static child::body holder_of(char const* name) {
    return [name](parent_link const& parent) {
      auto memory = mapping::open_or_create(name, 4096);
      parent.say(memory.created() ? "created" : "opened");
      (void)parent.hear();
      memory.close();
      parent.say("closed");
      (void)parent.hear();
    };
  }

  coview_test::scoped_root root_;
};

TEST_F(Lifetime, NameGoesWithTheLastHandle_L01) {
  {
    auto const memory = mapping::create("x", 100);
    EXPECT_TRUE(exists("x"));
  }
  EXPECT_FALSE(exists("x"));
  EXPECT_EQ(root_.files(), std::vector<std::string>{});
}

TEST_F(Lifetime, OpenOfWhatNobodyHoldsIsNotFound_O01) {
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "cannot open mapping 'x': nobody holds it",
               (void)mapping::open("x"));
}

TEST_F(Lifetime, CreateOfWhatIsHeldIsRefused) {
  auto const memory = mapping::create("x", 100);
  EXPECT_ERROR(std::errc::file_exists, "the name is taken", (void)mapping::create("x", 100));
  EXPECT_TRUE(exists("x"));
}

TEST_F(Lifetime, OpenOrCreateKeepsTheOriginalSize_C21) {
  auto const first = mapping::open_or_create("x", 5000);
  auto const second = mapping::open_or_create("x", 100);
  EXPECT_TRUE(first.created());
  EXPECT_FALSE(second.created());
  EXPECT_EQ(second.size(), 5000U);
}

TEST_F(Lifetime, NewMemoryIsZeroAfterTheOldNameWent_L02) {
  {
    auto const memory = mapping::create("x", 4096);
    memory.map().bytes()[0] = std::byte{12};
  }
  auto const again = mapping::create("x", 4096);
  EXPECT_EQ(again.map().bytes()[0], std::byte{0});
}

TEST_F(Lifetime, AViewKeepsItsHandle) {
  view kept;
  {
    auto const memory = mapping::create("x", 4096);
    kept = memory.map();
  }
  EXPECT_TRUE(exists("x"));
  kept.unmap();
  EXPECT_FALSE(exists("x"));
}

TEST_F(Lifetime, AViewWithoutTheNameOutlivesIt_L02) {
  auto memory = mapping::create("x", 4096);
  auto const loose = memory.map(access::read_write, 0, to_end, {.keeps_name = false});
  loose.bytes()[0] = std::byte{12};
  memory.close();
  EXPECT_FALSE(exists("x"));
  auto const again = mapping::create("x", 4096);
  EXPECT_EQ(again.map().bytes()[0], std::byte{0});
  EXPECT_EQ(loose.bytes()[0], std::byte{12});  // the old memory is there as long as the view (L-07)
}

TEST_F(Lifetime, AnotherProcessKeepsNameAndContents_L03_L06) {
  child holder([](parent_link const& parent) {  // forked before there is anything to inherit
    (void)parent.hear();
    holder_of("x")(parent);
  });
  auto memory = mapping::create("x", 4096);
  memory.map().bytes()[0] = std::byte{7};
  holder.say("open it");
  ASSERT_EQ(holder.hear(), "opened");
  memory.close();
  EXPECT_EQ(first_byte("x"), std::byte{7});
  holder.say("let go");
  ASSERT_EQ(holder.hear(), "closed");
  EXPECT_FALSE(exists("x"));
}

TEST_F(Lifetime, AKilledLastHolderTakesTheNameAlong_L05) {
  child holder(holder_of("x"));
  ASSERT_EQ(holder.hear(), "created");
  EXPECT_TRUE(exists("x"));
  holder.kill();
  EXPECT_EQ(root_.files().size(), 1U);  // what nobody can observe …
  EXPECT_FALSE(exists("x"));
  EXPECT_TRUE(list().empty());
  EXPECT_EQ(root_.files().size(), 0U);  // … is given back by whoever looks
}

TEST_F(Lifetime, AKilledCreatorLeavesTheNameToTheOthers_L06) {
  child creator(holder_of("x"));
  ASSERT_EQ(creator.hear(), "created");
  auto const memory = mapping::open("x");
  memory.map().bytes()[0] = std::byte{9};
  creator.kill();
  EXPECT_EQ(first_byte("x"), std::byte{9});
  EXPECT_TRUE(memory.still_named());
}

TEST_F(Lifetime, CreateReplacesWhatTheDeadLeft) {
  child holder(holder_of("x"));
  ASSERT_EQ(holder.hear(), "created");
  holder.kill();
  auto const memory = mapping::create("x", 8192);
  EXPECT_EQ(memory.size(), 8192U);
  EXPECT_EQ(root_.files().size(), 1U);
}

TEST_F(Lifetime,
       AFileWithOnlyAHoldIsNotAlive) {  // another newcomer's lock says nothing; only the mark of a handle does
  child holder(holder_of("x"));
  ASSERT_EQ(holder.hear(), "created");
  auto const opener = std::move(*os::open((root_.local() / slot_file(require_name("x", "").file, 0)).c_str(), 0));
  holder.kill();
  ASSERT_EQ(os::try_hold(opener.get()), os::lock_answer::taken);
  EXPECT_TRUE(list().empty());
  os::drop(opener.get());
  EXPECT_FALSE(exists("x"));
}

TEST_F(Lifetime, AFileThatStaysLockedIsBusyAndNamesTheProcess) {
  child const stubborn([&](parent_link const& parent) {
    auto const memory = mapping::create("x", 4096);
    auto const file = root_.local() / slot_file(require_name("x", "").file, 0);
    ::unlink(file.c_str());
    auto const planted = std::move(*os::open(file.c_str(), O_CREAT | O_RDWR, 0600));
    (void)os::try_sweep(planted.get());  // a creator that never comes to an end
    parent.say("locked");
    (void)parent.hear();
  });
  ASSERT_EQ(stubborn.hear(), "locked");
  auto const who = "process " + std::to_string(stubborn.pid());
  EXPECT_ERROR(std::errc::device_or_resource_busy, who, (void)mapping::open("x"));
  EXPECT_ERROR(std::errc::device_or_resource_busy, who, (void)mapping::create("x", 1));
}

TEST_F(Lifetime, MovedHandlesAreOneHandle) {
  auto first = mapping::create("x", 4096);
  mapping second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is the point
  EXPECT_EQ(first.size(), 0U);
  EXPECT_EQ(first.native_handle(), -1);
  EXPECT_EQ(second.size(), 4096U);
  second = mapping::create("y", 1);
  EXPECT_FALSE(exists("x"));
  EXPECT_TRUE(exists("y"));
}

TEST_F(Lifetime, ADuplicatedDescriptorIsAHandle_L04) {
  auto memory = mapping::create("x", 4096);
  os::unique_fd duplicate(::fcntl(memory.native_handle(), F_DUPFD_CLOEXEC, 0));
  memory.close();
  EXPECT_TRUE(exists("x"));
  duplicate.reset();
  EXPECT_FALSE(exists("x"));
}

TEST_F(Lifetime, RemovedByForceTheHolderIsTold) {
  auto const memory = mapping::create("x", 4096);
  EXPECT_TRUE(memory.still_named());
  EXPECT_EQ(remove("x", {.force = true}), removed::now);
  EXPECT_FALSE(memory.still_named());
  EXPECT_FALSE(exists("x"));
  auto const successor = mapping::create("x", 4096);
  EXPECT_TRUE(successor.still_named());
}

TEST_F(Lifetime, ACleanerThatDeletesFilesDoesNoMoreThanThat) {  // logind's RemoveIPC, tmp cleaners, rm -rf
  auto memory = mapping::create("x", 4096);
  memory.map().bytes()[0] = std::byte{5};
  std::filesystem::remove_all(root_.local());
  EXPECT_FALSE(memory.still_named());
  EXPECT_EQ(memory.map().bytes()[0], std::byte{5});
  EXPECT_EQ(memory.map(access::read_write, 0, to_end, {.keeps_name = false}).bytes()[0], std::byte{5});
  EXPECT_FALSE(exists("x"));
  auto const successor = mapping::create("x", 4096);  // the directory is made anew
  memory.close();
  EXPECT_TRUE(successor.still_named());
}

TEST_F(Lifetime, LastCloseOfAnUnlinkedObjectLeavesItsSuccessorAlone) {
  auto memory = mapping::create("x", 4096);
  (void)remove("x", {.force = true});
  auto const successor = mapping::create("x", 100);
  memory.close();
  EXPECT_EQ(mapping::open("x").size(), 100U);
}

}  // namespace
}  // namespace coview
