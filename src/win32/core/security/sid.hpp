// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <coview/win32/minwinbase.h>

/// Security identifiers, lists and descriptors in Windows' binary form. They come from the program, so their lengths
/// and offsets are checked as far as memory that a caller vouches for can be.
namespace coview::win32 {

/// Whom a SID means, for an object that is a file of one user (security.hpp).
enum class audience : std::uint8_t { nobody_here, owner, everybody };
audience who_is(SID const& sid);

[[nodiscard]] constexpr std::size_t sid_length(std::size_t sub_authorities) noexcept {
  return 8 + (sub_authorities * sizeof(DWORD));
}
[[nodiscard]] inline std::size_t length_of(SID const& sid) noexcept {
  return sid_length(sid.SubAuthorityCount);
}
[[nodiscard]] bool is_sound(SID const* sid) noexcept;
/// The same of a pointer that a caller gave, which may lead anywhere.
[[nodiscard]] bool is_sid(void const* given) noexcept;
[[nodiscard]] bool same(SID const& a, SID const& b) noexcept;
/// Of every entry, whether it and its SID lie within the list.
[[nodiscard]] bool is_sound(ACL const& acl) noexcept;

/// A SID as bytes that own it.
using sid_bytes = std::vector<std::byte>;
sid_bytes make_sid(std::uint64_t authority, std::vector<DWORD> const& sub_authorities);
inline SID const& as_sid(sid_bytes const& bytes) noexcept {
  return *reinterpret_cast<SID const*>(bytes.data());
}
/// S-1-22-1-<uid>: what others call a Unix user too.
sid_bytes sid_of_user(DWORD uid);

/// "S-1-5-32-544", or two letters as SDDL has them ("WD", "BA" …).
std::optional<sid_bytes> parse_sid(std::string_view text);
std::string sid_text(SID const& sid);
/// The two letters where there are any, else the numbers.
std::string sid_alias(SID const& sid);

/// Begin of the entries, which follow the header.
inline std::byte const* entries_of(ACL const& acl) noexcept {
  return reinterpret_cast<std::byte const*>(&acl) + sizeof(ACL);
}
/// Calls visit(header, mask, sid) for each entry that allows, denies or audits. The list must be sound.
template <class Visit>
void for_each_ace(ACL const& acl, Visit visit) {
  auto const* at = entries_of(acl);
  for (WORD i = 0; i < acl.AceCount; ++i) {
    auto const& ace = *reinterpret_cast<ACCESS_ALLOWED_ACE const*>(at);
    if (ace.Header.AceType <= SYSTEM_AUDIT_ACE_TYPE || ace.Header.AceType == SYSTEM_MANDATORY_LABEL_ACE_TYPE)
      visit(ace.Header, ace.Mask, *reinterpret_cast<SID const*>(&ace.SidStart));
    at += ace.Header.AceSize;
  }
}

/// A descriptor, absolute or self-relative, as pointers.
struct descriptor_parts {
  SECURITY_DESCRIPTOR_CONTROL control = 0;
  SID const* owner = nullptr;
  SID const* group = nullptr;
  ACL const* sacl = nullptr;
  ACL const* dacl = nullptr;
};
/// 0; ERROR_UNKNOWN_REVISION, or ERROR_INVALID_SECURITY_DESCR where nothing can be read.
DWORD read_descriptor(void const* descriptor, descriptor_parts& out) noexcept;

/// The self-relative form: a header with offsets, and what they lead to.
struct relative_header {
  BYTE revision;
  BYTE padding;
  SECURITY_DESCRIPTOR_CONTROL control;
  DWORD owner;
  DWORD group;
  DWORD sacl;
  DWORD dacl;
};
static_assert(sizeof(relative_header) == 20);
std::vector<std::byte> to_self_relative(descriptor_parts const& parts);

}  // namespace coview::win32
