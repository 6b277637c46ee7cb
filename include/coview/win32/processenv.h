/* SPDX-License-Identifier: Apache-2.0 */
/* A process's surroundings: environment variables, command line, current directory, standard handles. */
#ifndef COVIEW_WIN32_PROCESSENV_H
#define COVIEW_WIN32_PROCESSENV_H
#include "minwinbase.h"
#include "minwindef.h"
#pragma GCC system_header

#define STD_INPUT_HANDLE ((DWORD)-10)
#define STD_OUTPUT_HANDLE ((DWORD)-11)
#define STD_ERROR_HANDLE ((DWORD)-12)

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API HANDLE WINAPI GetStdHandle(DWORD nStdHandle);
COVIEW_WIN32_API BOOL WINAPI SetStdHandle(DWORD nStdHandle, HANDLE hHandle);
COVIEW_WIN32_API BOOL WINAPI SetStdHandleEx(DWORD nStdHandle, HANDLE hHandle, PHANDLE phPrevValue);
COVIEW_WIN32_API LPSTR WINAPI GetCommandLineA(void);
COVIEW_WIN32_API LPWSTR WINAPI GetCommandLineW(void);
COVIEW_WIN32_API LPSTR WINAPI GetEnvironmentStringsA(void);
COVIEW_WIN32_API LPWSTR WINAPI GetEnvironmentStringsW(void);
COVIEW_WIN32_API BOOL WINAPI FreeEnvironmentStringsA(LPSTR penv);
COVIEW_WIN32_API BOOL WINAPI FreeEnvironmentStringsW(LPWSTR penv);
COVIEW_WIN32_API DWORD WINAPI GetEnvironmentVariableA(LPCSTR lpName, LPSTR lpBuffer, DWORD nSize);
COVIEW_WIN32_API DWORD WINAPI GetEnvironmentVariableW(LPCWSTR lpName, LPWSTR lpBuffer, DWORD nSize);
COVIEW_WIN32_API BOOL WINAPI SetEnvironmentVariableA(LPCSTR lpName, LPCSTR lpValue);
COVIEW_WIN32_API BOOL WINAPI SetEnvironmentVariableW(LPCWSTR lpName, LPCWSTR lpValue);
COVIEW_WIN32_API DWORD WINAPI ExpandEnvironmentStringsA(LPCSTR lpSrc, LPSTR lpDst, DWORD nSize);
COVIEW_WIN32_API DWORD WINAPI ExpandEnvironmentStringsW(LPCWSTR lpSrc, LPWSTR lpDst, DWORD nSize);
COVIEW_WIN32_API BOOL WINAPI SetCurrentDirectoryA(LPCSTR lpPathName);
COVIEW_WIN32_API BOOL WINAPI SetCurrentDirectoryW(LPCWSTR lpPathName);
COVIEW_WIN32_API DWORD WINAPI GetCurrentDirectoryA(DWORD nBufferLength, LPSTR lpBuffer);
COVIEW_WIN32_API DWORD WINAPI GetCurrentDirectoryW(DWORD nBufferLength, LPWSTR lpBuffer);
COVIEW_WIN32_API DWORD WINAPI SearchPathA(LPCSTR lpPath, LPCSTR lpFileName, LPCSTR lpExtension, DWORD nBufferLength,
                                          LPSTR lpBuffer, LPSTR* lpFilePart);
COVIEW_WIN32_API DWORD WINAPI SearchPathW(LPCWSTR lpPath, LPCWSTR lpFileName, LPCWSTR lpExtension,
                                          DWORD nBufferLength, LPWSTR lpBuffer, LPWSTR* lpFilePart);
COVIEW_WIN32_END

#ifdef UNICODE
#define GetCommandLine GetCommandLineW
#define GetEnvironmentStrings GetEnvironmentStringsW
#define FreeEnvironmentStrings FreeEnvironmentStringsW
#define GetEnvironmentVariable GetEnvironmentVariableW
#define SetEnvironmentVariable SetEnvironmentVariableW
#define ExpandEnvironmentStrings ExpandEnvironmentStringsW
#define SetCurrentDirectory SetCurrentDirectoryW
#define GetCurrentDirectory GetCurrentDirectoryW
#define SearchPath SearchPathW
#else
#define GetCommandLine GetCommandLineA
#define GetEnvironmentStrings GetEnvironmentStringsA
#define FreeEnvironmentStrings FreeEnvironmentStringsA
#define GetEnvironmentVariable GetEnvironmentVariableA
#define SetEnvironmentVariable SetEnvironmentVariableA
#define ExpandEnvironmentStrings ExpandEnvironmentStringsA
#define SetCurrentDirectory SetCurrentDirectoryA
#define GetCurrentDirectory GetCurrentDirectoryA
#define SearchPath SearchPathA
#endif

#endif
