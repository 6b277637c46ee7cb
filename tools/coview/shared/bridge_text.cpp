// SPDX-License-Identifier: Apache-2.0
#include "shared/bridge_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bridge/subject.hpp"
#include "bridging/bridge_config.hpp"
#include "shared/object_text.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

object_kind kind_of(carried what) {
  switch (what) {
    case carried::queue:
      return object_kind::queue;
    case carried::mapping:
      return object_kind::mapping;
    default:
      return object_kind::topic;
  }
}

/// A bridge may have been told the long form of a local name; objects are listed by the short one.
std::string key_for(object_kind kind, std::string_view name) {
  constexpr std::string_view local = "Local\\";
  if (name.starts_with(local)) name.remove_prefix(local.size());
  return fmt::format("{}/{}", kind_text(kind), name);
}

}  // namespace

nlohmann::ordered_json bridge_json(bridge_status const& status) {
  nlohmann::ordered_json process = nullptr;
  if (status.process != 0) process = status.process;
  return {{"kind", word_for(status.what)},
          {"name", status.name},
          {"subject", status.subject},
          {"direction", text_of(status.way)},
          {"process", std::move(process)},
          {"connected", status.connected},
          {"problem", status.problem},
          {"sent", status.sent},
          {"sent_bytes", status.sent_bytes},
          {"lost_out", status.lost_out},
          {"lag", status.lag},
          {"received", status.received},
          {"received_bytes", status.received_bytes},
          {"lost_in", status.lost_in},
          {"repeated", status.repeated},
          {"refused", status.refused},
          {"in_hand", status.in_hand},
          {"origins", status.origins},
          {"spooled", status.spooled},
          {"spooled_bytes", status.spooled_bytes}};
}

std::string_view state_of(bridge_status const& status) {
  if (status.process == 0) return "not running";
  return status.connected ? "carried" : "no connection";
}

carried_objects::carried_objects() {
  for (auto& each : bridges()) all_[key_for(kind_of(each.what), each.name)].push_back(std::move(each));
}

std::vector<bridge_status> const& carried_objects::of(object_info const& object) const {
  static std::vector<bridge_status> const none;
  auto const found = all_.find(key_for(object.kind, object.name));
  return found == all_.end() ? none : found->second;
}

nlohmann::ordered_json bridges_json(std::vector<bridge_status> const& all) {
  if (all.empty()) return nullptr;
  auto list = nlohmann::ordered_json::array();
  for (auto const& each : all) list.push_back(bridge_json(each));
  return list;
}

std::string bridge_text(std::vector<bridge_status> const& all) {
  std::string text;
  for (auto const& each : all) {
    if (!text.empty()) text += "; ";
    auto const before = text.size();
    auto const add = [&](std::string const& more) { text += (text.size() == before ? "" : ", ") + more; };
    if (state_of(each) != "carried") add(std::string(state_of(each)));
    if (each.way != direction::in) add(fmt::format("out {}", each.sent));
    if (each.way != direction::out) add(fmt::format("in {}", each.received));
    if (each.lag != 0) add(fmt::format("lag {}", each.lag));
    if (each.spooled != 0) add(fmt::format("spool {}", each.spooled));
    if (each.lost_out + each.lost_in != 0) add(fmt::format("lost {}", each.lost_out + each.lost_in));
  }
  return text;
}

std::vector<std::string> bridge_lines(bridge_status const& status) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{} as {}, {}{}", state_of(status), word_for(status.what), text_of(status.way),
                              status.process == 0 ? "" : fmt::format(", by process {}", status.process)));
  lines.back() += fmt::format(", under {}", escape(status.subject));
  if (status.way != direction::in) {
    lines.push_back(fmt::format("sent {} ({}), lag {}, lost {}", status.sent, human_size(status.sent_bytes),
                                status.lag, status.lost_out));
    if (status.spooled != 0) {
      lines.back() += fmt::format(", in the spool {} ({})", status.spooled, human_size(status.spooled_bytes));
    }
  }
  if (status.way != direction::out) {
    auto const in_hand = status.what == carried::queue ? fmt::format(", in hand {}", status.in_hand) : std::string();
    lines.push_back(fmt::format("received {} ({}), lost {}, repeated {}, refused {}{}", status.received,
                                human_size(status.received_bytes), status.lost_in, status.repeated, status.refused,
                                in_hand));
  }
  if (!status.problem.empty()) lines.push_back(escape(status.problem));
  return lines;
}

}  // namespace coview::tool
