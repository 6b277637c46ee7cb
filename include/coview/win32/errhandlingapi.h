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

typedef LONG(NTAPI* PVECTORED_EXCEPTION_HANDLER)(struct _EXCEPTION_POINTERS* ExceptionInfo);

COVIEW_WIN32_BEGIN
/* Of this thread (G-06). */
COVIEW_WIN32_API DWORD WINAPI GetLastError(void);
COVIEW_WIN32_API void WINAPI SetLastError(DWORD dwErrCode);
COVIEW_WIN32_API void WINAPI SetLastErrorEx(DWORD dwErrCode, DWORD dwType);
/* Remembered; there are no boxes to suppress. */
COVIEW_WIN32_API UINT WINAPI SetErrorMode(UINT uMode);
COVIEW_WIN32_API UINT WINAPI GetErrorMode(void);
/* Looks for a handler: vectored ones, the __except blocks of this thread, the filter of last resort. Comes back where
   one of them says that execution goes on; ends the process where nobody wants it. */
COVIEW_WIN32_API void WINAPI RaiseException(DWORD dwExceptionCode, DWORD dwExceptionFlags, DWORD nNumberOfArguments,
                                            ULONG_PTR const* lpArguments);
/* Called for a fault, or an exception, that nobody else wants. EXCEPTION_EXECUTE_HANDLER ends the process with the
   code of the exception, EXCEPTION_CONTINUE_SEARCH as if there were no filter: by its signal. */
COVIEW_WIN32_API LPTOP_LEVEL_EXCEPTION_FILTER WINAPI
SetUnhandledExceptionFilter(LPTOP_LEVEL_EXCEPTION_FILTER lpTopLevelExceptionFilter);
COVIEW_WIN32_API LONG WINAPI UnhandledExceptionFilter(struct _EXCEPTION_POINTERS* ExceptionInfo);
/* Called before any block. First other than 0: before those that are there. The handle is for removing. */
COVIEW_WIN32_API PVOID WINAPI AddVectoredExceptionHandler(ULONG First, PVECTORED_EXCEPTION_HANDLER Handler);
COVIEW_WIN32_API ULONG WINAPI RemoveVectoredExceptionHandler(PVOID Handle);
/* Called when an exception was answered with EXCEPTION_CONTINUE_EXECUTION. */
COVIEW_WIN32_API PVOID WINAPI AddVectoredContinueHandler(ULONG First, PVECTORED_EXCEPTION_HANDLER Handler);
COVIEW_WIN32_API ULONG WINAPI RemoveVectoredContinueHandler(PVOID Handle);
COVIEW_WIN32_END

#endif
