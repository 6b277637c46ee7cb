// SPDX-License-Identifier: Apache-2.0
// Security descriptors, lists and identifiers as the program builds and reads them.
#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include <coview/win32/securitybaseapi.h>
#include <coview/win32/winbase_text.h>

#include "win32/core/handles/last_error.hpp"
#include "win32/core/security/sid.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

SECURITY_DESCRIPTOR* absolute(PSECURITY_DESCRIPTOR descriptor) {
  auto* const head = static_cast<SECURITY_DESCRIPTOR*>(descriptor);
  if (leads_nowhere(descriptor)) return fail_with<SECURITY_DESCRIPTOR*>(ERROR_INVALID_SECURITY_DESCR, nullptr);
  if (head->Revision != SECURITY_DESCRIPTOR_REVISION)
    return fail_with<SECURITY_DESCRIPTOR*>(ERROR_UNKNOWN_REVISION, nullptr);
  if ((head->Control & SE_SELF_RELATIVE) != 0)
    return fail_with<SECURITY_DESCRIPTOR*>(ERROR_INVALID_SECURITY_DESCR, nullptr);
  return head;
}

void set_control(SECURITY_DESCRIPTOR& head, SECURITY_DESCRIPTOR_CONTROL bit, bool on) {
  head.Control = static_cast<WORD>(on ? head.Control | bit : head.Control & ~bit);
}

BOOL read(PSECURITY_DESCRIPTOR descriptor, descriptor_parts& out) {
  DWORD const code = read_descriptor(descriptor, out);
  return code == ERROR_SUCCESS ? TRUE : refuse(code);
}

/// Begin of entry `index`, or of the free space behind the last one.
std::byte* entry_at(ACL& acl, DWORD index) {
  auto* at = reinterpret_cast<std::byte*>(&acl) + sizeof(ACL);
  for (DWORD i = 0; i < index; ++i) at += reinterpret_cast<ACE_HEADER const*>(at)->AceSize;
  return at;
}

std::size_t bytes_in_use(ACL& acl) {
  return static_cast<std::size_t>(entry_at(acl, acl.AceCount) - reinterpret_cast<std::byte*>(&acl));
}

BOOL insert_entries(PACL acl, DWORD revision, DWORD index, void const* entries, std::size_t length, WORD count) {
  if (acl == nullptr || !is_sound(*acl)) return refuse(ERROR_INVALID_ACL);
  if (revision > ACL_REVISION_DS) return refuse(ERROR_UNKNOWN_REVISION);
  auto const used = bytes_in_use(*acl);
  if (used + length > acl->AclSize) return refuse(ERROR_ALLOTTED_SPACE_EXCEEDED);
  auto* const at = entry_at(*acl, std::min<DWORD>(index, acl->AceCount));
  auto* const end = reinterpret_cast<std::byte*>(acl) + used;
  std::memmove(at + length, at, static_cast<std::size_t>(end - at));
  std::memcpy(at, entries, length);
  acl->AceCount = static_cast<WORD>(acl->AceCount + count);
  acl->AclRevision = static_cast<BYTE>(std::max<DWORD>(acl->AclRevision, revision));
  return TRUE;
}

BOOL add_entry(PACL acl, DWORD revision, DWORD flags, DWORD mask, PSID who, BYTE type) {
  return guarded(
      [&] {
        if (!is_sid(who)) return refuse(ERROR_INVALID_SID);
        auto const* const sid = static_cast<SID const*>(who);
        auto const length = offsetof(ACCESS_ALLOWED_ACE, SidStart) + length_of(*sid);
        std::vector<std::byte> bytes(length);
        ACE_HEADER const head{type, static_cast<BYTE>(flags), static_cast<WORD>(length)};
        std::memcpy(bytes.data(), &head, sizeof head);
        std::memcpy(bytes.data() + sizeof head, &mask, sizeof mask);
        std::memcpy(bytes.data() + offsetof(ACCESS_ALLOWED_ACE, SidStart), sid, length_of(*sid));
        return insert_entries(acl, revision, MAXDWORD, bytes.data(), length, 1);
      },
      FALSE);
}

struct well_known {
  WELL_KNOWN_SID_TYPE type;
  char const* text;
};
constexpr std::array<well_known, 19> well_known_sids = {{
    {WinNullSid, "S-1-0-0"},
    {WinWorldSid, "S-1-1-0"},
    {WinLocalSid, "S-1-2-0"},
    {WinCreatorOwnerSid, "S-1-3-0"},
    {WinCreatorGroupSid, "S-1-3-1"},
    {WinCreatorOwnerRightsSid, "S-1-3-4"},
    {WinNetworkSid, "S-1-5-2"},
    {WinBatchSid, "S-1-5-3"},
    {WinInteractiveSid, "S-1-5-4"},
    {WinServiceSid, "S-1-5-6"},
    {WinAnonymousSid, "S-1-5-7"},
    {WinSelfSid, "S-1-5-10"},
    {WinAuthenticatedUserSid, "S-1-5-11"},
    {WinLocalSystemSid, "S-1-5-18"},
    {WinLocalServiceSid, "S-1-5-19"},
    {WinNetworkServiceSid, "S-1-5-20"},
    {WinBuiltinAdministratorsSid, "S-1-5-32-544"},
    {WinBuiltinUsersSid, "S-1-5-32-545"},
    {WinBuiltinGuestsSid, "S-1-5-32-546"},
}};

char const* text_of(WELL_KNOWN_SID_TYPE type) {
  auto const* const found = std::find_if(well_known_sids.begin(), well_known_sids.end(),
                                         [&](well_known const& one) { return one.type == type; });
  return found == well_known_sids.end() ? nullptr : found->text;
}

}  // namespace
}  // namespace coview::win32

using namespace coview::win32;

BOOL InitializeSecurityDescriptor(PSECURITY_DESCRIPTOR pSecurityDescriptor, DWORD dwRevision) {
  if (dwRevision != SECURITY_DESCRIPTOR_REVISION) return refuse(ERROR_UNKNOWN_REVISION);
  if (pSecurityDescriptor == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  *static_cast<SECURITY_DESCRIPTOR*>(pSecurityDescriptor) = {
      SECURITY_DESCRIPTOR_REVISION, 0, 0, nullptr, nullptr, nullptr, nullptr};
  return TRUE;
}

BOOL IsValidSecurityDescriptor(PSECURITY_DESCRIPTOR pSecurityDescriptor) {
  descriptor_parts parts;
  if (read_descriptor(pSecurityDescriptor, parts) != ERROR_SUCCESS) return refuse(ERROR_INVALID_SECURITY_DESCR);
  bool const good =
      (parts.owner == nullptr || is_sound(parts.owner)) && (parts.group == nullptr || is_sound(parts.group)) &&
      (parts.dacl == nullptr || is_sound(*parts.dacl)) && (parts.sacl == nullptr || is_sound(*parts.sacl));
  return good ? TRUE : refuse(ERROR_INVALID_SECURITY_DESCR);
}

DWORD GetSecurityDescriptorLength(PSECURITY_DESCRIPTOR pSecurityDescriptor) {
  return guarded(
      [&]() -> DWORD {
        descriptor_parts parts;
        if (read(pSecurityDescriptor, parts) == FALSE) return 0;
        return static_cast<DWORD>(to_self_relative(parts).size());
      },
      DWORD{0});
}

BOOL GetSecurityDescriptorControl(PSECURITY_DESCRIPTOR pSecurityDescriptor, PSECURITY_DESCRIPTOR_CONTROL pControl,
                                  LPDWORD lpdwRevision) {
  descriptor_parts parts;
  if (read(pSecurityDescriptor, parts) == FALSE) return FALSE;
  *pControl = parts.control;
  if (lpdwRevision != nullptr) *lpdwRevision = SECURITY_DESCRIPTOR_REVISION;
  return TRUE;
}

BOOL SetSecurityDescriptorControl(PSECURITY_DESCRIPTOR pSecurityDescriptor,
                                  SECURITY_DESCRIPTOR_CONTROL ControlBitsOfInterest,
                                  SECURITY_DESCRIPTOR_CONTROL ControlBitsToSet) {
  auto* const head = absolute(pSecurityDescriptor);
  if (head == nullptr) return FALSE;
  head->Control = static_cast<WORD>((head->Control & ~ControlBitsOfInterest) | ControlBitsToSet);
  return TRUE;
}

BOOL SetSecurityDescriptorDacl(PSECURITY_DESCRIPTOR pSecurityDescriptor, BOOL bDaclPresent, PACL pDacl,
                               BOOL bDaclDefaulted) {
  auto* const head = absolute(pSecurityDescriptor);
  if (head == nullptr) return FALSE;
  set_control(*head, SE_DACL_PRESENT, bDaclPresent != FALSE);
  set_control(*head, SE_DACL_DEFAULTED, bDaclPresent != FALSE && bDaclDefaulted != FALSE);
  head->Dacl = bDaclPresent != FALSE ? pDacl : nullptr;
  return TRUE;
}

BOOL GetSecurityDescriptorDacl(PSECURITY_DESCRIPTOR pSecurityDescriptor, LPBOOL lpbDaclPresent, PACL* pDacl,
                               LPBOOL lpbDaclDefaulted) {
  descriptor_parts parts;
  if (read(pSecurityDescriptor, parts) == FALSE) return FALSE;
  *lpbDaclPresent = (parts.control & SE_DACL_PRESENT) != 0 ? TRUE : FALSE;
  if (*lpbDaclPresent != FALSE) {
    *pDacl = const_cast<PACL>(parts.dacl);
    *lpbDaclDefaulted = (parts.control & SE_DACL_DEFAULTED) != 0 ? TRUE : FALSE;
  }
  return TRUE;
}

BOOL SetSecurityDescriptorSacl(PSECURITY_DESCRIPTOR pSecurityDescriptor, BOOL bSaclPresent, PACL pSacl,
                               BOOL bSaclDefaulted) {
  auto* const head = absolute(pSecurityDescriptor);
  if (head == nullptr) return FALSE;
  set_control(*head, SE_SACL_PRESENT, bSaclPresent != FALSE);
  set_control(*head, SE_SACL_DEFAULTED, bSaclPresent != FALSE && bSaclDefaulted != FALSE);
  head->Sacl = bSaclPresent != FALSE ? pSacl : nullptr;
  return TRUE;
}

BOOL GetSecurityDescriptorSacl(PSECURITY_DESCRIPTOR pSecurityDescriptor, LPBOOL lpbSaclPresent, PACL* pSacl,
                               LPBOOL lpbSaclDefaulted) {
  descriptor_parts parts;
  if (read(pSecurityDescriptor, parts) == FALSE) return FALSE;
  *lpbSaclPresent = (parts.control & SE_SACL_PRESENT) != 0 ? TRUE : FALSE;
  if (*lpbSaclPresent != FALSE) {
    *pSacl = const_cast<PACL>(parts.sacl);
    *lpbSaclDefaulted = (parts.control & SE_SACL_DEFAULTED) != 0 ? TRUE : FALSE;
  }
  return TRUE;
}

BOOL SetSecurityDescriptorOwner(PSECURITY_DESCRIPTOR pSecurityDescriptor, PSID pOwner, BOOL bOwnerDefaulted) {
  auto* const head = absolute(pSecurityDescriptor);
  if (head == nullptr) return FALSE;
  head->Owner = pOwner;
  set_control(*head, SE_OWNER_DEFAULTED, bOwnerDefaulted != FALSE);
  return TRUE;
}

BOOL GetSecurityDescriptorOwner(PSECURITY_DESCRIPTOR pSecurityDescriptor, PSID* pOwner, LPBOOL lpbOwnerDefaulted) {
  descriptor_parts parts;
  if (read(pSecurityDescriptor, parts) == FALSE) return FALSE;
  *pOwner = const_cast<SID*>(parts.owner);
  *lpbOwnerDefaulted = (parts.control & SE_OWNER_DEFAULTED) != 0 ? TRUE : FALSE;
  return TRUE;
}

BOOL SetSecurityDescriptorGroup(PSECURITY_DESCRIPTOR pSecurityDescriptor, PSID pGroup, BOOL bGroupDefaulted) {
  auto* const head = absolute(pSecurityDescriptor);
  if (head == nullptr) return FALSE;
  head->Group = pGroup;
  set_control(*head, SE_GROUP_DEFAULTED, bGroupDefaulted != FALSE);
  return TRUE;
}

BOOL GetSecurityDescriptorGroup(PSECURITY_DESCRIPTOR pSecurityDescriptor, PSID* pGroup, LPBOOL lpbGroupDefaulted) {
  descriptor_parts parts;
  if (read(pSecurityDescriptor, parts) == FALSE) return FALSE;
  *pGroup = const_cast<SID*>(parts.group);
  *lpbGroupDefaulted = (parts.control & SE_GROUP_DEFAULTED) != 0 ? TRUE : FALSE;
  return TRUE;
}

BOOL MakeSelfRelativeSD(PSECURITY_DESCRIPTOR pAbsoluteSecurityDescriptor,
                        PSECURITY_DESCRIPTOR pSelfRelativeSecurityDescriptor, LPDWORD lpdwBufferLength) {
  return guarded(
      [&] {
        descriptor_parts parts;
        if (read(pAbsoluteSecurityDescriptor, parts) == FALSE) return FALSE;
        auto const bytes = to_self_relative(parts);
        bool const fits = *lpdwBufferLength >= bytes.size();
        *lpdwBufferLength = static_cast<DWORD>(bytes.size());
        if (!fits || pSelfRelativeSecurityDescriptor == nullptr) return refuse(ERROR_INSUFFICIENT_BUFFER);
        std::memcpy(pSelfRelativeSecurityDescriptor, bytes.data(), bytes.size());
        return TRUE;
      },
      FALSE);
}

BOOL MakeAbsoluteSD(PSECURITY_DESCRIPTOR pSelfRelativeSecurityDescriptor,
                    PSECURITY_DESCRIPTOR pAbsoluteSecurityDescriptor, LPDWORD lpdwAbsoluteSecurityDescriptorSize,
                    PACL pDacl, LPDWORD lpdwDaclSize, PACL pSacl, LPDWORD lpdwSaclSize, PSID pOwner,
                    LPDWORD lpdwOwnerSize, PSID pPrimaryGroup, LPDWORD lpdwPrimaryGroupSize) {
  descriptor_parts parts;
  if (read(pSelfRelativeSecurityDescriptor, parts) == FALSE) return FALSE;
  auto const* const given = static_cast<SECURITY_DESCRIPTOR const*>(pSelfRelativeSecurityDescriptor);
  if ((given->Control & SE_SELF_RELATIVE) == 0) return refuse(ERROR_BAD_DESCRIPTOR_FORMAT);
  struct part {
    void const* from;
    std::size_t size;
    void* to;
    DWORD* room;
  };
  std::array<part, 3> const copies = {
      part{parts.dacl, parts.dacl == nullptr ? 0U : std::size_t{parts.dacl->AclSize}, pDacl, lpdwDaclSize},
      part{parts.owner, parts.owner == nullptr ? 0 : length_of(*parts.owner), pOwner, lpdwOwnerSize},
      part{parts.group, parts.group == nullptr ? 0 : length_of(*parts.group), pPrimaryGroup, lpdwPrimaryGroupSize}};
  // All sizes are told before anything is copied, so that one more call is enough.
  bool fits = pAbsoluteSecurityDescriptor != nullptr && *lpdwAbsoluteSecurityDescriptorSize >= sizeof *given;
  *lpdwAbsoluteSecurityDescriptorSize = sizeof *given;
  for (part const& one : copies) {
    if (one.size != 0 && (one.room == nullptr || *one.room < one.size || one.to == nullptr)) fits = false;
    if (one.room != nullptr) *one.room = static_cast<DWORD>(one.size);
  }
  if (lpdwSaclSize != nullptr) *lpdwSaclSize = 0;
  (void)pSacl;  // there are no lists of what to log
  if (!fits) return refuse(ERROR_INSUFFICIENT_BUFFER);
  for (part const& one : copies) {
    if (one.size != 0) std::memcpy(one.to, one.from, one.size);
  }
  auto* const made = static_cast<SECURITY_DESCRIPTOR*>(pAbsoluteSecurityDescriptor);
  auto const control = given->Control;
  *made = {};
  made->Revision = SECURITY_DESCRIPTOR_REVISION;
  made->Control = static_cast<SECURITY_DESCRIPTOR_CONTROL>(control & ~SE_SELF_RELATIVE);
  made->Dacl = parts.dacl == nullptr ? nullptr : pDacl;
  made->Owner = parts.owner == nullptr ? nullptr : pOwner;
  made->Group = parts.group == nullptr ? nullptr : pPrimaryGroup;
  return TRUE;
}

BOOL InitializeAcl(PACL pAcl, DWORD nAclLength, DWORD dwAclRevision) {
  if (dwAclRevision < ACL_REVISION || dwAclRevision > ACL_REVISION_DS || nAclLength > MAXWORD)
    return refuse(ERROR_INVALID_PARAMETER);
  if (nAclLength < sizeof(ACL)) return refuse(ERROR_INSUFFICIENT_BUFFER);
  std::memset(pAcl, 0, nAclLength);
  pAcl->AclRevision = static_cast<BYTE>(dwAclRevision);
  pAcl->AclSize = static_cast<WORD>(nAclLength & ~DWORD{3});
  return TRUE;
}

BOOL IsValidAcl(PACL pAcl) {
  return pAcl != nullptr && is_sound(*pAcl) ? TRUE : refuse(ERROR_INVALID_ACL);
}

BOOL AddAccessAllowedAce(PACL pAcl, DWORD dwAceRevision, DWORD AccessMask, PSID pSid) {
  return add_entry(pAcl, dwAceRevision, 0, AccessMask, pSid, ACCESS_ALLOWED_ACE_TYPE);
}

BOOL AddAccessAllowedAceEx(PACL pAcl, DWORD dwAceRevision, DWORD AceFlags, DWORD AccessMask, PSID pSid) {
  return add_entry(pAcl, dwAceRevision, AceFlags, AccessMask, pSid, ACCESS_ALLOWED_ACE_TYPE);
}

BOOL AddAccessDeniedAce(PACL pAcl, DWORD dwAceRevision, DWORD AccessMask, PSID pSid) {
  return add_entry(pAcl, dwAceRevision, 0, AccessMask, pSid, ACCESS_DENIED_ACE_TYPE);
}

BOOL AddAccessDeniedAceEx(PACL pAcl, DWORD dwAceRevision, DWORD AceFlags, DWORD AccessMask, PSID pSid) {
  return add_entry(pAcl, dwAceRevision, AceFlags, AccessMask, pSid, ACCESS_DENIED_ACE_TYPE);
}

BOOL AddAce(PACL pAcl, DWORD dwAceRevision, DWORD dwStartingAceIndex, LPVOID pAceList, DWORD nAceListLength) {
  auto const* at = static_cast<std::byte const*>(pAceList);
  DWORD rest = nAceListLength;
  WORD count = 0;
  while (rest >= sizeof(ACE_HEADER)) {
    auto const size = reinterpret_cast<ACE_HEADER const*>(at)->AceSize;
    if (size < sizeof(ACE_HEADER) || size > rest) return refuse(ERROR_INVALID_PARAMETER);
    at += size;
    rest -= size;
    ++count;
  }
  if (rest != 0) return refuse(ERROR_INVALID_PARAMETER);
  return insert_entries(pAcl, dwAceRevision, dwStartingAceIndex, pAceList, nAceListLength, count);
}

BOOL GetAce(PACL pAcl, DWORD dwAceIndex, LPVOID* pAce) {
  if (pAcl == nullptr || !is_sound(*pAcl)) return refuse(ERROR_INVALID_ACL);
  if (dwAceIndex >= pAcl->AceCount) return refuse(ERROR_INVALID_PARAMETER);
  *pAce = entry_at(*pAcl, dwAceIndex);
  return TRUE;
}

BOOL DeleteAce(PACL pAcl, DWORD dwAceIndex) {
  void* found = nullptr;
  if (GetAce(pAcl, dwAceIndex, &found) == FALSE) return FALSE;
  auto* const at = static_cast<std::byte*>(found);
  auto* const next = entry_at(*pAcl, dwAceIndex + 1);
  auto* const end = entry_at(*pAcl, pAcl->AceCount);
  std::memmove(at, next, static_cast<std::size_t>(end - next));
  --pAcl->AceCount;
  return TRUE;
}

BOOL GetAclInformation(PACL pAcl, LPVOID pAclInformation, DWORD nAclInformationLength,
                       ACL_INFORMATION_CLASS dwAclInformationClass) {
  if (pAcl == nullptr || !is_sound(*pAcl)) return refuse(ERROR_INVALID_ACL);
  if (dwAclInformationClass == AclRevisionInformation) {
    if (nAclInformationLength < sizeof(ACL_REVISION_INFORMATION)) return refuse(ERROR_INSUFFICIENT_BUFFER);
    static_cast<ACL_REVISION_INFORMATION*>(pAclInformation)->AclRevision = pAcl->AclRevision;
    return TRUE;
  }
  if (dwAclInformationClass != AclSizeInformation) return refuse(ERROR_INVALID_PARAMETER);
  if (nAclInformationLength < sizeof(ACL_SIZE_INFORMATION)) return refuse(ERROR_INSUFFICIENT_BUFFER);
  auto const used = static_cast<DWORD>(bytes_in_use(*pAcl));
  *static_cast<ACL_SIZE_INFORMATION*>(pAclInformation) = {pAcl->AceCount, used, pAcl->AclSize - used};
  return TRUE;
}

BOOL AllocateAndInitializeSid(PSID_IDENTIFIER_AUTHORITY pIdentifierAuthority, BYTE nSubAuthorityCount,
                              DWORD nSubAuthority0, DWORD nSubAuthority1, DWORD nSubAuthority2, DWORD nSubAuthority3,
                              DWORD nSubAuthority4, DWORD nSubAuthority5, DWORD nSubAuthority6, DWORD nSubAuthority7,
                              PSID* pSid) {
  std::array<DWORD, 8> const numbers = {nSubAuthority0, nSubAuthority1, nSubAuthority2, nSubAuthority3,
                                        nSubAuthority4, nSubAuthority5, nSubAuthority6, nSubAuthority7};
  if (nSubAuthorityCount > numbers.size()) return refuse(ERROR_INVALID_SID);
  auto* const sid = LocalAlloc(LMEM_FIXED, sid_length(nSubAuthorityCount));
  if (sid == nullptr) return refuse(ERROR_NOT_ENOUGH_MEMORY);
  InitializeSid(sid, pIdentifierAuthority, nSubAuthorityCount);
  for (DWORD i = 0; i < nSubAuthorityCount; ++i) *GetSidSubAuthority(sid, i) = numbers.at(i);
  *pSid = sid;
  return TRUE;
}

PVOID FreeSid(PSID pSid) {
  LocalFree(pSid);
  return nullptr;
}

BOOL InitializeSid(PSID Sid, PSID_IDENTIFIER_AUTHORITY pIdentifierAuthority, BYTE nSubAuthorityCount) {
  if (nSubAuthorityCount > SID_MAX_SUB_AUTHORITIES) return refuse(ERROR_INVALID_PARAMETER);
  std::memset(Sid, 0, sid_length(nSubAuthorityCount));
  auto* const made = static_cast<SID*>(Sid);
  made->Revision = SID_REVISION;
  made->SubAuthorityCount = nSubAuthorityCount;
  made->IdentifierAuthority = *pIdentifierAuthority;
  return TRUE;
}

BOOL IsValidSid(PSID pSid) {
  return is_sid(pSid) ? TRUE : FALSE;
}

BOOL EqualSid(PSID pSid1, PSID pSid2) {
  if (!is_sid(pSid1) || !is_sid(pSid2)) return refuse(ERROR_INVALID_SID);
  return same(*static_cast<SID const*>(pSid1), *static_cast<SID const*>(pSid2)) ? TRUE : FALSE;
}

BOOL EqualPrefixSid(PSID pSid1, PSID pSid2) {
  if (!is_sid(pSid1) || !is_sid(pSid2)) return refuse(ERROR_INVALID_SID);
  auto const& one = *static_cast<SID const*>(pSid1);
  auto const& other = *static_cast<SID const*>(pSid2);
  if (one.SubAuthorityCount != other.SubAuthorityCount) return FALSE;
  auto const count = one.SubAuthorityCount == 0 ? 0 : one.SubAuthorityCount - 1;
  return std::memcmp(&one, &other, sid_length(static_cast<std::size_t>(count))) == 0 ? TRUE : FALSE;
}

BOOL CopySid(DWORD nDestinationSidLength, PSID pDestinationSid, PSID pSourceSid) {
  if (!is_sid(pSourceSid)) return refuse(ERROR_INVALID_SID);
  auto const length = length_of(*static_cast<SID const*>(pSourceSid));
  if (length > nDestinationSidLength) return refuse(ERROR_INSUFFICIENT_BUFFER);
  std::memcpy(pDestinationSid, pSourceSid, length);
  return TRUE;
}

DWORD GetLengthSid(PSID pSid) {
  return static_cast<DWORD>(length_of(*static_cast<SID const*>(pSid)));
}

DWORD GetSidLengthRequired(UCHAR nSubAuthorityCount) {
  return static_cast<DWORD>(sid_length(nSubAuthorityCount));
}

PDWORD GetSidSubAuthority(PSID pSid, DWORD nSubAuthority) {
  return reinterpret_cast<PDWORD>(static_cast<std::byte*>(pSid) + sid_length(nSubAuthority));
}

PUCHAR GetSidSubAuthorityCount(PSID pSid) {
  return &static_cast<SID*>(pSid)->SubAuthorityCount;
}

PSID_IDENTIFIER_AUTHORITY GetSidIdentifierAuthority(PSID pSid) {
  return &static_cast<SID*>(pSid)->IdentifierAuthority;
}

BOOL CreateWellKnownSid(WELL_KNOWN_SID_TYPE WellKnownSidType, PSID /*DomainSid*/, PSID pSid, DWORD* cbSid) {
  return guarded(
      [&] {
        char const* const text = text_of(WellKnownSidType);
        if (text == nullptr || cbSid == nullptr) return refuse(ERROR_INVALID_PARAMETER);
        auto const sid = *parse_sid(text);
        bool const fits = *cbSid >= sid.size();
        *cbSid = static_cast<DWORD>(sid.size());
        if (!fits || pSid == nullptr) return refuse(ERROR_INSUFFICIENT_BUFFER);
        std::memcpy(pSid, sid.data(), sid.size());
        return TRUE;
      },
      FALSE);
}

BOOL IsWellKnownSid(PSID pSid, WELL_KNOWN_SID_TYPE WellKnownSidType) {
  return guarded(
      [&] {
        char const* const text = text_of(WellKnownSidType);
        if (text == nullptr || IsValidSid(pSid) == FALSE) return FALSE;
        return same(*static_cast<SID const*>(pSid), as_sid(*parse_sid(text))) ? TRUE : FALSE;
      },
      FALSE);
}
