// SPDX-License-Identifier: Apache-2.0
// How objects and holders look.
#include "object_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <coview/error.hpp>

#include "text.hpp"

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
    case object_kind::queue:
      return "queue";
    case object_kind::topic:
      return "topic";
  }
  return "unknown";  // of an object that cannot be read
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

nlohmann::ordered_json object_json(object_info const& object) {
  nlohmann::ordered_json all = {{"name", object.name},
                                {"kind", kind_text(object.kind)},
                                {"scope", scope_text(object.scope)},
                                {"size", object.size},
                                {"resident", object.resident},
                                {"handles", nullptr},
                                {"owner", user_text(object.owner)},
                                {"mode", fmt::format("{:04o}", object.mode)},
                                {"created", nullptr},
                                {"state", state_text(object.state)}};
  if (object.handles) all["handles"] = *object.handles;
  if (object.created.time_since_epoch().count() != 0) all["created"] = iso_time(object.created);
  return all;
}

void print_objects(console& out, std::span<object_info const> objects, columns which, std::string_view indent) {
  using enum table::align;
  bool const all = which == columns::all;
  table rows(all ? std::vector{left, left, left, right, right, right, left, left, left, left}
                 : std::vector{left, left, right, right, left, right});
  rows.add(all ? std::vector<std::string>{"NAME", "KIND", "SCOPE", "SIZE", "RESIDENT", "HANDLES", "STATE", "OWNER",
                                          "MODE", "CREATED"}
               : std::vector<std::string>{"NAME", "KIND", "SIZE", "HANDLES", "STATE", "AGE"});
  for (auto const& each : objects) {
    bool const dated = each.created.time_since_epoch().count() != 0;
    auto const name = escape(each.name);
    auto const kind = std::string(kind_text(each.kind));
    auto const handles = each.handles ? std::to_string(*each.handles) : "?";
    auto const state = std::string(state_text(each.state));
    if (all) {
      rows.add({name, kind, std::string(scope_text(each.scope)), human_size(each.size), human_size(each.resident),
                handles, state, escape(user_text(each.owner)), fmt::format("{:04o}", each.mode),
                dated ? local_time(each.created) : "?"});
    } else {
      rows.add({name, kind, human_size(each.size), handles, state, dated ? human_age(each.created) : "?"});
    }
  }
  rows.print(out, 0, indent);
}

void print_holders(console& out, std::span<holder const> holders, std::string_view indent) {
  using enum table::align;
  table rows({right, left, left});
  rows.add({"PID", "USER", "COMMAND"});
  for (auto const& each : holders) {
    rows.add({std::to_string(each.pid), each.user ? escape(user_text(*each.user)) : "?",
              each.command.empty() ? "?" : escape(each.command)});
  }
  rows.print(out, 2, indent);
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
