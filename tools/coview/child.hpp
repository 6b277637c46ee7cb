// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace coview::tool {

/// Runs a command as a shell would, found through PATH, and waits for it. Signals that somebody sends to this process
/// meanwhile are passed on; those of the terminal reach the command by themselves. Returns its exit status, 128 + n
/// where signal n ended it, 127 or 126 where it cannot be found or run.
class console;
int run_child(console& out, std::vector<std::string> const& command);

}  // namespace coview::tool
