// SPDX-License-Identifier: Apache-2.0
// What the lifetime protocol believes of the kernel's locks.
#include "os/lock.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "os/file.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

namespace coview::os {
namespace {

class Lock : public testing::Test {
 protected:
  unique_fd open_file(int flags = O_RDWR | O_CREAT) {
    return std::move(*open((root_.path() / "file").c_str(), flags, 0600));
  }
  coview_test::scoped_root root_;
};

TEST_F(Lock, HoldsAreSharedAndKeepSweepersOut) {
  auto const first = open_file();
  auto const second = open_file();
  auto const sweeper = open_file();
  EXPECT_EQ(try_hold(first.get()), lock_answer::taken);
  EXPECT_EQ(try_hold(second.get()), lock_answer::taken);
  EXPECT_EQ(try_sweep(sweeper.get()), lock_answer::refused);
}

TEST_F(Lock, SweepBecomesAHoldWithoutAMomentBetween) {
  auto const creator = open_file();
  auto const other = open_file();
  ASSERT_EQ(try_sweep(creator.get()), lock_answer::taken);
  EXPECT_EQ(try_hold(other.get()), lock_answer::refused);
  ASSERT_EQ(try_hold(creator.get()), lock_answer::taken);
  EXPECT_EQ(try_hold(other.get()), lock_answer::taken);
}

TEST_F(Lock, ARefusedUpgradeLosesTheHold) {  // why the protocol never upgrades a handle's lock
  auto const first = open_file();
  auto const second = open_file();
  auto const sweeper = open_file();
  ASSERT_EQ(try_hold(first.get()), lock_answer::taken);
  ASSERT_EQ(try_hold(second.get()), lock_answer::taken);
  EXPECT_EQ(try_sweep(first.get()), lock_answer::refused);
  drop(second.get());
  EXPECT_EQ(try_sweep(sweeper.get()), lock_answer::taken);
}

TEST_F(Lock, AMarkIsSeenByOthersOnly) {
  auto const marked = open_file();
  auto const other = open_file(O_RDONLY);
  ASSERT_EQ(try_mark(marked.get()), lock_answer::taken);
  EXPECT_FALSE(*marked_by_another(marked.get()));
  EXPECT_TRUE(*marked_by_another(other.get()));
  EXPECT_EQ(try_mark(other.get()), lock_answer::taken);  // a descriptor for reading can have it too
  EXPECT_TRUE(*marked_by_another(marked.get()));
}

TEST_F(Lock, HoldAndMarkAreIndependent) {
  auto const holder = open_file();
  auto const other = open_file();
  ASSERT_EQ(try_hold(holder.get()), lock_answer::taken);
  EXPECT_FALSE(*marked_by_another(other.get()));
  ASSERT_EQ(try_mark(other.get()), lock_answer::taken);
  EXPECT_EQ(try_sweep(open_file().get()), lock_answer::refused);
}

TEST_F(Lock, ADuplicateKeepsTheLocks_L04) {
  auto const probe = open_file();
  unique_fd duplicate;
  {
    auto const original = open_file();
    ASSERT_EQ(try_hold(original.get()), lock_answer::taken);
    ASSERT_EQ(try_mark(original.get()), lock_answer::taken);
    duplicate = unique_fd(::fcntl(original.get(), F_DUPFD_CLOEXEC, 0));
  }
  EXPECT_EQ(try_sweep(probe.get()), lock_answer::refused);
  EXPECT_TRUE(*marked_by_another(probe.get()));
  duplicate.reset();
  EXPECT_FALSE(*marked_by_another(probe.get()));
  EXPECT_EQ(try_sweep(probe.get()), lock_answer::taken);
}

TEST_F(Lock, AMappingKeepsTheLocks) {  // why a view keeps the name without any help of ours
  auto const probe = open_file();
  ASSERT_EQ(resize(probe.get(), 4096), 0);
  void* mapped = nullptr;
  {
    auto const original = open_file();
    ASSERT_EQ(try_hold(original.get()), lock_answer::taken);
    mapped = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, original.get(), 0);
    ASSERT_NE(mapped, MAP_FAILED);
  }
  EXPECT_EQ(try_sweep(probe.get()), lock_answer::refused);
  ::munmap(mapped, 4096);
  EXPECT_EQ(try_sweep(probe.get()), lock_answer::taken);
}

TEST_F(Lock, AKilledProcessHasNone) {
  auto const probe = open_file();
  coview_test::child holder([&](coview_test::parent_link const& parent) {
    auto const mine = open_file();
    bool const both = try_hold(mine.get()) == lock_answer::taken && try_mark(mine.get()) == lock_answer::taken;
    parent.say(both ? "held" : "not held");
    (void)parent.hear();
  });
  ASSERT_EQ(holder.hear(), "held");
  EXPECT_EQ(try_sweep(probe.get()), lock_answer::refused);
  EXPECT_TRUE(*marked_by_another(probe.get()));
  holder.kill();
  EXPECT_FALSE(*marked_by_another(probe.get()));
  EXPECT_EQ(try_sweep(probe.get()), lock_answer::taken);
}

TEST_F(Lock, AClosedDescriptorIsAnErrorNotARefusal) {
  EXPECT_EQ(try_hold(-1), lock_answer::failed);
  EXPECT_EQ(try_mark(-1), lock_answer::failed);
  EXPECT_EQ(marked_by_another(-1).error(), EBADF);
}

}  // namespace
}  // namespace coview::os
