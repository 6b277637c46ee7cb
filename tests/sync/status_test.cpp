// SPDX-License-Identifier: Apache-2.0
// What can be seen of synchronisation objects from outside.
#include <unistd.h>

#include <gtest/gtest.h>
#include <thread>

#include <coview/mapping.hpp>
#include <coview/object.hpp>
#include <coview/semaphore.hpp>
#include <coview/sync_status.hpp>

#include "support/asleep.hpp"
#include "support/expect_error.hpp"
#include "support/process.hpp"
#include "support/scoped_root.hpp"

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
