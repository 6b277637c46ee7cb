// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <sstream>
#include <string>

#include <coview/copy_tree.hpp>

#include "copy/copy_calls.hpp"

/// How the tests of trees call copy_tree, and look at what it reports.
namespace coview_test {

/// As `cp -a` and `rsync -aHAX` do.
inline coview::tree_options archive(unsigned jobs = 0) {
  auto options = quick_tree();
  options.file.preserve.owner = true;
  options.file.preserve.security = true;
  options.file.preserve.inherit = false;
  options.existing_directories = options.file.preserve;
  options.special = true;
  options.jobs = jobs;
  return options;
}

inline std::string text_of(coview::tree_report const& report) {
  std::ostringstream text;
  for (auto const& each : report.failures) text << each.text << '\n';
  for (auto const& each : report.warnings) text << each << '\n';
  return text.str();
}

}  // namespace coview_test

#define EXPECT_FINE(report) EXPECT_EQ(coview_test::text_of(report), "")
