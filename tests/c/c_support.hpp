// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <coview.h>

#include <cstdint>
#include <gtest/gtest.h>
#include <string>

#include "support/scoped_root.hpp"

/// What the tests of coview.h share.
namespace coview_test {

inline constexpr std::int64_t second = 1'000'000'000;

/// The call failed with this errno, and its sentence has these words.
inline void expect_failed(coview_status status, int errno_value, std::string const& words) {
  EXPECT_EQ(status, -errno_value);
  EXPECT_NE(std::string(coview_last_error()).find(words), std::string::npos) << coview_last_error();
}

inline std::string text(coview_message const* message) {
  return {static_cast<char const*>(coview_message_data(message)), coview_message_size(message)};
}

class c_test : public testing::Test {
 protected:
  scoped_root root_;
};

}  // namespace coview_test
