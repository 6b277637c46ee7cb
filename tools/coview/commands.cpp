// SPDX-License-Identifier: Apache-2.0
// The list of commands, and the arguments that several of them have.
#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "command.hpp"
#include "text.hpp"

namespace coview::tool {

namespace {

/// An option whose text `parse` reads; what it throws becomes a usage error that names the option.
template <class T, class Parse>
void add_parsed(CLI::App& app, std::string const& option, T& value, std::string const& type, std::string const& help,
                Parse parse) {
  app.add_option_function<std::string>(
         option,
         [option, &value, parse](std::string const& text) {
           try {
             value = parse(text);
           } catch (std::invalid_argument const& e) {
             throw CLI::ValidationError(option, e.what());
           }
         },
         help)
      ->type_name(type);
}

}  // namespace

std::span<command const> commands() {
  static std::array const all = {
      demo_command,   create_command,     ls_command,       stat_command,     who_command,     read_command,
      write_command,  watch_command,      lock_command,     wait_command,     signal_command,  post_command,
      copy_command,   sum_command,        cmp_command,      rm_command,       reclaim_command, reaper_command,
      doctor_command, completion_command, complete_command, demo_peer_command};
  return all;
}

void add_name(CLI::App& app, std::string& name) {
  app.add_option("NAME", name, "Name of the object; 'Global\\' in front for one that other users see")
      ->type_name("")
      ->required();
}

void add_json(CLI::App& app, bool& json) {
  app.add_flag("--json", json, "Print JSON");
}

void add_size(CLI::App& app, std::string const& option, std::uint64_t& value, std::string const& help) {
  add_parsed(app, option, value, "SIZE", help, parse_size);
}

void add_duration(CLI::App& app, std::string const& option, std::chrono::nanoseconds& value,
                  std::string const& help) {
  add_parsed(app, option, value, "TIME", help, parse_duration);
}

void add_permits(CLI::App& app, std::string const& option, std::uint32_t& value, std::uint32_t least,
                 std::string const& help) {
  constexpr std::uint32_t most = std::numeric_limits<std::int32_t>::max();
  app.add_option(option, value, help)->type_name("N")->check(CLI::Range(least, most));
}

void add_mode(CLI::App& app, std::string const& option, mode_t& value, std::string const& help) {
  add_parsed(app, option, value, "MODE", help, parse_mode);
}

}  // namespace coview::tool
