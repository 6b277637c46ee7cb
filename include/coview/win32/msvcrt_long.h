/* SPDX-License-Identifier: Apache-2.0 */
/* Text to `long`, which has 32 bits in sources for Windows: what does not fit is LONG_MAX of limits.h, and ERANGE. */
#ifndef COVIEW_WIN32_MSVCRT_LONG_H
#define COVIEW_WIN32_MSVCRT_LONG_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include <stdlib.h>
#include <wchar.h>

#ifndef COVIEW_MSVCRT_NOTHROW
#ifdef __cplusplus
#if __cplusplus >= 201103L
#define COVIEW_MSVCRT_NOTHROW noexcept(true)
#else
#define COVIEW_MSVCRT_NOTHROW throw()
#endif
#else
#define COVIEW_MSVCRT_NOTHROW
#endif
#endif

#if !defined(COVIEW_WIN32_NATIVE_STDIO)
COVIEW_WIN32_BEGIN
#ifdef COVIEW_WIN32_STDLIB_H
extern long strtol(char const* text, char** end, int base) COVIEW_MSVCRT_NOTHROW __asm__("coview_msvcrt_strtol");
extern unsigned long strtoul(char const* text, char** end, int base) COVIEW_MSVCRT_NOTHROW
    __asm__("coview_msvcrt_strtoul");
extern long atol(char const* text) COVIEW_MSVCRT_NOTHROW __asm__("coview_msvcrt_atol");
#endif
#ifdef COVIEW_WIN32_WCHAR_H
extern long wcstol(wchar_t const* text, wchar_t** end, int base) COVIEW_MSVCRT_NOTHROW
    __asm__("coview_msvcrt_wcstol");
extern unsigned long wcstoul(wchar_t const* text, wchar_t** end, int base) COVIEW_MSVCRT_NOTHROW
    __asm__("coview_msvcrt_wcstoul");
#endif
COVIEW_WIN32_END
#endif

#endif
