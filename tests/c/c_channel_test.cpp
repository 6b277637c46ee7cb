// SPDX-License-Identifier: Apache-2.0
// Queues and topics through coview.h.
#include <coview.h>
#include <poll.h>
#include <sys/resource.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <thread>

#include "c/c_support.hpp"
#include "support/process.hpp"

namespace {

using C = coview_test::c_test;
using coview_test::child;
using coview_test::expect_failed;
using coview_test::parent_link;
using coview_test::second;
using coview_test::text;

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

}  // namespace
