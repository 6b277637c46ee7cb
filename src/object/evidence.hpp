// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "object/place.hpp"
#include "os/fd.hpp"
#include "os/visibility.hpp"

/// Evidence that an object stands behind the slots of a global name that are looked at directly (docs/lifetime.md,
/// "The global scope").
///
/// Invariants: 1. Whoever has a handle of an object in such a slot gives evidence of that slot: a shared lock of one
/// byte of the directory, on a description of its own, which the kernel drops when the last process that has it is
/// gone. 2. Nobody can take away another's. 3. Anybody can give evidence of what is not there; that makes others
/// look, and believe nothing.
namespace coview::inline object {

/// Slots before this one are looked at by their names. A permanent object has no holder who could give evidence, and
/// stands in one of these.
inline constexpr unsigned first_evident_slot = 2;
/// One more than the last slot.
inline constexpr unsigned slot_limit = 1U << 20U;

/// Whether an object in this file lives with evidence only: in the global scope, behind the direct slots.
bool needs_evidence(name_scope scope, std::string_view file);

/// One's own.
class slot_evidence {
 public:
  slot_evidence() noexcept = default;
  slot_evidence(slot_evidence&&) noexcept = default;
  COVIEW_PRIVATE slot_evidence& operator=(slot_evidence&& other) noexcept;
  slot_evidence(slot_evidence const&) = delete;
  slot_evidence& operator=(slot_evidence const&) = delete;
  ~slot_evidence() { drop(); }

  /// Gives evidence of the file's slot. 0 or the errno.
  int give(place const& where, std::string_view file);
  COVIEW_PRIVATE void drop() noexcept;

  explicit operator bool() const noexcept { return static_cast<bool>(description_); }
  /// -1 where there is none.
  [[nodiscard]] int fd() const noexcept { return description_.get(); }
  /// Whether the program has left the descriptor to us.
  [[nodiscard]] bool still_own() const noexcept;

 private:
  os::unique_fd description_;
  dev_t device_ = 0;  // of the directory
  ino_t inode_ = 0;
};

/// Whether somebody else gives evidence of the file's slot. `own`: what does not count; nullptr: nothing.
os::result<bool> evident(place const& where, std::string_view file, slot_evidence const* own);

/// Whether anybody gives evidence of any slot of a global name. `base`: its file's name without a slot.
os::result<bool> any_evident(place const& where, std::string_view base);

}  // namespace coview::inline object
