// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "win32/core/handles/inheritance.hpp"
#include "win32/core/handles/object.hpp"
#include "win32/core/handles/passing.hpp"

/// What this folder must know of each kind of object, and what only the folder of that kind can tell. It is one
/// table, in ../kinds.cpp, so that handles stand below all objects and nothing is found out by the linker.
namespace coview::win32 {

struct kind_entry {
  /// Makes an object from what another process wrote of it; null where it cannot be. nullptr: this
  /// kind is not passed on.
  object_ptr<> (*adopt)(object_transfer&) = nullptr;
  /// The one behind the pseudo-handle of this kind (H-10): GetCurrentProcess(), GetCurrentThread().
  /// nullptr: it has none.
  object_ptr<> (*current)() noexcept = nullptr;
  /// How its handles are reached from outside. nullptr: it has no handles of its own, for it is no process.
  destination (*as_destination)(object const&) noexcept = nullptr;
  /// What another process of this user asks of this one without having a handle: what it gets, or a code. Throws what
  /// its makers throw. nullptr: nothing can be asked for so.
  DWORD (*on_request)(object_transfer& asked, ACCESS_MASK access, object_transfer& answer) = nullptr;
};

kind_entry const& entry_of(object::kind what) noexcept;

}  // namespace coview::win32
