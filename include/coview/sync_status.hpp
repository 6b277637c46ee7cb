// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include <coview/event.hpp>
#include <coview/export.hpp>
#include <coview/object.hpp>

/// Looking at a mutex, event, semaphore or timer from outside, without touching it: a snapshot, good for showing and
/// not for deciding.
namespace coview {

struct sync_status {
  object_kind kind{};                  ///< mutex, event, semaphore or timer
  bool owned = false;                  ///< of a mutex: somebody owns it
  std::optional<pid_t> owner_thread;   ///< and which thread; empty where its number is of another pid namespace
  std::optional<pid_t> owner_process;  ///< and its process, as far as /proc tells
  std::optional<bool>
      owner_has_handle;       ///< and whether that process has the mutex. Empty where it is not known who it
                              ///< is, or it may not be looked into. False: whoever may write to the mutex has
                              ///< written its number there, or it has closed what it owned
  bool abandoned = false;     ///< of a mutex: its last owner died, and nobody has taken it since
  reset event_kind{};         ///< of an event or timer
  bool set = false;           ///< of an event; of a timer: it has been due
  std::uint32_t count = 0;    ///< of a semaphore: permits that are there
  std::uint32_t maximum = 0;  ///< of a semaphore
  std::optional<std::chrono::nanoseconds> due_in;  ///< of a timer that runs: until it is due (again)
  std::chrono::nanoseconds period{};               ///< of a timer that runs: 0 where it is due once
  bool may_have_waiters = false;                   ///< somebody sleeps on it, or did until a moment ago
};

/// Errors: as `stat`; errc::invalid_argument where the name belongs to an object of another kind; errc::bad_message
/// (damaged).
[[nodiscard]] COVIEW_EXPORT sync_status status_of(std::string_view name);

/// The same of an object that `list` or `stat` has told of. Does not look for the name again, which takes longer the
/// more objects there are: whoever shows many of them asks so. Errors: errc::no_such_file_or_directory where it is
/// gone since; errc::permission_denied; errc::invalid_argument and errc::bad_message as above.
[[nodiscard]] COVIEW_EXPORT sync_status status_of(object_info const& object);

}  // namespace coview
