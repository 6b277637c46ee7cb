// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "command.hpp"

namespace CLI {
class Option;
}  // namespace CLI

/// Help, examples first; and the parts of it of which manual pages are made as well.
namespace coview::tool {

/// What the program can do.
[[nodiscard]] std::string program_help(console const& out);

/// What one command does, with the arguments that `app` declares for it.
[[nodiscard]] std::string command_help(console const& out, command const& which, CLI::App const& app);

struct example {
  std::string_view line;     ///< what to type
  std::string_view comment;  ///< may be empty
};

/// Examples, one a line; what follows two blanks is a comment.
[[nodiscard]] std::vector<example> examples_in(std::string_view lines);

/// An option with all its names, and what its value is called: "-s, --size SIZE", "--verify[=HOW]".
[[nodiscard]] std::string option_names(CLI::Option const& option);

/// How the command is called: "coview ls [PATTERN] [OPTIONS]".
[[nodiscard]] std::string usage_line(command const& which, CLI::App const& app);

}  // namespace coview::tool
