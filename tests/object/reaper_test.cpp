// SPDX-License-Identifier: Apache-2.0
// The reaper: what a killed last holder left is given back at once, and nothing else.
#include "object/reaper.hpp"

#include <sched.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <fstream>
#include <gtest/gtest.h>
#include <mutex>
#include <thread>
#include <vector>

#include <coview/mapping.hpp>
#include <coview/object.hpp>

#include "os/fd.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview {
namespace {

using coview_test::child;
using coview_test::parent_link;

class Reaper : public testing::Test {
 protected:
  Reaper() : root_(01777), stop_(::eventfd(0, EFD_CLOEXEC)) {}
  ~Reaper() override { finish(); }

  void start() {
    reaper_ = std::thread([this] {
      reap(stop_.get(), [this](reaper_event const& event) {
        std::lock_guard const guard(lock_);
        names_.push_back(event.name);
        changed_.notify_all();
      });
    });
  }

  void finish() {
    if (!reaper_.joinable()) return;
    std::uint64_t const one = 1;
    EXPECT_EQ(::write(stop_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
    reaper_.join();
  }

  /// Waits until so many objects were given back.
  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock guard(lock_);
    changed_.wait(guard, [&] { return names_.size() >= count; });
    return names_;
  }

  static void leave_stale(char const* name) {
    child dead([name](parent_link const& parent) {
      auto const memory = mapping::create(name, 4096);
      parent.say("created");
      (void)parent.hear();
    });
    ASSERT_EQ(dead.hear(), "created");
    dead.kill();
  }

  coview_test::scoped_root root_;
  os::unique_fd stop_;
  std::thread reaper_;
  std::mutex lock_;
  std::condition_variable changed_;
  std::vector<std::string> names_;
};

TEST_F(Reaper, GivesBackWhatItFinds) {
  leave_stale("old");
  start();
  EXPECT_EQ(wait_for(1), std::vector<std::string>{"old"});
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(Reaper, GivesBackWhatAKilledHolderLeaves) {
  auto const kept = mapping::create("kept", 1);
  start();
  leave_stale("x");
  EXPECT_EQ(wait_for(1), std::vector<std::string>{"x"});
  leave_stale("Global\\y");
  EXPECT_EQ(wait_for(2).back(), "Global\\y");
  EXPECT_TRUE(kept.still_named());
}

TEST_F(Reaper, SeesADirectoryThatAppearsLater) {
  start();
  leave_stale("x");
  EXPECT_EQ(wait_for(1), std::vector<std::string>{"x"});
}

TEST_F(Reaper, LeavesPermanentAndHeldObjectsAlone) {
  (void)mapping::create("stays", 1, {.permanent = true});
  auto const held = mapping::create("held", 1);
  start();
  leave_stale("x");
  (void)wait_for(1);
  finish();
  EXPECT_EQ(names_, std::vector<std::string>{"x"});
  EXPECT_EQ(list().size(), 2U);
}

TEST_F(Reaper, WorksWhereThereCanBeNoGlobalNames) {
  NEEDS_ROOT();
  constexpr uid_t stranger = 1000;
  ASSERT_EQ(::chown(root_.path().c_str(), stranger, stranger), 0);
  start();
  leave_stale("x");
  EXPECT_EQ(wait_for(1), std::vector<std::string>{"x"});
}

/// A process in poll(2) without a timeout: nothing is left to do, and nothing has come.
bool sleeps_for_ever(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/syscall");
  std::string number;
  std::string events;
  std::string count;
  std::string timeout;
  file >> number >> events >> count >> timeout;
  return (number == std::to_string(SYS_ppoll) && timeout == "0x0") ||
#ifdef SYS_poll
         (number == std::to_string(SYS_poll) && timeout.ends_with("ffffffff"));
#else
         false;
#endif
}

TEST_F(Reaper, SleepsAfterTheDirectoryWasMadeAnew) {
  { auto const first = mapping::create("x", 1); }
  child const reaper([](parent_link const& parent) {
    os::unique_fd const never(::eventfd(0, EFD_CLOEXEC));
    reap(never.get(), [&](reaper_event const& event) { parent.say(event.name); });
  });
  leave_stale("x");
  ASSERT_EQ(reaper.hear(), "x");
  ASSERT_EQ(reclaim().objects, 0U);  // the directory goes as well
  ASSERT_EQ(::access(root_.local().c_str(), F_OK), -1);
  leave_stale("y");
  ASSERT_EQ(reaper.hear(), "y");
  // Its own looks at the directory must not wake it again: it comes to rest, and stays there.
  while (!sleeps_for_ever(reaper.pid())) ::sched_yield();
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(sleeps_for_ever(reaper.pid())) << "woken though nothing happened, at look " << i;
    ::sched_yield();
  }
}

}  // namespace
}  // namespace coview
