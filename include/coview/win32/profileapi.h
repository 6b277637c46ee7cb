/* SPDX-License-Identifier: Apache-2.0 */
/* The fine clock: ten million ticks a second, as on Windows 10 and later. */
#ifndef COVIEW_WIN32_PROFILEAPI_H
#define COVIEW_WIN32_PROFILEAPI_H
#include "minwindef.h"
#pragma GCC system_header

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER* lpPerformanceCount);
COVIEW_WIN32_API BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER* lpFrequency);
COVIEW_WIN32_END

#endif
