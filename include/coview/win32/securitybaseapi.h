/* SPDX-License-Identifier: Apache-2.0 */
/* Security descriptors, access control lists, security identifiers, tokens (SA-01 to SA-05). What they come to on a
   system whose objects are files is in docs/porting.md. */
#ifndef COVIEW_WIN32_SECURITYBASEAPI_H
#define COVIEW_WIN32_SECURITYBASEAPI_H
#include "minwinbase.h"
#pragma GCC system_header

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API BOOL WINAPI InitializeSecurityDescriptor(PSECURITY_DESCRIPTOR pSecurityDescriptor, DWORD dwRevision);
COVIEW_WIN32_API BOOL WINAPI IsValidSecurityDescriptor(PSECURITY_DESCRIPTOR pSecurityDescriptor);
COVIEW_WIN32_API DWORD WINAPI GetSecurityDescriptorLength(PSECURITY_DESCRIPTOR pSecurityDescriptor);
COVIEW_WIN32_API BOOL WINAPI GetSecurityDescriptorControl(PSECURITY_DESCRIPTOR pSecurityDescriptor,
                                                          PSECURITY_DESCRIPTOR_CONTROL pControl,
                                                          LPDWORD lpdwRevision);
COVIEW_WIN32_API BOOL WINAPI SetSecurityDescriptorControl(PSECURITY_DESCRIPTOR pSecurityDescriptor,
                                                          SECURITY_DESCRIPTOR_CONTROL ControlBitsOfInterest,
                                                          SECURITY_DESCRIPTOR_CONTROL ControlBitsToSet);
COVIEW_WIN32_API BOOL WINAPI SetSecurityDescriptorDacl(PSECURITY_DESCRIPTOR pSecurityDescriptor, BOOL bDaclPresent,
                                                       PACL pDacl, BOOL bDaclDefaulted);
COVIEW_WIN32_API BOOL WINAPI GetSecurityDescriptorDacl(PSECURITY_DESCRIPTOR pSecurityDescriptor,
                                                       LPBOOL lpbDaclPresent, PACL* pDacl, LPBOOL lpbDaclDefaulted);
COVIEW_WIN32_API BOOL WINAPI SetSecurityDescriptorSacl(PSECURITY_DESCRIPTOR pSecurityDescriptor, BOOL bSaclPresent,
                                                       PACL pSacl, BOOL bSaclDefaulted);
COVIEW_WIN32_API BOOL WINAPI GetSecurityDescriptorSacl(PSECURITY_DESCRIPTOR pSecurityDescriptor,
                                                       LPBOOL lpbSaclPresent, PACL* pSacl, LPBOOL lpbSaclDefaulted);
COVIEW_WIN32_API BOOL WINAPI SetSecurityDescriptorOwner(PSECURITY_DESCRIPTOR pSecurityDescriptor, PSID pOwner,
                                                        BOOL bOwnerDefaulted);
COVIEW_WIN32_API BOOL WINAPI GetSecurityDescriptorOwner(PSECURITY_DESCRIPTOR pSecurityDescriptor, PSID* pOwner,
                                                        LPBOOL lpbOwnerDefaulted);
COVIEW_WIN32_API BOOL WINAPI SetSecurityDescriptorGroup(PSECURITY_DESCRIPTOR pSecurityDescriptor, PSID pGroup,
                                                        BOOL bGroupDefaulted);
COVIEW_WIN32_API BOOL WINAPI GetSecurityDescriptorGroup(PSECURITY_DESCRIPTOR pSecurityDescriptor, PSID* pGroup,
                                                        LPBOOL lpbGroupDefaulted);
COVIEW_WIN32_API BOOL WINAPI MakeAbsoluteSD(PSECURITY_DESCRIPTOR pSelfRelativeSecurityDescriptor,
                                            PSECURITY_DESCRIPTOR pAbsoluteSecurityDescriptor,
                                            LPDWORD lpdwAbsoluteSecurityDescriptorSize, PACL pDacl,
                                            LPDWORD lpdwDaclSize, PACL pSacl, LPDWORD lpdwSaclSize, PSID pOwner,
                                            LPDWORD lpdwOwnerSize, PSID pPrimaryGroup, LPDWORD lpdwPrimaryGroupSize);
COVIEW_WIN32_API BOOL WINAPI MakeSelfRelativeSD(PSECURITY_DESCRIPTOR pAbsoluteSecurityDescriptor,
                                                PSECURITY_DESCRIPTOR pSelfRelativeSecurityDescriptor,
                                                LPDWORD lpdwBufferLength);

COVIEW_WIN32_API BOOL WINAPI InitializeAcl(PACL pAcl, DWORD nAclLength, DWORD dwAclRevision);
COVIEW_WIN32_API BOOL WINAPI IsValidAcl(PACL pAcl);
COVIEW_WIN32_API BOOL WINAPI AddAccessAllowedAce(PACL pAcl, DWORD dwAceRevision, DWORD AccessMask, PSID pSid);
COVIEW_WIN32_API BOOL WINAPI AddAccessAllowedAceEx(PACL pAcl, DWORD dwAceRevision, DWORD AceFlags, DWORD AccessMask,
                                                   PSID pSid);
COVIEW_WIN32_API BOOL WINAPI AddAccessDeniedAce(PACL pAcl, DWORD dwAceRevision, DWORD AccessMask, PSID pSid);
COVIEW_WIN32_API BOOL WINAPI AddAccessDeniedAceEx(PACL pAcl, DWORD dwAceRevision, DWORD AceFlags, DWORD AccessMask,
                                                  PSID pSid);
COVIEW_WIN32_API BOOL WINAPI AddAce(PACL pAcl, DWORD dwAceRevision, DWORD dwStartingAceIndex, LPVOID pAceList,
                                    DWORD nAceListLength);
COVIEW_WIN32_API BOOL WINAPI GetAce(PACL pAcl, DWORD dwAceIndex, LPVOID* pAce);
COVIEW_WIN32_API BOOL WINAPI DeleteAce(PACL pAcl, DWORD dwAceIndex);
COVIEW_WIN32_API BOOL WINAPI GetAclInformation(PACL pAcl, LPVOID pAclInformation, DWORD nAclInformationLength,
                                               ACL_INFORMATION_CLASS dwAclInformationClass);

COVIEW_WIN32_API BOOL WINAPI AllocateAndInitializeSid(PSID_IDENTIFIER_AUTHORITY pIdentifierAuthority,
                                                      BYTE nSubAuthorityCount, DWORD nSubAuthority0,
                                                      DWORD nSubAuthority1, DWORD nSubAuthority2,
                                                      DWORD nSubAuthority3, DWORD nSubAuthority4,
                                                      DWORD nSubAuthority5, DWORD nSubAuthority6,
                                                      DWORD nSubAuthority7, PSID* pSid);
COVIEW_WIN32_API PVOID WINAPI FreeSid(PSID pSid);
COVIEW_WIN32_API BOOL WINAPI InitializeSid(PSID Sid, PSID_IDENTIFIER_AUTHORITY pIdentifierAuthority,
                                           BYTE nSubAuthorityCount);
COVIEW_WIN32_API BOOL WINAPI IsValidSid(PSID pSid);
COVIEW_WIN32_API BOOL WINAPI EqualSid(PSID pSid1, PSID pSid2);
COVIEW_WIN32_API BOOL WINAPI EqualPrefixSid(PSID pSid1, PSID pSid2);
COVIEW_WIN32_API BOOL WINAPI CopySid(DWORD nDestinationSidLength, PSID pDestinationSid, PSID pSourceSid);
COVIEW_WIN32_API DWORD WINAPI GetLengthSid(PSID pSid);
COVIEW_WIN32_API DWORD WINAPI GetSidLengthRequired(UCHAR nSubAuthorityCount);
COVIEW_WIN32_API PDWORD WINAPI GetSidSubAuthority(PSID pSid, DWORD nSubAuthority);
COVIEW_WIN32_API PUCHAR WINAPI GetSidSubAuthorityCount(PSID pSid);
COVIEW_WIN32_API PSID_IDENTIFIER_AUTHORITY WINAPI GetSidIdentifierAuthority(PSID pSid);
COVIEW_WIN32_API BOOL WINAPI CreateWellKnownSid(WELL_KNOWN_SID_TYPE WellKnownSidType, PSID DomainSid, PSID pSid,
                                                DWORD* cbSid);
COVIEW_WIN32_API BOOL WINAPI IsWellKnownSid(PSID pSid, WELL_KNOWN_SID_TYPE WellKnownSidType);

/* A process has one token: its user's. It has no privileges that could be enabled, and root is an administrator. */
COVIEW_WIN32_API BOOL WINAPI OpenProcessToken(HANDLE ProcessHandle, DWORD DesiredAccess, PHANDLE TokenHandle);
COVIEW_WIN32_API BOOL WINAPI OpenThreadToken(HANDLE ThreadHandle, DWORD DesiredAccess, BOOL OpenAsSelf,
                                             PHANDLE TokenHandle);
COVIEW_WIN32_API BOOL WINAPI GetTokenInformation(HANDLE TokenHandle, TOKEN_INFORMATION_CLASS TokenInformationClass,
                                                 LPVOID TokenInformation, DWORD TokenInformationLength,
                                                 PDWORD ReturnLength);
COVIEW_WIN32_API BOOL WINAPI AdjustTokenPrivileges(HANDLE TokenHandle, BOOL DisableAllPrivileges,
                                                   PTOKEN_PRIVILEGES NewState, DWORD BufferLength,
                                                   PTOKEN_PRIVILEGES PreviousState, PDWORD ReturnLength);
COVIEW_WIN32_API BOOL WINAPI CheckTokenMembership(HANDLE TokenHandle, PSID SidToCheck, PBOOL IsMember);
COVIEW_WIN32_API BOOL WINAPI LookupPrivilegeValueA(LPCSTR lpSystemName, LPCSTR lpName, PLUID lpLuid);
COVIEW_WIN32_API BOOL WINAPI LookupPrivilegeValueW(LPCWSTR lpSystemName, LPCWSTR lpName, PLUID lpLuid);
COVIEW_WIN32_API BOOL WINAPI LookupAccountSidA(LPCSTR lpSystemName, PSID Sid, LPSTR Name, LPDWORD cchName,
                                               LPSTR ReferencedDomainName, LPDWORD cchReferencedDomainName,
                                               PSID_NAME_USE peUse);
COVIEW_WIN32_API BOOL WINAPI LookupAccountSidW(LPCWSTR lpSystemName, PSID Sid, LPWSTR Name, LPDWORD cchName,
                                               LPWSTR ReferencedDomainName, LPDWORD cchReferencedDomainName,
                                               PSID_NAME_USE peUse);

/* Of an object behind a handle: its owner, and who may do what. */
COVIEW_WIN32_API BOOL WINAPI GetKernelObjectSecurity(HANDLE Handle, SECURITY_INFORMATION RequestedInformation,
                                                     PSECURITY_DESCRIPTOR pSecurityDescriptor, DWORD nLength,
                                                     LPDWORD lpnLengthNeeded);
/* ERROR_NOT_SUPPORTED: an object's security is decided when it is created. */
COVIEW_WIN32_API BOOL WINAPI SetKernelObjectSecurity(HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
                                                     PSECURITY_DESCRIPTOR SecurityDescriptor);
COVIEW_WIN32_END

#ifdef UNICODE
#define LookupPrivilegeValue LookupPrivilegeValueW
#define LookupAccountSid LookupAccountSidW
#else
#define LookupPrivilegeValue LookupPrivilegeValueA
#define LookupAccountSid LookupAccountSidA
#endif

#endif
