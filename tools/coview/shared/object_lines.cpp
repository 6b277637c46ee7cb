// SPDX-License-Identifier: Apache-2.0
// What `coview stat` and the detail of `coview top` say of an object.
#include "shared/object_lines.hpp"

#include <chrono>
#include <fmt/format.h>

#include "shared/bridge_text.hpp"
#include "shared/channel_text.hpp"
#include "shared/object_text.hpp"
#include "shared/sync_text.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

/// "4 KiB (4096 bytes)"; a number below 1 KiB needs no second form.
std::string size_text(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  return fmt::format("{} ({} bytes)", human_size(bytes), bytes);
}

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
  } else if (status.kind == object_kind::event || status.kind == object_kind::timer) {
    lines.emplace_back(kind_text(status.kind), sync_text(status));
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

}  // namespace

std::vector<std::pair<std::string_view, std::string>> object_lines(known_object const& known) {
  auto const& object = known.object;
  std::vector<std::pair<std::string_view, std::string>> lines;
  auto const line = [&](std::string_view what, std::string text) { lines.emplace_back(what, std::move(text)); };
  auto const append = [&](auto more) {
    for (auto& each : more) lines.push_back(std::move(each));
  };
  bool const readable = is_readable(object);
  if (!object.problem.empty()) line("problem", escape(object.problem));
  line("kind", std::string(kind_text(object)));
  line("scope",
       object.scope == name_scope::global ? "global: every user whom the mode lets in" : "local: this user only");
  line("state", std::string(state_text(object.state)));
  if (readable && kind_text(object) == kind_text(object_kind::mapping)) line("size", size_text(object.size));
  if (known.sync) append(sync_lines(*known.sync));
  if (known.channel) {
    auto const age = std::chrono::duration<double>(std::chrono::system_clock::now() - object.created).count();
    append(channel_lines(*known.channel, age));
  }
  for (auto const& each : known.bridged) {
    for (auto& text : bridge_lines(each)) line("bridge", std::move(text));
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
  return lines;
}

}  // namespace coview::tool
