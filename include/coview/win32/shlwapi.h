/* SPDX-License-Identifier: Apache-2.0 */
/* Of the shell's light utilities, what looks at the text of a path, and whether there is a file. Both kinds of
   slashes divide. Buffers have MAX_PATH characters, as on Windows. */
#ifndef COVIEW_WIN32_SHLWAPI_H
#define COVIEW_WIN32_SHLWAPI_H
#include "winbase.h"
#pragma GCC system_header

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API BOOL WINAPI PathFileExistsA(LPCSTR pszPath);
COVIEW_WIN32_API BOOL WINAPI PathFileExistsW(LPCWSTR pszPath);
COVIEW_WIN32_API BOOL WINAPI PathIsDirectoryA(LPCSTR pszPath);
COVIEW_WIN32_API BOOL WINAPI PathIsDirectoryW(LPCWSTR pszPath);
COVIEW_WIN32_API LPSTR WINAPI PathFindFileNameA(LPCSTR pszPath);
COVIEW_WIN32_API LPWSTR WINAPI PathFindFileNameW(LPCWSTR pszPath);
COVIEW_WIN32_API LPSTR WINAPI PathFindExtensionA(LPCSTR pszPath);
COVIEW_WIN32_API LPWSTR WINAPI PathFindExtensionW(LPCWSTR pszPath);
COVIEW_WIN32_API BOOL WINAPI PathRemoveFileSpecA(LPSTR pszPath);
COVIEW_WIN32_API BOOL WINAPI PathRemoveFileSpecW(LPWSTR pszPath);
COVIEW_WIN32_API void WINAPI PathStripPathA(LPSTR pszPath);
COVIEW_WIN32_API void WINAPI PathStripPathW(LPWSTR pszPath);
COVIEW_WIN32_API void WINAPI PathRemoveExtensionA(LPSTR pszPath);
COVIEW_WIN32_API void WINAPI PathRemoveExtensionW(LPWSTR pszPath);
COVIEW_WIN32_API BOOL WINAPI PathAppendA(LPSTR pszPath, LPCSTR pszMore);
COVIEW_WIN32_API BOOL WINAPI PathAppendW(LPWSTR pszPath, LPCWSTR pszMore);
COVIEW_WIN32_API LPSTR WINAPI PathCombineA(LPSTR pszDest, LPCSTR pszDir, LPCSTR pszFile);
COVIEW_WIN32_API LPWSTR WINAPI PathCombineW(LPWSTR pszDest, LPCWSTR pszDir, LPCWSTR pszFile);
COVIEW_WIN32_API BOOL WINAPI PathIsRelativeA(LPCSTR pszPath);
COVIEW_WIN32_API BOOL WINAPI PathIsRelativeW(LPCWSTR pszPath);
COVIEW_WIN32_API LPSTR WINAPI PathAddBackslashA(LPSTR pszPath);
COVIEW_WIN32_API LPWSTR WINAPI PathAddBackslashW(LPWSTR pszPath);
COVIEW_WIN32_API LPSTR WINAPI StrStrIA(LPCSTR pszFirst, LPCSTR pszSrch);
COVIEW_WIN32_API LPWSTR WINAPI StrStrIW(LPCWSTR pszFirst, LPCWSTR pszSrch);
COVIEW_WIN32_API int WINAPI StrCmpIA(LPCSTR psz1, LPCSTR psz2);
COVIEW_WIN32_API int WINAPI StrCmpIW(LPCWSTR psz1, LPCWSTR psz2);
COVIEW_WIN32_END

#ifdef UNICODE
#define PathFileExists PathFileExistsW
#define PathIsDirectory PathIsDirectoryW
#define PathFindFileName PathFindFileNameW
#define PathFindExtension PathFindExtensionW
#define PathRemoveFileSpec PathRemoveFileSpecW
#define PathStripPath PathStripPathW
#define PathRemoveExtension PathRemoveExtensionW
#define PathAppend PathAppendW
#define PathCombine PathCombineW
#define PathIsRelative PathIsRelativeW
#define PathAddBackslash PathAddBackslashW
#define StrStrI StrStrIW
#define StrCmpI StrCmpIW
#define StrStr wcsstr
#else
#define PathFileExists PathFileExistsA
#define PathIsDirectory PathIsDirectoryA
#define PathFindFileName PathFindFileNameA
#define PathFindExtension PathFindExtensionA
#define PathRemoveFileSpec PathRemoveFileSpecA
#define PathStripPath PathStripPathA
#define PathRemoveExtension PathRemoveExtensionA
#define PathAppend PathAppendA
#define PathCombine PathCombineA
#define PathIsRelative PathIsRelativeA
#define PathAddBackslash PathAddBackslashA
#define StrStrI StrStrIA
#define StrCmpI StrCmpIA
#define StrStr strstr
#endif

#endif
