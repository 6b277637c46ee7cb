/* SPDX-License-Identifier: Apache-2.0 */
/* The standard's header, and what Microsoft's has beyond it. */
#pragma GCC system_header
#include_next <string.h>
#ifndef COVIEW_WIN32_STRING_H
#define COVIEW_WIN32_STRING_H
#include "msvcrt_string.h"
#endif
