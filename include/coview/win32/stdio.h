/* SPDX-License-Identifier: Apache-2.0 */
/* The standard's header, and what Microsoft's has beyond it. Checked and inline variants of glibc are left out: they
   would take the place of this library's functions. */
#pragma GCC system_header
#ifndef COVIEW_WIN32_STDIO_H
#define COVIEW_WIN32_STDIO_H
#include <features.h>
#pragma push_macro("__USE_FORTIFY_LEVEL")
#pragma push_macro("__USE_EXTERN_INLINES")
#pragma push_macro("__GLIBC_USE_DEPRECATED_SCANF")
#undef __USE_FORTIFY_LEVEL
#undef __USE_EXTERN_INLINES
#define __USE_FORTIFY_LEVEL 0
#undef __GLIBC_USE_DEPRECATED_SCANF /* glibc's own renaming of scanf would leave no room for another */
#define __GLIBC_USE_DEPRECATED_SCANF 1
#include_next <stdio.h>
#pragma pop_macro("__GLIBC_USE_DEPRECATED_SCANF")
#pragma pop_macro("__USE_EXTERN_INLINES")
#pragma pop_macro("__USE_FORTIFY_LEVEL")
#include "msvcrt_stdio.h"
#else
#include_next <stdio.h>
#endif
