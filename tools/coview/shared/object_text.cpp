// SPDX-License-Identifier: Apache-2.0
// How objects and holders look.
#include "shared/object_text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <coview/error.hpp>

#include "shared/bridge_text.hpp"
#include "shared/channel_text.hpp"
#include "shared/sync_text.hpp"
#include "shared/text.hpp"

namespace coview::tool {

std::string_view kind_text(object_kind kind) {
  switch (kind) {
    case object_kind::mapping:
      return "mapping";
    case object_kind::mutex:
      return "mutex";
    case object_kind::event:
      return "event";
    case object_kind::semaphore:
      return "semaphore";
    case object_kind::timer:
      return "timer";
    case object_kind::queue:
      return "queue";
    case object_kind::topic:
      return "topic";
  }
  return "unknown";  // of an object that cannot be read
}

std::string_view kind_text(object_info const& object) {
  // A name that no caller of the library can write: libcoview_win32 has its named pipes there (docs/pipes.md).
  constexpr std::string_view global = "Global\\";
  std::string_view name = object.name;
  if (name.starts_with(global)) name.remove_prefix(global.size());
  return object.kind == object_kind::mapping && name.starts_with("pipe\\") ? "pipe" : kind_text(object.kind);
}

std::span<std::string_view const> creatable_kinds() {
  static constexpr std::array<std::string_view, 7> all = {"mapping", "mutex", "event", "semaphore",
                                                          "timer",   "queue", "topic"};
  return all;
}

std::string_view scope_text(name_scope scope) {
  return scope == name_scope::global ? "global" : "local";
}

std::string_view state_text(object_state state) {
  switch (state) {
    case object_state::held:
      return "held";
    case object_state::permanent:
      return "permanent";
    case object_state::unreadable:
      return "unreadable";
    case object_state::incompatible:
      return "incompatible";
  }
  return "unknown";
}

bool is_readable(object_info const& object) {
  return object.state == object_state::held || object.state == object_state::permanent;
}

nlohmann::ordered_json object_json(known_object const& known) {
  auto const& object = known.object;
  nlohmann::ordered_json all = {{"name", object.name},
                                {"kind", kind_text(object)},
                                {"scope", scope_text(object.scope)},
                                {"size", nullptr},
                                {"resident", object.resident},
                                {"handles", nullptr},
                                {"owner", user_text(object.owner)},
                                {"mode", fmt::format("{:04o}", object.mode)},
                                {"created", nullptr},
                                {"state", state_text(object.state)}};
  if (is_readable(object)) all["size"] = object.size;
  if (object.handles) all["handles"] = *object.handles;
  if (object.created.time_since_epoch().count() != 0) all["created"] = iso_time(object.created);
  all["sync"] = sync_json(known.sync);
  all["channel"] = channel_json(known.channel);
  all["bridge"] = bridges_json(known.bridged);
  return all;
}

void print_objects(console& out, std::span<known_object const> objects, columns which, std::string_view indent) {
  using enum table::align;
  bool const all = which == columns::all;
  std::vector<std::string> states;
  std::vector<std::string> messages;
  std::vector<std::string> bridged;
  for (auto const& each : objects) {
    states.push_back(each.sync ? sync_text(*each.sync) : "");
    messages.push_back(each.channel ? channel_text(*each.channel) : "");
    bridged.push_back(bridge_text(each.bridged));
  }
  // Only where there is something to tell: most lists are of mappings.
  auto const is_told = [](auto const& text) { return !text.empty(); };
  bool const sync = std::any_of(states.begin(), states.end(), is_told);
  bool const channels = std::any_of(messages.begin(), messages.end(), is_told);
  bool const bridge = std::any_of(bridged.begin(), bridged.end(), is_told);
  auto const with = [&](auto columns, auto state, auto of_channel, auto of_bridge) {
    auto const at = all ? 7 : 5;
    if (bridge) columns.insert(columns.begin() + at, std::move(of_bridge));
    if (channels) columns.insert(columns.begin() + at, std::move(of_channel));
    if (sync) columns.insert(columns.begin() + at, std::move(state));
    return columns;
  };
  using cells = std::vector<std::string>;
  table rows(with(all ? std::vector{left, left, left, right, right, right, left, left, left, left}
                      : std::vector{left, left, right, right, left, right},
                  left, left, left),
             0);
  rows.add(
      with(all ? cells{"NAME", "KIND", "SCOPE", "SIZE", "RESIDENT", "HANDLES", "STATE", "OWNER", "MODE", "CREATED"}
               : cells{"NAME", "KIND", "SIZE", "HANDLES", "STATE", "AGE"},
           "SYNC", "MESSAGES", "BRIDGE"));
  for (std::size_t i = 0; i < objects.size(); ++i) {
    auto const& each = objects[i].object;
    bool const dated = each.created.time_since_epoch().count() != 0;
    auto const name = escape(each.name);
    auto const kind = std::string(kind_text(each));
    auto const handles = each.handles ? std::to_string(*each.handles) : "?";
    auto const size = is_readable(each) ? human_size(each.size) : "?";
    auto const state = std::string(state_text(each.state));
    rows.add(with(all ? cells{name, kind, std::string(scope_text(each.scope)), size, human_size(each.resident),
                              handles, state, escape(user_text(each.owner)), fmt::format("{:04o}", each.mode),
                              dated ? local_time(each.created) : "?"}
                      : cells{name, kind, size, handles, state, dated ? human_age(each.created) : "?"},
                  states[i], messages[i], bridged[i]));
  }
  rows.print(out, indent);
}

table holders_table(std::span<holder const> holders, std::optional<pid_t> owner) {
  using enum table::align;
  auto const with_owner = [&](auto columns, auto cell) {
    if (owner) columns.insert(columns.begin() + 2, std::move(cell));
    return columns;
  };
  using cells = std::vector<std::string>;
  table rows(with_owner(std::vector{right, left, left}, left), owner ? 3 : 2);
  rows.add(with_owner(cells{"PID", "USER", "COMMAND"}, "OWNER"));
  for (auto const& each : holders) {
    rows.add(with_owner(cells{std::to_string(each.pid), each.user ? escape(user_text(*each.user)) : "?",
                              each.command.empty() ? "?" : escape(each.command)},
                        owner == each.pid ? "yes" : ""));
  }
  return rows;
}

void print_holders(console& out, std::span<holder const> holders, std::string_view indent,
                   std::optional<pid_t> owner) {
  holders_table(holders, owner).print(out, indent);
}

std::string name_holders(std::string_view object) {
  try {
    auto const found = holders(object);
    if (found.empty()) return "somebody";
    auto const& first = found.front();
    auto text = first.command.empty() ? fmt::format("process {}", first.pid)
                                      : fmt::format("process {} ({})", first.pid, escape(first.command));
    if (found.size() > 1) text += fmt::format(" and {} more", found.size() - 1);
    return text;
  } catch (error const&) {
    return "somebody";  // gone meanwhile, or /proc does not tell
  }
}

}  // namespace coview::tool
