// SPDX-License-Identifier: Apache-2.0
// Tokens, accounts, and the security of objects behind handles: who this process is, in Windows' words.
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include <coview/win32/aclapi.h>
#include <coview/win32/securitybaseapi.h>
#include <coview/win32/winbase_text.h>

#include "win32/core/handles/handle_table.hpp"
#include "win32/core/security/sid.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

struct token final : public object {
  static constexpr kind type = kind::token;
  token() : object(type) {}
};

/// Pseudo-handles of the current tokens: -4, -5 and -6.
bool is_token(HANDLE handle) {
  auto const value = reinterpret_cast<std::intptr_t>(handle);
  if (value <= -4 && value >= -6) return true;
  handle_guard const in_use(handle);
  return in_use.as<token>() != nullptr;
}

BOOL give(void const* what, std::size_t length, void* out, DWORD room, PDWORD needed) {
  if (needed != nullptr) *needed = static_cast<DWORD>(length);
  if (room < length || out == nullptr) return refuse(ERROR_INSUFFICIENT_BUFFER);
  std::memcpy(out, what, length);
  return TRUE;
}

/// A structure that begins with a pointer to a SID, and the SID behind it.
BOOL give_sid(sid_bytes const& sid, std::size_t head, void* out, DWORD room, PDWORD needed) {
  std::vector<std::byte> bytes(head);
  bytes.insert(bytes.end(), sid.begin(), sid.end());
  if (out != nullptr && room >= bytes.size()) {
    void* const at = static_cast<std::byte*>(out) + head;
    std::memcpy(bytes.data(), &at, sizeof at);
  }
  return give(bytes.data(), bytes.size(), out, room, needed);
}

BOOL token_facts(TOKEN_INFORMATION_CLASS wanted, void* out, DWORD room, PDWORD needed) {
  DWORD const zero = 0;
  DWORD const root = ::geteuid() == 0 ? 1 : 0;
  constexpr DWORD medium = 8192;
  constexpr DWORD high = 12288;
  constexpr std::uint64_t label_authority = 16;
  switch (wanted) {
    case TokenUser:
    case TokenOwner:
      return give_sid(sid_of_user(::geteuid()), wanted == TokenUser ? sizeof(TOKEN_USER) : sizeof(PSID), out, room,
                      needed);
    case TokenPrimaryGroup:
      return give_sid(make_sid(22, {2, ::getegid()}), sizeof(PSID), out, room, needed);
    case TokenIntegrityLevel:
      return give_sid(make_sid(label_authority, {root != 0 ? high : medium}), sizeof(SID_AND_ATTRIBUTES), out, room,
                      needed);
    case TokenElevation:
      return give(&root, sizeof root, out, room, needed);
    case TokenElevationType: {
      DWORD const type_default = 1;
      return give(&type_default, sizeof type_default, out, room, needed);
    }
    case TokenType: {
      DWORD const primary = 1;
      return give(&primary, sizeof primary, out, room, needed);
    }
    case TokenSessionId:
    case TokenPrivileges:  // a count of none
    case TokenGroups:
      return give(&zero, sizeof zero, out, room, needed);
    default:
      return refuse(ERROR_NOT_SUPPORTED);
  }
}

constexpr std::array<char const*, 36> privileges = {nullptr,
                                                    nullptr,
                                                    "SeCreateTokenPrivilege",
                                                    "SeAssignPrimaryTokenPrivilege",
                                                    "SeLockMemoryPrivilege",
                                                    "SeIncreaseQuotaPrivilege",
                                                    "SeMachineAccountPrivilege",
                                                    "SeTcbPrivilege",
                                                    "SeSecurityPrivilege",
                                                    "SeTakeOwnershipPrivilege",
                                                    "SeLoadDriverPrivilege",
                                                    "SeSystemProfilePrivilege",
                                                    "SeSystemtimePrivilege",
                                                    "SeProfileSingleProcessPrivilege",
                                                    "SeIncreaseBasePriorityPrivilege",
                                                    "SeCreatePagefilePrivilege",
                                                    "SeCreatePermanentPrivilege",
                                                    "SeBackupPrivilege",
                                                    "SeRestorePrivilege",
                                                    "SeShutdownPrivilege",
                                                    "SeDebugPrivilege",
                                                    "SeAuditPrivilege",
                                                    "SeSystemEnvironmentPrivilege",
                                                    "SeChangeNotifyPrivilege",
                                                    "SeRemoteShutdownPrivilege",
                                                    "SeUndockPrivilege",
                                                    "SeSyncAgentPrivilege",
                                                    "SeEnableDelegationPrivilege",
                                                    "SeManageVolumePrivilege",
                                                    "SeImpersonatePrivilege",
                                                    "SeCreateGlobalPrivilege",
                                                    "SeTrustedCredManAccessPrivilege",
                                                    "SeRelabelPrivilege",
                                                    "SeIncreaseWorkingSetPrivilege",
                                                    "SeTimeZonePrivilege",
                                                    "SeCreateSymbolicLinkPrivilege"};

template <class Char>
BOOL privilege_value(Char const* name, PLUID out) {
  return guarded(
      [&] {
        auto const wanted = utf8_from(name);
        for (std::size_t i = 2; i < privileges.size(); ++i) {
          if (wanted != privileges.at(i)) continue;
          *out = {static_cast<DWORD>(i), 0};
          return TRUE;
        }
        return refuse(ERROR_NO_SUCH_PRIVILEGE);
      },
      FALSE);
}

struct account {
  std::string name;
  std::string domain;
  SID_NAME_USE use = SidTypeUnknown;
};

bool look_up_account(SID const& sid, account& out) {
  auto const text = sid_text(sid);
  if (text.starts_with("S-1-22-1-")) {
    auto const* const entry = ::getpwuid(static_cast<uid_t>(std::stoul(text.substr(9))));
    if (entry == nullptr) return false;
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    out = {entry->pw_name, host.data(), SidTypeUser};
    return true;
  }
  struct well_known {
    char const* sid;
    account who;
  };
  std::array<well_known, 6> const known = {{
      {"S-1-1-0", {"Everyone", "", SidTypeWellKnownGroup}},
      {"S-1-3-0", {"CREATOR OWNER", "", SidTypeWellKnownGroup}},
      {"S-1-5-11", {"Authenticated Users", "NT AUTHORITY", SidTypeWellKnownGroup}},
      {"S-1-5-18", {"SYSTEM", "NT AUTHORITY", SidTypeWellKnownGroup}},
      {"S-1-5-32-544", {"Administrators", "BUILTIN", SidTypeAlias}},
      {"S-1-5-32-545", {"Users", "BUILTIN", SidTypeAlias}},
  }};
  for (auto const& one : known) {
    if (text != one.sid) continue;
    out = one.who;
    return true;
  }
  return false;
}

bool put_text(std::string const& text, char* out, LPDWORD room) {
  bool const fits = out != nullptr && *room > text.size();
  if (fits) std::memcpy(out, text.c_str(), text.size() + 1);
  *room = static_cast<DWORD>(fits ? text.size() : text.size() + 1);
  return fits;
}
bool put_text(std::string const& text, wchar_t* out, LPDWORD room) {
  auto const wide = to_wide(text);
  bool const fits = out != nullptr && *room > wide.size();
  if (fits) std::copy_n(wide.c_str(), wide.size() + 1, out);
  *room = static_cast<DWORD>(fits ? wide.size() : wide.size() + 1);
  return fits;
}

template <class Char>
BOOL account_of(PSID sid, Char* name, LPDWORD name_room, Char* domain, LPDWORD domain_room, PSID_NAME_USE use) {
  return guarded(
      [&] {
        account found;
        if (!is_sid(sid)) return refuse(ERROR_INVALID_SID);
        if (!look_up_account(*static_cast<SID const*>(sid), found)) return refuse(ERROR_NONE_MAPPED);
        bool const name_fits = put_text(found.name, name, name_room);
        bool const domain_fits = put_text(found.domain, domain, domain_room);
        *use = found.use;
        return name_fits && domain_fits ? TRUE : refuse(ERROR_INSUFFICIENT_BUFFER);
      },
      FALSE);
}

/// One entry that allows or denies, behind the others of the list.
void append_ace(std::vector<std::byte>& acl, BYTE type, DWORD flags, ACCESS_MASK mask, SID const& sid) {
  ACE_HEADER const head{type, static_cast<BYTE>(flags),
                        static_cast<WORD>(offsetof(ACCESS_ALLOWED_ACE, SidStart) + length_of(sid))};
  auto const append = [&](void const* bytes, std::size_t length) {
    auto const* const first = static_cast<std::byte const*>(bytes);
    acl.insert(acl.end(), first, first + length);
  };
  append(&head, sizeof head);
  append(&mask, sizeof mask);
  append(&sid, length_of(sid));
}

std::vector<std::byte> finish_acl(std::vector<std::byte> entries) {
  ACL head{ACL_REVISION, 0, static_cast<WORD>(sizeof(ACL) + entries.size()), 0, 0};
  for (std::size_t at = 0; at < entries.size(); ++head.AceCount)
    at += reinterpret_cast<ACE_HEADER const*>(entries.data() + at)->AceSize;
  std::vector<std::byte> bytes(sizeof(ACL) + entries.size());
  std::memcpy(bytes.data(), &head, sizeof head);
  if (!entries.empty()) std::memcpy(bytes.data() + sizeof head, entries.data(), entries.size());
  return bytes;
}

/// The owner, and what the owner may do: all that an object's file tells of its security.
std::vector<std::byte> security_of(object const& what) {
  auto const owner = sid_of_user(::geteuid());
  std::vector<std::byte> entries;
  append_ace(entries, ACCESS_ALLOWED_ACE_TYPE, 0, all_rights(what.what()) & what.permitted(), as_sid(owner));
  auto const dacl = finish_acl(std::move(entries));
  descriptor_parts parts;
  parts.control = SE_DACL_PRESENT;
  parts.owner = parts.group = &as_sid(owner);
  parts.dacl = reinterpret_cast<ACL const*>(dacl.data());
  return to_self_relative(parts);
}

template <class Entry>
sid_bytes trustee_sid(Entry const& entry) {
  if (entry.Trustee.TrusteeForm == TRUSTEE_IS_SID) {
    auto const* const sid = reinterpret_cast<SID const*>(entry.Trustee.ptstrName);
    if (!is_sid(sid)) throw_code(ERROR_INVALID_SID);
    auto const* const first = reinterpret_cast<std::byte const*>(sid);
    return {first, first + length_of(*sid)};
  }
  if (entry.Trustee.TrusteeForm != TRUSTEE_IS_NAME) throw_code(ERROR_INVALID_PARAMETER);
  auto const name = utf8_from(entry.Trustee.ptstrName);
  if (name == "EVERYONE" || name == "Everyone") return *parse_sid("WD");
  if (name == "CURRENT_USER") return sid_of_user(::geteuid());
  auto const* const entry_of = ::getpwnam(name.c_str());
  if (entry_of == nullptr) throw_code(ERROR_NONE_MAPPED);
  return sid_of_user(entry_of->pw_uid);
}

template <class Entry>
DWORD set_entries(ULONG count, Entry const* list, ACL const* old, PACL* out) {
  DWORD const before = last_error;
  BOOL const done = guarded(
      [&] {
        if (out == nullptr || (count != 0 && list == nullptr)) return refuse(ERROR_INVALID_PARAMETER);
        std::vector<std::byte> entries;
        std::vector<sid_bytes> replaced;
        for (BYTE const type : {BYTE{ACCESS_DENIED_ACE_TYPE}, BYTE{ACCESS_ALLOWED_ACE_TYPE}}) {  // denials first
          for (ULONG i = 0; i < count; ++i) {
            auto const& one = list[i];
            auto const sid = trustee_sid(one);
            if (type == ACCESS_DENIED_ACE_TYPE && one.grfAccessMode != GRANT_ACCESS) replaced.push_back(sid);
            bool const denies = one.grfAccessMode == DENY_ACCESS;
            bool const allows = one.grfAccessMode == GRANT_ACCESS || one.grfAccessMode == SET_ACCESS;
            if (type == ACCESS_DENIED_ACE_TYPE ? denies : allows)
              append_ace(entries, type, one.grfInheritance, one.grfAccessPermissions, as_sid(sid));
          }
        }
        if (old != nullptr) {
          if (!is_sound(*old)) return refuse(ERROR_INVALID_ACL);
          for_each_ace(*old, [&](ACE_HEADER const& ace, ACCESS_MASK mask, SID const& sid) {
            bool const kept = std::none_of(replaced.begin(), replaced.end(),
                                           [&](sid_bytes const& one) { return same(as_sid(one), sid); });
            if (kept) append_ace(entries, ace.AceType, ace.AceFlags, mask, sid);
          });
        }
        auto const bytes = finish_acl(std::move(entries));
        *out = static_cast<PACL>(LocalAlloc(LMEM_FIXED, bytes.size()));
        if (*out == nullptr) return refuse(ERROR_NOT_ENOUGH_MEMORY);
        std::memcpy(*out, bytes.data(), bytes.size());
        return TRUE;
      },
      FALSE);
  DWORD const code = done != FALSE ? DWORD{ERROR_SUCCESS} : last_error;
  last_error = before;
  return code;
}

template <class Trustee, class Char>
void describe(Trustee& out, Char* name, TRUSTEE_FORM form) {
  out = {nullptr, NO_MULTIPLE_TRUSTEE, form, TRUSTEE_IS_UNKNOWN, name};
}

}  // namespace
}  // namespace coview::win32

using namespace coview::win32;

BOOL OpenProcessToken(HANDLE ProcessHandle, DWORD DesiredAccess, PHANDLE TokenHandle) {
  return guarded(
      [&] {
        ACCESS_MASK access = 0;
        auto const process = pin_any(ProcessHandle, access);
        if (!process || process->what() != object::kind::process) return refuse(ERROR_INVALID_HANDLE);
        if (leads_nowhere(TokenHandle)) return refuse(ERROR_NOACCESS);
        *TokenHandle = make_handle(make_object<token>(), specific_rights(object::kind::token, DesiredAccess), false);
        return *TokenHandle != nullptr ? TRUE : FALSE;
      },
      FALSE);
}

BOOL OpenThreadToken(HANDLE /*ThreadHandle*/, DWORD /*DesiredAccess*/, BOOL /*OpenAsSelf*/, PHANDLE /*TokenHandle*/) {
  return refuse(ERROR_NO_TOKEN);  // no thread impersonates anybody
}

BOOL GetTokenInformation(HANDLE TokenHandle, TOKEN_INFORMATION_CLASS TokenInformationClass, LPVOID TokenInformation,
                         DWORD TokenInformationLength, PDWORD ReturnLength) {
  return guarded(
      [&] {
        if (!is_token(TokenHandle)) return FALSE;
        return token_facts(TokenInformationClass, TokenInformation, TokenInformationLength, ReturnLength);
      },
      FALSE);
}

BOOL AdjustTokenPrivileges(HANDLE TokenHandle, BOOL /*DisableAllPrivileges*/, PTOKEN_PRIVILEGES NewState,
                           DWORD /*BufferLength*/, PTOKEN_PRIVILEGES PreviousState, PDWORD ReturnLength) {
  if (!is_token(TokenHandle)) return FALSE;
  if (PreviousState != nullptr) PreviousState->PrivilegeCount = 0;
  if (ReturnLength != nullptr) *ReturnLength = sizeof(DWORD);
  // As Windows says it of an account that does not have them: done, but not all of it.
  set_error(NewState != nullptr && NewState->PrivilegeCount > 0 ? ERROR_NOT_ALL_ASSIGNED : ERROR_SUCCESS);
  return TRUE;
}

BOOL CheckTokenMembership(HANDLE TokenHandle, PSID SidToCheck, PBOOL IsMember) {
  if (TokenHandle != nullptr && !is_token(TokenHandle)) return FALSE;
  if (!is_sid(SidToCheck)) return refuse(ERROR_INVALID_SID);
  auto const& sid = *static_cast<SID const*>(SidToCheck);
  bool const administrators = IsWellKnownSid(SidToCheck, WinBuiltinAdministratorsSid) != FALSE;
  bool const member = administrators ? ::geteuid() == 0 : who_is(sid) != audience::nobody_here;
  *IsMember = member ? TRUE : FALSE;
  return TRUE;
}

BOOL LookupPrivilegeValueA(LPCSTR /*lpSystemName*/, LPCSTR lpName, PLUID lpLuid) {
  return privilege_value(lpName, lpLuid);
}

BOOL LookupPrivilegeValueW(LPCWSTR /*lpSystemName*/, LPCWSTR lpName, PLUID lpLuid) {
  return privilege_value(lpName, lpLuid);
}

BOOL LookupAccountSidA(LPCSTR /*lpSystemName*/, PSID Sid, LPSTR Name, LPDWORD cchName, LPSTR ReferencedDomainName,
                       LPDWORD cchReferencedDomainName, PSID_NAME_USE peUse) {
  return account_of(Sid, Name, cchName, ReferencedDomainName, cchReferencedDomainName, peUse);
}

BOOL LookupAccountSidW(LPCWSTR /*lpSystemName*/, PSID Sid, LPWSTR Name, LPDWORD cchName, LPWSTR ReferencedDomainName,
                       LPDWORD cchReferencedDomainName, PSID_NAME_USE peUse) {
  return account_of(Sid, Name, cchName, ReferencedDomainName, cchReferencedDomainName, peUse);
}

BOOL GetKernelObjectSecurity(HANDLE Handle, SECURITY_INFORMATION /*RequestedInformation*/,
                             PSECURITY_DESCRIPTOR pSecurityDescriptor, DWORD nLength, LPDWORD lpnLengthNeeded) {
  return guarded(
      [&] {
        ACCESS_MASK access = 0;
        auto const what = pin_any(Handle, access);
        if (!what) return FALSE;
        auto const bytes = security_of(*what);
        return give(bytes.data(), bytes.size(), pSecurityDescriptor, nLength, lpnLengthNeeded);
      },
      FALSE);
}

BOOL SetKernelObjectSecurity(HANDLE Handle, SECURITY_INFORMATION /*SecurityInformation*/,
                             PSECURITY_DESCRIPTOR /*SecurityDescriptor*/) {
  ACCESS_MASK access = 0;
  return pin_any(Handle, access) ? refuse(ERROR_NOT_SUPPORTED) : FALSE;
}

DWORD SetEntriesInAclA(ULONG cCountOfExplicitEntries, PEXPLICIT_ACCESS_A pListOfExplicitEntries, PACL OldAcl,
                       PACL* NewAcl) {
  return set_entries(cCountOfExplicitEntries, pListOfExplicitEntries, OldAcl, NewAcl);
}

DWORD SetEntriesInAclW(ULONG cCountOfExplicitEntries, PEXPLICIT_ACCESS_W pListOfExplicitEntries, PACL OldAcl,
                       PACL* NewAcl) {
  return set_entries(cCountOfExplicitEntries, pListOfExplicitEntries, OldAcl, NewAcl);
}

VOID BuildTrusteeWithSidA(PTRUSTEE_A pTrustee, PSID pSid) {
  describe(*pTrustee, static_cast<LPSTR>(pSid), TRUSTEE_IS_SID);
}

VOID BuildTrusteeWithSidW(PTRUSTEE_W pTrustee, PSID pSid) {
  describe(*pTrustee, static_cast<LPWSTR>(pSid), TRUSTEE_IS_SID);
}

VOID BuildExplicitAccessWithNameA(PEXPLICIT_ACCESS_A pExplicitAccess, LPSTR pTrusteeName, DWORD AccessPermissions,
                                  ACCESS_MODE AccessMode, DWORD Inheritance) {
  pExplicitAccess->grfAccessPermissions = AccessPermissions;
  pExplicitAccess->grfAccessMode = AccessMode;
  pExplicitAccess->grfInheritance = Inheritance;
  describe(pExplicitAccess->Trustee, pTrusteeName, TRUSTEE_IS_NAME);
}

VOID BuildExplicitAccessWithNameW(PEXPLICIT_ACCESS_W pExplicitAccess, LPWSTR pTrusteeName, DWORD AccessPermissions,
                                  ACCESS_MODE AccessMode, DWORD Inheritance) {
  pExplicitAccess->grfAccessPermissions = AccessPermissions;
  pExplicitAccess->grfAccessMode = AccessMode;
  pExplicitAccess->grfInheritance = Inheritance;
  describe(pExplicitAccess->Trustee, pTrusteeName, TRUSTEE_IS_NAME);
}

DWORD GetSecurityInfo(HANDLE handle, SE_OBJECT_TYPE /*ObjectType*/, SECURITY_INFORMATION /*SecurityInfo*/,
                      PSID* ppsidOwner, PSID* ppsidGroup, PACL* ppDacl, PACL* ppSacl,
                      PSECURITY_DESCRIPTOR* ppSecurityDescriptor) {
  DWORD const before = last_error;
  DWORD needed = 0;
  PSECURITY_DESCRIPTOR made = nullptr;
  GetKernelObjectSecurity(handle, 0, nullptr, 0, &needed);
  if (needed != 0) made = LocalAlloc(LMEM_FIXED, needed);
  DWORD code = last_error;
  if (made != nullptr && GetKernelObjectSecurity(handle, 0, made, needed, &needed) != FALSE) {
    descriptor_parts parts;
    read_descriptor(made, parts);
    if (ppsidOwner != nullptr) *ppsidOwner = const_cast<SID*>(parts.owner);
    if (ppsidGroup != nullptr) *ppsidGroup = const_cast<SID*>(parts.group);
    if (ppDacl != nullptr) *ppDacl = const_cast<PACL>(parts.dacl);
    if (ppSacl != nullptr) *ppSacl = nullptr;
    if (ppSecurityDescriptor != nullptr) *ppSecurityDescriptor = made;
    code = ERROR_SUCCESS;
  }
  last_error = before;
  return code;
}

DWORD SetSecurityInfo(HANDLE handle, SE_OBJECT_TYPE /*ObjectType*/, SECURITY_INFORMATION /*SecurityInfo*/,
                      PSID /*psidOwner*/, PSID /*psidGroup*/, PACL /*pDacl*/, PACL /*pSacl*/) {
  ACCESS_MASK access = 0;
  return pin_any(handle, access) ? ERROR_NOT_SUPPORTED : ERROR_INVALID_HANDLE;
}

namespace {

std::array<HANDLE(WINAPI*)(DWORD, BOOL, LPCSTR), 4> openers(LPCSTR /*name*/) {
  return {OpenFileMappingA, OpenMutexA, OpenEventA, OpenSemaphoreA};
}
std::array<HANDLE(WINAPI*)(DWORD, BOOL, LPCWSTR), 4> openers(LPCWSTR /*name*/) {
  return {OpenFileMappingW, OpenMutexW, OpenEventW, OpenSemaphoreW};
}

/// A handle with which the security of what has this name can be read; nullptr with the last error.
template <class Char>
HANDLE open_to_look(Char const* name, SE_OBJECT_TYPE type) {
  if (type == SE_FILE_OBJECT) {
    HANDLE file = INVALID_HANDLE_VALUE;
    constexpr DWORD all = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    if constexpr (sizeof(Char) > 1) {
      file = CreateFileW(name, READ_CONTROL, all, nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr);
    } else {
      file = CreateFileA(name, READ_CONTROL, all, nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr);
    }
    return file == INVALID_HANDLE_VALUE ? nullptr : file;
  }
  if (type != SE_KERNEL_OBJECT) return fail_with<HANDLE>(ERROR_NOT_SUPPORTED, nullptr);
  // A name of another kind answers ERROR_INVALID_HANDLE (C-25); any other answer is the answer.
  for (auto* const open_it : openers(name)) {
    HANDLE const found = open_it(READ_CONTROL, FALSE, name);
    if (found != nullptr || last_error != ERROR_INVALID_HANDLE) return found;
  }
  return nullptr;
}

template <class Char>
DWORD named_security(Char const* name, SE_OBJECT_TYPE type, SECURITY_INFORMATION what, PSID* owner, PSID* group,
                     PACL* dacl, PACL* sacl, PSECURITY_DESCRIPTOR* descriptor) {
  if (name == nullptr) return ERROR_INVALID_PARAMETER;
  DWORD const before = last_error;
  HANDLE const handle = open_to_look(name, type);
  DWORD const code =
      handle == nullptr ? last_error : GetSecurityInfo(handle, type, what, owner, group, dacl, sacl, descriptor);
  if (handle != nullptr) CloseHandle(handle);
  last_error = before;
  return code;
}

/// Permissions are given when an object is made (SetSecurityInfo): what there is of it is found, and then refused.
template <class Char>
DWORD refuse_named_security(Char const* name, SE_OBJECT_TYPE type) {
  if (name == nullptr) return ERROR_INVALID_PARAMETER;
  DWORD const before = last_error;
  HANDLE const handle = open_to_look(name, type);
  DWORD const code = handle == nullptr ? last_error : DWORD{ERROR_NOT_SUPPORTED};
  if (handle != nullptr) CloseHandle(handle);
  last_error = before;
  return code;
}

}  // namespace

DWORD SetNamedSecurityInfoA(LPSTR pObjectName, SE_OBJECT_TYPE ObjectType, SECURITY_INFORMATION /*SecurityInfo*/,
                            PSID /*psidOwner*/, PSID /*psidGroup*/, PACL /*pDacl*/, PACL /*pSacl*/) {
  return refuse_named_security(static_cast<LPCSTR>(pObjectName), ObjectType);
}
DWORD SetNamedSecurityInfoW(LPWSTR pObjectName, SE_OBJECT_TYPE ObjectType, SECURITY_INFORMATION /*SecurityInfo*/,
                            PSID /*psidOwner*/, PSID /*psidGroup*/, PACL /*pDacl*/, PACL /*pSacl*/) {
  return refuse_named_security(static_cast<LPCWSTR>(pObjectName), ObjectType);
}

DWORD GetNamedSecurityInfoA(LPCSTR pObjectName, SE_OBJECT_TYPE ObjectType, SECURITY_INFORMATION SecurityInfo,
                            PSID* ppsidOwner, PSID* ppsidGroup, PACL* ppDacl, PACL* ppSacl,
                            PSECURITY_DESCRIPTOR* ppSecurityDescriptor) {
  return named_security(pObjectName, ObjectType, SecurityInfo, ppsidOwner, ppsidGroup, ppDacl, ppSacl,
                        ppSecurityDescriptor);
}
DWORD GetNamedSecurityInfoW(LPCWSTR pObjectName, SE_OBJECT_TYPE ObjectType, SECURITY_INFORMATION SecurityInfo,
                            PSID* ppsidOwner, PSID* ppsidGroup, PACL* ppDacl, PACL* ppSacl,
                            PSECURITY_DESCRIPTOR* ppSecurityDescriptor) {
  return named_security(pObjectName, ObjectType, SecurityInfo, ppsidOwner, ppsidGroup, ppDacl, ppSacl,
                        ppSecurityDescriptor);
}
