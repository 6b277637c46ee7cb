/* SPDX-License-Identifier: Apache-2.0 */
/* Heaps: each is a list of its blocks, taken from the C library, so that destroying it frees them. */
#ifndef COVIEW_WIN32_HEAPAPI_H
#define COVIEW_WIN32_HEAPAPI_H
#include "minwinbase.h"
#include "minwindef.h"
#pragma GCC system_header

#define HEAP_NO_SERIALIZE 0x00000001
#define HEAP_GROWABLE 0x00000002
#define HEAP_GENERATE_EXCEPTIONS 0x00000004
#define HEAP_ZERO_MEMORY 0x00000008
#define HEAP_REALLOC_IN_PLACE_ONLY 0x00000010
#define HEAP_CREATE_ENABLE_EXECUTE 0x00040000
typedef enum _HEAP_INFORMATION_CLASS {
  HeapCompatibilityInformation = 0,
  HeapEnableTerminationOnCorruption = 1
} HEAP_INFORMATION_CLASS;

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API HANDLE WINAPI GetProcessHeap(void);
COVIEW_WIN32_API HANDLE WINAPI HeapCreate(DWORD flOptions, SIZE_T dwInitialSize, SIZE_T dwMaximumSize);
COVIEW_WIN32_API BOOL WINAPI HeapDestroy(HANDLE hHeap);
COVIEW_WIN32_API LPVOID WINAPI HeapAlloc(HANDLE hHeap, DWORD dwFlags, SIZE_T dwBytes);
COVIEW_WIN32_API LPVOID WINAPI HeapReAlloc(HANDLE hHeap, DWORD dwFlags, LPVOID lpMem, SIZE_T dwBytes);
COVIEW_WIN32_API BOOL WINAPI HeapFree(HANDLE hHeap, DWORD dwFlags, LPVOID lpMem);
COVIEW_WIN32_API SIZE_T WINAPI HeapSize(HANDLE hHeap, DWORD dwFlags, LPCVOID lpMem);
COVIEW_WIN32_API BOOL WINAPI HeapValidate(HANDLE hHeap, DWORD dwFlags, LPCVOID lpMem);
COVIEW_WIN32_API SIZE_T WINAPI HeapCompact(HANDLE hHeap, DWORD dwFlags);
COVIEW_WIN32_API BOOL WINAPI HeapLock(HANDLE hHeap);
COVIEW_WIN32_API BOOL WINAPI HeapUnlock(HANDLE hHeap);
COVIEW_WIN32_API BOOL WINAPI HeapSetInformation(HANDLE HeapHandle, HEAP_INFORMATION_CLASS HeapInformationClass,
                                                PVOID HeapInformation, SIZE_T HeapInformationLength);
COVIEW_WIN32_END

#endif
