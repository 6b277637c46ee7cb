/* SPDX-License-Identifier: Apache-2.0 */
/* Languages and code pages. There is one of each: the C locale with UTF-8. */
#ifndef COVIEW_WIN32_WINNLS_H
#define COVIEW_WIN32_WINNLS_H
#include "minwinbase.h"
#include "minwindef.h"
#include "stringapiset.h"
#pragma GCC system_header

#define MAX_LEADBYTES 12
#define MAX_DEFAULTCHAR 2
#define LOCALE_NAME_MAX_LENGTH 85
#define LOCALE_NAME_USER_DEFAULT NULL
#define LOCALE_NAME_INVARIANT L""
#define LOCALE_NAME_SYSTEM_DEFAULT L"!x-sys-default-locale"
#define LOCALE_INVARIANT 0x007f
#define LOCALE_SDECIMAL 0x0000000E
#define LOCALE_STHOUSAND 0x0000000F
#define LOCALE_NOUSEROVERRIDE 0x80000000U
#define LOCALE_USE_CP_ACP 0x40000000
#define TIME_NOMINUTESORSECONDS 0x00000001
#define TIME_NOSECONDS 0x00000002
#define TIME_NOTIMEMARKER 0x00000004
#define TIME_FORCE24HOURFORMAT 0x00000008
#define DATE_SHORTDATE 0x00000001
#define DATE_LONGDATE 0x00000002
#define LCMAP_LOWERCASE 0x00000100
#define LCMAP_UPPERCASE 0x00000200
typedef DWORD LCTYPE;
typedef struct _cpinfo {
  UINT MaxCharSize;
  BYTE DefaultChar[MAX_DEFAULTCHAR];
  BYTE LeadByte[MAX_LEADBYTES];
} CPINFO, *LPCPINFO;

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API UINT WINAPI GetACP(void);
COVIEW_WIN32_API UINT WINAPI GetOEMCP(void);
COVIEW_WIN32_API BOOL WINAPI IsValidCodePage(UINT CodePage);
COVIEW_WIN32_API BOOL WINAPI GetCPInfo(UINT CodePage, LPCPINFO lpCPInfo);
COVIEW_WIN32_API BOOL WINAPI IsDBCSLeadByte(BYTE TestChar);
COVIEW_WIN32_API BOOL WINAPI IsDBCSLeadByteEx(UINT CodePage, BYTE TestChar);
COVIEW_WIN32_API LCID WINAPI GetUserDefaultLCID(void);
COVIEW_WIN32_API LCID WINAPI GetSystemDefaultLCID(void);
COVIEW_WIN32_API LANGID WINAPI GetUserDefaultLangID(void);
COVIEW_WIN32_API LANGID WINAPI GetSystemDefaultLangID(void);
COVIEW_WIN32_API LANGID WINAPI GetUserDefaultUILanguage(void);
COVIEW_WIN32_API LCID WINAPI GetThreadLocale(void);
COVIEW_WIN32_API BOOL WINAPI SetThreadLocale(LCID Locale);
COVIEW_WIN32_API int WINAPI GetUserDefaultLocaleName(LPWSTR lpLocaleName, int cchLocaleName);
COVIEW_WIN32_API int WINAPI LCMapStringA(LCID Locale, DWORD dwMapFlags, LPCSTR lpSrcStr, int cchSrc, LPSTR lpDestStr,
                                         int cchDest);
COVIEW_WIN32_API int WINAPI LCMapStringW(LCID Locale, DWORD dwMapFlags, LPCWSTR lpSrcStr, int cchSrc,
                                         LPWSTR lpDestStr, int cchDest);
COVIEW_WIN32_API int WINAPI GetLocaleInfoA(LCID Locale, LCTYPE LCType, LPSTR lpLCData, int cchData);
COVIEW_WIN32_API int WINAPI GetLocaleInfoW(LCID Locale, LCTYPE LCType, LPWSTR lpLCData, int cchData);
COVIEW_WIN32_API int WINAPI GetDateFormatA(LCID Locale, DWORD dwFlags, SYSTEMTIME const* lpDate, LPCSTR lpFormat,
                                           LPSTR lpDateStr, int cchDate);
COVIEW_WIN32_API int WINAPI GetDateFormatW(LCID Locale, DWORD dwFlags, SYSTEMTIME const* lpDate, LPCWSTR lpFormat,
                                           LPWSTR lpDateStr, int cchDate);
COVIEW_WIN32_API int WINAPI GetTimeFormatA(LCID Locale, DWORD dwFlags, SYSTEMTIME const* lpTime, LPCSTR lpFormat,
                                           LPSTR lpTimeStr, int cchTime);
COVIEW_WIN32_API int WINAPI GetTimeFormatW(LCID Locale, DWORD dwFlags, SYSTEMTIME const* lpTime, LPCWSTR lpFormat,
                                           LPWSTR lpTimeStr, int cchTime);
COVIEW_WIN32_END

#ifdef UNICODE
#define LCMapString LCMapStringW
#define GetLocaleInfo GetLocaleInfoW
#define GetDateFormat GetDateFormatW
#define GetTimeFormat GetTimeFormatW
#else
#define LCMapString LCMapStringA
#define GetLocaleInfo GetLocaleInfoA
#define GetDateFormat GetDateFormatA
#define GetTimeFormat GetTimeFormatA
#endif

#endif
