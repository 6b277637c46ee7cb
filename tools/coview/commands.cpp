// SPDX-License-Identifier: Apache-2.0
// The list of commands, and the arguments that several of them have.
#include <array>
#include <cstdint>
#include <limits>

#include "command.hpp"
#include "shared/text.hpp"

namespace coview::tool {

std::span<command const> commands() {
  static std::array const all = {
      demo_command,      create_command, ls_command,     stat_command,       who_command,      top_command,
      read_command,      write_command,  watch_command,  lock_command,       wait_command,     signal_command,
      post_command,      send_command,   recv_command,   tap_command,        hz_command,       evict_command,
      bridge_command,    bench_command,  copy_command,   sum_command,        cmp_command,      rm_command,
      reclaim_command,   reaper_command, doctor_command, completion_command, complete_command, demo_peer_command,
      demo_host_command, manual_command};
  return all;
}

void add_name(argument_list& takes, std::string& name) {
  takes.option("NAME", name, "Name of the object; 'Global\\' in front for one that other users see")
      .type_name("")
      .required();
}

void add_json(argument_list& takes, bool& json) {
  takes.flag("--json", json, "Print JSON");
}

void add_size(argument_list& takes, std::string const& option, std::uint64_t& value, std::string const& help) {
  takes.parsed(option, "SIZE", help, [&value](std::string const& text) { value = parse_size(text); });
}

void add_duration(argument_list& takes, std::string const& option, std::chrono::nanoseconds& value,
                  std::string const& help) {
  takes.parsed(option, "TIME", help, [&value](std::string const& text) { value = parse_duration(text); });
}

void add_permits(argument_list& takes, std::string const& option, std::uint32_t& value, std::uint32_t least,
                 std::string const& help) {
  constexpr std::uint32_t most = std::numeric_limits<std::int32_t>::max();
  takes.option(option, value, help).type_name("N").between(least, most);
}

void add_mode(argument_list& takes, std::string const& option, mode_t& value, std::string const& help) {
  takes.parsed(option, "MODE", help, [&value](std::string const& text) { value = parse_mode(text); });
}

}  // namespace coview::tool
