/* SPDX-License-Identifier: Apache-2.0 */
/* Files and directories: opening with share modes that hold between all programs on coview, reading, writing,
   locking, finding, and what there is to know about a file. docs/porting.md tells how paths and drive letters are
   read. */
#ifndef COVIEW_WIN32_FILEAPI_H
#define COVIEW_WIN32_FILEAPI_H
#include "minwinbase.h"
#include "minwindef.h"
#pragma GCC system_header

#define CREATE_NEW 1
#define CREATE_ALWAYS 2
#define OPEN_EXISTING 3
#define OPEN_ALWAYS 4
#define TRUNCATE_EXISTING 5

#define INVALID_FILE_SIZE ((DWORD)0xFFFFFFFF)
#define INVALID_SET_FILE_POINTER ((DWORD)-1)
#define INVALID_FILE_ATTRIBUTES ((DWORD)-1)

typedef struct _BY_HANDLE_FILE_INFORMATION {
  DWORD dwFileAttributes;
  FILETIME ftCreationTime;
  FILETIME ftLastAccessTime;
  FILETIME ftLastWriteTime;
  DWORD dwVolumeSerialNumber;
  DWORD nFileSizeHigh;
  DWORD nFileSizeLow;
  DWORD nNumberOfLinks;
  DWORD nFileIndexHigh;
  DWORD nFileIndexLow;
} BY_HANDLE_FILE_INFORMATION, *PBY_HANDLE_FILE_INFORMATION, *LPBY_HANDLE_FILE_INFORMATION;

typedef struct _WIN32_FILE_ATTRIBUTE_DATA {
  DWORD dwFileAttributes;
  FILETIME ftCreationTime;
  FILETIME ftLastAccessTime;
  FILETIME ftLastWriteTime;
  DWORD nFileSizeHigh;
  DWORD nFileSizeLow;
} WIN32_FILE_ATTRIBUTE_DATA, *LPWIN32_FILE_ATTRIBUTE_DATA;

typedef struct _CREATEFILE2_EXTENDED_PARAMETERS {
  DWORD dwSize;
  DWORD dwFileAttributes;
  DWORD dwFileFlags;
  DWORD dwSecurityQosFlags;
  LPSECURITY_ATTRIBUTES lpSecurityAttributes;
  HANDLE hTemplateFile;
} CREATEFILE2_EXTENDED_PARAMETERS, *PCREATEFILE2_EXTENDED_PARAMETERS, *LPCREATEFILE2_EXTENDED_PARAMETERS;

COVIEW_WIN32_BEGIN

COVIEW_WIN32_API HANDLE WINAPI CreateFileA(LPCSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode,
                                           LPSECURITY_ATTRIBUTES lpSecurityAttributes, DWORD dwCreationDisposition,
                                           DWORD dwFlagsAndAttributes, HANDLE hTemplateFile);
COVIEW_WIN32_API HANDLE WINAPI CreateFileW(LPCWSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode,
                                           LPSECURITY_ATTRIBUTES lpSecurityAttributes, DWORD dwCreationDisposition,
                                           DWORD dwFlagsAndAttributes, HANDLE hTemplateFile);
COVIEW_WIN32_API HANDLE WINAPI CreateFile2(LPCWSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode,
                                           DWORD dwCreationDisposition,
                                           LPCREATEFILE2_EXTENDED_PARAMETERS pCreateExParams);
COVIEW_WIN32_API HANDLE WINAPI ReOpenFile(HANDLE hOriginalFile, DWORD dwDesiredAccess, DWORD dwShareMode,
                                          DWORD dwFlagsAndAttributes);

COVIEW_WIN32_API BOOL WINAPI ReadFile(HANDLE hFile, LPVOID lpBuffer, DWORD nNumberOfBytesToRead,
                                      LPDWORD lpNumberOfBytesRead, LPOVERLAPPED lpOverlapped);
COVIEW_WIN32_API BOOL WINAPI WriteFile(HANDLE hFile, LPCVOID lpBuffer, DWORD nNumberOfBytesToWrite,
                                       LPDWORD lpNumberOfBytesWritten, LPOVERLAPPED lpOverlapped);
COVIEW_WIN32_API BOOL WINAPI ReadFileEx(HANDLE hFile, LPVOID lpBuffer, DWORD nNumberOfBytesToRead,
                                        LPOVERLAPPED lpOverlapped,
                                        LPOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
COVIEW_WIN32_API BOOL WINAPI WriteFileEx(HANDLE hFile, LPCVOID lpBuffer, DWORD nNumberOfBytesToWrite,
                                         LPOVERLAPPED lpOverlapped,
                                         LPOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
COVIEW_WIN32_API DWORD WINAPI SetFilePointer(HANDLE hFile, LONG lDistanceToMove, PLONG lpDistanceToMoveHigh,
                                             DWORD dwMoveMethod);
COVIEW_WIN32_API BOOL WINAPI SetFilePointerEx(HANDLE hFile, LARGE_INTEGER liDistanceToMove,
                                              PLARGE_INTEGER lpNewFilePointer, DWORD dwMoveMethod);
COVIEW_WIN32_API BOOL WINAPI SetEndOfFile(HANDLE hFile);
COVIEW_WIN32_API BOOL WINAPI SetFileValidData(HANDLE hFile, LONGLONG ValidDataLength);
COVIEW_WIN32_API DWORD WINAPI GetCompressedFileSizeA(LPCSTR lpFileName, LPDWORD lpFileSizeHigh);
COVIEW_WIN32_API DWORD WINAPI GetCompressedFileSizeW(LPCWSTR lpFileName, LPDWORD lpFileSizeHigh);
COVIEW_WIN32_API DWORD WINAPI GetFileSize(HANDLE hFile, LPDWORD lpFileSizeHigh);
COVIEW_WIN32_API BOOL WINAPI GetFileSizeEx(HANDLE hFile, PLARGE_INTEGER lpFileSize);
COVIEW_WIN32_API BOOL WINAPI FlushFileBuffers(HANDLE hFile);
COVIEW_WIN32_API BOOL WINAPI LockFile(HANDLE hFile, DWORD dwFileOffsetLow, DWORD dwFileOffsetHigh,
                                      DWORD nNumberOfBytesToLockLow, DWORD nNumberOfBytesToLockHigh);
COVIEW_WIN32_API BOOL WINAPI LockFileEx(HANDLE hFile, DWORD dwFlags, DWORD dwReserved, DWORD nNumberOfBytesToLockLow,
                                        DWORD nNumberOfBytesToLockHigh, LPOVERLAPPED lpOverlapped);
COVIEW_WIN32_API BOOL WINAPI UnlockFile(HANDLE hFile, DWORD dwFileOffsetLow, DWORD dwFileOffsetHigh,
                                        DWORD nNumberOfBytesToUnlockLow, DWORD nNumberOfBytesToUnlockHigh);
COVIEW_WIN32_API BOOL WINAPI UnlockFileEx(HANDLE hFile, DWORD dwReserved, DWORD nNumberOfBytesToUnlockLow,
                                          DWORD nNumberOfBytesToUnlockHigh, LPOVERLAPPED lpOverlapped);

COVIEW_WIN32_API BOOL WINAPI DeleteFileA(LPCSTR lpFileName);
COVIEW_WIN32_API BOOL WINAPI DeleteFileW(LPCWSTR lpFileName);
COVIEW_WIN32_API BOOL WINAPI CreateDirectoryA(LPCSTR lpPathName, LPSECURITY_ATTRIBUTES lpSecurityAttributes);
COVIEW_WIN32_API BOOL WINAPI CreateDirectoryW(LPCWSTR lpPathName, LPSECURITY_ATTRIBUTES lpSecurityAttributes);
COVIEW_WIN32_API BOOL WINAPI RemoveDirectoryA(LPCSTR lpPathName);
COVIEW_WIN32_API BOOL WINAPI RemoveDirectoryW(LPCWSTR lpPathName);
COVIEW_WIN32_API DWORD WINAPI GetFileAttributesA(LPCSTR lpFileName);
COVIEW_WIN32_API DWORD WINAPI GetFileAttributesW(LPCWSTR lpFileName);
COVIEW_WIN32_API BOOL WINAPI SetFileAttributesA(LPCSTR lpFileName, DWORD dwFileAttributes);
COVIEW_WIN32_API BOOL WINAPI SetFileAttributesW(LPCWSTR lpFileName, DWORD dwFileAttributes);
COVIEW_WIN32_API BOOL WINAPI GetFileAttributesExA(LPCSTR lpFileName, GET_FILEEX_INFO_LEVELS fInfoLevelId,
                                                  LPVOID lpFileInformation);
COVIEW_WIN32_API BOOL WINAPI GetFileAttributesExW(LPCWSTR lpFileName, GET_FILEEX_INFO_LEVELS fInfoLevelId,
                                                  LPVOID lpFileInformation);
COVIEW_WIN32_API BOOL WINAPI GetFileInformationByHandle(HANDLE hFile, LPBY_HANDLE_FILE_INFORMATION lpFileInformation);
COVIEW_WIN32_API BOOL WINAPI GetFileInformationByHandleEx(HANDLE hFile,
                                                          FILE_INFO_BY_HANDLE_CLASS FileInformationClass,
                                                          LPVOID lpFileInformation, DWORD dwBufferSize);
COVIEW_WIN32_API BOOL WINAPI SetFileInformationByHandle(HANDLE hFile, FILE_INFO_BY_HANDLE_CLASS FileInformationClass,
                                                        LPVOID lpFileInformation, DWORD dwBufferSize);
COVIEW_WIN32_API DWORD WINAPI GetFileType(HANDLE hFile);
COVIEW_WIN32_API BOOL WINAPI GetFileTime(HANDLE hFile, LPFILETIME lpCreationTime, LPFILETIME lpLastAccessTime,
                                         LPFILETIME lpLastWriteTime);
COVIEW_WIN32_API BOOL WINAPI SetFileTime(HANDLE hFile, FILETIME const* lpCreationTime,
                                         FILETIME const* lpLastAccessTime, FILETIME const* lpLastWriteTime);
COVIEW_WIN32_API LONG WINAPI CompareFileTime(FILETIME const* lpFileTime1, FILETIME const* lpFileTime2);
COVIEW_WIN32_API BOOL WINAPI FileTimeToLocalFileTime(FILETIME const* lpFileTime, LPFILETIME lpLocalFileTime);
COVIEW_WIN32_API BOOL WINAPI LocalFileTimeToFileTime(FILETIME const* lpLocalFileTime, LPFILETIME lpFileTime);
COVIEW_WIN32_API DWORD WINAPI GetFinalPathNameByHandleA(HANDLE hFile, LPSTR lpszFilePath, DWORD cchFilePath,
                                                        DWORD dwFlags);
COVIEW_WIN32_API DWORD WINAPI GetFinalPathNameByHandleW(HANDLE hFile, LPWSTR lpszFilePath, DWORD cchFilePath,
                                                        DWORD dwFlags);
COVIEW_WIN32_API DWORD WINAPI GetFullPathNameA(LPCSTR lpFileName, DWORD nBufferLength, LPSTR lpBuffer,
                                               LPSTR* lpFilePart);
COVIEW_WIN32_API DWORD WINAPI GetFullPathNameW(LPCWSTR lpFileName, DWORD nBufferLength, LPWSTR lpBuffer,
                                               LPWSTR* lpFilePart);
COVIEW_WIN32_API DWORD WINAPI GetLongPathNameA(LPCSTR lpszShortPath, LPSTR lpszLongPath, DWORD cchBuffer);
COVIEW_WIN32_API DWORD WINAPI GetLongPathNameW(LPCWSTR lpszShortPath, LPWSTR lpszLongPath, DWORD cchBuffer);
COVIEW_WIN32_API DWORD WINAPI GetShortPathNameA(LPCSTR lpszLongPath, LPSTR lpszShortPath, DWORD cchBuffer);
COVIEW_WIN32_API DWORD WINAPI GetShortPathNameW(LPCWSTR lpszLongPath, LPWSTR lpszShortPath, DWORD cchBuffer);
COVIEW_WIN32_API DWORD WINAPI GetTempPathA(DWORD nBufferLength, LPSTR lpBuffer);
COVIEW_WIN32_API DWORD WINAPI GetTempPathW(DWORD nBufferLength, LPWSTR lpBuffer);
COVIEW_WIN32_API DWORD WINAPI GetTempPath2A(DWORD nBufferLength, LPSTR lpBuffer);
COVIEW_WIN32_API DWORD WINAPI GetTempPath2W(DWORD nBufferLength, LPWSTR lpBuffer);
COVIEW_WIN32_API UINT WINAPI GetTempFileNameA(LPCSTR lpPathName, LPCSTR lpPrefixString, UINT uUnique,
                                              LPSTR lpTempFileName);
COVIEW_WIN32_API UINT WINAPI GetTempFileNameW(LPCWSTR lpPathName, LPCWSTR lpPrefixString, UINT uUnique,
                                              LPWSTR lpTempFileName);

COVIEW_WIN32_API HANDLE WINAPI FindFirstFileA(LPCSTR lpFileName, LPWIN32_FIND_DATAA lpFindFileData);
COVIEW_WIN32_API HANDLE WINAPI FindFirstFileW(LPCWSTR lpFileName, LPWIN32_FIND_DATAW lpFindFileData);
COVIEW_WIN32_API HANDLE WINAPI FindFirstFileExA(LPCSTR lpFileName, FINDEX_INFO_LEVELS fInfoLevelId,
                                                LPVOID lpFindFileData, FINDEX_SEARCH_OPS fSearchOp,
                                                LPVOID lpSearchFilter, DWORD dwAdditionalFlags);
COVIEW_WIN32_API HANDLE WINAPI FindFirstFileExW(LPCWSTR lpFileName, FINDEX_INFO_LEVELS fInfoLevelId,
                                                LPVOID lpFindFileData, FINDEX_SEARCH_OPS fSearchOp,
                                                LPVOID lpSearchFilter, DWORD dwAdditionalFlags);
COVIEW_WIN32_API BOOL WINAPI FindNextFileA(HANDLE hFindFile, LPWIN32_FIND_DATAA lpFindFileData);
COVIEW_WIN32_API BOOL WINAPI FindNextFileW(HANDLE hFindFile, LPWIN32_FIND_DATAW lpFindFileData);
COVIEW_WIN32_API BOOL WINAPI FindClose(HANDLE hFindFile);

COVIEW_WIN32_API DWORD WINAPI GetLogicalDrives(void);
COVIEW_WIN32_API DWORD WINAPI GetLogicalDriveStringsA(DWORD nBufferLength, LPSTR lpBuffer);
COVIEW_WIN32_API DWORD WINAPI GetLogicalDriveStringsW(DWORD nBufferLength, LPWSTR lpBuffer);
COVIEW_WIN32_API UINT WINAPI GetDriveTypeA(LPCSTR lpRootPathName);
COVIEW_WIN32_API UINT WINAPI GetDriveTypeW(LPCWSTR lpRootPathName);
COVIEW_WIN32_API DWORD WINAPI QueryDosDeviceA(LPCSTR lpDeviceName, LPSTR lpTargetPath, DWORD ucchMax);
COVIEW_WIN32_API DWORD WINAPI QueryDosDeviceW(LPCWSTR lpDeviceName, LPWSTR lpTargetPath, DWORD ucchMax);
COVIEW_WIN32_API BOOL WINAPI GetDiskFreeSpaceA(LPCSTR lpRootPathName, LPDWORD lpSectorsPerCluster,
                                               LPDWORD lpBytesPerSector, LPDWORD lpNumberOfFreeClusters,
                                               LPDWORD lpTotalNumberOfClusters);
COVIEW_WIN32_API BOOL WINAPI GetDiskFreeSpaceW(LPCWSTR lpRootPathName, LPDWORD lpSectorsPerCluster,
                                               LPDWORD lpBytesPerSector, LPDWORD lpNumberOfFreeClusters,
                                               LPDWORD lpTotalNumberOfClusters);
COVIEW_WIN32_API BOOL WINAPI GetDiskFreeSpaceExA(LPCSTR lpDirectoryName, PULARGE_INTEGER lpFreeBytesAvailableToCaller,
                                                 PULARGE_INTEGER lpTotalNumberOfBytes,
                                                 PULARGE_INTEGER lpTotalNumberOfFreeBytes);
COVIEW_WIN32_API BOOL WINAPI GetDiskFreeSpaceExW(LPCWSTR lpDirectoryName,
                                                 PULARGE_INTEGER lpFreeBytesAvailableToCaller,
                                                 PULARGE_INTEGER lpTotalNumberOfBytes,
                                                 PULARGE_INTEGER lpTotalNumberOfFreeBytes);
COVIEW_WIN32_API BOOL WINAPI GetVolumeInformationA(LPCSTR lpRootPathName, LPSTR lpVolumeNameBuffer,
                                                   DWORD nVolumeNameSize, LPDWORD lpVolumeSerialNumber,
                                                   LPDWORD lpMaximumComponentLength, LPDWORD lpFileSystemFlags,
                                                   LPSTR lpFileSystemNameBuffer, DWORD nFileSystemNameSize);
COVIEW_WIN32_API BOOL WINAPI GetVolumeInformationW(LPCWSTR lpRootPathName, LPWSTR lpVolumeNameBuffer,
                                                   DWORD nVolumeNameSize, LPDWORD lpVolumeSerialNumber,
                                                   LPDWORD lpMaximumComponentLength, LPDWORD lpFileSystemFlags,
                                                   LPWSTR lpFileSystemNameBuffer, DWORD nFileSystemNameSize);
COVIEW_WIN32_API BOOL WINAPI GetVolumePathNameA(LPCSTR lpszFileName, LPSTR lpszVolumePathName, DWORD cchBufferLength);
COVIEW_WIN32_API BOOL WINAPI GetVolumePathNameW(LPCWSTR lpszFileName, LPWSTR lpszVolumePathName,
                                                DWORD cchBufferLength);
COVIEW_WIN32_API BOOL WINAPI AreFileApisANSI(void);
COVIEW_WIN32_API void WINAPI SetFileApisToANSI(void);
COVIEW_WIN32_API void WINAPI SetFileApisToOEM(void);

COVIEW_WIN32_END

#ifdef UNICODE
#define CreateFile CreateFileW
#define DeleteFile DeleteFileW
#define CreateDirectory CreateDirectoryW
#define RemoveDirectory RemoveDirectoryW
#define GetCompressedFileSize GetCompressedFileSizeW
#define GetFileAttributes GetFileAttributesW
#define SetFileAttributes SetFileAttributesW
#define GetFileAttributesEx GetFileAttributesExW
#define GetFinalPathNameByHandle GetFinalPathNameByHandleW
#define GetFullPathName GetFullPathNameW
#define GetLongPathName GetLongPathNameW
#define GetShortPathName GetShortPathNameW
#define GetTempPath GetTempPathW
#define GetTempPath2 GetTempPath2W
#define GetTempFileName GetTempFileNameW
#define FindFirstFile FindFirstFileW
#define FindFirstFileEx FindFirstFileExW
#define FindNextFile FindNextFileW
#define GetLogicalDriveStrings GetLogicalDriveStringsW
#define GetDriveType GetDriveTypeW
#define QueryDosDevice QueryDosDeviceW
#define GetDiskFreeSpace GetDiskFreeSpaceW
#define GetDiskFreeSpaceEx GetDiskFreeSpaceExW
#define GetVolumeInformation GetVolumeInformationW
#define GetVolumePathName GetVolumePathNameW
#else
#define CreateFile CreateFileA
#define DeleteFile DeleteFileA
#define CreateDirectory CreateDirectoryA
#define RemoveDirectory RemoveDirectoryA
#define GetCompressedFileSize GetCompressedFileSizeA
#define GetFileAttributes GetFileAttributesA
#define SetFileAttributes SetFileAttributesA
#define GetFileAttributesEx GetFileAttributesExA
#define GetFinalPathNameByHandle GetFinalPathNameByHandleA
#define GetFullPathName GetFullPathNameA
#define GetLongPathName GetLongPathNameA
#define GetShortPathName GetShortPathNameA
#define GetTempPath GetTempPathA
#define GetTempPath2 GetTempPath2A
#define GetTempFileName GetTempFileNameA
#define FindFirstFile FindFirstFileA
#define FindFirstFileEx FindFirstFileExA
#define FindNextFile FindNextFileA
#define GetLogicalDriveStrings GetLogicalDriveStringsA
#define GetDriveType GetDriveTypeA
#define QueryDosDevice QueryDosDeviceA
#define GetDiskFreeSpace GetDiskFreeSpaceA
#define GetDiskFreeSpaceEx GetDiskFreeSpaceExA
#define GetVolumeInformation GetVolumeInformationA
#define GetVolumePathName GetVolumePathNameA
#endif

#endif
