/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a process is a 32-bit one on a 64-bit system: none is. */
#ifndef COVIEW_WIN32_WOW64APISET_H
#define COVIEW_WIN32_WOW64APISET_H
#include "minwinbase.h"
#pragma GCC system_header

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API BOOL WINAPI IsWow64Process(HANDLE hProcess, PBOOL Wow64Process);
COVIEW_WIN32_END

#endif
