// SPDX-License-Identifier: Apache-2.0
// coview evict: publishers wait no longer for subscribers that block.
#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include <coview/channel_status.hpp>
#include <coview/topic.hpp>

#include "command.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct evict_arguments {
  std::string name;
  pid_t process = 0;
  std::optional<std::string> participant;
  bool json = false;
};

/// Those who are meant, whether they block or not.
std::vector<channel_participant> those_meant(evict_arguments const& given, channel_status const& status) {
  std::vector<channel_participant> meant;
  for (auto const& each : status.participants) {
    bool const is_it = given.participant    ? std::to_string(each.number) == *given.participant
                       : given.process != 0 ? each.process == given.process
                                            : each.blocks;
    if (is_it && each.role == participant_role::subscriber) meant.push_back(each);
  }
  return meant;
}

[[noreturn]] void nobody_meant(evict_arguments const& given) {
  auto const name = escape(given.name);
  auto const* const remedy = "'coview who' shows who takes part, and who blocks";
  if (given.participant) {
    throw failure(exit_failed, fmt::format("'{}' has no subscriber number {}", name, escape(*given.participant)),
                  remedy);
  }
  if (given.process != 0) {
    throw failure(exit_failed, fmt::format("process {} is no subscriber of '{}'", given.process, name), remedy);
  }
  throw failure(exit_failed, fmt::format("no subscriber of '{}' blocks", name), remedy);
}

int evict(console& out, evict_arguments const& given) {
  auto const which = topic::open(given.name);
  auto meant = those_meant(given, status_of_channel(given.name));
  if (meant.empty()) nobody_meant(given);
  std::erase_if(meant, [&](auto const& each) { return !which.evict(each.number); });
  if (given.json) {
    auto all = nlohmann::ordered_json::array();
    for (auto const& each : meant) all.push_back({{"number", each.number}, {"pid", each.process}, {"lag", each.lag}});
    out.write_json({{"schema", "coview.evict/1"}, {"name", which.name()}, {"evicted", std::move(all)}});
  } else {
    for (auto const& each : meant) {
      out.print("publishers no longer wait for participant {}, process {}\n", each.number, each.process);
    }
  }
  if (meant.empty()) throw failure(exit_failed, fmt::format("no publisher of '{}' waits for it", escape(given.name)));
  return exit_ok;
}

action prepare_evict(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<evict_arguments>();
  takes.option("TOPIC", given->name, "Name of the topic").type_name("").required();
  auto process =
      takes.option("PROCESS", given->process, "Only the subscribers of this process; all that block otherwise")
          .type_name("");
  takes.option("--participant", given->participant, "Only the subscriber with this number in 'coview who'")
      .type_name("N")
      .excludes(process);
  add_json(takes, given->json);
  return [given](console& out) { return evict(out, *given); };
}

}  // namespace

constinit command const evict_command = {
    .name = "evict",
    .summary = "Free publishers from a subscriber that blocks",
    .examples =
        "coview evict log            from all that block\n"
        "coview evict log 4711       from those of process 4711\n"
        "coview evict log --participant 2",
    .details =
        "A subscriber of a topic can ask publishers to wait for it (slow::blocks). When it has stopped, they wait\n"
        "without an end: this ends that. The subscriber goes on, but loses messages from now on, and is told how "
        "many.\n"
        "'coview who' shows who holds the publishers back. The status is 1 where nobody did.",
    .prepare = prepare_evict};

}  // namespace coview::tool
