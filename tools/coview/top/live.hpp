// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "shared/console.hpp"
#include "top/columns.hpp"

namespace coview::tool {

struct live_options {
  std::string pattern;
  top_order order;
  std::chrono::nanoseconds interval;
};

/// The live view, until it is left or a signal ends it: the exit status. Throws `failure` where this program was
/// built without ncurses, or where there is no terminal.
int live_top(console& out, live_options const& given);

}  // namespace coview::tool
