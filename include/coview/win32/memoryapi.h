/* SPDX-License-Identifier: Apache-2.0 */
/* File mappings, views of them, and the address space (C-*, O-*, V-*, R-*, U-*, F-*, Q-*, P-*). */
#ifndef COVIEW_WIN32_MEMORYAPI_H
#define COVIEW_WIN32_MEMORYAPI_H
#include "minwinbase.h"
#pragma GCC system_header

#define FILE_MAP_COPY SECTION_QUERY
#define FILE_MAP_WRITE SECTION_MAP_WRITE
#define FILE_MAP_READ SECTION_MAP_READ
#define FILE_MAP_ALL_ACCESS SECTION_ALL_ACCESS
#define FILE_MAP_EXECUTE SECTION_MAP_EXECUTE_EXPLICIT
#define FILE_MAP_RESERVE 0x80000000
#define FILE_MAP_TARGETS_INVALID 0x40000000
#define FILE_MAP_LARGE_PAGES 0x20000000
#define NUMA_NO_PREFERRED_NODE ((DWORD)-1)

#define FILE_CACHE_MAX_HARD_ENABLE 0x00000001
#define FILE_CACHE_MAX_HARD_DISABLE 0x00000002
#define FILE_CACHE_MIN_HARD_ENABLE 0x00000004
#define FILE_CACHE_MIN_HARD_DISABLE 0x00000008

#define QUOTA_LIMITS_HARDWS_MIN_ENABLE 0x00000001
#define QUOTA_LIMITS_HARDWS_MIN_DISABLE 0x00000002
#define QUOTA_LIMITS_HARDWS_MAX_ENABLE 0x00000004
#define QUOTA_LIMITS_HARDWS_MAX_DISABLE 0x00000008

typedef struct _WIN32_MEMORY_RANGE_ENTRY {
  PVOID VirtualAddress;
  SIZE_T NumberOfBytes;
} WIN32_MEMORY_RANGE_ENTRY, *PWIN32_MEMORY_RANGE_ENTRY;

typedef enum WIN32_MEMORY_INFORMATION_CLASS { MemoryRegionInfo } WIN32_MEMORY_INFORMATION_CLASS;
typedef struct WIN32_MEMORY_REGION_INFORMATION {
  PVOID AllocationBase;
  ULONG AllocationProtect;
  __extension__ union {
    ULONG Flags;
    __extension__ struct {
      ULONG Private : 1;
      ULONG MappedDataFile : 1;
      ULONG MappedImage : 1;
      ULONG MappedPageFile : 1;
      ULONG MappedPhysical : 1;
      ULONG DirectMapped : 1;
      ULONG Reserved : 26;
    };
  };
  SIZE_T RegionSize;
  SIZE_T CommitSize;
} WIN32_MEMORY_REGION_INFORMATION;

typedef enum OFFER_PRIORITY {
  VmOfferPriorityVeryLow = 1,
  VmOfferPriorityLow,
  VmOfferPriorityBelowNormal,
  VmOfferPriorityNormal
} OFFER_PRIORITY;

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API HANDLE WINAPI CreateFileMappingA(HANDLE hFile, LPSECURITY_ATTRIBUTES lpFileMappingAttributes,
                                                  DWORD flProtect, DWORD dwMaximumSizeHigh, DWORD dwMaximumSizeLow,
                                                  LPCSTR lpName);
COVIEW_WIN32_API HANDLE WINAPI CreateFileMappingW(HANDLE hFile, LPSECURITY_ATTRIBUTES lpFileMappingAttributes,
                                                  DWORD flProtect, DWORD dwMaximumSizeHigh, DWORD dwMaximumSizeLow,
                                                  LPCWSTR lpName);
/* The node is a hint that is not followed (N-01). */
COVIEW_WIN32_API HANDLE WINAPI CreateFileMappingNumaA(HANDLE hFile, LPSECURITY_ATTRIBUTES lpFileMappingAttributes,
                                                      DWORD flProtect, DWORD dwMaximumSizeHigh,
                                                      DWORD dwMaximumSizeLow, LPCSTR lpName, DWORD nndPreferred);
COVIEW_WIN32_API HANDLE WINAPI CreateFileMappingNumaW(HANDLE hFile, LPSECURITY_ATTRIBUTES lpFileMappingAttributes,
                                                      DWORD flProtect, DWORD dwMaximumSizeHigh,
                                                      DWORD dwMaximumSizeLow, LPCWSTR lpName, DWORD nndPreferred);
COVIEW_WIN32_API HANDLE WINAPI CreateFileMappingFromApp(HANDLE hFile, PSECURITY_ATTRIBUTES SecurityAttributes,
                                                        ULONG PageProtection, ULONG64 MaximumSize, PCWSTR Name);
COVIEW_WIN32_API HANDLE WINAPI CreateFileMapping2(HANDLE File, SECURITY_ATTRIBUTES* SecurityAttributes,
                                                  ULONG DesiredAccess, ULONG PageProtection,
                                                  ULONG AllocationAttributes, ULONG64 MaximumSize, PCWSTR Name,
                                                  MEM_EXTENDED_PARAMETER* ExtendedParameters, ULONG ParameterCount);
COVIEW_WIN32_API HANDLE WINAPI OpenFileMappingA(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCSTR lpName);
COVIEW_WIN32_API HANDLE WINAPI OpenFileMappingW(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCWSTR lpName);
COVIEW_WIN32_API HANDLE WINAPI OpenFileMappingFromApp(ULONG DesiredAccess, BOOL InheritHandle, PCWSTR Name);

COVIEW_WIN32_API LPVOID WINAPI MapViewOfFile(HANDLE hFileMappingObject, DWORD dwDesiredAccess, DWORD dwFileOffsetHigh,
                                             DWORD dwFileOffsetLow, SIZE_T dwNumberOfBytesToMap);
COVIEW_WIN32_API LPVOID WINAPI MapViewOfFileEx(HANDLE hFileMappingObject, DWORD dwDesiredAccess,
                                               DWORD dwFileOffsetHigh, DWORD dwFileOffsetLow,
                                               SIZE_T dwNumberOfBytesToMap, LPVOID lpBaseAddress);
COVIEW_WIN32_API LPVOID WINAPI MapViewOfFileExNuma(HANDLE hFileMappingObject, DWORD dwDesiredAccess,
                                                   DWORD dwFileOffsetHigh, DWORD dwFileOffsetLow,
                                                   SIZE_T dwNumberOfBytesToMap, LPVOID lpBaseAddress,
                                                   DWORD nndPreferred);
COVIEW_WIN32_API PVOID WINAPI MapViewOfFileFromApp(HANDLE hFileMappingObject, ULONG DesiredAccess, ULONG64 FileOffset,
                                                   SIZE_T NumberOfBytesToMap);
/* No placeholders, and no process but this one. */
COVIEW_WIN32_API PVOID WINAPI MapViewOfFile3(HANDLE FileMapping, HANDLE Process, PVOID BaseAddress, ULONG64 Offset,
                                             SIZE_T ViewSize, ULONG AllocationType, ULONG PageProtection,
                                             MEM_EXTENDED_PARAMETER* ExtendedParameters, ULONG ParameterCount);
COVIEW_WIN32_API PVOID WINAPI MapViewOfFile3FromApp(HANDLE FileMapping, HANDLE Process, PVOID BaseAddress,
                                                    ULONG64 Offset, SIZE_T ViewSize, ULONG AllocationType,
                                                    ULONG PageProtection, MEM_EXTENDED_PARAMETER* ExtendedParameters,
                                                    ULONG ParameterCount);
COVIEW_WIN32_API PVOID WINAPI MapViewOfFileNuma2(HANDLE FileMappingHandle, HANDLE ProcessHandle, ULONG64 Offset,
                                                 PVOID BaseAddress, SIZE_T ViewSize, ULONG AllocationType,
                                                 ULONG PageProtection, ULONG PreferredNode);
COVIEW_WIN32_API BOOL WINAPI UnmapViewOfFile(LPCVOID lpBaseAddress);
COVIEW_WIN32_API BOOL WINAPI UnmapViewOfFileEx(PVOID BaseAddress, ULONG UnmapFlags);
COVIEW_WIN32_API BOOL WINAPI UnmapViewOfFile2(HANDLE Process, PVOID BaseAddress, ULONG UnmapFlags);
COVIEW_WIN32_API BOOL WINAPI FlushViewOfFile(LPCVOID lpBaseAddress, SIZE_T dwNumberOfBytesToFlush);

COVIEW_WIN32_API LPVOID WINAPI VirtualAlloc(LPVOID lpAddress, SIZE_T dwSize, DWORD flAllocationType, DWORD flProtect);
COVIEW_WIN32_API LPVOID WINAPI VirtualAllocEx(HANDLE hProcess, LPVOID lpAddress, SIZE_T dwSize,
                                              DWORD flAllocationType, DWORD flProtect);
COVIEW_WIN32_API LPVOID WINAPI VirtualAllocExNuma(HANDLE hProcess, LPVOID lpAddress, SIZE_T dwSize,
                                                  DWORD flAllocationType, DWORD flProtect, DWORD nndPreferred);
COVIEW_WIN32_API PVOID WINAPI VirtualAlloc2(HANDLE Process, PVOID BaseAddress, SIZE_T Size, ULONG AllocationType,
                                            ULONG PageProtection, MEM_EXTENDED_PARAMETER* ExtendedParameters,
                                            ULONG ParameterCount);
COVIEW_WIN32_API PVOID WINAPI VirtualAllocFromApp(PVOID BaseAddress, SIZE_T Size, ULONG AllocationType,
                                                  ULONG Protection);
COVIEW_WIN32_API BOOL WINAPI VirtualFree(LPVOID lpAddress, SIZE_T dwSize, DWORD dwFreeType);
COVIEW_WIN32_API BOOL WINAPI VirtualFreeEx(HANDLE hProcess, LPVOID lpAddress, SIZE_T dwSize, DWORD dwFreeType);
COVIEW_WIN32_API BOOL WINAPI VirtualProtect(LPVOID lpAddress, SIZE_T dwSize, DWORD flNewProtect,
                                            PDWORD lpflOldProtect);
COVIEW_WIN32_API BOOL WINAPI VirtualProtectEx(HANDLE hProcess, LPVOID lpAddress, SIZE_T dwSize, DWORD flNewProtect,
                                              PDWORD lpflOldProtect);
COVIEW_WIN32_API SIZE_T WINAPI VirtualQuery(LPCVOID lpAddress, PMEMORY_BASIC_INFORMATION lpBuffer, SIZE_T dwLength);
COVIEW_WIN32_API SIZE_T WINAPI VirtualQueryEx(HANDLE hProcess, LPCVOID lpAddress, PMEMORY_BASIC_INFORMATION lpBuffer,
                                              SIZE_T dwLength);
COVIEW_WIN32_API BOOL WINAPI VirtualLock(LPVOID lpAddress, SIZE_T dwSize);
COVIEW_WIN32_API BOOL WINAPI VirtualUnlock(LPVOID lpAddress, SIZE_T dwSize);
COVIEW_WIN32_API SIZE_T WINAPI GetLargePageMinimum(void);
COVIEW_WIN32_API BOOL WINAPI PrefetchVirtualMemory(HANDLE hProcess, ULONG_PTR NumberOfEntries,
                                                   PWIN32_MEMORY_RANGE_ENTRY VirtualAddresses, ULONG Flags);
COVIEW_WIN32_API DWORD WINAPI DiscardVirtualMemory(PVOID VirtualAddress, SIZE_T Size);
COVIEW_WIN32_API DWORD WINAPI OfferVirtualMemory(PVOID VirtualAddress, SIZE_T Size, OFFER_PRIORITY Priority);
COVIEW_WIN32_API DWORD WINAPI ReclaimVirtualMemory(void const* VirtualAddress, SIZE_T Size);
COVIEW_WIN32_API BOOL WINAPI QueryVirtualMemoryInformation(HANDLE Process, void const* VirtualAddress,
                                                           WIN32_MEMORY_INFORMATION_CLASS MemoryInformationClass,
                                                           PVOID MemoryInformation, SIZE_T MemoryInformationSize,
                                                           PSIZE_T ReturnSize);
COVIEW_WIN32_API BOOL WINAPI ReadProcessMemory(HANDLE hProcess, LPCVOID lpBaseAddress, LPVOID lpBuffer, SIZE_T nSize,
                                               SIZE_T* lpNumberOfBytesRead);
COVIEW_WIN32_API BOOL WINAPI WriteProcessMemory(HANDLE hProcess, LPVOID lpBaseAddress, LPCVOID lpBuffer, SIZE_T nSize,
                                                SIZE_T* lpNumberOfBytesWritten);
/* Kept, without effect: Linux decides what stays in memory. */
COVIEW_WIN32_API BOOL WINAPI GetProcessWorkingSetSize(HANDLE hProcess, PSIZE_T lpMinimumWorkingSetSize,
                                                      PSIZE_T lpMaximumWorkingSetSize);
COVIEW_WIN32_API BOOL WINAPI SetProcessWorkingSetSize(HANDLE hProcess, SIZE_T dwMinimumWorkingSetSize,
                                                      SIZE_T dwMaximumWorkingSetSize);
COVIEW_WIN32_API BOOL WINAPI GetProcessWorkingSetSizeEx(HANDLE hProcess, PSIZE_T lpMinimumWorkingSetSize,
                                                        PSIZE_T lpMaximumWorkingSetSize, PDWORD Flags);
COVIEW_WIN32_API BOOL WINAPI SetProcessWorkingSetSizeEx(HANDLE hProcess, SIZE_T dwMinimumWorkingSetSize,
                                                        SIZE_T dwMaximumWorkingSetSize, DWORD Flags);
COVIEW_WIN32_API BOOL WINAPI IsBadReadPtr(void const* lp, UINT_PTR ucb);
COVIEW_WIN32_API BOOL WINAPI IsBadWritePtr(LPVOID lp, UINT_PTR ucb);
COVIEW_WIN32_API BOOL WINAPI IsBadStringPtrA(LPCSTR lpsz, UINT_PTR ucchMax);
COVIEW_WIN32_API BOOL WINAPI IsBadStringPtrW(LPCWSTR lpsz, UINT_PTR ucchMax);
COVIEW_WIN32_END

#ifdef UNICODE
#define CreateFileMapping CreateFileMappingW
#define CreateFileMappingNuma CreateFileMappingNumaW
#define OpenFileMapping OpenFileMappingW
#define IsBadStringPtr IsBadStringPtrW
#else
#define CreateFileMapping CreateFileMappingA
#define CreateFileMappingNuma CreateFileMappingNumaA
#define OpenFileMapping OpenFileMappingA
#define IsBadStringPtr IsBadStringPtrA
#endif

#endif
