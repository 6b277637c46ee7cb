// SPDX-License-Identifier: Apache-2.0
#include "win32/core/security/sid.hpp"

#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>

#include <coview/win32/winbase.h>

#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

constexpr std::uint64_t world_authority = 1;
constexpr std::uint64_t creator_authority = 3;
constexpr std::uint64_t nt_authority = 5;
constexpr std::uint64_t label_authority = 16;
constexpr std::uint64_t unix_authority = 22;
constexpr DWORD unix_users = 1;

std::uint64_t authority_of(SID const& sid) noexcept {
  std::uint64_t value = 0;
  for (BYTE const byte : sid.IdentifierAuthority.Value) value = (value << 8U) | byte;
  return value;
}

DWORD sub_authority(SID const& sid, std::size_t index) noexcept {
  DWORD value = 0;  // need not be aligned
  std::memcpy(&value, reinterpret_cast<std::byte const*>(&sid) + sid_length(index), sizeof value);
  return value;
}

struct alias {
  std::array<char, 3> letters;
  std::uint64_t authority;
  std::array<DWORD, 2> numbers;
  std::size_t count;
};
constexpr std::array<alias, 23> aliases = {{
    {{"WD"}, world_authority, {0, 0}, 1},
    {{"CO"}, creator_authority, {0, 0}, 1},
    {{"CG"}, creator_authority, {1, 0}, 1},
    {{"OW"}, creator_authority, {4, 0}, 1},
    {{"NU"}, nt_authority, {2, 0}, 1},
    {{"IU"}, nt_authority, {4, 0}, 1},
    {{"SU"}, nt_authority, {6, 0}, 1},
    {{"AN"}, nt_authority, {7, 0}, 1},
    {{"ED"}, nt_authority, {9, 0}, 1},
    {{"PS"}, nt_authority, {10, 0}, 1},
    {{"AU"}, nt_authority, {11, 0}, 1},
    {{"RC"}, nt_authority, {12, 0}, 1},
    {{"SY"}, nt_authority, {18, 0}, 1},
    {{"LS"}, nt_authority, {19, 0}, 1},
    {{"NS"}, nt_authority, {20, 0}, 1},
    {{"BA"}, nt_authority, {32, 544}, 2},
    {{"BU"}, nt_authority, {32, 545}, 2},
    {{"BG"}, nt_authority, {32, 546}, 2},
    {{"PU"}, nt_authority, {32, 547}, 2},
    {{"LW"}, label_authority, {4096, 0}, 1},
    {{"ME"}, label_authority, {8192, 0}, 1},
    {{"HI"}, label_authority, {12288, 0}, 1},
    {{"AC"}, 15, {2, 1}, 2},
}};

bool matches(SID const& sid, alias const& one) noexcept {
  if (authority_of(sid) != one.authority || sid.SubAuthorityCount != one.count) return false;
  for (std::size_t i = 0; i < one.count; ++i) {
    if (sub_authority(sid, i) != one.numbers.at(i)) return false;
  }
  return true;
}

bool take_number(std::string_view& text, std::uint64_t& out) {
  if (text.empty() || text.front() != '-') return false;
  text.remove_prefix(1);
  bool const hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out, hexadecimal ? 16 : 10);
  if (failure != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

audience who_is(SID const& sid) {
  auto const authority = authority_of(sid);
  auto const count = sid.SubAuthorityCount;
  if (authority == world_authority) return audience::everybody;
  if (authority == creator_authority) return audience::owner;
  if (authority == unix_authority && count == 2 && sub_authority(sid, 0) == unix_users)
    return sub_authority(sid, 1) == ::geteuid() ? audience::owner : audience::nobody_here;
  if (authority != nt_authority || count == 0) return audience::nobody_here;
  switch (sub_authority(sid, 0)) {
    case SECURITY_NETWORK_RID:
    case SECURITY_INTERACTIVE_RID:
    case SECURITY_AUTHENTICATED_USER_RID:
      return audience::everybody;
    case SECURITY_LOCAL_SYSTEM_RID:
      return audience::owner;
    case SECURITY_BUILTIN_DOMAIN_RID:
      if (count < 2) return audience::nobody_here;
      return sub_authority(sid, 1) == DOMAIN_ALIAS_RID_ADMINS  ? audience::owner
             : sub_authority(sid, 1) == DOMAIN_ALIAS_RID_USERS ? audience::everybody
                                                               : audience::nobody_here;
    default:
      return audience::nobody_here;
  }
}

bool is_sound(SID const* sid) noexcept {
  return sid != nullptr && sid->Revision == SID_REVISION && sid->SubAuthorityCount <= SID_MAX_SUB_AUTHORITIES;
}

bool is_sid(void const* given) noexcept {
  auto const* const sid = static_cast<SID const*>(given);
  return !leads_nowhere(given) && IsBadReadPtr(given, sid_length(0)) == FALSE && is_sound(sid) &&
         IsBadReadPtr(given, length_of(*sid)) == FALSE;
}

bool same(SID const& a, SID const& b) noexcept {
  return a.SubAuthorityCount == b.SubAuthorityCount && std::memcmp(&a, &b, length_of(a)) == 0;
}

bool is_sound(ACL const& acl) noexcept {
  if (acl.AclRevision < ACL_REVISION || acl.AclRevision > ACL_REVISION_DS || acl.AclSize < sizeof(ACL)) return false;
  auto const* at = entries_of(acl);
  std::size_t rest = acl.AclSize - sizeof(ACL);
  for (WORD i = 0; i < acl.AceCount; ++i) {
    if (rest < sizeof(ACE_HEADER)) return false;
    auto const& head = *reinterpret_cast<ACE_HEADER const*>(at);
    if (head.AceSize > rest || head.AceSize < sizeof(ACE_HEADER)) return false;
    if (head.AceType <= SYSTEM_AUDIT_ACE_TYPE) {
      constexpr std::size_t sid_at = offsetof(ACCESS_ALLOWED_ACE, SidStart);
      if (head.AceSize < sid_at + sid_length(0)) return false;
      auto const& sid = *reinterpret_cast<SID const*>(at + sid_at);
      if (!is_sound(&sid) || head.AceSize < sid_at + length_of(sid)) return false;
    }
    at += head.AceSize;
    rest -= head.AceSize;
  }
  return true;
}

sid_bytes make_sid(std::uint64_t authority, std::vector<DWORD> const& sub_authorities) {
  sid_bytes bytes(sid_length(sub_authorities.size()));
  bytes[0] = std::byte{SID_REVISION};
  bytes[1] = static_cast<std::byte>(sub_authorities.size());
  for (std::size_t i = 0; i < 6; ++i) bytes[2 + i] = static_cast<std::byte>(authority >> (8 * (5 - i)));
  for (std::size_t i = 0; i < sub_authorities.size(); ++i)
    std::memcpy(bytes.data() + sid_length(i), &sub_authorities[i], sizeof(DWORD));
  return bytes;
}

sid_bytes sid_of_user(DWORD uid) {
  return make_sid(unix_authority, {unix_users, uid});
}

std::optional<sid_bytes> parse_sid(std::string_view text) {
  if (text.size() == 2) {
    for (auto const& one : aliases) {
      if (text != one.letters.data()) continue;
      auto const* const first = one.numbers.begin();
      return make_sid(one.authority, {first, first + one.count});
    }
    return {};
  }
  if (!text.starts_with("S-1") && !text.starts_with("s-1")) return {};
  text.remove_prefix(3);
  std::uint64_t authority = 0;
  if (!take_number(text, authority) || authority >> 48U != 0) return {};
  std::vector<DWORD> numbers;
  while (!text.empty()) {
    std::uint64_t number = 0;
    if (!take_number(text, number) || number > UINT32_MAX || numbers.size() == SID_MAX_SUB_AUTHORITIES) return {};
    numbers.push_back(static_cast<DWORD>(number));
  }
  if (numbers.empty()) return {};
  return make_sid(authority, numbers);
}

std::string sid_text(SID const& sid) {
  std::string text = "S-1-";
  text.append(std::to_string(authority_of(sid)));
  for (std::size_t i = 0; i < sid.SubAuthorityCount; ++i)
    text.append("-").append(std::to_string(sub_authority(sid, i)));
  return text;
}

std::string sid_alias(SID const& sid) {
  for (auto const& one : aliases) {
    if (matches(sid, one)) return one.letters.data();
  }
  return sid_text(sid);
}

DWORD read_descriptor(void const* descriptor, descriptor_parts& out) noexcept {
  auto const* const head = static_cast<SECURITY_DESCRIPTOR const*>(descriptor);
  if (leads_nowhere(descriptor) || IsBadReadPtr(descriptor, sizeof(relative_header)) != FALSE)
    return ERROR_INVALID_SECURITY_DESCR;
  if (head->Revision != SECURITY_DESCRIPTOR_REVISION) return ERROR_UNKNOWN_REVISION;
  out = {};
  out.control = head->Control;
  if ((head->Control & SE_SELF_RELATIVE) != 0) {
    relative_header relative{};
    std::memcpy(&relative, descriptor, sizeof relative);
    auto const* const base = static_cast<std::byte const*>(descriptor);
    auto const at = [&](DWORD offset) { return offset == 0 ? nullptr : base + offset; };
    out.owner = reinterpret_cast<SID const*>(at(relative.owner));
    out.group = reinterpret_cast<SID const*>(at(relative.group));
    out.sacl = reinterpret_cast<ACL const*>(at(relative.sacl));
    out.dacl = reinterpret_cast<ACL const*>(at(relative.dacl));
  } else {
    out.owner = static_cast<SID const*>(head->Owner);
    out.group = static_cast<SID const*>(head->Group);
    out.sacl = head->Sacl;
    out.dacl = head->Dacl;
  }
  if ((out.control & SE_DACL_PRESENT) == 0) out.dacl = nullptr;
  if ((out.control & SE_SACL_PRESENT) == 0) out.sacl = nullptr;
  return ERROR_SUCCESS;
}

std::vector<std::byte> to_self_relative(descriptor_parts const& parts) {
  std::vector<std::byte> bytes(sizeof(relative_header));
  relative_header head{SECURITY_DESCRIPTOR_REVISION,
                       0,
                       static_cast<SECURITY_DESCRIPTOR_CONTROL>(parts.control | SE_SELF_RELATIVE),
                       0,
                       0,
                       0,
                       0};
  auto const append = [&](void const* what, std::size_t length) {
    auto const at = bytes.size();
    auto const* const first = static_cast<std::byte const*>(what);
    bytes.insert(bytes.end(), first, first + length);
    bytes.resize((bytes.size() + 3) & ~std::size_t{3});
    return static_cast<DWORD>(at);
  };
  if (parts.sacl != nullptr) head.sacl = append(parts.sacl, parts.sacl->AclSize);
  if (parts.dacl != nullptr) head.dacl = append(parts.dacl, parts.dacl->AclSize);
  if (parts.owner != nullptr) head.owner = append(parts.owner, length_of(*parts.owner));
  if (parts.group != nullptr) head.group = append(parts.group, length_of(*parts.group));
  std::memcpy(bytes.data(), &head, sizeof head);
  return bytes;
}

}  // namespace coview::win32
