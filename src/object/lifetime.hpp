// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "object/fail.hpp"
#include "object/header.hpp"
#include "object/held_file.hpp"
#include "object/name.hpp"
#include "object/place.hpp"
#include "object/probe.hpp"
#include "os/visibility.hpp"

/// The lifetime of a name: docs/lifetime.md, step by step, with its numbers. "A file on which nobody holds the lock
/// does not exist." Nothing else in the library creates, opens or unlinks object files.
///
/// Thread and process safety: every function may race with itself and the others, in any process, and any process may
/// be killed between any two steps.
namespace coview::inline object {

/// An open object: the handle, and its header as it was read and checked.
struct open_object {
  held_file file;
  object_header header;
};

/// The end of O4: what a caller asks of the object that it finds, beyond a whole header with the right name. Throws
/// where that is not what it wants. It may be called more than once in one open, and for another object each time.
using acceptance = std::function<void(open_object const& found)>;

/// The acceptance of most callers. Errors: errc::invalid_argument where it is an object of another kind.
COVIEW_PRIVATE void require_kind(open_object const& found, object_kind wanted, operation_context const& context);

/// O1 to O5. Empty where nobody holds the name. Whatever can be said against an object belongs into `accept`: who is
/// turned away afterwards had a mark for a moment, and may have kept alive what its last holder has closed.
/// Errors: errc::permission_denied, errc::not_supported, errc::bad_message, errc::operation_not_permitted,
/// errc::device_or_resource_busy and what open(2) says; what `accept` throws.
COVIEW_PRIVATE std::optional<open_object> try_open_object(object_name const& name, bool writable,
                                                          operation_context const& context,
                                                          acceptance const& accept = {});

/// An object whose file another process handed over, by exec or in a message. Nothing is believed but what the
/// descriptor itself shows: a regular file, a whole header, and that its name leads to that very file for this
/// process as well. Then it is opened by the name, as any other (O1 to O5), and the description is closed.
///
/// Where the name does not lead there (it was removed, this process has another root, or may not open it), the object
/// is used by the description that was handed over, whose locks are as they are: it has no place, and closing it
/// removes nothing. `name` is what the header says. Empty where it is no object's file.
COVIEW_PRIVATE std::optional<open_object> open_received_object(os::unique_fd description, object_name& name,
                                                               operation_context const& context);

/// How an object's file is made.
struct new_object {
  mode_t mode = 0600;
  bool permanent = false;
  object_header header;               ///< kind, options, size, target; name, times and creator are filled in
  std::vector<std::byte> state = {};  ///< what stands at layout::state_offset from the beginning; empty: zeros
  /// Called between C5 and C6: the file is whole, and nobody can see it yet. What it throws ends the creation.
  std::function<void(place const& where, std::string const& file)> before_visible = {};
};

/// C1 to C6. Empty where the name exists. The payload is committed unless the header says `reserve`.
/// Where there is no room, what the dead left is given back once, and the try repeated.
/// Errors: as try_open_object, and errc::no_space_on_device, errc::not_enough_memory, errc::file_too_large.
COVIEW_PRIVATE std::optional<open_object> try_create_object(object_name const& name, new_object wanted,
                                                            operation_context const& context);

/// Opens, or creates where nobody holds the name; `created` tells. `accept` is asked of what is opened.
open_object open_or_create_object(object_name const& name, new_object const& wanted, bool& created,
                                  operation_context const& context, acceptance const& accept = {});

/// Fails with errc::not_enough_memory for what the system's memory and swap, or a memory cgroup of this process,
/// cannot hold: asking the kernel would end in its OOM killer. Only asked for sizes of 16 MiB and more; believes in
/// any size where /proc is not mounted.
COVIEW_PRIVATE void require_memory(std::uint64_t bytes, operation_context const& context);

/// Looks for a name through all its slots; gives stale files back on the way. `live`, `hidden` or `absent`.
probe find_object(place_ptr const& where, object_name const& name, operation_context const& context);

}  // namespace coview::inline object
