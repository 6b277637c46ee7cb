// SPDX-License-Identifier: Apache-2.0
// coview who: which processes hold an object.
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include <coview/error.hpp>
#include <coview/object.hpp>

#include "command.hpp"
#include "object/name.hpp"
#include "shared/channel_text.hpp"
#include "shared/known_object.hpp"
#include "shared/object_text.hpp"
#include "shared/sync_text.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct who_arguments {
  std::string name;
  bool json = false;
};

nlohmann::ordered_json holder_json(holder const& each) {
  nlohmann::ordered_json all = {{"pid", each.pid}, {"user", nullptr}, {"uid", nullptr}, {"command", nullptr}};
  if (each.user) {
    all["user"] = user_text(*each.user);
    all["uid"] = *each.user;
  }
  if (!each.command.empty()) all["command"] = each.command;
  return all;
}

/// The name as every command shows it.
std::string displayed(std::string const& name) {
  object_name parsed;
  return parse_name(name, parsed) == name_fault::none ? parsed.display() : name;
}

/// What this user may not read still has holders that can be named; what is in it then stays unknown.
known_object known_if_readable(std::string const& name) {
  try {
    return look_into(stat(name));
  } catch (error const& e) {
    if (e.code() == std::errc::permission_denied) return {};
    throw;
  }
}

/// What the list does not tell.
void say_what_is_missing(console& out, holders_seen const& found, std::string const& name) {
  auto const shown = escape(name);
  if (!found.held && found.complete) {
    out.say("no process holds '{}'; it exists because it is permanent", shown);
  } else if (!found.held) {
    out.say("no process that can be seen from here holds '{}'", shown);
  } else if (found.processes.empty()) {
    out.say("somebody holds '{}', in a process that cannot be seen from here", shown);
  } else if (!found.complete) {
    out.say("as far as can be seen from here: who took a handle of '{}' may have passed it on", shown);
  }
}

int who(console& out, who_arguments const& given) {
  auto const found = find_holders(given.name);
  auto const known = known_if_readable(given.name);
  if (given.json) {
    auto all = nlohmann::ordered_json::array();
    for (auto const& each : found.processes) all.push_back(holder_json(each));
    out.write_json({{"schema", "coview.who/1"},
                    {"name", displayed(given.name)},
                    {"held", found.held},
                    {"complete", found.complete},
                    {"holders", std::move(all)},
                    {"sync", sync_json(known.sync)},
                    {"channel", channel_json(known.channel)}});
    return exit_ok;
  }
  if (!found.processes.empty()) {
    print_holders(out, found.processes, {}, known.sync ? sure_owner(*known.sync) : std::nullopt);
  }
  if (known.channel && !known.channel->participants.empty()) {
    out.print("\n");
    print_participants(out, *known.channel);
  }
  say_what_is_missing(out, found, given.name);
  if (known.sync && known.sync->owned && !sure_owner(*known.sync)) {
    out.say("owner of '{}': {}", escape(given.name), owner_text(*known.sync));
  }
  return exit_ok;
}

action prepare_who(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<who_arguments>();
  add_name(takes, given->name);
  add_json(takes, given->json);
  return [given](console& out) { return who(out, *given); };
}

}  // namespace

constinit command const who_command = {
    .name = "who",
    .summary = "Show which processes hold an object",
    .examples =
        "coview who Frames\n"
        "kill $(coview who Frames --json | jq '.holders[].pid')",
    .details =
        "Other users' processes are shown as well. A '?' stands for what /proc hides from this user. Where\n"
        "holders may be missing, standard error says so, and \"complete\" in JSON is false: in a container,\n"
        "and where a process passed its handle on that is gone, or that this user may not look into. A process\n"
        "that has only a view of the kind that does not keep the name holds nothing.\n"
        "Of a mutex that is owned, a column tells which of them owns it. Of a queue or topic, a second table has "
        "those\n"
        "who take part, as 'coview stat' shows them.",
    .prepare = prepare_who};

}  // namespace coview::tool
