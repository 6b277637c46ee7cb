// SPDX-License-Identifier: Apache-2.0
// coview.h as a program in C meets it: what it does, and what it says where it cannot.
#include <coview.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

#include "c/c_support.hpp"
#include "support/process.hpp"

namespace {

using C = coview_test::c_test;
using coview_test::child;
using coview_test::parent_link;

using coview_test::expect_failed;
using coview_test::second;
using coview_test::text;

TEST_F(C, MappingsAreSharedByName) {
  coview_mapping* memory = nullptr;
  ASSERT_EQ(coview_mapping_create("board", 4096, nullptr, &memory), COVIEW_OK);
  EXPECT_EQ(coview_mapping_size(memory), 4096U);
  EXPECT_STREQ(coview_mapping_name(memory), "board");
  EXPECT_EQ(coview_mapping_rights(memory), COVIEW_READ_WRITE);
  EXPECT_EQ(coview_mapping_created(memory), 1);
  EXPECT_EQ(coview_mapping_still_named(memory), 1);
  EXPECT_GE(coview_mapping_native_handle(memory), 3);
  EXPECT_GT(coview_mapping_payload_offset(memory), 0U);
  coview_view* view = nullptr;
  ASSERT_EQ(coview_view_map(memory, COVIEW_READ_WRITE, 0, COVIEW_TO_END, nullptr, &view), COVIEW_OK);
  EXPECT_EQ(coview_view_size(view), 4096U);
  std::strcpy(static_cast<char*>(coview_view_data(view)), "hello");
  coview_mapping_close(memory);  // the view keeps the name

  coview_mapping* again = nullptr;
  ASSERT_EQ(coview_mapping_open("board", COVIEW_READ_ONLY, &again), COVIEW_OK);
  EXPECT_EQ(coview_mapping_created(again), 0);
  coview_view* look = nullptr;
  ASSERT_EQ(coview_view_map(again, COVIEW_READ_ONLY, 0, 6, nullptr, &look), COVIEW_OK);
  EXPECT_STREQ(static_cast<char const*>(coview_view_data(look)), "hello");
  EXPECT_EQ(coview_view_rights(look), COVIEW_READ_ONLY);
  expect_failed(coview_view_protect(look, COVIEW_READ_WRITE), EACCES, "view");
  EXPECT_EQ(coview_view_flush(view, 0, COVIEW_TO_END), COVIEW_OK);
  EXPECT_EQ(coview_view_prefault(view, 0, COVIEW_TO_END), COVIEW_OK);
  coview_view* none = look;
  expect_failed(coview_view_map(again, COVIEW_READ_WRITE, 0, 6, nullptr, &none), EACCES, "'board'");
  EXPECT_EQ(none, nullptr) << "a failed call leaves no handle behind";
  expect_failed(coview_view_map(again, COVIEW_READ_ONLY, 4000, 97, nullptr, &none), ERANGE, "'board'");
  coview_view_close(look);
  coview_view_close(view);
  coview_mapping_close(again);
  expect_failed(coview_mapping_open("board", COVIEW_READ_WRITE, &memory), ENOENT,
                "cannot open mapping 'board': nobody holds it");
}

TEST_F(C, FilesAndAnonymousMemoryAreMapped) {
  auto const path = (root_.path() / "file").string();
  std::ofstream(path) << "0123456789";
  coview_file_options options = COVIEW_FILE_OPTIONS_INIT;
  options.name = "of a file";
  coview_mapping* file = nullptr;
  ASSERT_EQ(coview_mapping_file(path.c_str(), COVIEW_READ_WRITE, &options, &file), COVIEW_OK) << coview_last_error();
  EXPECT_EQ(coview_mapping_size(file), 10U);
  EXPECT_STREQ(coview_mapping_name(file), "of a file");
  coview_mapping_close(file);
  expect_failed(coview_mapping_file((path + "x").c_str(), COVIEW_READ_ONLY, nullptr, &file), ENOENT, "filex");

  coview_mapping* anonymous = nullptr;
  ASSERT_EQ(coview_mapping_anonymous(100, nullptr, &anonymous), COVIEW_OK);
  EXPECT_STREQ(coview_mapping_name(anonymous), "");
  coview_map_options placed = COVIEW_MAP_OPTIONS_INIT;
  placed.prefault = 1;
  coview_view* view = nullptr;
  ASSERT_EQ(coview_view_map(anonymous, COVIEW_COPY_ON_WRITE, 0, COVIEW_TO_END, &placed, &view), COVIEW_OK);
  EXPECT_EQ(coview_view_size(view), 100U);
  coview_view_close(view);
  coview_mapping_close(anonymous);
}

TEST_F(C, OptionsMayBeOlderAndNewerThanTheLibrary) {
  coview_create_options known = COVIEW_CREATE_OPTIONS_INIT;
  known.mode = 0640;
  coview_mapping* memory = nullptr;
  // As of a header that knew of nothing behind `mode`.
  known.struct_size = offsetof(coview_create_options, permanent);
  known.permanent = 1;
  ASSERT_EQ(coview_mapping_create("old", 64, &known, &memory), COVIEW_OK);
  coview_mapping_close(memory);
  EXPECT_EQ(coview_mapping_open("old", COVIEW_READ_WRITE, &memory), -ENOENT) << "permanent was not read";

  struct newer {
    coview_create_options known = COVIEW_CREATE_OPTIONS_INIT;
    std::uint64_t more = 0;
  } newer;
  newer.known.struct_size = sizeof newer;
  ASSERT_EQ(coview_mapping_create("new", 64, &newer.known, &memory), COVIEW_OK);
  coview_mapping_close(memory);
  newer.more = 1;
  expect_failed(coview_mapping_create("new", 64, &newer.known, &memory), E2BIG, "does not know");
  known.struct_size = 0;
  expect_failed(coview_mapping_create("none", 64, &known, &memory), EINVAL, "initialise them");
  coview_create_options wrong = COVIEW_CREATE_OPTIONS_INIT;
  wrong.huge_pages = 1;
  coview_mutex* mutex = nullptr;
  expect_failed(coview_mutex_create("m", &wrong, &mutex), EINVAL, "for mappings");
  wrong = COVIEW_CREATE_OPTIONS_INIT;
  wrong.mode = 01000;
  expect_failed(coview_mapping_create("mode", 64, &wrong, &memory), EINVAL, "'mode'");
}

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

TEST_F(C, QueuesDeliverInPlace) {
  coview_channel_options options = COVIEW_CHANNEL_OPTIONS_INIT;
  options.capacity = 1 << 16;
  options.type = {"job", 0, 3, 0};
  coview_queue* queue = nullptr;
  ASSERT_EQ(coview_queue_create("jobs", &options, &queue), COVIEW_OK) << coview_last_error();
  EXPECT_GE(coview_queue_capacity(queue), 1U << 16U);
  EXPECT_EQ(coview_queue_largest(queue), coview_queue_capacity(queue) / 4);
  coview_type wrong = {"job", 0, 4, 0};
  coview_queue* other = nullptr;
  expect_failed(coview_queue_open("jobs", &wrong, &other), EINVAL, "'jobs'");
  ASSERT_EQ(coview_queue_open("jobs", nullptr, &other), COVIEW_OK);
  coview_message* message = nullptr;
  EXPECT_EQ(coview_queue_receive(queue, 0, &message), COVIEW_TIMED_OUT);
  EXPECT_EQ(message, nullptr);
  ASSERT_EQ(coview_queue_send(queue, "first", 5, COVIEW_FOREVER), COVIEW_OK);
  coview_slot* slot = nullptr;
  ASSERT_EQ(coview_queue_loan(queue, 100, 0, &slot), COVIEW_OK);
  EXPECT_EQ(coview_slot_size(slot), 100U);
  std::memcpy(coview_slot_data(slot), "second", 6);
  expect_failed(coview_slot_publish(slot, 101, 0), EOVERFLOW, "slot");
  EXPECT_EQ(coview_slot_publish(slot, 6, 0), COVIEW_OK);
  expect_failed(coview_slot_publish(slot, 6, 0), EBADF, "slot");
  coview_slot_release(slot);
  EXPECT_EQ(coview_queue_depth(queue), 2U);
  ASSERT_EQ(coview_queue_receive(other, second, &message), COVIEW_OK);
  EXPECT_EQ(text(message), "first");
  coview_message* last = nullptr;
  ASSERT_EQ(coview_queue_receive(other, second, &last), COVIEW_OK);
  coview_queue_close(other);  // the messages keep it
  coview_queue_close(queue);
  EXPECT_EQ(text(message), "first");
  EXPECT_EQ(text(last), "second");
  EXPECT_EQ(coview_message_sequence(last), 1U);
  EXPECT_EQ(coview_message_deaths(last), 0U);
  coview_message_release(message);
  coview_message_release(last);
  EXPECT_TRUE(root_.files().empty());
}

TEST_F(C, ADescriptorTellsOfMessages) {
  coview_channel_options options = COVIEW_CHANNEL_OPTIONS_INIT;
  options.capacity = 4096;
  coview_queue* queue = nullptr;
  coview_topic* topic = nullptr;
  coview_subscription* subscription = nullptr;
  coview_publisher* publisher = nullptr;
  ASSERT_EQ(coview_queue_create("jobs", &options, &queue), COVIEW_OK);
  ASSERT_EQ(coview_topic_create("news", &options, &topic), COVIEW_OK);
  ASSERT_EQ(coview_subscription_open(topic, COVIEW_FROM_NOW, COVIEW_SLOW_LAGS, &subscription), COVIEW_OK);
  ASSERT_EQ(coview_publisher_open(topic, &publisher), COVIEW_OK);
  pollfd of_queue{coview_queue_native_wait_handle(queue), POLLIN, 0};
  pollfd of_subscription{coview_subscription_native_wait_handle(subscription), POLLIN, 0};
  ASSERT_GE(of_queue.fd, 3);
  ASSERT_GE(of_subscription.fd, 3);
  ASSERT_EQ(coview_queue_send(queue, "", 0, 0), COVIEW_OK);
  ASSERT_EQ(coview_publisher_publish(publisher, "", 0, 0), COVIEW_OK);
  EXPECT_EQ(::poll(&of_queue, 1, -1), 1);
  EXPECT_EQ(::poll(&of_subscription, 1, -1), 1);
  coview_publisher_close(publisher);
  coview_subscription_close(subscription);
  coview_topic_close(topic);
  coview_queue_close(queue);
}

TEST_F(C, WhatAReceiverDiedWithComesAgain) {
  coview_channel_options options = COVIEW_CHANNEL_OPTIONS_INIT;
  options.capacity = 4096;
  coview_queue* queue = nullptr;
  ASSERT_EQ(coview_queue_open_or_create("jobs", &options, &queue), COVIEW_OK);
  ASSERT_EQ(coview_queue_send(queue, "job", 3, 0), COVIEW_OK);
  child receiver([](parent_link const& parent) {
    coview_queue* mine = nullptr;
    coview_message* message = nullptr;
    if (coview_queue_open("jobs", nullptr, &mine) != COVIEW_OK) return;
    if (coview_queue_receive(mine, COVIEW_FOREVER, &message) == COVIEW_OK) parent.say("has it");
    (void)parent.hear();
  });
  ASSERT_EQ(receiver.hear(), "has it");
  receiver.kill();
  coview_message* message = nullptr;
  ASSERT_EQ(coview_queue_receive(queue, COVIEW_FOREVER, &message), COVIEW_OK);
  EXPECT_EQ(coview_message_deaths(message), 1U);
  coview_message_release(message);
  coview_queue_close(queue);
}

TEST_F(C, TopicsReachEverySubscription) {
  coview_channel_options options = COVIEW_CHANNEL_OPTIONS_INIT;
  options.capacity = 4096;
  options.messages = 4;
  options.subscribers_may_block = 1;
  coview_topic* topic = nullptr;
  ASSERT_EQ(coview_topic_open_or_create("poses", &options, &topic), COVIEW_OK) << coview_last_error();
  coview_message* message = nullptr;
  EXPECT_EQ(coview_topic_latest(topic, &message), COVIEW_ABSENT);
  coview_publisher* publisher = nullptr;
  coview_subscription* lagging = nullptr;
  ASSERT_EQ(coview_publisher_open(topic, &publisher), COVIEW_OK);
  ASSERT_EQ(coview_subscription_open(topic, COVIEW_FROM_NOW, COVIEW_SLOW_LAGS, &lagging), COVIEW_OK);
  EXPECT_EQ(coview_subscription_blocks(lagging), 0);
  for (char c = 'a'; c < 'g'; ++c) ASSERT_EQ(coview_publisher_publish(publisher, &c, 1, 0), COVIEW_OK);
  ASSERT_EQ(coview_subscription_receive(lagging, second, &message), COVIEW_OK);
  EXPECT_EQ(text(message), "c");
  EXPECT_EQ(coview_message_lost(message), 2U);
  EXPECT_EQ(coview_subscription_lost(lagging), 2U);
  coview_message_release(message);
  ASSERT_EQ(coview_topic_latest(topic, &message), COVIEW_OK);
  EXPECT_EQ(text(message), "f");
  coview_message_release(message);
  coview_subscription* blocking = nullptr;
  ASSERT_EQ(coview_subscription_open(topic, COVIEW_FROM_OLDEST, COVIEW_SLOW_BLOCKS, &blocking), COVIEW_OK);
  EXPECT_EQ(coview_subscription_blocks(blocking), 1);
  EXPECT_EQ(coview_publisher_publish(publisher, "g", 1, 0), COVIEW_TIMED_OUT);
  coview_slot* slot = nullptr;
  ASSERT_EQ(coview_publisher_loan(publisher, 8, 0, &slot), COVIEW_OK);
  EXPECT_EQ(coview_slot_publish(slot, 8, 0), COVIEW_TIMED_OUT);
  ASSERT_EQ(coview_subscription_receive(blocking, 0, &message), COVIEW_OK);
  coview_message_release(message);
  EXPECT_EQ(coview_slot_publish(slot, 0, 0), COVIEW_OK);
  coview_slot_release(slot);
  coview_subscription_close(blocking);
  expect_failed(coview_subscription_open(topic, -1, COVIEW_SLOW_LAGS, &blocking), EINVAL, "coview_from");
  coview_topic_close(topic);
  ASSERT_EQ(coview_subscription_receive(lagging, 0, &message), COVIEW_OK) << "they outlive it";
  coview_subscription_close(lagging);
  coview_publisher_close(publisher);
  coview_message_release(message);
}

TEST_F(C, WhatExistsIsListedAndRemoved) {
  coview_mapping* memory = nullptr;
  coview_create_options options = COVIEW_CREATE_OPTIONS_INIT;
  options.permanent = 1;
  ASSERT_EQ(coview_mapping_create("kept", 100, &options, &memory), COVIEW_OK);
  coview_event* event = nullptr;
  ASSERT_EQ(coview_event_create("go", COVIEW_RESET_MANUAL, 0, nullptr, &event), COVIEW_OK);
  coview_object_list* all = nullptr;
  ASSERT_EQ(coview_list(&all), COVIEW_OK);
  ASSERT_EQ(coview_object_list_count(all), 2U);
  EXPECT_STREQ(coview_object_list_at(all, 0)->name, "go");
  EXPECT_EQ(coview_object_list_at(all, 0)->kind, COVIEW_KIND_EVENT);
  auto const* const kept = coview_object_list_at(all, 1);
  EXPECT_EQ(kept->kind, COVIEW_KIND_MAPPING);
  EXPECT_EQ(kept->size, 100U);
  EXPECT_EQ(kept->mode, 0600U);
  EXPECT_EQ(kept->permanent, 1);
  EXPECT_EQ(kept->global, 0);
  EXPECT_EQ(kept->owner, ::geteuid());
  EXPECT_EQ(kept->creator, ::getpid());
  EXPECT_GT(kept->created, 1'700'000'000 * second);
  EXPECT_EQ(coview_object_list_at(all, 2), nullptr);
  coview_object_list_free(all);
  coview_object_list* one = nullptr;
  ASSERT_EQ(coview_stat("go", &one), COVIEW_OK);
  EXPECT_EQ(coview_object_list_at(one, 0)->state, COVIEW_STATE_HELD);
  coview_object_list_free(one);
  expect_failed(coview_stat("gone", &one), ENOENT, "'gone'");
  coview_holder_list* who = nullptr;
  ASSERT_EQ(coview_find_holders("go", &who), COVIEW_OK);
  EXPECT_EQ(coview_holder_list_held(who), 1);
  EXPECT_EQ(coview_holder_list_complete(who), 1);
  ASSERT_EQ(coview_holder_list_count(who), 1U);
  EXPECT_EQ(coview_holder_list_at(who, 0)->pid, ::getpid());
  EXPECT_EQ(coview_holder_list_at(who, 1), nullptr);
  coview_holder_list_free(who);
  int later = -1;
  EXPECT_EQ(coview_remove("kept", 0, &later), COVIEW_OK);
  EXPECT_EQ(later, 1);
  EXPECT_EQ(coview_remove("go", 1, &later), COVIEW_OK);
  EXPECT_EQ(later, 0);
  EXPECT_EQ(coview_event_still_named(event), 0);
  coview_event_close(event);
  coview_mapping_close(memory);
  std::uint64_t objects = 9;
  std::uint64_t bytes = 9;
  EXPECT_EQ(coview_reclaim(&objects, &bytes), COVIEW_OK);
  EXPECT_EQ(objects, 0U);
  EXPECT_EQ(bytes, 0U);
  EXPECT_TRUE(root_.files().empty());
}

/// How often this thread has slept, as the kernel counts.
long slept() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

TEST_F(C, AThreadWithoutPatienceDoesNotWaitForALock) {
  coview_channel_options options = COVIEW_CHANNEL_OPTIONS_INIT;
  options.capacity = 4096;
  coview_topic* topic = nullptr;
  coview_publisher* publisher = nullptr;
  coview_subscription* subscription = nullptr;
  ASSERT_EQ(coview_topic_create("stuck", &options, &topic), COVIEW_OK);
  ASSERT_EQ(coview_publisher_open(topic, &publisher), COVIEW_OK);
  EXPECT_EQ(coview_thread_patience(0), 1);
  std::thread([] { EXPECT_EQ(coview_thread_patience(1), 1) << "it is each thread's own"; }).join();
  // As if process 1 had stopped with the lock: docs/layout.md, "state".
  std::fstream file(root_.path() / root_.files().front(), std::ios::in | std::ios::out | std::ios::binary);
  std::uint32_t const owner = 1;
  constexpr std::streamoff state = 4072;
  ASSERT_TRUE(file.seekp(state).write(reinterpret_cast<char const*>(&owner), sizeof owner).flush());
  auto const before = slept();
  EXPECT_EQ(coview_publisher_publish(publisher, "x", 1, 0), COVIEW_TIMED_OUT);
  expect_failed(coview_subscription_open(topic, COVIEW_FROM_NOW, COVIEW_SLOW_LAGS, &subscription), EBUSY, "'stuck'");
  EXPECT_EQ(slept(), before);
  EXPECT_EQ(coview_thread_patience(1), 0);
  EXPECT_EQ(coview_publisher_publish(publisher, "x", 1, 0), COVIEW_TIMED_OUT);
  EXPECT_GT(slept(), before) << "others wait for a moment";
  std::uint32_t const nobody = 0;
  ASSERT_TRUE(file.seekp(state).write(reinterpret_cast<char const*>(&nobody), sizeof nobody).flush());
  EXPECT_EQ(coview_publisher_publish(publisher, "x", 1, 0), COVIEW_OK);
  coview_publisher_close(publisher);
  coview_topic_close(topic);
}

TEST_F(C, FilesAreCopied) {
  auto const source = (root_.path() / "source").string();
  auto const target = (root_.path() / "target").string();
  std::ofstream(source) << "bytes";
  coview_copy_options options = COVIEW_COPY_OPTIONS_INIT;
  options.verify = COVIEW_VERIFY_READ_BACK;
  coview_copy_report report = COVIEW_COPY_REPORT_INIT;
  ASSERT_EQ(coview_copy_file(source.c_str(), target.c_str(), &options, &report), COVIEW_OK) << coview_last_error();
  EXPECT_EQ(report.bytes, 5U);
  EXPECT_EQ(report.verified, 1);
  EXPECT_EQ(std::strlen(report.hash), 32U);
  // A program of an older header has room for less.
  std::array<unsigned char, sizeof report> raw{};
  raw.fill(0xee);
  auto* const older = reinterpret_cast<coview_copy_report*>(raw.data());
  older->struct_size = offsetof(coview_copy_report, data_bytes);
  ASSERT_EQ(coview_copy_file(source.c_str(), target.c_str(), nullptr, older), COVIEW_OK);
  EXPECT_EQ(older->bytes, 5U);
  EXPECT_EQ(raw[offsetof(coview_copy_report, data_bytes)], 0xee) << "no more than it has room for";
  int calls = 0;
  options.context = &calls;
  options.on_progress = [](void* context, coview_copy_progress const*) { return ++*static_cast<int*>(context), 0; };
  ASSERT_EQ(coview_copy_file(source.c_str(), target.c_str(), &options, &report), COVIEW_OK);
  EXPECT_EQ(report.cancelled, 1);
  EXPECT_GT(calls, 0);
  expect_failed(coview_copy_file((source + "x").c_str(), target.c_str(), nullptr, nullptr), ENOENT, "sourcex");
  options.existing = 4;
  expect_failed(coview_copy_file(source.c_str(), target.c_str(), &options, nullptr), EINVAL, "coview_existing");
}

TEST_F(C, NullPointersAreErrorsThatNameTheCall) {
  coview_mapping* mapping = nullptr;
  coview_view* view = nullptr;
  coview_mutex* mutex = nullptr;
  coview_event* event = nullptr;
  coview_semaphore* semaphore = nullptr;
  coview_queue* queue = nullptr;
  coview_slot* slot = nullptr;
  coview_message* message = nullptr;
  coview_topic* topic = nullptr;
  coview_publisher* publisher = nullptr;
  coview_subscription* subscription = nullptr;
  coview_object_list* objects = nullptr;
  coview_holder_list* holders = nullptr;
#define EXPECT_REFUSED(name, ...) expect_failed(name(__VA_ARGS__), EINVAL, #name)
  EXPECT_REFUSED(coview_mapping_create, nullptr, 64, nullptr, &mapping);
  EXPECT_REFUSED(coview_mapping_create, "m", 64, nullptr, nullptr);
  EXPECT_REFUSED(coview_mapping_open, nullptr, COVIEW_READ_ONLY, &mapping);
  EXPECT_REFUSED(coview_mapping_open, "m", 3, &mapping);
  EXPECT_REFUSED(coview_mapping_open_or_create, nullptr, 64, nullptr, &mapping);
  EXPECT_REFUSED(coview_mapping_file, nullptr, COVIEW_READ_ONLY, nullptr, &mapping);
  EXPECT_REFUSED(coview_mapping_anonymous, 64, nullptr, nullptr);
  EXPECT_REFUSED(coview_view_map, nullptr, COVIEW_READ_ONLY, 0, 0, nullptr, &view);
  EXPECT_REFUSED(coview_view_flush, nullptr, 0, 0);
  EXPECT_REFUSED(coview_view_prefault, nullptr, 0, 0);
  EXPECT_REFUSED(coview_view_protect, nullptr, COVIEW_READ_ONLY);
  EXPECT_REFUSED(coview_mutex_create, nullptr, nullptr, &mutex);
  EXPECT_REFUSED(coview_mutex_open, nullptr, &mutex);
  EXPECT_REFUSED(coview_mutex_open_or_create, nullptr, nullptr, &mutex);
  EXPECT_REFUSED(coview_mutex_acquire, nullptr, 0);
  EXPECT_REFUSED(coview_mutex_release, nullptr);
  EXPECT_REFUSED(coview_event_create, nullptr, COVIEW_RESET_MANUAL, 0, nullptr, &event);
  EXPECT_REFUSED(coview_event_open, nullptr, &event);
  EXPECT_REFUSED(coview_event_open_or_create, nullptr, COVIEW_RESET_MANUAL, 0, nullptr, &event);
  EXPECT_REFUSED(coview_event_set, nullptr);
  EXPECT_REFUSED(coview_event_clear, nullptr);
  EXPECT_REFUSED(coview_event_pulse, nullptr);
  EXPECT_REFUSED(coview_event_wait, nullptr, 0);
  EXPECT_REFUSED(coview_semaphore_create, nullptr, 0, 1, nullptr, &semaphore);
  EXPECT_REFUSED(coview_semaphore_open, nullptr, &semaphore);
  EXPECT_REFUSED(coview_semaphore_open_or_create, nullptr, 0, 1, nullptr, &semaphore);
  EXPECT_REFUSED(coview_semaphore_acquire, nullptr, 0);
  EXPECT_REFUSED(coview_semaphore_release, nullptr, 1, nullptr);
  EXPECT_REFUSED(coview_queue_create, nullptr, nullptr, &queue);
  EXPECT_REFUSED(coview_queue_open, nullptr, nullptr, &queue);
  EXPECT_REFUSED(coview_queue_open_or_create, nullptr, nullptr, &queue);
  EXPECT_REFUSED(coview_queue_send, nullptr, "", 0, 0);
  EXPECT_REFUSED(coview_queue_loan, nullptr, 1, 0, &slot);
  EXPECT_REFUSED(coview_queue_receive, nullptr, 0, &message);
  EXPECT_REFUSED(coview_queue_native_wait_handle, nullptr);
  EXPECT_REFUSED(coview_subscription_native_wait_handle, nullptr);
  EXPECT_REFUSED(coview_slot_publish, nullptr, 0, 0);
  EXPECT_REFUSED(coview_topic_create, nullptr, nullptr, &topic);
  EXPECT_REFUSED(coview_topic_open, nullptr, nullptr, &topic);
  EXPECT_REFUSED(coview_topic_open_or_create, nullptr, nullptr, &topic);
  EXPECT_REFUSED(coview_topic_latest, nullptr, &message);
  EXPECT_REFUSED(coview_publisher_open, nullptr, &publisher);
  EXPECT_REFUSED(coview_publisher_publish, nullptr, "", 0, 0);
  EXPECT_REFUSED(coview_publisher_loan, nullptr, 1, 0, &slot);
  EXPECT_REFUSED(coview_subscription_open, nullptr, COVIEW_FROM_NOW, COVIEW_SLOW_LAGS, &subscription);
  EXPECT_REFUSED(coview_subscription_receive, nullptr, 0, &message);
  EXPECT_REFUSED(coview_wait_all, nullptr, 1, 0);
  EXPECT_REFUSED(coview_list, nullptr);
  EXPECT_REFUSED(coview_stat, nullptr, &objects);
  EXPECT_REFUSED(coview_find_holders, nullptr, &holders);
  EXPECT_REFUSED(coview_remove, nullptr, 0, nullptr);
  EXPECT_REFUSED(coview_copy_file, nullptr, "t", nullptr, nullptr);
  EXPECT_REFUSED(coview_copy_file, "s", nullptr, nullptr, nullptr);
#undef EXPECT_REFUSED
}

TEST_F(C, NullHandlesAreEmpty) {
  EXPECT_EQ(coview_mapping_size(nullptr), 0U);
  EXPECT_STREQ(coview_mapping_name(nullptr), "");
  EXPECT_EQ(coview_mapping_created(nullptr), 0);
  EXPECT_EQ(coview_mapping_still_named(nullptr), 0);
  EXPECT_EQ(coview_mapping_native_handle(nullptr), -1);
  EXPECT_EQ(coview_view_data(nullptr), nullptr);
  EXPECT_EQ(coview_view_size(nullptr), 0U);
  EXPECT_STREQ(coview_mutex_name(nullptr), "");
  EXPECT_STREQ(coview_event_name(nullptr), "");
  EXPECT_STREQ(coview_semaphore_name(nullptr), "");
  EXPECT_EQ(coview_semaphore_count(nullptr), 0U);
  EXPECT_EQ(coview_queue_depth(nullptr), 0U);
  EXPECT_EQ(coview_slot_data(nullptr), nullptr);
  EXPECT_EQ(coview_message_data(nullptr), nullptr);
  EXPECT_EQ(coview_message_size(nullptr), 0U);
  EXPECT_EQ(coview_message_lost(nullptr), 0U);
  EXPECT_STREQ(coview_topic_name(nullptr), "");
  EXPECT_EQ(coview_subscription_blocks(nullptr), 0);
  EXPECT_EQ(coview_object_list_count(nullptr), 0U);
  EXPECT_EQ(coview_object_list_at(nullptr, 0), nullptr);
  EXPECT_EQ(coview_holder_list_count(nullptr), 0U);
  coview_mapping_close(nullptr);
  coview_view_close(nullptr);
  coview_mutex_close(nullptr);
  coview_event_close(nullptr);
  coview_semaphore_close(nullptr);
  coview_queue_close(nullptr);
  coview_slot_release(nullptr);
  coview_message_release(nullptr);
  coview_topic_close(nullptr);
  coview_publisher_close(nullptr);
  coview_subscription_close(nullptr);
  coview_object_list_free(nullptr);
  coview_holder_list_free(nullptr);
}

TEST_F(C, TheSentenceIsTheThreadsOwnAndIsCutInWholeCharacters) {
  coview_mutex* mutex = nullptr;
  expect_failed(coview_mutex_open("here", &mutex), ENOENT, "'here'");
  std::thread([] { EXPECT_STREQ(coview_last_error(), ""); }).join();
  std::string name;
  for (int i = 0; i < 1000; ++i) name += "\xc3\xa4";
  EXPECT_EQ(coview_mutex_open(name.c_str(), &mutex), -ENOENT);
  std::string const said = coview_last_error();
  EXPECT_GE(said.size(), 1021U);
  EXPECT_LE(said.size(), 1023U);
  EXPECT_TRUE(said.ends_with("\xc3\xa4\xe2\x80\xa6")) << said;
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

TEST_F(C, TellsItsVersion) {
  auto const number = coview_version_number();
  EXPECT_EQ(coview_version(), std::to_string(number >> 16U) + "." + std::to_string(number >> 8U & 255U) + "." +
                                  std::to_string(number & 255U));
}

}  // namespace
