// SPDX-License-Identifier: Apache-2.0
// coview signal: sets, pulses or clears an event.
#include <memory>

#include <coview/event.hpp>

#include "command.hpp"

namespace coview::tool {

namespace {

struct signal_arguments {
  std::string name;
  bool pulse = false;
  bool clear = false;
};

int signal_event(signal_arguments const& given) {
  auto const target = event::open(given.name);
  if (given.pulse) {
    target.pulse();
  } else if (given.clear) {
    target.clear();
  } else {
    target.set();
  }
  return exit_ok;
}

action prepare_signal(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<signal_arguments>();
  takes.option("EVENT", given->name, "Name of the event").type_name("").required();
  auto const pulse = takes.flag("--pulse", given->pulse, "Let those through that wait now, and nobody else");
  takes.flag("--clear", given->clear, "Not set from now on").excludes(pulse);
  return [given](console&) { return signal_event(*given); };
}

}  // namespace

constinit command const signal_command = {
    .name = "signal",
    .summary = "Set an event, or pulse or clear it",
    .examples =
        "coview signal ready\n"
        "coview signal ready --clear\n"
        "coview signal tick --pulse",
    .details =
        "A set manual-reset event lets everybody through until it is cleared, an automatic-reset one lets a single\n"
        "waiter through and is reset then. An event lives as long as somebody holds it: 'coview create NAME\n"
        "--kind event' does, or --permanent keeps it.",
    .prepare = prepare_signal};

}  // namespace coview::tool
