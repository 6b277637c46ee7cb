/* SPDX-License-Identifier: Apache-2.0 */
/* The C library's header. A `long` in a format has 32 bits here (msvcrt_stdio.h), so the formats for 64 bits say
 * `ll`. */
#pragma GCC system_header
#include_next <inttypes.h>
#if !defined(COVIEW_WIN32_INTTYPES_H) && !defined(COVIEW_WIN32_NATIVE_STDIO)
#define COVIEW_WIN32_INTTYPES_H
/* What the macros of glibc are made with. */
#undef __PRI64_PREFIX
#define __PRI64_PREFIX "ll"
#undef __PRIPTR_PREFIX
#define __PRIPTR_PREFIX "ll"
#endif
