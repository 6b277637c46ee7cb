// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <string>

#include <coview/error.hpp>

/// EXPECT_ERROR(code, "part of the text", statement): the statement throws coview::error with this code, and its
/// sentence says this.
#define EXPECT_ERROR(expected_code, expected_text, statement)                                        \
  do {                                                                                               \
    try {                                                                                            \
      statement;                                                                                     \
      ADD_FAILURE() << "no error from " #statement;                                                  \
    } catch (coview::error const& caught) {                                                          \
      EXPECT_EQ(caught.code(), std::make_error_condition(expected_code)) << caught.what();           \
      EXPECT_NE(std::string(caught.what()).find(expected_text), std::string::npos) << caught.what(); \
    }                                                                                                \
  } while (false)
