/* SPDX-License-Identifier: Apache-2.0 */
/* The part of winbase.h that is about text and small memory: lstrlen and its kin, FormatMessage, LocalAlloc,
 * GlobalAlloc, who and where one is. */
#ifndef COVIEW_WIN32_WINBASE_TEXT_H
#define COVIEW_WIN32_WINBASE_TEXT_H
#include "minwinbase.h"
#pragma GCC system_header

#include <stdarg.h>

#define FORMAT_MESSAGE_ALLOCATE_BUFFER 0x00000100
#define FORMAT_MESSAGE_IGNORE_INSERTS 0x00000200
#define FORMAT_MESSAGE_FROM_STRING 0x00000400
#define FORMAT_MESSAGE_FROM_HMODULE 0x00000800
#define FORMAT_MESSAGE_FROM_SYSTEM 0x00001000
#define FORMAT_MESSAGE_ARGUMENT_ARRAY 0x00002000
#define FORMAT_MESSAGE_MAX_WIDTH_MASK 0x000000FF
#define LMEM_FIXED 0x0000
#define LMEM_MOVEABLE 0x0002
#define LMEM_NOCOMPACT 0x0010
#define LMEM_NODISCARD 0x0020
#define LMEM_ZEROINIT 0x0040
#define LMEM_MODIFY 0x0080
#define LMEM_INVALID_HANDLE 0x8000
#define LHND (LMEM_MOVEABLE | LMEM_ZEROINIT)
#define LPTR (LMEM_FIXED | LMEM_ZEROINIT)
#define NONZEROLHND (LMEM_MOVEABLE)
#define NONZEROLPTR (LMEM_FIXED)
#define GMEM_FIXED 0x0000
#define GMEM_MOVEABLE 0x0002
#define GMEM_NOCOMPACT 0x0010
#define GMEM_NODISCARD 0x0020
#define GMEM_ZEROINIT 0x0040
#define GMEM_MODIFY 0x0080
#define GMEM_SHARE 0x2000
#define GMEM_DDESHARE 0x2000
#define GMEM_INVALID_HANDLE 0x8000
#define GHND (GMEM_MOVEABLE | GMEM_ZEROINIT)
#define GPTR (GMEM_FIXED | GMEM_ZEROINIT)
#define MAX_COMPUTERNAME_LENGTH 15
#ifndef UNLEN
#define UNLEN 256
#endif
#define SEM_FAILCRITICALERRORS 0x0001
#define SEM_NOGPFAULTERRORBOX 0x0002
#define SEM_NOALIGNMENTFAULTEXCEPT 0x0004
#define SEM_NOOPENFILEERRORBOX 0x8000

typedef enum _COMPUTER_NAME_FORMAT {
  ComputerNameNetBIOS,
  ComputerNameDnsHostname,
  ComputerNameDnsDomain,
  ComputerNameDnsFullyQualified,
  ComputerNamePhysicalNetBIOS,
  ComputerNamePhysicalDnsHostname,
  ComputerNamePhysicalDnsDomain,
  ComputerNamePhysicalDnsFullyQualified,
  ComputerNameMax
} COMPUTER_NAME_FORMAT;

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API int WINAPI lstrcmpA(LPCSTR lpString1, LPCSTR lpString2);
COVIEW_WIN32_API int WINAPI lstrcmpW(LPCWSTR lpString1, LPCWSTR lpString2);
COVIEW_WIN32_API int WINAPI lstrcmpiA(LPCSTR lpString1, LPCSTR lpString2);
COVIEW_WIN32_API int WINAPI lstrcmpiW(LPCWSTR lpString1, LPCWSTR lpString2);
COVIEW_WIN32_API LPSTR WINAPI lstrcpynA(LPSTR lpString1, LPCSTR lpString2, int iMaxLength);
COVIEW_WIN32_API LPWSTR WINAPI lstrcpynW(LPWSTR lpString1, LPCWSTR lpString2, int iMaxLength);
COVIEW_WIN32_API LPSTR WINAPI lstrcpyA(LPSTR lpString1, LPCSTR lpString2);
COVIEW_WIN32_API LPWSTR WINAPI lstrcpyW(LPWSTR lpString1, LPCWSTR lpString2);
COVIEW_WIN32_API LPSTR WINAPI lstrcatA(LPSTR lpString1, LPCSTR lpString2);
COVIEW_WIN32_API LPWSTR WINAPI lstrcatW(LPWSTR lpString1, LPCWSTR lpString2);
COVIEW_WIN32_API int WINAPI lstrlenA(LPCSTR lpString);
COVIEW_WIN32_API int WINAPI lstrlenW(LPCWSTR lpString);
COVIEW_WIN32_API DWORD WINAPI FormatMessageA(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId,
                                             LPSTR lpBuffer, DWORD nSize, va_list* Arguments);
COVIEW_WIN32_API DWORD WINAPI FormatMessageW(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId,
                                             LPWSTR lpBuffer, DWORD nSize, va_list* Arguments);
COVIEW_WIN32_API HLOCAL WINAPI LocalAlloc(UINT uFlags, SIZE_T uBytes);
COVIEW_WIN32_API HLOCAL WINAPI LocalReAlloc(HLOCAL hMem, SIZE_T uBytes, UINT uFlags);
COVIEW_WIN32_API HLOCAL WINAPI LocalFree(HLOCAL hMem);
COVIEW_WIN32_API SIZE_T WINAPI LocalSize(HLOCAL hMem);
COVIEW_WIN32_API LPVOID WINAPI LocalLock(HLOCAL hMem);
COVIEW_WIN32_API BOOL WINAPI LocalUnlock(HLOCAL hMem);
COVIEW_WIN32_API HLOCAL WINAPI LocalHandle(LPCVOID pMem);
COVIEW_WIN32_API UINT WINAPI LocalFlags(HLOCAL hMem);
COVIEW_WIN32_API HGLOBAL WINAPI GlobalAlloc(UINT uFlags, SIZE_T dwBytes);
COVIEW_WIN32_API HGLOBAL WINAPI GlobalReAlloc(HGLOBAL hMem, SIZE_T dwBytes, UINT uFlags);
COVIEW_WIN32_API HGLOBAL WINAPI GlobalFree(HGLOBAL hMem);
COVIEW_WIN32_API SIZE_T WINAPI GlobalSize(HGLOBAL hMem);
COVIEW_WIN32_API LPVOID WINAPI GlobalLock(HGLOBAL hMem);
COVIEW_WIN32_API BOOL WINAPI GlobalUnlock(HGLOBAL hMem);
COVIEW_WIN32_API HGLOBAL WINAPI GlobalHandle(LPCVOID pMem);
COVIEW_WIN32_API UINT WINAPI GlobalFlags(HGLOBAL hMem);
COVIEW_WIN32_API BOOL WINAPI IsBadReadPtr(VOID const* lp, UINT_PTR ucb);
COVIEW_WIN32_API BOOL WINAPI IsBadWritePtr(LPVOID lp, UINT_PTR ucb);
COVIEW_WIN32_API BOOL WINAPI IsBadStringPtrA(LPCSTR lpsz, UINT_PTR ucchMax);
COVIEW_WIN32_API BOOL WINAPI IsBadStringPtrW(LPCWSTR lpsz, UINT_PTR ucchMax);
COVIEW_WIN32_API BOOL WINAPI IsBadCodePtr(FARPROC lpfn);
COVIEW_WIN32_API int WINAPI MulDiv(int nNumber, int nNumerator, int nDenominator);
COVIEW_WIN32_API BOOL WINAPI GetComputerNameA(LPSTR lpBuffer, LPDWORD nSize);
COVIEW_WIN32_API BOOL WINAPI GetComputerNameW(LPWSTR lpBuffer, LPDWORD nSize);
COVIEW_WIN32_API BOOL WINAPI GetComputerNameExA(COMPUTER_NAME_FORMAT NameType, LPSTR lpBuffer, LPDWORD nSize);
COVIEW_WIN32_API BOOL WINAPI GetComputerNameExW(COMPUTER_NAME_FORMAT NameType, LPWSTR lpBuffer, LPDWORD nSize);
COVIEW_WIN32_API BOOL WINAPI GetUserNameA(LPSTR lpBuffer, LPDWORD pcbBuffer);
COVIEW_WIN32_API BOOL WINAPI GetUserNameW(LPWSTR lpBuffer, LPDWORD pcbBuffer);
/* Settings in a text file: [sections] of key=value, whose names have no case. A file without a folder is meant in the
   one of GetWindowsDirectory; here, where there is none, in the current one. What is read is as
   the file has it now. */
COVIEW_WIN32_API DWORD WINAPI GetPrivateProfileStringA(LPCSTR lpAppName, LPCSTR lpKeyName, LPCSTR lpDefault,
                                                       LPSTR lpReturnedString, DWORD nSize, LPCSTR lpFileName);
COVIEW_WIN32_API DWORD WINAPI GetPrivateProfileStringW(LPCWSTR lpAppName, LPCWSTR lpKeyName, LPCWSTR lpDefault,
                                                       LPWSTR lpReturnedString, DWORD nSize, LPCWSTR lpFileName);
COVIEW_WIN32_API UINT WINAPI GetPrivateProfileIntA(LPCSTR lpAppName, LPCSTR lpKeyName, INT nDefault,
                                                   LPCSTR lpFileName);
COVIEW_WIN32_API UINT WINAPI GetPrivateProfileIntW(LPCWSTR lpAppName, LPCWSTR lpKeyName, INT nDefault,
                                                   LPCWSTR lpFileName);
COVIEW_WIN32_API BOOL WINAPI WritePrivateProfileStringA(LPCSTR lpAppName, LPCSTR lpKeyName, LPCSTR lpString,
                                                        LPCSTR lpFileName);
COVIEW_WIN32_API BOOL WINAPI WritePrivateProfileStringW(LPCWSTR lpAppName, LPCWSTR lpKeyName, LPCWSTR lpString,
                                                        LPCWSTR lpFileName);
COVIEW_WIN32_API DWORD WINAPI GetPrivateProfileSectionA(LPCSTR lpAppName, LPSTR lpReturnedString, DWORD nSize,
                                                        LPCSTR lpFileName);
COVIEW_WIN32_API DWORD WINAPI GetPrivateProfileSectionW(LPCWSTR lpAppName, LPWSTR lpReturnedString, DWORD nSize,
                                                        LPCWSTR lpFileName);
COVIEW_WIN32_API DWORD WINAPI GetPrivateProfileSectionNamesA(LPSTR lpszReturnBuffer, DWORD nSize, LPCSTR lpFileName);
COVIEW_WIN32_API DWORD WINAPI GetPrivateProfileSectionNamesW(LPWSTR lpszReturnBuffer, DWORD nSize,
                                                             LPCWSTR lpFileName);
COVIEW_WIN32_API BOOL WINAPI WritePrivateProfileSectionA(LPCSTR lpAppName, LPCSTR lpString, LPCSTR lpFileName);
COVIEW_WIN32_API BOOL WINAPI WritePrivateProfileSectionW(LPCWSTR lpAppName, LPCWSTR lpString, LPCWSTR lpFileName);
COVIEW_WIN32_API BOOL WINAPI GetPrivateProfileStructA(LPCSTR lpszSection, LPCSTR lpszKey, LPVOID lpStruct,
                                                      UINT uSizeStruct, LPCSTR szFile);
COVIEW_WIN32_API BOOL WINAPI GetPrivateProfileStructW(LPCWSTR lpszSection, LPCWSTR lpszKey, LPVOID lpStruct,
                                                      UINT uSizeStruct, LPCWSTR szFile);
COVIEW_WIN32_API BOOL WINAPI WritePrivateProfileStructA(LPCSTR lpszSection, LPCSTR lpszKey, LPVOID lpStruct,
                                                        UINT uSizeStruct, LPCSTR szFile);
COVIEW_WIN32_API BOOL WINAPI WritePrivateProfileStructW(LPCWSTR lpszSection, LPCWSTR lpszKey, LPVOID lpStruct,
                                                        UINT uSizeStruct, LPCWSTR szFile);
COVIEW_WIN32_END

#ifdef UNICODE
#define GetPrivateProfileString GetPrivateProfileStringW
#define GetPrivateProfileInt GetPrivateProfileIntW
#define WritePrivateProfileString WritePrivateProfileStringW
#define GetPrivateProfileSection GetPrivateProfileSectionW
#define GetPrivateProfileSectionNames GetPrivateProfileSectionNamesW
#define WritePrivateProfileSection WritePrivateProfileSectionW
#define GetPrivateProfileStruct GetPrivateProfileStructW
#define WritePrivateProfileStruct WritePrivateProfileStructW
#define lstrcmp lstrcmpW
#define lstrcmpi lstrcmpiW
#define lstrcpyn lstrcpynW
#define lstrcpy lstrcpyW
#define lstrcat lstrcatW
#define lstrlen lstrlenW
#define FormatMessage FormatMessageW
#define GetComputerName GetComputerNameW
#define GetComputerNameEx GetComputerNameExW
#define GetUserName GetUserNameW
#else
#define GetPrivateProfileString GetPrivateProfileStringA
#define GetPrivateProfileInt GetPrivateProfileIntA
#define WritePrivateProfileString WritePrivateProfileStringA
#define GetPrivateProfileSection GetPrivateProfileSectionA
#define GetPrivateProfileSectionNames GetPrivateProfileSectionNamesA
#define WritePrivateProfileSection WritePrivateProfileSectionA
#define GetPrivateProfileStruct GetPrivateProfileStructA
#define WritePrivateProfileStruct WritePrivateProfileStructA
#define lstrcmp lstrcmpA
#define lstrcmpi lstrcmpiA
#define lstrcpyn lstrcpynA
#define lstrcpy lstrcpyA
#define lstrcat lstrcatA
#define lstrlen lstrlenA
#define FormatMessage FormatMessageA
#define GetComputerName GetComputerNameA
#define GetComputerNameEx GetComputerNameExA
#define GetUserName GetUserNameA
#endif

#endif
