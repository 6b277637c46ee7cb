/* SPDX-License-Identifier: Apache-2.0 */
/* The standard's header, and what Microsoft's has beyond it. */
#pragma GCC system_header
#include_next <time.h>
#if !defined(COVIEW_WIN32_TIME_H) && defined(CLOCKS_PER_SEC)
#define COVIEW_WIN32_TIME_H
#include "msvcrt_time.h"
#endif
