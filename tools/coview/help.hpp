// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "command.hpp"

/// Help, examples first.
namespace coview::tool {

/// What the program can do.
[[nodiscard]] std::string program_help(console const& out);

/// What one command does, with the arguments that `app` declares for it.
[[nodiscard]] std::string command_help(console const& out, command const& which, CLI::App const& app);

}  // namespace coview::tool
