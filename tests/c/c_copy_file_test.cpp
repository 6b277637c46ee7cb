// SPDX-License-Identifier: Apache-2.0
// The copy of a file through coview.h.
#include <coview.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>

#include "c/c_support.hpp"

namespace {

using C = coview_test::c_test;
using coview_test::expect_failed;

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

}  // namespace
