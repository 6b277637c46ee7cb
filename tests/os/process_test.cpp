// SPDX-License-Identifier: Apache-2.0
#include "os/process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <gtest/gtest.h>

#include "os/file.hpp"
#include "os/lock.hpp"
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
  auto const found = processes_with_lock(status->st_dev, status->st_ino);
  EXPECT_EQ(found, std::vector<pid_t>{heir.pid()});
}

}  // namespace
}  // namespace coview::os
