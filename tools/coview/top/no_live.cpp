// SPDX-License-Identifier: Apache-2.0
// What `coview top` is without ncurses.
#include "shared/exit_code.hpp"
#include "top/live.hpp"

namespace coview::tool {

int live_top(console&, live_options const&) {
  throw failure(exit_failed, "this program was built without ncurses (libncurses-dev), and has no live view",
                "'coview top --once' prints a table");
}

}  // namespace coview::tool
