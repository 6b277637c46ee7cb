/* SPDX-License-Identifier: Apache-2.0 */
/* What this machine is, and how much memory it has. */
#ifndef COVIEW_WIN32_SYSINFOAPI_H
#define COVIEW_WIN32_SYSINFOAPI_H
#include "minwinbase.h"
#if __has_include("timezoneapi.h")
#include "timezoneapi.h"
#endif
#pragma GCC system_header

typedef struct _SYSTEM_INFO {
  __extension__ union {
    DWORD dwOemId;
    __extension__ struct {
      WORD wProcessorArchitecture;
      WORD wReserved;
    };
  };
  DWORD dwPageSize;
  LPVOID lpMinimumApplicationAddress;
  LPVOID lpMaximumApplicationAddress;
  DWORD_PTR dwActiveProcessorMask;
  DWORD dwNumberOfProcessors;
  DWORD dwProcessorType;
  DWORD dwAllocationGranularity;
  WORD wProcessorLevel;
  WORD wProcessorRevision;
} SYSTEM_INFO, *LPSYSTEM_INFO;

typedef struct _MEMORYSTATUSEX {
  DWORD dwLength;
  DWORD dwMemoryLoad;
  DWORDLONG ullTotalPhys;
  DWORDLONG ullAvailPhys;
  DWORDLONG ullTotalPageFile;
  DWORDLONG ullAvailPageFile;
  DWORDLONG ullTotalVirtual;
  DWORDLONG ullAvailVirtual;
  DWORDLONG ullAvailExtendedVirtual;
} MEMORYSTATUSEX, *LPMEMORYSTATUSEX;
typedef struct _MEMORYSTATUS {
  DWORD dwLength;
  DWORD dwMemoryLoad;
  SIZE_T dwTotalPhys;
  SIZE_T dwAvailPhys;
  SIZE_T dwTotalPageFile;
  SIZE_T dwAvailPageFile;
  SIZE_T dwTotalVirtual;
  SIZE_T dwAvailVirtual;
} MEMORYSTATUS, *LPMEMORYSTATUS;

COVIEW_WIN32_BEGIN
/* Pages of 4 KiB, and views at multiples of 64 KiB. */
COVIEW_WIN32_API void WINAPI GetSystemInfo(LPSYSTEM_INFO lpSystemInfo);
COVIEW_WIN32_API void WINAPI GetNativeSystemInfo(LPSYSTEM_INFO lpSystemInfo);
COVIEW_WIN32_API BOOL WINAPI GlobalMemoryStatusEx(LPMEMORYSTATUSEX lpBuffer);
COVIEW_WIN32_API void WINAPI GlobalMemoryStatus(LPMEMORYSTATUS lpBuffer);
COVIEW_WIN32_API BOOL WINAPI GetPhysicallyInstalledSystemMemory(PULONGLONG TotalMemoryInKilobytes);
/* Windows 10 is what sources are told, so that none of them takes the way for an old one. */
COVIEW_WIN32_API DWORD WINAPI GetVersion(void);
COVIEW_WIN32_API BOOL WINAPI GetVersionExA(LPOSVERSIONINFOA lpVersionInformation);
COVIEW_WIN32_API BOOL WINAPI GetVersionExW(LPOSVERSIONINFOW lpVersionInformation);
COVIEW_WIN32_END

#ifdef UNICODE
#define GetVersionEx GetVersionExW
#else
#define GetVersionEx GetVersionExA
#endif

#endif
