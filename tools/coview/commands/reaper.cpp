// SPDX-License-Identifier: Apache-2.0
// coview reaper: gives back what killed holders leave, as soon as they are dead. It waits for the kernel to tell; it
// never polls.
#include "object/reaper.hpp"

#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "shared/signals.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

int watch_and_reap(console& out, bool json) {
  signal_reader signals(ending_signals);
  if (!json) out.say("giving back what killed holders leave behind; Ctrl-C ends this");
  reap(signals.fd(), [&](reaper_event const& event) {
    auto const now = std::chrono::system_clock::now();
    if (json) {
      out.write_json_line(
          {{"schema", "coview.reaper/1"}, {"time", iso_time(now)}, {"name", event.name}, {"bytes", event.bytes}});
    } else {
      out.print("{}  {}  {}\n", local_clock(now), human_size(event.bytes), escape(event.name));
      out.flush();
    }
  });
  return exit_ok;
}

action prepare_reaper(argument_list& takes, std::vector<std::string> const&) {
  auto json = std::make_shared<bool>(false);
  add_json(takes, *json);
  return [json](console& out) { return watch_and_reap(out, *json); };
}

}  // namespace

constinit command const reaper_command = {
    .name = "reaper",
    .summary = "Give back the memory of killed holders at once, while it runs",
    .examples =
        "coview reaper\n"
        "systemctl --user enable --now coview-reaper  for as long as this user is logged in",
    .details =
        "Prints a line for each object: when, how much memory, which name. Without it, nothing is wrong: the\n"
        "memory of a killed last holder is given back by the next create, open or list.",
    .prepare = prepare_reaper};

}  // namespace coview::tool
