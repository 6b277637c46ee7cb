/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of who may do what, made from descriptions, and the security of objects. These functions return their error.
 */
#ifndef COVIEW_WIN32_ACLAPI_H
#define COVIEW_WIN32_ACLAPI_H
#include "accctrl.h"
#include "winbase.h"
#pragma GCC system_header

COVIEW_WIN32_BEGIN
/* The new list is freed with LocalFree. */
COVIEW_WIN32_API DWORD WINAPI SetEntriesInAclA(ULONG cCountOfExplicitEntries,
                                               PEXPLICIT_ACCESS_A pListOfExplicitEntries, PACL OldAcl, PACL* NewAcl);
COVIEW_WIN32_API DWORD WINAPI SetEntriesInAclW(ULONG cCountOfExplicitEntries,
                                               PEXPLICIT_ACCESS_W pListOfExplicitEntries, PACL OldAcl, PACL* NewAcl);
COVIEW_WIN32_API VOID WINAPI BuildTrusteeWithSidA(PTRUSTEE_A pTrustee, PSID pSid);
COVIEW_WIN32_API VOID WINAPI BuildTrusteeWithSidW(PTRUSTEE_W pTrustee, PSID pSid);
COVIEW_WIN32_API VOID WINAPI BuildExplicitAccessWithNameA(PEXPLICIT_ACCESS_A pExplicitAccess, LPSTR pTrusteeName,
                                                          DWORD AccessPermissions, ACCESS_MODE AccessMode,
                                                          DWORD Inheritance);
COVIEW_WIN32_API VOID WINAPI BuildExplicitAccessWithNameW(PEXPLICIT_ACCESS_W pExplicitAccess, LPWSTR pTrusteeName,
                                                          DWORD AccessPermissions, ACCESS_MODE AccessMode,
                                                          DWORD Inheritance);
/* The parts lie within the descriptor, which is freed with LocalFree. */
COVIEW_WIN32_API DWORD WINAPI GetSecurityInfo(HANDLE handle, SE_OBJECT_TYPE ObjectType,
                                              SECURITY_INFORMATION SecurityInfo, PSID* ppsidOwner, PSID* ppsidGroup,
                                              PACL* ppDacl, PACL* ppSacl, PSECURITY_DESCRIPTOR* ppSecurityDescriptor);
/* Of a file, or of the mapping, mutex, event or semaphore with that name. */
COVIEW_WIN32_API DWORD WINAPI SetNamedSecurityInfoA(LPSTR pObjectName, SE_OBJECT_TYPE ObjectType,
                                                    SECURITY_INFORMATION SecurityInfo, PSID psidOwner, PSID psidGroup,
                                                    PACL pDacl, PACL pSacl);
COVIEW_WIN32_API DWORD WINAPI SetNamedSecurityInfoW(LPWSTR pObjectName, SE_OBJECT_TYPE ObjectType,
                                                    SECURITY_INFORMATION SecurityInfo, PSID psidOwner, PSID psidGroup,
                                                    PACL pDacl, PACL pSacl);
COVIEW_WIN32_API DWORD WINAPI GetNamedSecurityInfoA(LPCSTR pObjectName, SE_OBJECT_TYPE ObjectType,
                                                    SECURITY_INFORMATION SecurityInfo, PSID* ppsidOwner,
                                                    PSID* ppsidGroup, PACL* ppDacl, PACL* ppSacl,
                                                    PSECURITY_DESCRIPTOR* ppSecurityDescriptor);
COVIEW_WIN32_API DWORD WINAPI GetNamedSecurityInfoW(LPCWSTR pObjectName, SE_OBJECT_TYPE ObjectType,
                                                    SECURITY_INFORMATION SecurityInfo, PSID* ppsidOwner,
                                                    PSID* ppsidGroup, PACL* ppDacl, PACL* ppSacl,
                                                    PSECURITY_DESCRIPTOR* ppSecurityDescriptor);
/* ERROR_NOT_SUPPORTED: an object's security is decided when it is created. */
COVIEW_WIN32_API DWORD WINAPI SetSecurityInfo(HANDLE handle, SE_OBJECT_TYPE ObjectType,
                                              SECURITY_INFORMATION SecurityInfo, PSID psidOwner, PSID psidGroup,
                                              PACL pDacl, PACL pSacl);
COVIEW_WIN32_END

#ifdef UNICODE
#define GetNamedSecurityInfo GetNamedSecurityInfoW
#define SetNamedSecurityInfo SetNamedSecurityInfoW
#define SetEntriesInAcl SetEntriesInAclW
#define BuildTrusteeWithSid BuildTrusteeWithSidW
#define BuildExplicitAccessWithName BuildExplicitAccessWithNameW
#else
#define GetNamedSecurityInfo GetNamedSecurityInfoA
#define SetNamedSecurityInfo SetNamedSecurityInfoA
#define SetEntriesInAcl SetEntriesInAclA
#define BuildTrusteeWithSid BuildTrusteeWithSidA
#define BuildExplicitAccessWithName BuildExplicitAccessWithNameA
#endif

#endif
