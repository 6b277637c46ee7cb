/* SPDX-License-Identifier: Apache-2.0 */
/* Strings of one encoding into the other, and comparing. The ANSI code page is UTF-8; wide strings are UTF-32. */
#ifndef COVIEW_WIN32_STRINGAPISET_H
#define COVIEW_WIN32_STRINGAPISET_H
#include "minwindef.h"
#pragma GCC system_header

#define CP_ACP 0
#define CP_OEMCP 1
#define CP_MACCP 2
#define CP_THREAD_ACP 3
#define CP_SYMBOL 42
#define CP_UTF7 65000
#define CP_UTF8 65001
#define MB_PRECOMPOSED 0x00000001
#define MB_COMPOSITE 0x00000002
#define MB_USEGLYPHCHARS 0x00000004
#define MB_ERR_INVALID_CHARS 0x00000008
#define WC_COMPOSITECHECK 0x00000200
#define WC_DISCARDNS 0x00000010
#define WC_SEPCHARS 0x00000020
#define WC_DEFAULTCHAR 0x00000040
#define WC_ERR_INVALID_CHARS 0x00000080
#define WC_NO_BEST_FIT_CHARS 0x00000400
#define CSTR_LESS_THAN 1
#define CSTR_EQUAL 2
#define CSTR_GREATER_THAN 3
#define NORM_IGNORECASE 0x00000001
#define NORM_IGNORENONSPACE 0x00000002
#define NORM_IGNORESYMBOLS 0x00000004
#define LINGUISTIC_IGNORECASE 0x00000010
#define SORT_STRINGSORT 0x00001000
#define CT_CTYPE1 0x00000001
#define C1_UPPER 0x0001
#define C1_LOWER 0x0002
#define C1_DIGIT 0x0004
#define C1_SPACE 0x0008
#define C1_PUNCT 0x0010
#define C1_CNTRL 0x0020
#define C1_BLANK 0x0040
#define C1_XDIGIT 0x0080
#define C1_ALPHA 0x0100

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API int WINAPI MultiByteToWideChar(UINT CodePage, DWORD dwFlags, LPCSTR lpMultiByteStr, int cbMultiByte,
                                                LPWSTR lpWideCharStr, int cchWideChar);
COVIEW_WIN32_API int WINAPI WideCharToMultiByte(UINT CodePage, DWORD dwFlags, LPCWSTR lpWideCharStr, int cchWideChar,
                                                LPSTR lpMultiByteStr, int cbMultiByte, LPCSTR lpDefaultChar,
                                                LPBOOL lpUsedDefaultChar);
COVIEW_WIN32_API int WINAPI CompareStringOrdinal(LPCWSTR lpString1, int cchCount1, LPCWSTR lpString2, int cchCount2,
                                                 BOOL bIgnoreCase);
COVIEW_WIN32_API int WINAPI CompareStringEx(LPCWSTR lpLocaleName, DWORD dwCmpFlags, LPCWSTR lpString1, int cchCount1,
                                            LPCWSTR lpString2, int cchCount2, LPVOID lpVersionInformation,
                                            LPVOID lpReserved, LPARAM lParam);
COVIEW_WIN32_API BOOL WINAPI GetStringTypeW(DWORD dwInfoType, LPCWSTR lpSrcStr, int cchSrc, LPWORD lpCharType);
COVIEW_WIN32_API int WINAPI CompareStringA(LCID Locale, DWORD dwCmpFlags, LPCSTR lpString1, int cchCount1,
                                           LPCSTR lpString2, int cchCount2);
COVIEW_WIN32_API int WINAPI CompareStringW(LCID Locale, DWORD dwCmpFlags, LPCWSTR lpString1, int cchCount1,
                                           LPCWSTR lpString2, int cchCount2);
COVIEW_WIN32_END

#ifdef UNICODE
#define CompareString CompareStringW
#else
#define CompareString CompareStringA
#endif

#endif
