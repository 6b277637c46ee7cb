/* SPDX-License-Identifier: Apache-2.0 */
/* Processors and the nodes that they belong to. Groups of processors are unknown here: all are in group 0. */
#ifndef COVIEW_WIN32_SYSTEMTOPOLOGYAPI_H
#define COVIEW_WIN32_SYSTEMTOPOLOGYAPI_H
#include "sysinfoapi.h"
#pragma GCC system_header

#define ALL_PROCESSOR_GROUPS 0xffff

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API BOOL WINAPI GetNumaHighestNodeNumber(PULONG HighestNodeNumber);
COVIEW_WIN32_API BOOL WINAPI GetNumaNodeProcessorMask(UCHAR Node, PULONGLONG ProcessorMask);
COVIEW_WIN32_API WORD WINAPI GetActiveProcessorGroupCount(void);
COVIEW_WIN32_API DWORD WINAPI GetActiveProcessorCount(WORD GroupNumber);
COVIEW_WIN32_API DWORD WINAPI GetMaximumProcessorCount(WORD GroupNumber);
COVIEW_WIN32_END

#endif
