/* SPDX-License-Identifier: Apache-2.0 */
/* The standard's header, and what Microsoft's has beyond it: the limits among others, for its long has 32 bits.
   Checked and inline variants of glibc are left out, as in stdio.h. */
#pragma GCC system_header
#ifndef COVIEW_WIN32_STDLIB_H
#include <features.h>
#pragma push_macro("__USE_FORTIFY_LEVEL")
#pragma push_macro("__USE_EXTERN_INLINES")
#pragma push_macro("__GLIBC_USE_C2X_STRTOL")
#pragma push_macro("__GLIBC_USE_C23_STRTOL")
#undef __USE_FORTIFY_LEVEL
#undef __USE_EXTERN_INLINES
#define __USE_FORTIFY_LEVEL 0
#undef __GLIBC_USE_C2X_STRTOL
#undef __GLIBC_USE_C23_STRTOL
#define __GLIBC_USE_C2X_STRTOL 0
#define __GLIBC_USE_C23_STRTOL 0
#include_next <stdlib.h>
#pragma pop_macro("__GLIBC_USE_C2X_STRTOL")
#pragma pop_macro("__GLIBC_USE_C23_STRTOL")
#pragma pop_macro("__USE_EXTERN_INLINES")
#pragma pop_macro("__USE_FORTIFY_LEVEL")
#ifdef _STDLIB_H /* glibc reads only a part of it at first where it needs a part */
#define COVIEW_WIN32_STDLIB_H
#include "limits.h"
#include "msvcrt_long.h"
#include "msvcrt_stdlib.h"
#endif
#else
#include_next <stdlib.h>
#endif
