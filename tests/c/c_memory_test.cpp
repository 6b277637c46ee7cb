// SPDX-License-Identifier: Apache-2.0
// Mappings and views through coview.h.
#include <coview.h>

#include <cstring>
#include <fstream>
#include <gtest/gtest.h>

#include "c/c_support.hpp"

namespace {

using C = coview_test::c_test;
using coview_test::expect_failed;

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

}  // namespace
