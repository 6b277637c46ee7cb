/* SPDX-License-Identifier: Apache-2.0 */
/* The debugging heap, which is not there: leaks are found by -fsanitize=address. */
#ifndef COVIEW_WIN32_CRTDBG_H
#define COVIEW_WIN32_CRTDBG_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include <assert.h>
#include <stdlib.h>

#include "corecrt.h"
#define _ASSERT(expression) assert(expression)
#define _ASSERTE(expression) assert(expression)
#define _CRT_WARN 0
#define _CRT_ERROR 1
#define _CRT_ASSERT 2
#define _CRTDBG_ALLOC_MEM_DF 0x01
#define _CRTDBG_LEAK_CHECK_DF 0x20
#define _CRTDBG_REPORT_FLAG (-1)
#define _CRTDBG_MODE_FILE 0x1
#define _CRTDBG_MODE_DEBUG 0x2
#define _CRTDBG_FILE_STDERR ((void*)-5)
#define _CrtSetDbgFlag(flags) ((int)0)
#define _CrtSetReportMode(type, mode) ((int)0)
#define _CrtSetReportFile(type, file) ((void*)0)
#define _CrtDumpMemoryLeaks() ((int)0)
#define _CrtCheckMemory() ((int)1)
#define _CrtSetBreakAlloc(number) ((long)0)
#define _CRTDBG_MODE_WNDW 0x4
#define _CRTDBG_FILE_STDOUT ((void*)-4)
#define _CRTDBG_FILE_REPORT ((void*)-6)
#define _CRTDBG_CHECK_ALWAYS_DF 0x04
#define _CRTDBG_DELAY_FREE_MEM_DF 0x02
#define _NORMAL_BLOCK 1
#define _CLIENT_BLOCK 4
typedef struct _CrtMemState {
  int lCounts[5];
} _CrtMemState;
#define _CrtMemCheckpoint(state) ((void)(state))
#define _CrtMemDifference(difference, before, after) ((int)0)
#define _CrtMemDumpStatistics(state) ((void)(state))
#define _CrtMemDumpAllObjectsSince(state) ((void)(state))
#define _CrtDbgBreak() __debugbreak()
#define _malloc_dbg(size, type, file, line) malloc(size)
#define _free_dbg(memory, type) free(memory)
#define _RPTF0(type, format) ((void)0)
#define _RPTF1(type, format, a) ((void)0)
#define _RPT2(type, format, a, b) ((void)0)
#define _RPT0(type, format) ((void)0)
#define _RPT1(type, format, a) ((void)0)

#endif
