/* SPDX-License-Identifier: Apache-2.0 */
/* Types and constants that all of Microsoft's C library headers share. */
#ifndef COVIEW_WIN32_CORECRT_H
#define COVIEW_WIN32_CORECRT_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#ifndef _ERRNO_T_DEFINED
#define _ERRNO_T_DEFINED
typedef int errno_t;
#endif
typedef size_t rsize_t;
typedef long long __time64_t;
typedef int __time32_t;

typedef void* _locale_t;
#ifndef RSIZE_MAX
#define RSIZE_MAX (SIZE_MAX >> 1)
#endif
#define _TRUNCATE ((size_t)-1)
#define STRUNCATE 80
#ifdef __cplusplus
extern "C++" {
template <class T, size_t N>
char (&coview_win32_count(T (&)[N]))[N];
}
#define _countof(array) (sizeof(coview_win32_count(array)))
#else
#define _countof(array) (sizeof(array) / sizeof((array)[0]))
#endif
#ifndef _MAX_PATH
#define _MAX_PATH 260
#define _MAX_DRIVE 3
#define _MAX_DIR 256
#define _MAX_FNAME 256
#define _MAX_EXT 256
#define _MAX_ENV 32767
#endif
#ifndef _CRTIMP
#define _CRTIMP
#endif
#ifndef _CRT_SECURE_NO_WARNINGS
#define _CRT_SECURE_NO_WARNINGS
#endif
#define _CRT_INSECURE_DEPRECATE(text)
#define _CRT_DEPRECATE_TEXT(text)

#endif
