// SPDX-License-Identifier: Apache-2.0
// Looking at channels from outside, and freeing publishers, through coview.h.
#include <coview.h>
#include <unistd.h>

#include "c/c_support.hpp"

namespace {

using CChannelStatus = coview_test::c_test;
using coview_test::expect_failed;

TEST_F(CChannelStatus, TellsOfATopicAndWhoTakesPart) {
  coview_channel_options options = COVIEW_CHANNEL_OPTIONS_INIT;
  options.capacity = 4096;
  options.messages = 4;
  options.participants = 8;
  options.subscribers_may_block = 1;
  options.type = {"pose", 8, 2, 0};
  coview_topic* topic = nullptr;
  coview_publisher* publisher = nullptr;
  coview_subscription* blocking = nullptr;
  coview_subscription* lagging = nullptr;
  ASSERT_EQ(coview_topic_create("poses", &options, &topic), COVIEW_OK);
  ASSERT_EQ(coview_publisher_open(topic, &publisher), COVIEW_OK);
  ASSERT_EQ(coview_subscription_open(topic, COVIEW_FROM_NOW, COVIEW_SLOW_BLOCKS, &blocking), COVIEW_OK);
  ASSERT_EQ(coview_subscription_open(topic, COVIEW_FROM_NOW, COVIEW_SLOW_LAGS, &lagging), COVIEW_OK);
  for (int i = 0; i < 4; ++i) ASSERT_EQ(coview_publisher_publish(publisher, "12345678", 8, 0), COVIEW_OK);
  EXPECT_EQ(coview_publisher_publish(publisher, "12345678", 8, 0), COVIEW_TIMED_OUT);
  EXPECT_EQ(coview_topic_published(topic), 4U);

  coview_channel_status* status = nullptr;
  ASSERT_EQ(coview_channel_look("poses", &status), COVIEW_OK) << coview_last_error();
  auto const* const counts = coview_channel_status_counts(status);
  EXPECT_EQ(counts->struct_size, sizeof *counts);
  EXPECT_EQ(counts->kind, COVIEW_KIND_TOPIC);
  EXPECT_EQ(counts->capacity, coview_topic_capacity(topic));
  EXPECT_EQ(counts->largest, coview_topic_largest(topic));
  EXPECT_EQ(counts->most_messages, 4U);
  EXPECT_EQ(counts->most_participants, 8U);
  EXPECT_EQ(counts->sent, 4U);
  EXPECT_EQ(counts->subscribers_may_block, 1);
  EXPECT_EQ(counts->same_pid_namespace, 1);
  EXPECT_STREQ(counts->type.name, "pose");
  EXPECT_EQ(counts->type.size, 8U);
  EXPECT_EQ(counts->type.version, 2U);
  ASSERT_EQ(coview_channel_status_participant_count(status), 3U);
  std::uint32_t number_of_blocking = 0;
  std::uint32_t publishers = 0;
  std::uint32_t subscribers = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    auto const* const each = coview_channel_status_participant_at(status, i);
    EXPECT_EQ(each->process, ::getpid());
    EXPECT_EQ(each->user, ::geteuid());
    EXPECT_EQ(each->alive, 1);
    publishers += each->role == COVIEW_ROLE_PUBLISHER ? 1 : 0;
    if (each->role != COVIEW_ROLE_SUBSCRIBER) continue;
    ++subscribers;
    EXPECT_EQ(each->lag, 4U);
    EXPECT_EQ(each->holds_back, each->blocks);
    if (each->blocks != 0) number_of_blocking = each->number;
  }
  EXPECT_EQ(publishers, 1U);
  EXPECT_EQ(subscribers, 2U);
  EXPECT_EQ(coview_channel_status_participant_at(status, 3), nullptr);
  coview_channel_status_free(status);

  EXPECT_EQ(coview_topic_evict_one(topic, number_of_blocking), COVIEW_OK);
  EXPECT_EQ(coview_topic_evict_one(topic, number_of_blocking), COVIEW_ABSENT) << "it blocks no longer";
  expect_failed(coview_topic_evict_one(topic, 99), EINVAL, "none is number 99");
  EXPECT_EQ(coview_publisher_publish(publisher, "12345678", 8, 0), COVIEW_OK);
  EXPECT_EQ(coview_subscription_blocks(blocking), 0);
  std::uint64_t evicted = 9;
  EXPECT_EQ(coview_topic_evict(topic, &evicted), COVIEW_OK);
  EXPECT_EQ(evicted, 0U);
  coview_subscription* again = nullptr;
  ASSERT_EQ(coview_subscription_open(topic, COVIEW_FROM_OLDEST, COVIEW_SLOW_BLOCKS, &again), COVIEW_OK);
  EXPECT_EQ(coview_topic_evict(topic, nullptr), COVIEW_OK);
  EXPECT_EQ(coview_subscription_blocks(again), 0);
  coview_subscription_close(again);
  coview_subscription_close(lagging);
  coview_subscription_close(blocking);
  coview_publisher_close(publisher);
  coview_topic_close(topic);
}

TEST_F(CChannelStatus, TellsOfAQueue) {
  coview_channel_options options = COVIEW_CHANNEL_OPTIONS_INIT;
  options.capacity = 4096;
  options.drop_on_death = 1;
  coview_queue* queue = nullptr;
  ASSERT_EQ(coview_queue_create("jobs", &options, &queue), COVIEW_OK);
  for (int i = 0; i < 3; ++i) ASSERT_EQ(coview_queue_send(queue, "job", 3, 0), COVIEW_OK);
  coview_message* message = nullptr;
  ASSERT_EQ(coview_queue_receive(queue, 0, &message), COVIEW_OK);
  coview_channel_status* status = nullptr;
  ASSERT_EQ(coview_channel_look("jobs", &status), COVIEW_OK);
  auto const* const counts = coview_channel_status_counts(status);
  EXPECT_EQ(counts->kind, COVIEW_KIND_QUEUE);
  EXPECT_EQ(counts->sent, 3U);
  EXPECT_EQ(counts->depth, 2U);
  EXPECT_EQ(counts->drops_of_the_dead, 1);
  EXPECT_STREQ(counts->type.name, "");
  ASSERT_EQ(coview_channel_status_participant_count(status), 1U);
  EXPECT_EQ(coview_channel_status_participant_at(status, 0)->role, COVIEW_ROLE_QUEUE_USER);
  EXPECT_EQ(coview_channel_status_participant_at(status, 0)->held, 1U);
  coview_channel_status_free(status);
  coview_message_release(message);
  coview_queue_close(queue);
}

TEST_F(CChannelStatus, RefusesWhatCannotBe) {
  coview_channel_status* status = nullptr;
  expect_failed(coview_channel_look("none", &status), ENOENT, "'none'");
  expect_failed(coview_channel_look(nullptr, &status), EINVAL, "coview_channel_look");
  expect_failed(coview_channel_look("none", nullptr), EINVAL, "coview_channel_look");
  coview_mutex* mutex = nullptr;
  ASSERT_EQ(coview_mutex_create("lock", nullptr, &mutex), COVIEW_OK);
  expect_failed(coview_channel_look("lock", &status), EINVAL, "'lock'");
  EXPECT_EQ(status, nullptr);
  coview_mutex_close(mutex);
  expect_failed(coview_topic_evict(nullptr, nullptr), EINVAL, "coview_topic_evict");
  expect_failed(coview_topic_evict_one(nullptr, 0), EINVAL, "coview_topic_evict_one");
  EXPECT_EQ(coview_topic_published(nullptr), 0U);
  EXPECT_EQ(coview_channel_status_counts(nullptr), nullptr);
  EXPECT_EQ(coview_channel_status_participant_count(nullptr), 0U);
  EXPECT_EQ(coview_channel_status_participant_at(nullptr, 0), nullptr);
  coview_channel_status_free(nullptr);
}

}  // namespace
