// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <fmt/format.h>
#include <string>

#include <coview/timeout.hpp>
#include <coview/topic.hpp>

#include "command.hpp"
#include "shared/message_text.hpp"
#include "shared/text.hpp"

/// What the commands that print messages as they come have in common.
namespace coview::tool {

struct receiving_arguments {
  std::string name;
  std::string begin = "now";
  std::uint64_t count = 0;  // 0: all that come
  bool frames = false;
  bool json = false;
  std::chrono::nanoseconds time = for_ever;

  [[nodiscard]] coview::from from() const { return begin == "oldest" ? from::oldest : from::now; }
  [[nodiscard]] message_format format(char const* schema) const { return {frames, json, schema}; }
};

/// All of them but the name.
void add_receiving(argument_list& takes, receiving_arguments& given, std::string const& about_from);

/// Calls `next`, which prints one message and is false when time is up, as often as is asked for.
template <class Next>
int receive_all(receiving_arguments const& given, Next const& next) {
  for (std::uint64_t n = 0; given.count == 0 || n < given.count; ++n) {
    if (next(timeout(given.time))) continue;
    throw failure(exit_busy, fmt::format("time is up: nothing came from '{}'", escape(given.name)));
  }
  return exit_ok;
}

}  // namespace coview::tool
