// SPDX-License-Identifier: Apache-2.0
// coview ls: what exists.
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "shared/known_object.hpp"
#include "shared/object_text.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

struct ls_arguments {
  std::string pattern;
  bool json = false;
  bool all_columns = false;
};

int ls(console& out, ls_arguments const& given) {
  auto const objects = look_at_all(given.pattern);
  if (given.json) {
    auto all = nlohmann::ordered_json::array();
    for (auto const& each : objects) all.push_back(object_json(each));
    out.write_json({{"schema", "coview.ls/1"}, {"objects", std::move(all)}});
    return exit_ok;
  }
  if (objects.empty()) {
    if (given.pattern.empty()) {
      out.say("nothing exists: no process holds an object");
    } else {
      out.say("nothing that exists matches '{}'", escape(given.pattern));
    }
    return exit_ok;
  }
  print_objects(out, objects, given.all_columns ? columns::all : columns::usual);
  return exit_ok;
}

action prepare_ls(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<ls_arguments>();
  takes.option("PATTERN", given->pattern, "Only names that match, with *, ? and [a-z] as in a shell").type_name("");
  takes.flag("-l,--long", given->all_columns, "Also scope, memory in use, owner, mode and creation time");
  add_json(takes, given->json);
  return [given](console& out) { return ls(out, *given); };
}

}  // namespace

constinit command const ls_command = {
    .name = "ls",
    .summary = "List what exists",
    .examples =
        "coview ls\n"
        "coview ls 'cam*' --long\n"
        "coview ls --json | jq -r '.objects[].name'",
    .details =
        "Lists this user's objects and those of the global scope. BRIDGE tells of those that 'coview bridge' "
        "carries how\nmany messages went out and came in, how many wait (lag) and how many were lost. On a terminal, "
        "long names are cut to fit;\n"
        "--json and a pipe have them in full.",
    .prepare = prepare_ls};

}  // namespace coview::tool
