/* SPDX-License-Identifier: Apache-2.0 */
/* The C library's header, and what Microsoft's has beyond it. */
#pragma GCC system_header
#include_next <malloc.h>
#ifndef COVIEW_WIN32_MALLOC_H
#define COVIEW_WIN32_MALLOC_H
#include "msvcrt_stdlib.h"
#endif
