/* SPDX-License-Identifier: Apache-2.0 */
/* All that Microsoft's C library has beyond the standard's. */
#ifndef COVIEW_WIN32_MSVCRT_H
#define COVIEW_WIN32_MSVCRT_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include "msvcrt_stdio.h"
#include "msvcrt_stdlib.h"
#include "msvcrt_string.h"
#include "msvcrt_time.h"

#endif
