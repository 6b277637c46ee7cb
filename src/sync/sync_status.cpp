// SPDX-License-Identifier: Apache-2.0
// What a mutex, event, semaphore or timer tells who only looks: one page, read once, and nothing taken or signalled.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <coview/sync_status.hpp>

#include "object/fail.hpp"
#include "os/file.hpp"
#include "os/process.hpp"
#include "sync/signal_state.hpp"
#include "sync/state_layout.hpp"
#include "sync/this_thread.hpp"
#include "sync/timer_state.hpp"

namespace coview {
namespace {

/// What the first page says, read once.
struct raw_state {
  layout::sync_facts facts;
  layout::timer_schedule schedule;
  std::uint64_t state;
  struct ::stat file;
};

raw_state read_state(object_info const& info, operation_context const& context) {
  auto const fd = os::open(info.file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (!fd) context.fail(fd.error());
  std::array<std::byte, layout::first_page> page{};
  auto const n = os::read_at(fd->get(), page, 0);
  if (!n) context.fail(n.error());
  if (*n != page.size()) context.fail(EBADMSG, "its file is too short");
  raw_state raw{};
  auto const found = os::status(fd->get());
  if (!found) context.fail(found.error());
  raw.file = *found;
  std::memcpy(&raw.facts, page.data() + layout::state_offset, sizeof raw.facts);
  std::memcpy(&raw.schedule, page.data() + layout::schedule_offset, sizeof raw.schedule);
  std::memcpy(&raw.state, page.data() + layout::node_offset, sizeof raw.state);
  return raw;
}

void describe_mutex(raw_state const& raw, sync_status& status) {
  auto const owner = static_cast<pid_t>(raw.state & owner_mask);
  status.owned = owner != 0;
  status.abandoned = owner == 0 && (raw.state & owner_died) != 0;
  if (owner == 0 || raw.facts.pid_namespace == 0 || raw.facts.pid_namespace != pid_namespace()) return;
  status.owner_thread = owner;
  status.owner_process = os::process_of_thread(owner);
  if (!status.owner_process) return;
  status.owner_has_handle = os::uses_file(*status.owner_process, raw.file.st_dev, raw.file.st_ino);
}

/// What is due counts as set, though nobody has looked at the timer since.
void describe_timer(raw_state const& raw, sync_status& status) {
  status.event_kind = raw.facts.flavour == 1 ? reset::manual : reset::automatic;
  status.set = amount_in(raw.state, state_kind::manual) != 0;
  auto const setting = setting_in(raw.state, raw.schedule);
  if (!setting) return;
  auto const now = now_of(setting->clock);
  auto const late = now - std::min(now, setting->due);
  status.set = status.set || now >= setting->due;
  status.period = std::chrono::nanoseconds(setting->period);
  if (now < setting->due) {
    status.due_in = std::chrono::nanoseconds(setting->due - now);
  } else if (setting->period != 0) {
    status.due_in = std::chrono::nanoseconds(setting->period - late % setting->period);
  }
}

}  // namespace

sync_status status_of(std::string_view name) {
  return status_of(stat(name));
}

sync_status status_of(object_info const& info) {
  operation_context const context{"look at", "object", info.name};
  if (info.state == object_state::incompatible) context.fail(EBADMSG, info.problem);
  auto const raw = read_state(info, context);
  sync_status status;
  status.kind = info.kind;
  status.may_have_waiters = (raw.state & waiters) != 0;
  switch (info.kind) {
    case object_kind::mutex:
      describe_mutex(raw, status);
      break;
    case object_kind::event:
      status.event_kind = raw.facts.flavour == 1 ? reset::manual : reset::automatic;
      status.set =
          amount_in(raw.state, status.event_kind == reset::manual ? state_kind::manual : state_kind::automatic) != 0;
      break;
    case object_kind::semaphore:
      status.count = amount_in(raw.state, {state_kind::counting, raw.facts.maximum});
      status.maximum = raw.facts.maximum;
      break;
    case object_kind::timer:
      describe_timer(raw, status);
      break;
    case object_kind::mapping:
    case object_kind::queue:
    case object_kind::topic:
      context.fail(EINVAL, "it is not a mutex, event, semaphore or timer");
  }
  return status;
}

}  // namespace coview
