/* SPDX-License-Identifier: Apache-2.0 */
/* Handles, whatever they lead to (G-01 to G-05, H-01 to H-12). */
#ifndef COVIEW_WIN32_HANDLEAPI_H
#define COVIEW_WIN32_HANDLEAPI_H
#include "minwinbase.h"
#pragma GCC system_header

#define DUPLICATE_CLOSE_SOURCE 0x00000001
#define DUPLICATE_SAME_ACCESS 0x00000002
#define HANDLE_FLAG_INHERIT 0x00000001
#define HANDLE_FLAG_PROTECT_FROM_CLOSE 0x00000002

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API BOOL WINAPI CloseHandle(HANDLE hObject);
COVIEW_WIN32_API BOOL WINAPI DuplicateHandle(HANDLE hSourceProcessHandle, HANDLE hSourceHandle,
                                             HANDLE hTargetProcessHandle, LPHANDLE lpTargetHandle,
                                             DWORD dwDesiredAccess, BOOL bInheritHandle, DWORD dwOptions);
COVIEW_WIN32_API BOOL WINAPI GetHandleInformation(HANDLE hObject, LPDWORD lpdwFlags);
COVIEW_WIN32_API BOOL WINAPI SetHandleInformation(HANDLE hObject, DWORD dwMask, DWORD dwFlags);
COVIEW_WIN32_API BOOL WINAPI CompareObjectHandles(HANDLE hFirstObjectHandle, HANDLE hSecondObjectHandle);
COVIEW_WIN32_END

#endif
