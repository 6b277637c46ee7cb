// SPDX-License-Identifier: Apache-2.0
// coview who: which processes hold an object.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include <coview/object.hpp>

#include "command.hpp"
#include "object_text.hpp"
#include "sync_text.hpp"
#include "text.hpp"

namespace coview::tool {

namespace {

struct arguments {
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

int who(console& out, arguments const& given) {
  auto const found = holders(given.name);
  auto const object = stat(given.name);
  auto const sync = sync_of(object);
  if (given.json) {
    auto all = nlohmann::ordered_json::array();
    for (auto const& each : found) all.push_back(holder_json(each));
    out.write_json(
        {{"schema", "coview.who/1"}, {"name", object.name}, {"holders", std::move(all)}, {"sync", sync_json(sync)}});
  } else if (found.empty()) {
    out.say("no process holds '{}'; it exists because it is permanent", escape(given.name));
  } else {
    print_holders(out, found, {}, sync ? sync->owner_process : std::nullopt);
  }
  return exit_ok;
}

action prepare(CLI::App& app, std::vector<std::string> const&) {
  auto given = std::make_shared<arguments>();
  add_name(app, given->name);
  add_json(app, given->json);
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
        "Other users' processes are shown as well. A '?' stands for what /proc hides from this user.\n"
        "Of a mutex that is owned, a column tells which of them owns it.",
    .prepare = prepare};

}  // namespace coview::tool
