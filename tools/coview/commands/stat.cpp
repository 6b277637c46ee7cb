// SPDX-License-Identifier: Apache-2.0
// coview stat: everything that is known of one object.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <nlohmann/json.hpp>

#include <coview/error.hpp>
#include <coview/object.hpp>

#include "command.hpp"
#include "shared/bridge_text.hpp"
#include "shared/channel_text.hpp"
#include "shared/object_text.hpp"
#include "shared/sync_text.hpp"
#include "shared/text.hpp"
#include "shared/unlinked.hpp"

namespace coview::tool {

namespace {

struct stat_arguments {
  std::string name;
  bool json = false;
};

nlohmann::ordered_json stat_json(object_info const& object) {
  auto all = object_json(object);
  all["handles_seen"] = object.handles_seen;
  all["uid"] = object.owner;
  all["permanent"] = object.permanent;
  all["creator"] = object.creator;
  all["file"] = object.file;
  all["target"] = object.target.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(object.target);
  all["bridge"] = carried_objects().json_of(object);
  all["problem"] = object.problem.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(object.problem);
  return all;
}

/// "4 KiB (4096 bytes)"; a number below 1 KiB needs no second form.
std::string size_text(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  return fmt::format("{} ({} bytes)", human_size(bytes), bytes);
}

/// Pairs of what and text, in the order in which stat shows them.
std::vector<std::pair<std::string_view, std::string>> sync_lines(sync_status const& status) {
  std::vector<std::pair<std::string_view, std::string>> lines;
  if (status.kind == object_kind::mutex && status.owned) {
    auto text = owner_text(status);
    if (sure_owner(status)) {
      text += fmt::format(", thread {}", *status.owner_thread);
    } else if (status.owner_thread) {
      text.insert(0, "not known: ");
    }
    lines.emplace_back("owned by", std::move(text));
  } else if (status.kind == object_kind::mutex) {
    lines.emplace_back("owned by",
                       status.abandoned ? "nobody: abandoned, its last owner died" : "nobody: it is free");
  } else if (status.kind == object_kind::event) {
    lines.emplace_back("event", sync_text(status));
    lines.emplace_back("reset", status.event_kind == reset::manual ? "manual: stays set until it is cleared"
                                                                   : "automatic: each set lets one waiter through");
  } else {
    lines.emplace_back("permits", sync_text(status));
  }
  lines.emplace_back("waiters", status.may_have_waiters ? "some, or there were a moment ago" : "none asleep");
  return lines;
}

std::string handles_text(object_info const& object) {
  if (object.handles) return std::to_string(*object.handles);
  if (object.handles_seen == 0) return "not known: /proc does not tell";
  return fmt::format("at least {}: not every process can be seen from here", object.handles_seen);
}

void print_stat(console& out, object_info const& object) {
  auto const line = [&](std::string_view what, std::string_view text) {
    out.print("  {}  {}\n", out.in(style::dim, fmt::format("{:9}", what)), text);
  };
  bool const readable = object.state == object_state::held || object.state == object_state::permanent;
  out.print("{}\n", out.in(style::bold, escape(object.name)));
  if (!object.problem.empty()) line("problem", out.in(style::red, escape(object.problem)));
  line("kind", kind_text(object));
  line("scope",
       object.scope == name_scope::global ? "global: every user whom the mode lets in" : "local: this user only");
  line("state", state_text(object.state));
  if (readable && kind_text(object) == kind_text(object_kind::mapping)) line("size", size_text(object.size));
  if (auto const sync = sync_of(object)) {
    for (auto const& [what, text] : sync_lines(*sync)) line(what, text);
  }
  auto const channel = channel_of(object);
  if (channel) {
    auto const age = std::chrono::duration<double>(std::chrono::system_clock::now() - object.created).count();
    for (auto const& [what, text] : channel_lines(*channel, age)) line(what, text);
  }
  carried_objects const carried;
  for (auto const& each : carried.of(object)) {
    for (auto const& text : bridge_lines(each)) line("bridge", text);
  }
  line("resident", size_text(object.resident));
  line("handles", handles_text(object));
  line("owner", fmt::format("{} ({})", escape(user_text(object.owner)), object.owner));
  line("mode", fmt::format("{:04o}", object.mode));
  line("permanent", object.permanent ? "yes: stays until 'coview rm'" : "no: goes with the last handle");
  if (readable) {
    line("created", fmt::format("{}, {} ago, by process {}", local_time(object.created), human_age(object.created),
                                object.creator));
  }
  line("file", escape(object.file));
  if (!object.target.empty()) line("leads to", escape(object.target));
  if (channel) print_participants(out, *channel, "  ");
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
    auto const object = stat(given.name);
    if (given.json) {
      out.write_json({{"schema", "coview.stat/1"}, {"object", stat_json(object)}});
    } else {
      print_stat(out, object);
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
