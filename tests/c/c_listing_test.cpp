// SPDX-License-Identifier: Apache-2.0
// Listing, looking at and removing objects through coview.h.
#include <coview.h>
#include <unistd.h>

#include <cstdint>
#include <gtest/gtest.h>

#include "c/c_support.hpp"

namespace {

using C = coview_test::c_test;
using coview_test::expect_failed;
using coview_test::second;

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

}  // namespace
