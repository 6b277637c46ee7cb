/* SPDX-License-Identifier: Apache-2.0 */
/* The rest of what Microsoft's C library has: memory with alignment, bits, handlers. */
#ifndef COVIEW_WIN32_MSVCRT_STDLIB_H
#define COVIEW_WIN32_MSVCRT_STDLIB_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include <stddef.h>
#include <stdlib.h>

#include "corecrt.h"
#include "msvcrt_search.h"
#include "msvcrt_string.h"
#ifndef __max
#define __max(a, b) (((a) > (b)) ? (a) : (b))
#define __min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#define _alloca __builtin_alloca
#define _byteswap_ushort __builtin_bswap16
#define _byteswap_ulong __builtin_bswap32
#define _byteswap_uint64 __builtin_bswap64
#define _environ environ
#define _fpreset() ((void)0)
typedef void (*_invalid_parameter_handler)(wchar_t const* expression, wchar_t const* function, wchar_t const* file,
                                           unsigned line, uintptr_t reserved);
typedef int (*_onexit_t)(void);
COVIEW_WIN32_BEGIN
/* Knows the words of Windows' shell that sources end with: pause, cls, title, color, chcp. */
extern int system(char const* command) __asm__("coview_msvcrt_system");
COVIEW_WIN32_API void* _aligned_malloc(size_t size, size_t alignment);
COVIEW_WIN32_API void* _aligned_realloc(void* memory, size_t size, size_t alignment);
COVIEW_WIN32_API void _aligned_free(void* memory);
COVIEW_WIN32_API size_t _msize(void* memory);
#ifndef _rotl /* the compiler's own headers have them as macros */
COVIEW_WIN32_API unsigned _rotl(unsigned value, int shift);
COVIEW_WIN32_API unsigned _rotr(unsigned value, int shift);
#endif
COVIEW_WIN32_API unsigned long long _rotl64(unsigned long long value, int shift);
COVIEW_WIN32_API unsigned long long _rotr64(unsigned long long value, int shift);
COVIEW_WIN32_API errno_t rand_s(unsigned* value);
COVIEW_WIN32_API _invalid_parameter_handler _set_invalid_parameter_handler(_invalid_parameter_handler handler);
COVIEW_WIN32_API _invalid_parameter_handler _get_invalid_parameter_handler(void);
COVIEW_WIN32_API errno_t _set_errno(int value);
COVIEW_WIN32_API errno_t _get_errno(int* value);
COVIEW_WIN32_API int _set_error_mode(int mode);
COVIEW_WIN32_API unsigned _set_abort_behavior(unsigned flags, unsigned mask);
COVIEW_WIN32_API errno_t _get_pgmptr(char** path);
COVIEW_WIN32_END

#endif
