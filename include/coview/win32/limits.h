/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler's header. In sources for Windows a long has 32 bits: LONG_MAX fits a LONG, and ULONG_MAX a DWORD
   (docs/porting.md). COVIEW_WIN32_NATIVE_STDIO keeps Linux' own. */
#pragma GCC system_header
#include_next <limits.h>
#ifndef COVIEW_WIN32_NATIVE_STDIO
#undef LONG_MIN
#undef LONG_MAX
#undef ULONG_MAX
#define LONG_MIN (-2147483647L - 1L)
#define LONG_MAX 2147483647L
#define ULONG_MAX 0xffffffffUL
#ifdef SSIZE_MAX /* which is made of LONG_MAX, and is not a Windows' long */
#undef SSIZE_MAX
#define SSIZE_MAX __LONG_MAX__
#endif
#ifndef _I8_MIN
#define _I8_MIN (-127 - 1)
#define _I8_MAX 127
#define _UI8_MAX 0xffU
#define _I16_MIN (-32767 - 1)
#define _I16_MAX 32767
#define _UI16_MAX 0xffffU
#define _I32_MIN (-2147483647 - 1)
#define _I32_MAX 2147483647
#define _UI32_MAX 0xffffffffU
#define _I64_MIN (-9223372036854775807LL - 1)
#define _I64_MAX 9223372036854775807LL
#define _UI64_MAX 0xffffffffffffffffULL
#endif
#endif
