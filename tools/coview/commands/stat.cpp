// SPDX-License-Identifier: Apache-2.0
// coview stat: everything that is known of one object.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <nlohmann/json.hpp>

#include <coview/error.hpp>
#include <coview/object.hpp>

#include "command.hpp"
#include "shared/channel_text.hpp"
#include "shared/known_object.hpp"
#include "shared/object_lines.hpp"
#include "shared/object_text.hpp"
#include "shared/text.hpp"
#include "shared/unlinked.hpp"

namespace coview::tool {

namespace {

struct stat_arguments {
  std::string name;
  bool json = false;
};

nlohmann::ordered_json stat_json(known_object const& known) {
  auto const& object = known.object;
  auto all = object_json(known);
  all["handles_seen"] = object.handles_seen;
  all["uid"] = object.owner;
  all["permanent"] = object.permanent;
  all["creator"] = object.creator;
  all["file"] = object.file;
  all["target"] = object.target.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(object.target);
  all["problem"] = object.problem.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(object.problem);
  return all;
}

void print_stat(console& out, known_object const& known) {
  out.print("{}\n", out.in(style::bold, escape(known.object.name)));
  for (auto const& [what, text] : object_lines(known)) {
    out.print("  {}  {}\n", out.in(style::dim, fmt::format("{:9}", what)),
              what == "problem" ? out.in(style::red, text) : text);
  }
  if (known.channel) print_participants(out, *known.channel, "  ");
}

/// Nobody finds it. If somebody still has it, that is worth knowing.
[[noreturn]] void explain_absence(std::string const& name, error const& absent) {
  auto const holding = holders_of_unlinked(name);
  if (holding.empty()) throw absent;
  throw failure(exit_not_found,
                fmt::format("'{}' lost its name: its file was deleted while process{} {} held it", escape(name),
                            holding.size() > 1 ? "es" : "", fmt::join(holding, ", ")),
                "they keep the memory, but nobody finds it; logind's RemoveIPC does this, see 'coview doctor'");
}

int show_stat(console& out, stat_arguments const& given) {
  try {
    auto const known = look_into(stat(given.name));
    if (given.json) {
      out.write_json({{"schema", "coview.stat/1"}, {"object", stat_json(known)}});
    } else {
      print_stat(out, known);
    }
    return exit_ok;
  } catch (error const& e) {
    if (e.code() == std::errc::no_such_file_or_directory) explain_absence(given.name, e);
    throw;
  }
}

action prepare_stat(argument_list& takes, std::vector<std::string> const&) {
  auto given = std::make_shared<stat_arguments>();
  add_name(takes, given->name);
  add_json(takes, given->json);
  return [given](console& out) { return show_stat(out, *given); };
}

}  // namespace

constinit command const stat_command = {
    .name = "stat",
    .summary = "Show one object in full",
    .examples =
        "coview stat Frames\n"
        "coview stat 'Global\\Board' --json | jq .object.handles\n"
        "coview stat log --json | jq '.object.channel.participants[] | select(.holds_back)'",
    .details =
        "An object whose file was deleted while it was held is not found; if one of this user's processes\n"
        "still has it, the message says which.\n"
        "Of a queue or topic, it shows what it carries, how many messages there are, and who takes part: role,\n"
        "process, how far behind a subscriber is (LAG), what it lost, how many messages each has in hand (HELD), and "
        "who\n"
        "holds the publishers back; of what 'coview bridge' carries, what was sent, received and lost, and how far "
        "behind it is.",
    .prepare = prepare_stat};

}  // namespace coview::tool
