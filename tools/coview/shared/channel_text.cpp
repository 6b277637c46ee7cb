// SPDX-License-Identifier: Apache-2.0
// How the state of a queue or topic looks.
#include "shared/channel_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <coview/error.hpp>

#include "shared/object_text.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

std::string_view role_text(participant_role role) {
  switch (role) {
    case participant_role::queue_user:
      return "user";
    case participant_role::publisher:
      return "publisher";
    case participant_role::subscriber:
      return "subscriber";
  }
  return "unknown";
}

std::string process_text(channel_participant const& one) {
  return fmt::format("process {} (participant {})", one.process, one.number);
}

/// Who holds the publishers back; empty where nobody does.
std::string who_holds_back(channel_status const& status) {
  std::string text;
  for (auto const& one : status.participants) {
    if (one.holds_back) text += (text.empty() ? "" : ", ") + process_text(one);
  }
  return text;
}

std::string remarks(channel_participant const& one) {
  std::string text;
  auto const add = [&](std::string_view what) { text += fmt::format("{}{}", text.empty() ? "" : ", ", what); };
  if (!one.alive) add("dead");
  if (one.holds_back) {
    add("holds publishers back");
  } else if (one.blocks) {
    add("blocks");
  }
  return text;
}

nlohmann::ordered_json participant_json(channel_participant const& one) {
  nlohmann::ordered_json all = {
      {"number", one.number}, {"role", role_text(one.role)}, {"pid", one.process}, {"user", user_text(one.user)},
      {"uid", one.user},      {"alive", one.alive},          {"held", one.held}};
  if (one.role == participant_role::subscriber) {
    all["blocks"] = one.blocks;
    all["holds_back"] = one.holds_back;
    all["received"] = one.received;
    all["lag"] = one.lag;
    all["lost"] = one.lost;
  }
  return all;
}

}  // namespace

std::optional<channel_status> channel_of(object_info const& object) {
  if (!is_readable(object) || (object.kind != object_kind::queue && object.kind != object_kind::topic)) return {};
  try {
    return status_of_channel(object.name);
  } catch (error const&) {
    return {};  // gone since it was found, or damaged
  }
}

std::string channel_text(channel_status const& status) {
  return fmt::format("{} of {}, {} participant{}", status.depth, status.most_messages, status.participants.size(),
                     status.participants.size() == 1 ? "" : "s");
}

std::string type_text(channel_status const& status) {
  if (status.type_name.empty()) return "bytes";
  return fmt::format("{}, version {}, {}", escape(status.type_name), status.type_version,
                     status.type_size == 0 ? "of any size" : fmt::format("{} bytes each", status.type_size));
}

std::vector<std::pair<std::string_view, std::string>> channel_lines(channel_status const& status, double age) {
  bool const queue = status.kind == object_kind::queue;
  std::vector<std::pair<std::string_view, std::string>> lines;
  lines.emplace_back("carries", type_text(status));
  lines.emplace_back("capacity", fmt::format("{} and {} messages; {} at most each", human_size(status.capacity),
                                             status.most_messages, human_size(status.largest)));
  lines.emplace_back("messages", fmt::format("{} {}", status.depth, queue ? "to be received" : "kept"));
  auto const rate =
      age > 0 ? fmt::format(", {:.1f}/s since it was made", static_cast<double>(status.sent) / age) : "";
  lines.emplace_back("sent", fmt::format("{}{}", status.sent, rate));
  if (queue) {
    lines.emplace_back("deepest", fmt::format("{}, as far as was looked", status.deepest));
    lines.emplace_back("the dead", status.drops_of_the_dead
                                       ? fmt::format("what they had is dropped: {} so far", status.dropped)
                                       : fmt::format("what they had is redelivered: {} so far, {} waiting",
                                                     status.redelivered, status.to_redeliver));
  } else {
    lines.emplace_back("lost", fmt::format("{} by all subscribers so far", status.lost));
    auto const holds = who_holds_back(status);
    lines.emplace_back("blocking", !status.subscribers_may_block ? "not allowed: publishers wait for nobody"
                                   : holds.empty()               ? "allowed; nobody holds publishers back"
                                                                 : "publishers wait for " + holds);
  }
  lines.emplace_back("takes part", fmt::format("{} of {}{}", status.participants.size(), status.most_participants,
                                               status.same_pid_namespace ? "" : ", in another pid namespace"));
  return lines;
}

table participants_table(channel_status const& status) {
  using enum table::align;
  bool const queue = status.kind == object_kind::queue;
  table rows(queue ? std::vector{right, left, right, left, right, left}
                   : std::vector{right, left, right, left, right, right, right, right, left},
             3);
  rows.add(queue
               ? std::vector<std::string>{"NO", "ROLE", "PID", "USER", "HELD", "REMARKS"}
               : std::vector<std::string>{"NO", "ROLE", "PID", "USER", "HELD", "RECEIVED", "LAG", "LOST", "REMARKS"});
  for (auto const& one : status.participants) {
    std::vector<std::string> row = {std::to_string(one.number), std::string(role_text(one.role)),
                                    std::to_string(one.process), escape(user_text(one.user)),
                                    std::to_string(one.held)};
    if (!queue) {
      bool const counts = one.role == participant_role::subscriber;
      for (auto const number : {one.received, one.lag, one.lost}) row.push_back(counts ? std::to_string(number) : "");
    }
    row.push_back(remarks(one));
    rows.add(std::move(row));
  }
  return rows;
}

void print_participants(console& out, channel_status const& status, std::string_view indent) {
  if (!status.participants.empty()) participants_table(status).print(out, indent);
}

nlohmann::ordered_json channel_json(std::optional<channel_status> const& status) {
  if (!status) return nullptr;
  nlohmann::ordered_json all = {{"capacity", status->capacity},
                                {"largest", status->largest},
                                {"most_messages", status->most_messages},
                                {"most_participants", status->most_participants},
                                {"type", nullptr},
                                {"sent", status->sent},
                                {"depth", status->depth}};
  if (!status->type_name.empty()) {
    all["type"] = {{"name", status->type_name}, {"size", status->type_size}, {"version", status->type_version}};
  }
  if (status->kind == object_kind::queue) {
    all["deepest"] = status->deepest;
    all["drops_of_the_dead"] = status->drops_of_the_dead;
    all["to_redeliver"] = status->to_redeliver;
    all["redelivered"] = status->redelivered;
    all["dropped"] = status->dropped;
  } else {
    all["subscribers_may_block"] = status->subscribers_may_block;
    all["lost"] = status->lost;
  }
  all["same_pid_namespace"] = status->same_pid_namespace;
  auto participants = nlohmann::ordered_json::array();
  for (auto const& one : status->participants) participants.push_back(participant_json(one));
  all["participants"] = std::move(participants);
  return all;
}

}  // namespace coview::tool
