// SPDX-License-Identifier: Apache-2.0
// Copying trees through coview.h.
#include <coview.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "c/c_support.hpp"

namespace {

using coview_test::expect_failed;

class CCopyTree : public coview_test::c_test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(root_.path() / "tree/folder");
    std::ofstream(root_.path() / "tree/a") << "aa";
    std::ofstream(root_.path() / "tree/folder/b") << "bbb";
    std::ofstream(root_.path() / "tree/folder/left.out") << "c";
  }
  [[nodiscard]] std::string at(char const* what) const { return (root_.path() / what).string(); }
  [[nodiscard]] bool is_there(char const* what) const { return std::filesystem::exists(root_.path() / what); }
};

/// What callbacks were told.
struct seen {
  std::vector<std::string> entries;
  int progress = 0;
  int asked = 0;
};

TEST_F(CCopyTree, CopiesAllAndTellsOfIt) {
  coview_tree_options options = COVIEW_TREE_OPTIONS_INIT;
  coview_copy_options file = COVIEW_COPY_OPTIONS_INIT;
  file.verify = COVIEW_VERIFY_READ_BACK;
  options.file = &file;
  std::array const filters{coview_tree_filter{"*.out", 0, {}}};
  options.filters = filters.data();
  options.filter_count = filters.size();
  seen told;
  options.context = &told;
  options.on_entry = [](void* context, coview_tree_entry const* entry) {
    EXPECT_EQ(entry->outcome, COVIEW_ENTRY_COPIED);
    if (entry->kind == COVIEW_ENTRY_FILE) static_cast<seen*>(context)->entries.emplace_back(entry->source);
  };
  options.on_progress = [](void* context, coview_tree_progress const* now) {
    EXPECT_NE(now->current, nullptr);
    return ++static_cast<seen*>(context)->progress;
  };
  auto const source = at("tree");
  char const* const sources[] = {source.c_str()};
  coview_tree_report* report = nullptr;
  ASSERT_EQ(coview_copy_tree(sources, 1, at("copy").c_str(), &options, &report), COVIEW_OK) << coview_last_error();
  auto const* const counts = coview_tree_report_counts(report);
  EXPECT_EQ(counts->files, 2U);
  EXPECT_EQ(counts->directories, 2U);
  EXPECT_EQ(counts->bytes, 5U);
  EXPECT_EQ(counts->verified, 1);
  EXPECT_EQ(coview_tree_report_failure_count(report), 0U);
  coview_tree_report_free(report);
  EXPECT_EQ(told.entries.size(), 2U);
  EXPECT_GT(told.progress, 0);
  EXPECT_TRUE(is_there("copy/folder/b"));
  EXPECT_FALSE(is_there("copy/folder/left.out"));

  options.on_progress = nullptr;
  options.on_entry = nullptr;
  options.may_replace = [](void* context, char const*) {
    ++static_cast<seen*>(context)->asked;
    return 0;
  };
  options.target = COVIEW_TARGET_EXACT;
  ASSERT_EQ(coview_copy_tree(sources, 1, at("copy").c_str(), &options, &report), COVIEW_OK) << coview_last_error();
  EXPECT_EQ(coview_tree_report_counts(report)->skipped, 2U);
  EXPECT_EQ(told.asked, 2);
  coview_tree_report_free(report);
}

TEST_F(CCopyTree, WhatCannotBeCopiedIsInTheReport) {
  auto const source = at("tree");
  auto const missing = at("missing");
  std::filesystem::create_directory(root_.path() / "copies");
  char const* const sources[] = {missing.c_str(), source.c_str()};
  coview_tree_report* report = nullptr;
  ASSERT_EQ(coview_copy_tree(sources, 2, at("copies").c_str(), nullptr, &report), COVIEW_PARTIAL);
  ASSERT_EQ(coview_tree_report_failure_count(report), 1U);
  auto const* const failure = coview_tree_report_failure_at(report, 0);
  EXPECT_EQ(failure->code, ENOENT);
  EXPECT_EQ(failure->source, missing);
  EXPECT_NE(std::string(failure->text).find("missing"), std::string::npos);
  EXPECT_EQ(coview_tree_report_failure_at(report, 1), nullptr);
  EXPECT_EQ(coview_tree_report_warning_count(report), 0U);
  EXPECT_EQ(coview_tree_report_warning_at(report, 0), nullptr);
  coview_tree_report_free(report);
  EXPECT_TRUE(is_there("copies/tree/folder/left.out"));
  coview_tree_options options = COVIEW_TREE_OPTIONS_INIT;
  options.on_progress = [](void*, coview_tree_progress const*) { return 0; };
  EXPECT_EQ(coview_copy_tree(sources + 1, 1, at("cancelled").c_str(), &options, &report), COVIEW_PARTIAL);
  EXPECT_EQ(coview_tree_report_counts(report)->cancelled, 1);
  coview_tree_report_free(report);
}

TEST_F(CCopyTree, RefusesWhatCannotBe) {
  char const* const sources[] = {"/nowhere", nullptr};
  coview_tree_report* report = nullptr;
  expect_failed(coview_copy_tree(nullptr, 1, "t", nullptr, &report), EINVAL, "coview_copy_tree");
  expect_failed(coview_copy_tree(sources, 2, "t", nullptr, nullptr), EINVAL, "a source is a null pointer");
  expect_failed(coview_copy_tree(sources, 1, nullptr, nullptr, nullptr), EINVAL, "coview_copy_tree");
  expect_failed(coview_copy_tree(sources, 0, "t", nullptr, &report), EINVAL, "");
  coview_tree_options options = COVIEW_TREE_OPTIONS_INIT;
  options.follow = 3;
  expect_failed(coview_copy_tree(sources, 1, "t", &options, &report), EINVAL, "coview_follow");
  options = COVIEW_TREE_OPTIONS_INIT;
  options.target = -1;
  expect_failed(coview_copy_tree(sources, 1, "t", &options, &report), EINVAL, "coview_tree_target");
  options = COVIEW_TREE_OPTIONS_INIT;
  options.files = 3;
  expect_failed(coview_copy_tree(sources, 1, "t", &options, &report), EINVAL, "coview_tree_files");
  options = COVIEW_TREE_OPTIONS_INIT;
  options.filter_count = 1;
  expect_failed(coview_copy_tree(sources, 1, "t", &options, &report), EINVAL, "filters is a null pointer");
  coview_tree_filter const filter{nullptr, 0, {}};
  options.filters = &filter;
  expect_failed(coview_copy_tree(sources, 1, "t", &options, &report), EINVAL, "the pattern of a filter");
  options = COVIEW_TREE_OPTIONS_INIT;
  coview_copy_options file = COVIEW_COPY_OPTIONS_INIT;
  file.verify = 3;
  options.file = &file;
  expect_failed(coview_copy_tree(sources, 1, "t", &options, &report), EINVAL, "coview_verify");
  EXPECT_EQ(report, nullptr);
  EXPECT_EQ(coview_tree_report_counts(nullptr), nullptr);
  EXPECT_EQ(coview_tree_report_failure_count(nullptr), 0U);
  EXPECT_EQ(coview_tree_report_failure_at(nullptr, 0), nullptr);
  EXPECT_EQ(coview_tree_report_warning_count(nullptr), 0U);
  EXPECT_EQ(coview_tree_report_warning_at(nullptr, 0), nullptr);
  coview_tree_report_free(nullptr);
}

}  // namespace
