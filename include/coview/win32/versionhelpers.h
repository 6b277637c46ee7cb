/* SPDX-License-Identifier: Apache-2.0 */
/* Whether this is at least a certain Windows: Windows 10, no server. */
#ifndef COVIEW_WIN32_VERSIONHELPERS_H
#define COVIEW_WIN32_VERSIONHELPERS_H
#include "winbase.h"
#pragma GCC system_header

#ifdef __cplusplus
#define VERSIONHELPERAPI inline bool
#else
#define VERSIONHELPERAPI FORCEINLINE BOOL
#endif

VERSIONHELPERAPI IsWindowsVersionOrGreater(WORD major, WORD minor, WORD service_pack) {
  OSVERSIONINFOEXW wanted = {0};
  ULONGLONG mask = 0;
  wanted.dwOSVersionInfoSize = sizeof(wanted);
  wanted.dwMajorVersion = major;
  wanted.dwMinorVersion = minor;
  wanted.wServicePackMajor = service_pack;
  VER_SET_CONDITION(mask, VER_MAJORVERSION, VER_GREATER_EQUAL);
  VER_SET_CONDITION(mask, VER_MINORVERSION, VER_GREATER_EQUAL);
  VER_SET_CONDITION(mask, VER_SERVICEPACKMAJOR, VER_GREATER_EQUAL);
  return VerifyVersionInfoW(&wanted, VER_MAJORVERSION | VER_MINORVERSION | VER_SERVICEPACKMAJOR, mask) != FALSE;
}
VERSIONHELPERAPI IsWindowsXPOrGreater(void) {
  return IsWindowsVersionOrGreater(5, 1, 0);
}
VERSIONHELPERAPI IsWindowsVistaOrGreater(void) {
  return IsWindowsVersionOrGreater(6, 0, 0);
}
VERSIONHELPERAPI IsWindows7OrGreater(void) {
  return IsWindowsVersionOrGreater(6, 1, 0);
}
VERSIONHELPERAPI IsWindows7SP1OrGreater(void) {
  return IsWindowsVersionOrGreater(6, 1, 1);
}
VERSIONHELPERAPI IsWindows8OrGreater(void) {
  return IsWindowsVersionOrGreater(6, 2, 0);
}
VERSIONHELPERAPI IsWindows8Point1OrGreater(void) {
  return IsWindowsVersionOrGreater(6, 3, 0);
}
VERSIONHELPERAPI IsWindows10OrGreater(void) {
  return IsWindowsVersionOrGreater(10, 0, 0);
}
VERSIONHELPERAPI IsWindowsServer(void) {
  OSVERSIONINFOEXW wanted = {0};
  wanted.dwOSVersionInfoSize = sizeof(wanted);
  wanted.wProductType = VER_NT_WORKSTATION;
  return VerifyVersionInfoW(&wanted, VER_PRODUCT_TYPE, VerSetConditionMask(0, VER_PRODUCT_TYPE, VER_EQUAL)) == FALSE;
}

#endif
