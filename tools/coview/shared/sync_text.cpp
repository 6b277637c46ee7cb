// SPDX-License-Identifier: Apache-2.0
// How the state of a mutex, event, semaphore or timer looks.
#include "shared/sync_text.hpp"

#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>

#include <coview/error.hpp>

#include "os/process.hpp"
#include "shared/object_text.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

std::string mutex_text(sync_status const& status) {
  if (auto const owner = sure_owner(status)) return fmt::format("owned by {}", *owner);
  if (status.owner_thread) return fmt::format("its word names thread {}", *status.owner_thread);
  if (status.owned) return "owned";
  return status.abandoned ? "abandoned" : "free";
}

double seconds_of(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::string timer_text(sync_status const& status) {
  std::string text = status.set ? "due" : status.due_in ? "" : "not running";
  if (status.due_in)
    text += fmt::format("{}due in {:.3f} s", status.set ? ", again " : "", seconds_of(*status.due_in));
  if (status.period.count() > 0) text += fmt::format(", every {:.3f} s", seconds_of(status.period));
  return text;
}

nlohmann::ordered_json number_or_null(std::optional<pid_t> const& id) {
  return id ? nlohmann::ordered_json(*id) : nlohmann::ordered_json();
}

}  // namespace

std::optional<sync_status> sync_of(object_info const& object) {
  bool const has_one = object.kind == object_kind::mutex || object.kind == object_kind::event ||
                       object.kind == object_kind::semaphore || object.kind == object_kind::timer;
  if (!is_readable(object) || !has_one) return {};
  try {
    return status_of(object);
  } catch (error const&) {
    return {};  // gone since it was found, or taken by an object of another kind
  }
}

std::string sync_text(sync_status const& status) {
  switch (status.kind) {
    case object_kind::mutex:
      return mutex_text(status);
    case object_kind::event:
      return status.set ? "set" : "not set";
    case object_kind::semaphore:
      return permits_text(status.count, status.maximum);
    case object_kind::timer:
      return timer_text(status);
    case object_kind::mapping:
    case object_kind::queue:
    case object_kind::topic:
      break;
  }
  return {};
}

std::string permits_text(std::uint32_t count, std::uint32_t maximum) {
  if (maximum >= std::numeric_limits<std::int32_t>::max()) return fmt::format("{} (no limit)", count);
  return fmt::format("{} of {}", count, maximum);
}

std::optional<pid_t> sure_owner(sync_status const& status) {
  return status.owner_has_handle.value_or(false) ? status.owner_process : std::nullopt;
}

std::string owner_text(sync_status const& status) {
  if (!status.owner_thread) return "somebody in another pid namespace";
  if (!sure_owner(status)) {
    auto const named = fmt::format("its word names thread {}", *status.owner_thread);
    if (!status.owner_process) return named + ", whose process is not known";
    if (status.owner_has_handle)
      return fmt::format("{} of process {}, which has no handle", named, *status.owner_process);
    return fmt::format("{} of process {}, which cannot be looked into", named, *status.owner_process);
  }
  auto const command = os::command_line(*status.owner_process);
  if (command.empty()) return fmt::format("process {}", *status.owner_process);
  return fmt::format("process {} ({})", *status.owner_process, escape(command));
}

nlohmann::ordered_json sync_json(std::optional<sync_status> const& status) {
  if (!status) return nullptr;
  nlohmann::ordered_json all;
  if (status->kind == object_kind::mutex) {
    all["owned"] = status->owned;
    all["abandoned"] = status->abandoned;
    all["owner_process"] = number_or_null(status->owner_process);
    all["owner_thread"] = number_or_null(status->owner_thread);
    all["owner_has_handle"] =
        status->owner_has_handle ? nlohmann::ordered_json(*status->owner_has_handle) : nlohmann::ordered_json();
  } else if (status->kind == object_kind::event) {
    all["set"] = status->set;
    all["reset"] = status->event_kind == reset::manual ? "manual" : "automatic";
  } else if (status->kind == object_kind::timer) {
    all["set"] = status->set;
    all["reset"] = status->event_kind == reset::manual ? "manual" : "automatic";
    all["due_in"] = status->due_in ? nlohmann::ordered_json(seconds_of(*status->due_in)) : nlohmann::ordered_json();
    all["period"] = seconds_of(status->period);
  } else {
    all["count"] = status->count;
    all["maximum"] = status->maximum;
  }
  all["may_have_waiters"] = status->may_have_waiters;
  return all;
}

}  // namespace coview::tool
