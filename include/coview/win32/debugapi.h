/* SPDX-License-Identifier: Apache-2.0 */
/* Words for a debugger. They go to standard error where COVIEW_DEBUG_OUTPUT is set, else nowhere. */
#ifndef COVIEW_WIN32_DEBUGAPI_H
#define COVIEW_WIN32_DEBUGAPI_H
#include "minwindef.h"
#pragma GCC system_header

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API VOID WINAPI OutputDebugStringA(LPCSTR lpOutputString);
COVIEW_WIN32_API VOID WINAPI OutputDebugStringW(LPCWSTR lpOutputString);
COVIEW_WIN32_API BOOL WINAPI IsDebuggerPresent(void);
COVIEW_WIN32_API VOID WINAPI DebugBreak(void);
COVIEW_WIN32_API BOOL WINAPI CheckRemoteDebuggerPresent(HANDLE hProcess, PBOOL pbDebuggerPresent);
COVIEW_WIN32_END

#ifdef UNICODE
#define OutputDebugString OutputDebugStringW
#else
#define OutputDebugString OutputDebugStringA
#endif

#endif
