// SPDX-License-Identifier: Apache-2.0
// coview tap: a topic's messages on standard output, without taking part in it.
#include <chrono>
#include <fmt/format.h>
#include <memory>

#include <coview/topic.hpp>

#include "command.hpp"
#include "shared/message_text.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct tap_arguments {
  std::string name;
  std::string begin = "now";
  std::uint64_t count = 0;  // 0: all that come
  bool frames = false;
  bool json = false;
  std::chrono::nanoseconds time = for_ever;
};

int tap(console& out, tap_arguments const& given) {
  auto const looked_at = topic::open(given.name, {}, trust::none);
  auto const from_here = looked_at.subscribe({.from = given.begin == "oldest" ? from::oldest : from::now});
  out.say("looking on at '{}'; Ctrl-C ends this", escape(looked_at.name()));
  for (std::uint64_t n = 0; given.count == 0 || n < given.count; ++n) {
    auto const message = from_here.receive(timeout(given.time));
    if (!message) throw failure(exit_busy, fmt::format("time is up: nothing came from '{}'", escape(given.name)));
    print_message(out, {.frames = given.frames, .json = given.json, .schema = "coview.tap/1"},
                  {message->bytes(), message->sequence(), message->lost(), false});
  }
  return exit_ok;
}

action prepare_tap(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<tap_arguments>();
  takes.option("TOPIC", given->name, "Name of the topic").type_name("").required();
  takes.option("--from", given->begin, "Begin with the next message (now, default) or the oldest")
      .type_name("WHEN")
      .one_of({"now", "oldest"});
  takes.option("-n,--count", given->count, "End after so many messages (default: go on)").type_name("N");
  takes.flag("--frames", given->frames,
             "Print each message as 4 bytes with its length, the lowest first, and its bytes");
  add_duration(takes, "-t,--timeout", given->time, "Wait so long for each message (default: for ever)");
  add_json(takes, given->json);
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
