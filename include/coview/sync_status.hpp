// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include <coview/event.hpp>
#include <coview/export.hpp>
#include <coview/object.hpp>

/// Looking at a mutex, event or semaphore from outside, without touching it: a snapshot, good for showing and not for
/// deciding.
namespace coview {

struct sync_status {
  object_kind kind{};                  ///< mutex, event or semaphore
  std::optional<pid_t> owner_thread;   ///< of a mutex that is owned: the thread
  std::optional<pid_t> owner_process;  ///< and its process, as far as /proc tells
  bool abandoned = false;              ///< of a mutex: its last owner died, and nobody has taken it since
  reset event_kind{};                  ///< of an event
  bool set = false;                    ///< of an event
  std::uint32_t count = 0;             ///< of a semaphore: permits that are there
  std::uint32_t maximum = 0;           ///< of a semaphore
  bool may_have_sleepers = false;      ///< somebody sleeps on it, or did until a moment ago
};

/// Errors: as `stat`; errc::invalid_argument where the name belongs to an object of another kind; errc::bad_message
/// (damaged).
[[nodiscard]] COVIEW_EXPORT sync_status status_of(std::string_view name);

}  // namespace coview
