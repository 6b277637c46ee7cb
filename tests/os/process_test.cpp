// SPDX-License-Identifier: Apache-2.0
#include "os/process.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <gtest/gtest.h>

#include "os/file.hpp"
#include "os/lock.hpp"
#include "os/virtual_memory.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview::os {
namespace {

TEST(Process, KnowsItself) {
  EXPECT_NE(command_line(::getpid()).find("os_test"), std::string::npos);
  EXPECT_EQ(user_of(::getpid()), ::geteuid());
}

TEST(Process, KnowsNothingOfWhatIsNotThere) {
  constexpr pid_t no_process = 0x7fffffff;
  EXPECT_EQ(command_line(no_process), "");
  EXPECT_EQ(user_of(no_process), std::nullopt);
}

TEST(Process, KernelIsNewEnoughToRunThisTest) {
  auto const kernel = running_kernel();
  EXPECT_GE(kernel.major_number, 5);
  EXPECT_FALSE(kernel.text.empty());
}

TEST(Process, LocksAreShownWithTheirProcess) {
  coview_test::scoped_root const root;
  auto const fd = std::move(*open((root.path() / "f").c_str(), O_RDWR | O_CREAT, 0600));
  ASSERT_EQ(try_hold(fd.get()), lock_answer::taken);
  auto const mine = os::status(fd.get());
  file_lock const expected{file_lock::family::flock, ::getpid(), mine->st_dev, mine->st_ino, false};
  auto const locks = file_locks();
  ASSERT_TRUE(locks);
  EXPECT_NE(std::find(locks->begin(), locks->end(), expected), locks->end());
}

TEST(Process, AForkedHolderIsFoundThoughTheLockNamesItsParent) {
  coview_test::scoped_root const root;
  auto fd = std::move(*open((root.path() / "f").c_str(), O_RDWR | O_CREAT, 0600));
  ASSERT_EQ(try_hold(fd.get()), lock_answer::taken);
  auto const status = os::status(fd.get());
  coview_test::child const heir([](coview_test::parent_link const& parent) {
    parent.say("here");
    (void)parent.hear();
  });
  ASSERT_EQ(heir.hear(), "here");
  fd.reset();
  auto const users = processes_with_lock(status->st_dev, status->st_ino);
  ASSERT_TRUE(users);
  auto const& found = *users;
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].pid, heir.pid());
  EXPECT_EQ(found[0].taken_by, std::vector<pid_t>{::getpid()});
}

TEST(Process, IsOpenShutOrGone) {
  EXPECT_EQ(find_process(::getpid()), whereabouts::open_to_us);
  EXPECT_EQ(find_process(0x3ffffffe), whereabouts::gone);
  EXPECT_EQ(find_process(-1), whereabouts::not_known);  // a description's lock has none
  if (::geteuid() != 0) GTEST_SKIP() << "only root can act as another user";
  coview_test::child const stranger(4711, [](coview_test::parent_link const& parent) {
    parent.say(find_process(::getppid()) == whereabouts::shut ? "shut" : "not shut");
  });
  EXPECT_EQ(stranger.hear(), "shut");
}

TEST(Process, HasMappedWhatItMapped) {
  coview_test::scoped_root const root;
  auto fd = std::move(*open((root.path() / "f").c_str(), O_RDWR | O_CREAT, 0600));
  ASSERT_EQ(resize(fd.get(), page_size()), 0);
  auto const status = os::status(fd.get());
  EXPECT_FALSE(has_mapped(::getpid(), status->st_dev, status->st_ino));
  auto const mapped = map_file(nullptr, page_size(), PROT_READ, sharing::shared, fd.get(), 0, page_size());
  ASSERT_TRUE(mapped);
  EXPECT_TRUE(has_mapped(::getpid(), status->st_dev, status->st_ino));
  unmap(*mapped, page_size());
}

}  // namespace
}  // namespace coview::os
