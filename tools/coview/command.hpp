// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/arguments.hpp"
#include "shared/console.hpp"
#include "shared/exit_code.hpp"

/// What a command is, and the list of all commands. A new command is one file in commands/ that fills in a `command`,
/// and one line in commands.cpp; help, completion and suggestions come from here.
namespace coview::tool {

/// What a command does once its arguments are read: returns the exit status, throws `failure` or `coview::error`.
using action = std::function<int(console&)>;

enum class shown : unsigned char { in_help, hidden };

struct command {
  std::string_view name;
  std::string_view summary;   ///< one line, for the list of commands
  std::string_view examples;  ///< shown first in the command's help; one a line, comment after two blanks
  std::string_view details;   ///< shown last; may be empty
  /// Declares the command's arguments and returns what to do with them. `rest` is what followed "--" on the command
  /// line of a command that takes another one.
  action (*prepare)(argument_list& takes, std::vector<std::string> const& rest);
  shown in_list = shown::in_help;
  bool takes_command = false;  ///< what follows "--" is a command to run
  bool needs_command = false;  ///< and there must be one
};

/// Every command, in the order in which help lists them.
[[nodiscard]] std::span<command const> commands();

/// The value of a duration that was not given, for waiting without an end.
inline constexpr std::chrono::nanoseconds for_ever = std::chrono::nanoseconds::max();

// Arguments that several commands have; what is wrong with a value is a usage error that names the option.

void add_name(argument_list& takes, std::string& name);
void add_json(argument_list& takes, bool& json);
void add_size(argument_list& takes, std::string const& option, std::uint64_t& value, std::string const& help);
void add_duration(argument_list& takes, std::string const& option, std::chrono::nanoseconds& value,
                  std::string const& help);
/// How many permits, `least` to 2 147 483 647.
void add_permits(argument_list& takes, std::string const& option, std::uint32_t& value, std::uint32_t least,
                 std::string const& help);
void add_mode(argument_list& takes, std::string const& option, mode_t& value, std::string const& help);

extern command const demo_command;
extern command const demo_peer_command;
extern command const demo_host_command;
extern command const create_command;
extern command const ls_command;
extern command const stat_command;
extern command const who_command;
extern command const top_command;
extern command const read_command;
extern command const write_command;
extern command const watch_command;
extern command const lock_command;
extern command const wait_command;
extern command const signal_command;
extern command const post_command;
extern command const send_command;
extern command const recv_command;
extern command const tap_command;
extern command const hz_command;
extern command const evict_command;
extern command const bridge_command;
extern command const bench_command;
extern command const copy_command;
extern command const sum_command;
extern command const cmp_command;
extern command const rm_command;
extern command const reclaim_command;
extern command const reaper_command;
extern command const doctor_command;
extern command const completion_command;
extern command const complete_command;
extern command const manual_command;

}  // namespace coview::tool
