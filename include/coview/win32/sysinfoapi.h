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

/* What a program asks VerifyVersionInfo to compare, and how. */
#define VER_MINORVERSION 0x0000001
#define VER_MAJORVERSION 0x0000002
#define VER_BUILDNUMBER 0x0000004
#define VER_PLATFORMID 0x0000008
#define VER_SERVICEPACKMINOR 0x0000010
#define VER_SERVICEPACKMAJOR 0x0000020
#define VER_SUITENAME 0x0000040
#define VER_PRODUCT_TYPE 0x0000080
#define VER_EQUAL 1
#define VER_GREATER 2
#define VER_GREATER_EQUAL 3
#define VER_LESS 4
#define VER_LESS_EQUAL 5
#define VER_AND 6
#define VER_OR 7
#define VER_SET_CONDITION(mask, type, condition) ((mask) = VerSetConditionMask((mask), (type), (condition)))

typedef enum _LOGICAL_PROCESSOR_RELATIONSHIP {
  RelationProcessorCore,
  RelationNumaNode,
  RelationCache,
  RelationProcessorPackage,
  RelationGroup,
  RelationAll = 0xffff
} LOGICAL_PROCESSOR_RELATIONSHIP;
typedef enum _PROCESSOR_CACHE_TYPE { CacheUnified, CacheInstruction, CacheData, CacheTrace } PROCESSOR_CACHE_TYPE;
typedef struct _CACHE_DESCRIPTOR {
  BYTE Level;
  BYTE Associativity;
  WORD LineSize;
  DWORD Size;
  PROCESSOR_CACHE_TYPE Type;
} CACHE_DESCRIPTOR, *PCACHE_DESCRIPTOR;
typedef struct _SYSTEM_LOGICAL_PROCESSOR_INFORMATION {
  ULONG_PTR ProcessorMask;
  LOGICAL_PROCESSOR_RELATIONSHIP Relationship;
  __extension__ union {
    struct {
      BYTE Flags;
    } ProcessorCore;
    struct {
      DWORD NodeNumber;
    } NumaNode;
    CACHE_DESCRIPTOR Cache;
    ULONGLONG Reserved[2];
  };
} SYSTEM_LOGICAL_PROCESSOR_INFORMATION, *PSYSTEM_LOGICAL_PROCESSOR_INFORMATION;

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
COVIEW_WIN32_API ULONGLONG WINAPI VerSetConditionMask(ULONGLONG ConditionMask, DWORD TypeMask, BYTE Condition);
COVIEW_WIN32_API BOOL WINAPI VerifyVersionInfoA(LPOSVERSIONINFOEXA lpVersionInformation, DWORD dwTypeMask,
                                                DWORDLONG dwlConditionMask);
COVIEW_WIN32_API BOOL WINAPI VerifyVersionInfoW(LPOSVERSIONINFOEXW lpVersionInformation, DWORD dwTypeMask,
                                                DWORDLONG dwlConditionMask);
/* C:\Windows and C:\Windows\System32: where they would be. COVIEW_DRIVE_C decides whether anything is there. */
COVIEW_WIN32_API UINT WINAPI GetWindowsDirectoryA(LPSTR lpBuffer, UINT uSize);
COVIEW_WIN32_API UINT WINAPI GetWindowsDirectoryW(LPWSTR lpBuffer, UINT uSize);
COVIEW_WIN32_API UINT WINAPI GetSystemWindowsDirectoryA(LPSTR lpBuffer, UINT uSize);
COVIEW_WIN32_API UINT WINAPI GetSystemWindowsDirectoryW(LPWSTR lpBuffer, UINT uSize);
COVIEW_WIN32_API UINT WINAPI GetSystemDirectoryA(LPSTR lpBuffer, UINT uSize);
COVIEW_WIN32_API UINT WINAPI GetSystemDirectoryW(LPWSTR lpBuffer, UINT uSize);
/* Cores, packages, caches and nodes, as /sys tells, of the first 64 processors. */
COVIEW_WIN32_API BOOL WINAPI GetLogicalProcessorInformation(PSYSTEM_LOGICAL_PROCESSOR_INFORMATION Buffer,
                                                            PDWORD ReturnedLength);
COVIEW_WIN32_END

#ifdef UNICODE
#define GetSystemDirectory GetSystemDirectoryW
#define GetSystemWindowsDirectory GetSystemWindowsDirectoryW
#define GetVersionEx GetVersionExW
#define GetWindowsDirectory GetWindowsDirectoryW
#define VerifyVersionInfo VerifyVersionInfoW
#else
#define GetSystemDirectory GetSystemDirectoryA
#define GetSystemWindowsDirectory GetSystemWindowsDirectoryA
#define GetVersionEx GetVersionExA
#define GetWindowsDirectory GetWindowsDirectoryA
#define VerifyVersionInfo VerifyVersionInfoA
#endif

#endif
