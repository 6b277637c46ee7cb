/* SPDX-License-Identifier: Apache-2.0 */
/* The last error, and what a program may ask of error handling. */
#ifndef COVIEW_WIN32_ERRHANDLINGAPI_H
#define COVIEW_WIN32_ERRHANDLINGAPI_H
#include "minwinbase.h"
#include "winerror.h"
#pragma GCC system_header

#define SEM_FAILCRITICALERRORS 0x0001
#define SEM_NOGPFAULTERRORBOX 0x0002
#define SEM_NOALIGNMENTFAULTEXCEPT 0x0004
#define SEM_NOOPENFILEERRORBOX 0x8000

typedef LONG(WINAPI* PTOP_LEVEL_EXCEPTION_FILTER)(struct _EXCEPTION_POINTERS* ExceptionInfo);
typedef PTOP_LEVEL_EXCEPTION_FILTER LPTOP_LEVEL_EXCEPTION_FILTER;

COVIEW_WIN32_BEGIN
/* Of this thread (G-06). */
COVIEW_WIN32_API DWORD WINAPI GetLastError(void);
COVIEW_WIN32_API void WINAPI SetLastError(DWORD dwErrCode);
COVIEW_WIN32_API void WINAPI SetLastErrorEx(DWORD dwErrCode, DWORD dwType);
/* Remembered; there are no boxes to suppress. */
COVIEW_WIN32_API UINT WINAPI SetErrorMode(UINT uMode);
COVIEW_WIN32_API UINT WINAPI GetErrorMode(void);
/* Ends the process with the code, as an exception that nobody handles does. */
COVIEW_WIN32_API void WINAPI RaiseException(DWORD dwExceptionCode, DWORD dwExceptionFlags, DWORD nNumberOfArguments,
                                            ULONG_PTR const* lpArguments);
/* Remembered, never called: a fault ends the process by its signal. */
COVIEW_WIN32_API LPTOP_LEVEL_EXCEPTION_FILTER WINAPI
SetUnhandledExceptionFilter(LPTOP_LEVEL_EXCEPTION_FILTER lpTopLevelExceptionFilter);
COVIEW_WIN32_END

#endif
