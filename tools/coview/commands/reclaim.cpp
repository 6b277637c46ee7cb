// SPDX-License-Identifier: Apache-2.0
// coview reclaim: gives back what killed holders left behind.
#include <memory>
#include <nlohmann/json.hpp>

#include <coview/object.hpp>

#include "command.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

int give_back(console& out, bool json) {
  auto const given = reclaim();
  if (json) {
    out.write_json({{"schema", "coview.reclaim/1"}, {"objects", given.objects}, {"bytes", given.bytes}});
  } else if (given.objects == 0) {
    out.say("nothing to give back");
  } else {
    out.say("gave back {} object{}, {}", given.objects, given.objects == 1 ? "" : "s", human_size(given.bytes));
  }
  return exit_ok;
}

action prepare_reclaim(argument_list& takes, std::vector<std::string> const&) {
  auto json = std::make_shared<bool>(false);
  add_json(takes, *json);
  return [json](console& out) { return give_back(out, *json); };
}

}  // namespace

constinit command const reclaim_command = {
    .name = "reclaim",
    .summary = "Give back the memory that killed holders left behind",
    .examples =
        "coview reclaim\n"
        "sudo coview reclaim  other users' global objects as well",
    .details =
        "Nobody can open what is given back: its name was gone with its last holder. What somebody holds and\n"
        "what is permanent is never touched. Creating, opening and listing do this too, a little at a time.",
    .prepare = prepare_reclaim};

}  // namespace coview::tool
