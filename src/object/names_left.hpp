// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "object/place.hpp"
#include "os/visibility.hpp"

/// Names that this process closed and could not take along, because somebody else had them then. Mostly these go
/// with whoever has them. But a child between fork or posix_spawn and the closing of its descriptors in exec has all
/// that its parent has, and takes nothing along: who closes in that moment leaves a file that nobody holds. Nobody
/// can observe it, and the next look at it removes it; so that none stays where nobody looks, this process looks
/// once more when it ends.
namespace coview::inline object {

/// Notes a name; of many, the last ones. Costs no system call.
void note_name_left(place_ptr const& where, std::string const& file);

/// At the end of the process, which calls it by itself; for those who end it by _exit.
COVIEW_PRIVATE void sweep_names_left() noexcept;

}  // namespace coview::inline object
