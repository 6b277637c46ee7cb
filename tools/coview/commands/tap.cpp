// SPDX-License-Identifier: Apache-2.0
// coview tap: a topic's messages on standard output, without taking part in it.
#include <memory>

#include <coview/topic.hpp>

#include "command.hpp"
#include "shared/receiving.hpp"

namespace coview::tool {

namespace {

int tap(console& out, receiving_arguments const& given) {
  auto const looked_at = topic::open(given.name, {}, trust::none);
  auto const subscription = looked_at.subscribe({.from = given.from()});
  out.say("looking on at '{}'; Ctrl-C ends this", escape(looked_at.name()));
  return receive_all(given, [&](timeout until) {
    auto const message = subscription.receive(until);
    if (message) {
      print_message(out, given.format("coview.tap/1"),
                    {message->bytes(), message->sequence(), message->lost(), false});
    }
    return message.has_value();
  });
}

action prepare_tap(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<receiving_arguments>();
  takes.option("TOPIC", given->name, "Name of the topic").type_name("").required();
  add_receiving(takes, *given, "Begin with the next message (now, default) or the oldest");
  return [given](console& out) { return tap(out, *given); };
}

}  // namespace

constinit command const tap_command = {
    .name = "tap",
    .summary = "Look on at a topic, without taking part",
    .examples =
        "coview tap cam/front --json | jq .size\n"
        "coview tap log --from oldest --count 10",
    .details =
        "Prints what 'coview recv' prints, but opens the topic for reading only, and trusts nobody who writes to "
        "it:\n"
        "it takes no place for a participant, nobody ever waits for it, and what it was too slow for is told on\n"
        "standard error as lost. It needs the right to read only, and works across pid namespaces.\n"
        "It looks for messages again every 4 ms at most, and so may be late by that.\n"
        "A queue cannot be looked on at: each message is for one receiver.",
    .prepare = prepare_tap};

}  // namespace coview::tool
