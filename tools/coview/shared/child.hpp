// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace coview::tool {

class console;

/// What becomes of the command when this process is killed and cannot end it itself.
enum class orphan : unsigned char {
  goes_on,
  killed,  ///< by SIGKILL, from the kernel; a set-user-ID program is spared
};

/// Runs a command as a shell would, found through PATH, and waits for it. Signals that somebody sends to this process
/// meanwhile are passed on; those of the terminal reach the command by themselves. Returns its exit status, 128 + n
/// where signal n ended it, 127 or 126 where it cannot be found or run.
int run_child(console& out, std::vector<std::string> const& command, orphan then = orphan::goes_on);

}  // namespace coview::tool
