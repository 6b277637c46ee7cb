/* SPDX-License-Identifier: Apache-2.0 */
/* Strings that never run over their buffer and always end: sizes in characters (Cch) or in bytes (Cb), an HRESULT as
   the answer. What does not fit is cut, and the answer says so. */
#ifndef COVIEW_WIN32_STRSAFE_H
#define COVIEW_WIN32_STRSAFE_H
#include "minwindef.h"
#include "winerror.h"
#pragma GCC system_header

#include <stdarg.h>
#include <stddef.h>

#define STRSAFE_MAX_CCH 2147483647
#define STRSAFE_MAX_LENGTH (STRSAFE_MAX_CCH - 1)
#define STRSAFE_IGNORE_NULLS 0x00000100
#define STRSAFE_FILL_BEHIND_NULL 0x00000200
#define STRSAFE_FILL_ON_FAILURE 0x00000400
#define STRSAFE_NULL_ON_FAILURE 0x00000800
#define STRSAFE_NO_TRUNCATION 0x00001000
#define STRSAFE_E_INSUFFICIENT_BUFFER ((HRESULT)0x8007007A)
#define STRSAFE_E_INVALID_PARAMETER ((HRESULT)0x80070057)
#define STRSAFE_E_END_OF_FILE ((HRESULT)0x80070026)
typedef char* STRSAFE_LPSTR;
typedef char const* STRSAFE_LPCSTR;
typedef wchar_t* STRSAFE_LPWSTR;
typedef wchar_t const* STRSAFE_LPCWSTR;
typedef char const* STRSAFE_PCNZCH;
typedef wchar_t const* STRSAFE_PCNZWCH;

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API HRESULT WINAPI StringCchCopyA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR from);
COVIEW_WIN32_API HRESULT WINAPI StringCchCopyW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR from);
COVIEW_WIN32_API HRESULT WINAPI StringCchCopyNA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR from, size_t count);
COVIEW_WIN32_API HRESULT WINAPI StringCchCopyNW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR from, size_t count);
COVIEW_WIN32_API HRESULT WINAPI StringCchCopyExA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR from,
                                                 STRSAFE_LPSTR* end, size_t* left, DWORD flags);
COVIEW_WIN32_API HRESULT WINAPI StringCchCopyExW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR from,
                                                 STRSAFE_LPWSTR* end, size_t* left, DWORD flags);
COVIEW_WIN32_API HRESULT WINAPI StringCchCatA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR from);
COVIEW_WIN32_API HRESULT WINAPI StringCchCatW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR from);
COVIEW_WIN32_API HRESULT WINAPI StringCchCatNA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR from, size_t count);
COVIEW_WIN32_API HRESULT WINAPI StringCchCatNW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR from, size_t count);
COVIEW_WIN32_API HRESULT WINAPI StringCchCatExA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR from,
                                                STRSAFE_LPSTR* end, size_t* left, DWORD flags);
COVIEW_WIN32_API HRESULT WINAPI StringCchCatExW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR from,
                                                STRSAFE_LPWSTR* end, size_t* left, DWORD flags);
COVIEW_WIN32_API HRESULT WINAPIV StringCchPrintfA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR format, ...);
COVIEW_WIN32_API HRESULT WINAPIV StringCchPrintfW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR format, ...);
COVIEW_WIN32_API HRESULT WINAPI StringCchVPrintfA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR format,
                                                  va_list arguments);
COVIEW_WIN32_API HRESULT WINAPI StringCchVPrintfW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR format,
                                                  va_list arguments);
COVIEW_WIN32_API HRESULT WINAPIV StringCchPrintfExA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPSTR* end, size_t* left,
                                                    DWORD flags, STRSAFE_LPCSTR format, ...);
COVIEW_WIN32_API HRESULT WINAPIV StringCchPrintfExW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPWSTR* end, size_t* left,
                                                    DWORD flags, STRSAFE_LPCWSTR format, ...);
COVIEW_WIN32_API HRESULT WINAPI StringCchVPrintfExA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPSTR* end, size_t* left,
                                                    DWORD flags, STRSAFE_LPCSTR format, va_list arguments);
COVIEW_WIN32_API HRESULT WINAPI StringCchVPrintfExW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPWSTR* end, size_t* left,
                                                    DWORD flags, STRSAFE_LPCWSTR format, va_list arguments);
COVIEW_WIN32_API HRESULT WINAPI StringCchLengthA(STRSAFE_LPCSTR text, size_t most, size_t* length);
COVIEW_WIN32_API HRESULT WINAPI StringCchLengthW(STRSAFE_LPCWSTR text, size_t most, size_t* length);
COVIEW_WIN32_API HRESULT WINAPI StringCchGetsA(STRSAFE_LPSTR to, size_t size);
COVIEW_WIN32_API HRESULT WINAPI StringCchGetsW(STRSAFE_LPWSTR to, size_t size);
COVIEW_WIN32_API HRESULT WINAPI StringCbCopyA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR from);
COVIEW_WIN32_API HRESULT WINAPI StringCbCopyW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR from);
COVIEW_WIN32_API HRESULT WINAPI StringCbCopyNA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR from, size_t count);
COVIEW_WIN32_API HRESULT WINAPI StringCbCopyNW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR from, size_t count);
COVIEW_WIN32_API HRESULT WINAPI StringCbCopyExA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR from,
                                                STRSAFE_LPSTR* end, size_t* left, DWORD flags);
COVIEW_WIN32_API HRESULT WINAPI StringCbCopyExW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR from,
                                                STRSAFE_LPWSTR* end, size_t* left, DWORD flags);
COVIEW_WIN32_API HRESULT WINAPI StringCbCatA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR from);
COVIEW_WIN32_API HRESULT WINAPI StringCbCatW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR from);
COVIEW_WIN32_API HRESULT WINAPI StringCbCatNA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR from, size_t count);
COVIEW_WIN32_API HRESULT WINAPI StringCbCatNW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR from, size_t count);
COVIEW_WIN32_API HRESULT WINAPI StringCbCatExA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR from, STRSAFE_LPSTR* end,
                                               size_t* left, DWORD flags);
COVIEW_WIN32_API HRESULT WINAPI StringCbCatExW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR from,
                                               STRSAFE_LPWSTR* end, size_t* left, DWORD flags);
COVIEW_WIN32_API HRESULT WINAPIV StringCbPrintfA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR format, ...);
COVIEW_WIN32_API HRESULT WINAPIV StringCbPrintfW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR format, ...);
COVIEW_WIN32_API HRESULT WINAPI StringCbVPrintfA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPCSTR format,
                                                 va_list arguments);
COVIEW_WIN32_API HRESULT WINAPI StringCbVPrintfW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPCWSTR format,
                                                 va_list arguments);
COVIEW_WIN32_API HRESULT WINAPIV StringCbPrintfExA(STRSAFE_LPSTR to, size_t size, STRSAFE_LPSTR* end, size_t* left,
                                                   DWORD flags, STRSAFE_LPCSTR format, ...);
COVIEW_WIN32_API HRESULT WINAPIV StringCbPrintfExW(STRSAFE_LPWSTR to, size_t size, STRSAFE_LPWSTR* end, size_t* left,
                                                   DWORD flags, STRSAFE_LPCWSTR format, ...);
COVIEW_WIN32_API HRESULT WINAPI StringCbLengthA(STRSAFE_LPCSTR text, size_t most, size_t* length);
COVIEW_WIN32_API HRESULT WINAPI StringCbLengthW(STRSAFE_LPCWSTR text, size_t most, size_t* length);
COVIEW_WIN32_API HRESULT WINAPI StringCbGetsA(STRSAFE_LPSTR to, size_t size);
COVIEW_WIN32_API HRESULT WINAPI StringCbGetsW(STRSAFE_LPWSTR to, size_t size);
COVIEW_WIN32_END

#ifdef UNICODE
#define StringCchCopy StringCchCopyW
#define StringCchCopyN StringCchCopyNW
#define StringCchCopyEx StringCchCopyExW
#define StringCchCat StringCchCatW
#define StringCchCatN StringCchCatNW
#define StringCchCatEx StringCchCatExW
#define StringCchPrintf StringCchPrintfW
#define StringCchVPrintf StringCchVPrintfW
#define StringCchPrintfEx StringCchPrintfExW
#define StringCchVPrintfEx StringCchVPrintfExW
#define StringCchLength StringCchLengthW
#define StringCchGets StringCchGetsW
#define StringCbCopy StringCbCopyW
#define StringCbCopyN StringCbCopyNW
#define StringCbCopyEx StringCbCopyExW
#define StringCbCat StringCbCatW
#define StringCbCatN StringCbCatNW
#define StringCbCatEx StringCbCatExW
#define StringCbPrintf StringCbPrintfW
#define StringCbVPrintf StringCbVPrintfW
#define StringCbPrintfEx StringCbPrintfExW
#define StringCbLength StringCbLengthW
#define StringCbGets StringCbGetsW
#else
#define StringCchCopy StringCchCopyA
#define StringCchCopyN StringCchCopyNA
#define StringCchCopyEx StringCchCopyExA
#define StringCchCat StringCchCatA
#define StringCchCatN StringCchCatNA
#define StringCchCatEx StringCchCatExA
#define StringCchPrintf StringCchPrintfA
#define StringCchVPrintf StringCchVPrintfA
#define StringCchPrintfEx StringCchPrintfExA
#define StringCchVPrintfEx StringCchVPrintfExA
#define StringCchLength StringCchLengthA
#define StringCchGets StringCchGetsA
#define StringCbCopy StringCbCopyA
#define StringCbCopyN StringCbCopyNA
#define StringCbCopyEx StringCbCopyExA
#define StringCbCat StringCbCatA
#define StringCbCatN StringCbCatNA
#define StringCbCatEx StringCbCatExA
#define StringCbPrintf StringCbPrintfA
#define StringCbVPrintf StringCbVPrintfA
#define StringCbPrintfEx StringCbPrintfExA
#define StringCbLength StringCbLengthA
#define StringCbGets StringCbGetsA
#endif

#endif
