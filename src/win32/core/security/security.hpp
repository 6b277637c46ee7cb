// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>

#include "win32/core/handles/object.hpp"

/// Security descriptors, as far as they decide who may open a named object (SA-01 to SA-05, C-24, H-07, MX-11).
///
/// Windows has a list of users and rights per object; here an object is a file with permission bits. So a descriptor
/// becomes two things: the file's mode, which the kernel enforces between users, and two masks of rights in the
/// object's header, which this layer enforces, also against the object's own user. Who is who: Everyone,
/// Authenticated Users, Interactive, Users and the like are all users; the owner, the creator, this user's SID,
/// Administrators and SYSTEM are the user who made the object.
namespace coview::win32 {

struct protection {
  mode_t mode = 0600;
  ACCESS_MASK owner = ~ACCESS_MASK{0};
  ACCESS_MASK others = 0;
};

/// What the attributes ask for. NULL, or a descriptor without a DACL entry: this user only; a NULL DACL: everyone; an
/// empty DACL: nobody (SA-04). Throws ERROR_UNKNOWN_REVISION or ERROR_INVALID_SECURITY_DESCR where it is none.
protection protection_from(SECURITY_ATTRIBUTES const* attributes, object::kind what);

/// What this layer keeps in an object's header (docs/layout.md). All zero where the object was made otherwise.
struct annex {
  std::uint32_t win32 = 0;
  std::uint32_t section = 0;  ///< of a mapping: PAGE_* and SEC_*
  ACCESS_MASK owner_access = 0;
  ACCESS_MASK others_access = 0;
};
using annex_bytes = std::array<std::uint8_t, 40>;

annex_bytes to_header(protection const& context, std::uint32_t section = 0) noexcept;
annex from_header(annex_bytes const& bytes) noexcept;

/// The rights that this process may have at an object that is there. Root has them all.
ACCESS_MASK permitted_by(annex const& header, uid_t creator) noexcept;

}  // namespace coview::win32
