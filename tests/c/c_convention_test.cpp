// SPDX-License-Identifier: Apache-2.0
// What all calls of coview.h have in common: options, null pointers, sentences, the version.
#include <coview.h>

#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <thread>

#include "c/c_support.hpp"

namespace {

using C = coview_test::c_test;
using coview_test::expect_failed;

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

TEST_F(C, TellsItsVersion) {
  auto const number = coview_version_number();
  EXPECT_EQ(coview_version(), std::to_string(number >> 16U) + "." + std::to_string(number >> 8U & 255U) + "." +
                                  std::to_string(number & 255U));
}

}  // namespace
