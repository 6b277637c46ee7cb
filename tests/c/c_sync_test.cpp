// SPDX-License-Identifier: Apache-2.0
// Mutexes, events, semaphores and waits for several objects through coview.h.
#include <coview.h>
#include <pthread.h>

#include <array>
#include <cstdint>
#include <gtest/gtest.h>

#include "c/c_support.hpp"
#include "support/process.hpp"

namespace {

using C = coview_test::c_test;
using coview_test::child;
using coview_test::expect_failed;
using coview_test::parent_link;

TEST_F(C, AMutexTellsThatItsOwnerWasKilled) {
  coview_mutex* mutex = nullptr;
  ASSERT_EQ(coview_mutex_open_or_create("lock", nullptr, &mutex), COVIEW_OK);
  EXPECT_EQ(coview_mutex_created(mutex), 1);
  EXPECT_STREQ(coview_mutex_name(mutex), "lock");
  child owner([](parent_link const& parent) {
    coview_mutex* mine = nullptr;
    if (coview_mutex_open("lock", &mine) != COVIEW_OK) return;
    if (coview_mutex_acquire(mine, COVIEW_FOREVER) == COVIEW_OK) parent.say("owned");
    (void)parent.hear();
  });
  ASSERT_EQ(owner.hear(), "owned");
  EXPECT_EQ(coview_mutex_acquire(mutex, 0), COVIEW_TIMED_OUT);
  EXPECT_EQ(coview_mutex_acquire(mutex, 1000), COVIEW_TIMED_OUT);
  expect_failed(coview_mutex_release(mutex), EPERM, "'lock'");
  owner.kill();
  EXPECT_EQ(coview_mutex_acquire(mutex, COVIEW_FOREVER), COVIEW_ABANDONED);
  EXPECT_EQ(coview_mutex_release(mutex), COVIEW_OK);
  EXPECT_EQ(coview_mutex_acquire(mutex, COVIEW_FOREVER), COVIEW_OK) << "told once";
  EXPECT_EQ(coview_mutex_release(mutex), COVIEW_OK);
  EXPECT_EQ(coview_mutex_still_named(mutex), 1);
  coview_mutex_close(mutex);
}

TEST_F(C, EventsAndSemaphores) {
  coview_event* event = nullptr;
  ASSERT_EQ(coview_event_create("go", COVIEW_RESET_MANUAL, 0, nullptr, &event), COVIEW_OK);
  EXPECT_EQ(coview_event_kind(event), COVIEW_RESET_MANUAL);
  EXPECT_EQ(coview_event_wait(event, 0), COVIEW_TIMED_OUT);
  EXPECT_EQ(coview_event_set(event), COVIEW_OK);
  EXPECT_EQ(coview_event_wait(event, COVIEW_FOREVER), COVIEW_OK);
  EXPECT_EQ(coview_event_pulse(event), COVIEW_OK);
  EXPECT_EQ(coview_event_wait(event, 0), COVIEW_TIMED_OUT);
  EXPECT_EQ(coview_event_clear(event), COVIEW_OK);
  coview_event* other = nullptr;
  ASSERT_EQ(coview_event_open("go", &other), COVIEW_OK);
  EXPECT_EQ(coview_event_created(other), 0);
  coview_event_close(other);
  expect_failed(coview_event_create("go", COVIEW_RESET_MANUAL, 0, nullptr, &other), EEXIST, "'go'");
  EXPECT_EQ(other, nullptr);
  expect_failed(coview_event_create("e", 2, 0, nullptr, &other), EINVAL, "coview_reset");

  coview_semaphore* slots = nullptr;
  ASSERT_EQ(coview_semaphore_create("slots", 1, 2, nullptr, &slots), COVIEW_OK);
  EXPECT_EQ(coview_semaphore_count(slots), 1U);
  EXPECT_EQ(coview_semaphore_maximum(slots), 2U);
  EXPECT_EQ(coview_semaphore_acquire(slots, 0), COVIEW_OK);
  EXPECT_EQ(coview_semaphore_acquire(slots, 0), COVIEW_TIMED_OUT);
  std::uint32_t before = 77;
  EXPECT_EQ(coview_semaphore_release(slots, 2, &before), COVIEW_OK);
  EXPECT_EQ(before, 0U);
  expect_failed(coview_semaphore_release(slots, 1, nullptr), EOVERFLOW, "'slots'");
  coview_semaphore_close(slots);
  coview_event_close(event);
}

TEST_F(C, WaitsForAnyAndForAll) {
  coview_event* event = nullptr;
  coview_mutex* mutex = nullptr;
  coview_queue* queue = nullptr;
  coview_channel_options options = COVIEW_CHANNEL_OPTIONS_INIT;
  options.capacity = 4096;
  ASSERT_EQ(coview_event_create("go", COVIEW_RESET_AUTOMATIC, 0, nullptr, &event), COVIEW_OK);
  ASSERT_EQ(coview_mutex_create("lock", nullptr, &mutex), COVIEW_OK);
  ASSERT_EQ(coview_queue_create("jobs", &options, &queue), COVIEW_OK) << coview_last_error();
  std::array<coview_waitable, 3> objects{};
  objects[0].event = event;
  objects[1].queue = queue;
  objects[2].mutex = mutex;
  std::size_t index = 9;
  EXPECT_EQ(coview_wait_any(objects.data(), 2, 0, &index), COVIEW_TIMED_OUT);
  EXPECT_EQ(coview_wait_any(objects.data(), 3, COVIEW_FOREVER, &index), COVIEW_OK);
  EXPECT_EQ(index, 2U);
  ASSERT_EQ(coview_queue_send(queue, "job", 3, 0), COVIEW_OK);
  EXPECT_EQ(coview_wait_any(objects.data(), 3, COVIEW_FOREVER, &index), COVIEW_OK);
  EXPECT_EQ(index, 1U);
  EXPECT_EQ(coview_mutex_release(mutex), COVIEW_OK);
  objects[1] = objects[2];
  EXPECT_EQ(coview_wait_all(objects.data(), 2, 0), COVIEW_TIMED_OUT);
  EXPECT_EQ(coview_event_set(event), COVIEW_OK);
  EXPECT_EQ(coview_wait_all(objects.data(), 2, COVIEW_FOREVER), COVIEW_OK);
  EXPECT_EQ(coview_mutex_release(mutex), COVIEW_OK);
  objects[0].mutex = mutex;
  expect_failed(coview_wait_any(objects.data(), 1, 0, nullptr), EINVAL, "exactly one");
  objects[0] = {};
  expect_failed(coview_wait_all(objects.data(), 1, 0), EINVAL, "exactly one");
  objects[0].event = event;
  objects[0].reserved[1] = event;
  expect_failed(coview_wait_any(objects.data(), 1, 0, nullptr), EINVAL, "exactly one");
  expect_failed(coview_wait_any(objects.data(), 0, 0, nullptr), EINVAL, "0 objects");
  expect_failed(coview_wait_any(objects.data(), 65, 0, nullptr), EINVAL, "65 objects");
  expect_failed(coview_wait_any(nullptr, 1, 0, nullptr), EINVAL, "null pointer");
  coview_queue_close(queue);
  coview_mutex_close(mutex);
  coview_event_close(event);
}

TEST_F(C, AThreadCanBeCancelledInAWait) {
  coview_event* event = nullptr;
  ASSERT_EQ(coview_event_create("never", COVIEW_RESET_MANUAL, 0, nullptr, &event), COVIEW_OK);
  pthread_t thread{};
  auto const wait = [](void* it) -> void* {
    coview_event_wait(static_cast<coview_event*>(it), COVIEW_FOREVER);
    return nullptr;
  };
  ASSERT_EQ(::pthread_create(&thread, nullptr, wait, event), 0);
  ASSERT_EQ(::pthread_cancel(thread), 0);
  void* result = nullptr;
  ASSERT_EQ(::pthread_join(thread, &result), 0);
  EXPECT_EQ(result, PTHREAD_CANCELED);
  EXPECT_EQ(coview_event_set(event), COVIEW_OK);
  EXPECT_EQ(coview_event_wait(event, 0), COVIEW_OK);
  coview_event_close(event);
}

}  // namespace
