/* SPDX-License-Identifier: Apache-2.0 */
/* Types of Microsoft's C library. */
#ifndef COVIEW_WIN32_VCRUNTIME_H
#define COVIEW_WIN32_VCRUNTIME_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include "corecrt.h"

#endif
