/* SPDX-License-Identifier: Apache-2.0 */
/* Macros of windows that need no window. */
#ifndef COVIEW_WIN32_WINDOWSX_H
#define COVIEW_WIN32_WINDOWSX_H
#include "windows.h"
#pragma GCC system_header

#define GET_X_LPARAM(parameter) ((int)(short)LOWORD(parameter))
#define GET_Y_LPARAM(parameter) ((int)(short)HIWORD(parameter))
#define GlobalAllocPtr(flags, size) (GlobalLock(GlobalAlloc((flags), (size))))
#define GlobalFreePtr(pointer) \
  (GlobalUnlock(GlobalHandle(pointer)), (BOOL)(ULONG_PTR)GlobalFree(GlobalHandle(pointer)))

#endif
