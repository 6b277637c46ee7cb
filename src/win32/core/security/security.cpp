// SPDX-License-Identifier: Apache-2.0
#include "win32/core/security/security.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "win32/core/handles/last_error.hpp"
#include "win32/core/security/sid.hpp"

namespace coview::win32 {
namespace {

constexpr ACCESS_MASK everything = ~ACCESS_MASK{0};
constexpr mode_t only_owner = S_IRUSR | S_IWUSR;
constexpr mode_t for_everyone = 0666;

/// What a DACL says to somebody: of each right, the first entry that speaks of it counts.
struct verdict {
  ACCESS_MASK allowed = 0;
  ACCESS_MASK denied = 0;
  void apply(BYTE type, ACCESS_MASK mask) noexcept {
    if (type == ACCESS_ALLOWED_ACE_TYPE) allowed |= mask & ~denied;
    if (type == ACCESS_DENIED_ACE_TYPE) denied |= mask & ~allowed;
  }
};

mode_t mode_for(ACCESS_MASK others, object::kind what) noexcept {
  mode_t mode = only_owner;
  if (what != object::kind::mapping) return others != 0 ? for_everyone : mode;  // using it means writing to it
  if ((others & (SECTION_MAP_READ | SECTION_MAP_WRITE)) != 0) mode |= S_IRGRP | S_IROTH;
  if ((others & SECTION_MAP_WRITE) != 0) mode |= S_IWGRP | S_IWOTH;
  return mode;
}

protection read_dacl(ACL const& acl, object::kind what) {
  if (!is_sound(acl)) throw_code(ERROR_INVALID_ACL);
  verdict owner;
  verdict others;
  for_each_ace(acl, [&](ACE_HEADER const& ace, ACCESS_MASK mask, SID const& sid) {
    if ((ace.AceFlags & INHERIT_ONLY_ACE) != 0) return;
    auto const rights = specific_rights(what, mask);
    auto const who = who_is(sid);
    if (who == audience::everybody || who == audience::owner) owner.apply(ace.AceType, rights);
    if (who == audience::everybody) others.apply(ace.AceType, rights);
  });
  // Whoever owns an object can always read and change its security.
  return {mode_for(others.allowed, what), owner.allowed | READ_CONTROL | WRITE_DAC, others.allowed};
}

}  // namespace

protection protection_from(SECURITY_ATTRIBUTES const* attributes, object::kind what) {
  if (attributes == nullptr || attributes->lpSecurityDescriptor == nullptr) return {};
  descriptor_parts parts;
  if (DWORD const code = read_descriptor(attributes->lpSecurityDescriptor, parts)) throw_code(code);
  if ((parts.control & SE_DACL_PRESENT) == 0) return {};
  if (parts.dacl == nullptr) return {for_everyone, everything, everything};
  return read_dacl(*parts.dacl, what);
}

annex_bytes to_header(protection const& context, std::uint32_t section) noexcept {
  annex const facts{1, section, context.owner, context.others};
  annex_bytes bytes{};
  static_assert(sizeof facts <= sizeof bytes);
  std::memcpy(bytes.data(), &facts, sizeof facts);
  return bytes;
}

annex from_header(annex_bytes const& bytes) noexcept {
  annex facts;
  std::memcpy(&facts, bytes.data(), sizeof facts);
  return facts.win32 == 1 ? facts : annex{};
}

ACCESS_MASK permitted_by(annex const& header, uid_t creator) noexcept {
  if (header.win32 == 0) return everything;  // what the file's permissions let in
  uid_t const me = ::geteuid();
  if (me == creator) return header.owner_access;
  return me == 0 ? everything : header.others_access;
}

}  // namespace coview::win32
