/* SPDX-License-Identifier: Apache-2.0 */
/* Security descriptors and SIDs as text. What comes back is freed with LocalFree. */
#ifndef COVIEW_WIN32_SDDL_H
#define COVIEW_WIN32_SDDL_H
#include "winbase.h"
#pragma GCC system_header

#define SDDL_REVISION_1 1
#define SDDL_REVISION SDDL_REVISION_1

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API BOOL WINAPI ConvertStringSecurityDescriptorToSecurityDescriptorA(
    LPCSTR StringSecurityDescriptor, DWORD StringSDRevision, PSECURITY_DESCRIPTOR* SecurityDescriptor,
    PULONG SecurityDescriptorSize);
COVIEW_WIN32_API BOOL WINAPI ConvertStringSecurityDescriptorToSecurityDescriptorW(
    LPCWSTR StringSecurityDescriptor, DWORD StringSDRevision, PSECURITY_DESCRIPTOR* SecurityDescriptor,
    PULONG SecurityDescriptorSize);
COVIEW_WIN32_API BOOL WINAPI ConvertSecurityDescriptorToStringSecurityDescriptorA(
    PSECURITY_DESCRIPTOR SecurityDescriptor, DWORD RequestedStringSDRevision,
    SECURITY_INFORMATION SecurityInformation, LPSTR* StringSecurityDescriptor, PULONG StringSecurityDescriptorLen);
COVIEW_WIN32_API BOOL WINAPI ConvertSecurityDescriptorToStringSecurityDescriptorW(
    PSECURITY_DESCRIPTOR SecurityDescriptor, DWORD RequestedStringSDRevision,
    SECURITY_INFORMATION SecurityInformation, LPWSTR* StringSecurityDescriptor, PULONG StringSecurityDescriptorLen);
COVIEW_WIN32_API BOOL WINAPI ConvertSidToStringSidA(PSID Sid, LPSTR* StringSid);
COVIEW_WIN32_API BOOL WINAPI ConvertSidToStringSidW(PSID Sid, LPWSTR* StringSid);
COVIEW_WIN32_API BOOL WINAPI ConvertStringSidToSidA(LPCSTR StringSid, PSID* Sid);
COVIEW_WIN32_API BOOL WINAPI ConvertStringSidToSidW(LPCWSTR StringSid, PSID* Sid);
COVIEW_WIN32_END

#ifdef UNICODE
#define ConvertStringSecurityDescriptorToSecurityDescriptor ConvertStringSecurityDescriptorToSecurityDescriptorW
#define ConvertSecurityDescriptorToStringSecurityDescriptor ConvertSecurityDescriptorToStringSecurityDescriptorW
#define ConvertSidToStringSid ConvertSidToStringSidW
#define ConvertStringSidToSid ConvertStringSidToSidW
#else
#define ConvertStringSecurityDescriptorToSecurityDescriptor ConvertStringSecurityDescriptorToSecurityDescriptorA
#define ConvertSecurityDescriptorToStringSecurityDescriptor ConvertSecurityDescriptorToStringSecurityDescriptorA
#define ConvertSidToStringSid ConvertSidToStringSidA
#define ConvertStringSidToSid ConvertStringSidToSidA
#endif

#endif
