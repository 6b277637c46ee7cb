/* SPDX-License-Identifier: Apache-2.0 */
/* Which Windows a source is for: coview_win32_api.h says it. */
#ifndef COVIEW_WIN32_TARGETVER_H
#define COVIEW_WIN32_TARGETVER_H
#include "coview_win32_api.h"
#pragma GCC system_header

#ifndef _WIN32_WINNT_WIN10
#define _WIN32_WINNT_NT4 0x0400
#define _WIN32_WINNT_WIN2K 0x0500
#define _WIN32_WINNT_WINXP 0x0501
#define _WIN32_WINNT_WS03 0x0502
#define _WIN32_WINNT_VISTA 0x0600
#define _WIN32_WINNT_WIN7 0x0601
#define _WIN32_WINNT_WIN8 0x0602
#define _WIN32_WINNT_WINBLUE 0x0603
#define _WIN32_WINNT_WIN10 0x0A00
#endif

#endif
