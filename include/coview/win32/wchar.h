/* SPDX-License-Identifier: Apache-2.0 */
/* The standard's header, and what Microsoft's has beyond it; without glibc's own variants, as in stdio.h. */
#pragma GCC system_header
#ifndef COVIEW_WIN32_WCHAR_H
#define COVIEW_WIN32_WCHAR_H
#include <features.h>
#pragma push_macro("__USE_FORTIFY_LEVEL")
#pragma push_macro("__USE_EXTERN_INLINES")
#pragma push_macro("__GLIBC_USE_DEPRECATED_SCANF")
#pragma push_macro("__GLIBC_USE_C2X_STRTOL")
#pragma push_macro("__GLIBC_USE_C23_STRTOL")
#undef __USE_FORTIFY_LEVEL
#undef __USE_EXTERN_INLINES
#define __USE_FORTIFY_LEVEL 0
#undef __GLIBC_USE_DEPRECATED_SCANF
#define __GLIBC_USE_DEPRECATED_SCANF 1
#undef __GLIBC_USE_C2X_STRTOL
#undef __GLIBC_USE_C23_STRTOL
#define __GLIBC_USE_C2X_STRTOL 0
#define __GLIBC_USE_C23_STRTOL 0
#include_next <wchar.h>
#pragma pop_macro("__GLIBC_USE_C2X_STRTOL")
#pragma pop_macro("__GLIBC_USE_C23_STRTOL")
#pragma pop_macro("__GLIBC_USE_DEPRECATED_SCANF")
#pragma pop_macro("__USE_EXTERN_INLINES")
#pragma pop_macro("__USE_FORTIFY_LEVEL")
#include "msvcrt_long.h"
#include "msvcrt_stdio.h"
#include "msvcrt_string.h"
#else
#include_next <wchar.h>
#endif
