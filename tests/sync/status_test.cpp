// SPDX-License-Identifier: Apache-2.0
// What can be seen of synchronisation objects from outside.
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <thread>

#include <coview/mapping.hpp>
#include <coview/mutex.hpp>
#include <coview/object.hpp>
#include <coview/semaphore.hpp>
#include <coview/sync_status.hpp>

#include "support/asleep.hpp"
#include "support/expect_error.hpp"
#include "support/mount.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"
#include "sync/shared_state.hpp"

namespace coview {
namespace {

class Status : public testing::Test {
 protected:
  coview_test::scoped_root root_;
};

TEST_F(Status, OfAMutex) {
  auto const m = mutex::create("m");
  EXPECT_EQ(status_of("m").kind, object_kind::mutex);
  EXPECT_FALSE(status_of("m").owner_thread);
  (void)m.acquire();
  EXPECT_EQ(status_of("m").owner_thread, ::gettid());
  EXPECT_EQ(status_of("m").owner_process, ::getpid());
  EXPECT_EQ(status_of("m").owner_has_handle, true);
  EXPECT_FALSE(status_of("m").may_have_waiters);
  coview_test::child const waiter([](coview_test::parent_link const& parent) {
    auto const mine = mutex::open("m");
    parent.say("waiting");
    (void)mine.acquire();
  });
  ASSERT_EQ(waiter.hear(), "waiting");
  ASSERT_TRUE(coview_test::until_asleep(waiter.pid()));
  EXPECT_TRUE(status_of("m").may_have_waiters);
}

TEST_F(Status, OfAMutexThatSaysWhoOwnsIt) {
  auto const waits = [](coview_test::parent_link const& parent) { (void)parent.hear(); };
  coview_test::child const bystander(waits);
  auto const m = mutex::create("m");
  coview_test::child const heir(waits);
  coview_test::shared_state const state("m");
  state.word() = static_cast<std::uint32_t>(bystander.pid());
  EXPECT_EQ(status_of("m").owner_process, bystander.pid());
  EXPECT_EQ(status_of("m").owner_has_handle, false);
  state.word() = static_cast<std::uint32_t>(heir.pid());
  EXPECT_EQ(status_of("m").owner_process, heir.pid());
  EXPECT_EQ(status_of("m").owner_has_handle, true);
  state.word() = 0;
}

TEST_F(Status, OfAMutexWhoseOwnerMayNotBeLookedInto) {
  NEEDS_ROOT();
  ::chmod(root_.path().c_str(), 01777);
  coview_test::child const bystander([](coview_test::parent_link const& parent) { (void)parent.hear(); });
  auto const m = mutex::create("Global\\m", {.mode = 0644});
  coview_test::shared_state const state("Global\\m");
  auto const seen_by_another = [&](pid_t owner) {
    state.word() = static_cast<std::uint32_t>(owner);
    coview_test::child const other(coview_test::bob, [](coview_test::parent_link const& parent) {
      auto const status = status_of("Global\\m");
      parent.say(!status.owner_has_handle ? "not known" : *status.owner_has_handle ? "has it" : "has none");
      (void)parent.hear();
    });
    return other.hear();
  };
  EXPECT_EQ(seen_by_another(::getpid()), "has it");  // took a handle
  EXPECT_EQ(seen_by_another(bystander.pid()), "not known");
  state.word() = 0;
}

TEST_F(Status, OfAnAbandonedMutex) {
  auto const m = mutex::create("m");
  std::thread([&] { (void)m.acquire(); }).join();
  EXPECT_TRUE(status_of("m").abandoned);
  EXPECT_FALSE(status_of("m").owner_thread);
}

TEST_F(Status, OfAnEvent) {
  auto const e = event::create("e", reset::manual);
  EXPECT_EQ(status_of("e").event_kind, reset::manual);
  EXPECT_FALSE(status_of("e").set);
  e.set();
  EXPECT_TRUE(status_of("e").set);
}

TEST_F(Status, OfASemaphore) {
  auto const s = semaphore::create("s", 3, 8);
  EXPECT_EQ(status_of("s").count, 3U);
  EXPECT_EQ(status_of("s").maximum, 8U);
}

TEST_F(Status, OfSomethingElse) {
  auto const memory = mapping::create("x", 1);
  EXPECT_ERROR(std::errc::invalid_argument, "not a mutex, event, semaphore or timer", (void)status_of("x"));
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "nobody holds it", (void)status_of("none"));
}

TEST_F(Status, OfWhatAListTold) {
  auto const m = mutex::create("m");
  (void)m.acquire();
  {
    auto const slots = semaphore::create("slots", 3, 8);
    auto const objects = list();
    ASSERT_EQ(objects.size(), 2U);
    EXPECT_EQ(status_of(objects[0]).owner_thread, ::gettid());
    EXPECT_EQ(status_of(objects[1]).count, 3U);
    EXPECT_EQ(status_of(objects[1]).maximum, 8U);
  }
  auto gone = stat("m");
  gone.file += "-gone";
  EXPECT_ERROR(std::errc::no_such_file_or_directory, "m", (void)status_of(gone));
}

}  // namespace
}  // namespace coview
