/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads, processes and thread-local storage. Thread and process IDs are those of Linux. A process that is started
 * here finds each inheritable handle under its number (rule H-11) where it, too, uses this library.
 */
#ifndef COVIEW_WIN32_PROCESSTHREADSAPI_H
#define COVIEW_WIN32_PROCESSTHREADSAPI_H

#include "minwindef.h"
#pragma GCC system_header
#include "minwinbase.h"
#include "winnt.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef STILL_ACTIVE
#define STILL_ACTIVE 259U
#endif

/* Creation flags. Those about windows, consoles and debuggers are accepted and mean nothing. */
#ifndef CREATE_SUSPENDED
#define DEBUG_PROCESS 0x00000001U
#define DEBUG_ONLY_THIS_PROCESS 0x00000002U
#define CREATE_SUSPENDED 0x00000004U
#define DETACHED_PROCESS 0x00000008U
#define CREATE_NEW_CONSOLE 0x00000010U
#define NORMAL_PRIORITY_CLASS 0x00000020U
#define IDLE_PRIORITY_CLASS 0x00000040U
#define HIGH_PRIORITY_CLASS 0x00000080U
#define REALTIME_PRIORITY_CLASS 0x00000100U
#define CREATE_NEW_PROCESS_GROUP 0x00000200U
#define CREATE_UNICODE_ENVIRONMENT 0x00000400U
#define CREATE_SEPARATE_WOW_VDM 0x00000800U
#define CREATE_SHARED_WOW_VDM 0x00001000U
#define CREATE_FORCEDOS 0x00002000U
#define BELOW_NORMAL_PRIORITY_CLASS 0x00004000U
#define ABOVE_NORMAL_PRIORITY_CLASS 0x00008000U
#define INHERIT_PARENT_AFFINITY 0x00010000U
#define CREATE_PROTECTED_PROCESS 0x00040000U
#define EXTENDED_STARTUPINFO_PRESENT 0x00080000U
#define PROCESS_MODE_BACKGROUND_BEGIN 0x00100000U
#define PROCESS_MODE_BACKGROUND_END 0x00200000U
#define CREATE_BREAKAWAY_FROM_JOB 0x01000000U
#define CREATE_PRESERVE_CODE_AUTHZ_LEVEL 0x02000000U
#define CREATE_DEFAULT_ERROR_MODE 0x04000000U
#define CREATE_NO_WINDOW 0x08000000U
#endif
#ifndef STACK_SIZE_PARAM_IS_A_RESERVATION
#define STACK_SIZE_PARAM_IS_A_RESERVATION 0x00010000U
#endif

/* Thread priorities: remembered, and left at that. */
#ifndef THREAD_PRIORITY_NORMAL
#define THREAD_PRIORITY_LOWEST (-2)
#define THREAD_PRIORITY_BELOW_NORMAL (-1)
#define THREAD_PRIORITY_NORMAL 0
#define THREAD_PRIORITY_ABOVE_NORMAL 1
#define THREAD_PRIORITY_HIGHEST 2
#define THREAD_PRIORITY_TIME_CRITICAL 15
#define THREAD_PRIORITY_IDLE (-15)
#define THREAD_PRIORITY_ERROR_RETURN 0x7fffffff
#define THREAD_MODE_BACKGROUND_BEGIN 0x00010000
#define THREAD_MODE_BACKGROUND_END 0x00020000
#endif

/* Rights. */
#ifndef PROCESS_ALL_ACCESS
#define PROCESS_TERMINATE 0x0001U
#define PROCESS_CREATE_THREAD 0x0002U
#define PROCESS_SET_SESSIONID 0x0004U
#define PROCESS_VM_OPERATION 0x0008U
#define PROCESS_VM_READ 0x0010U
#define PROCESS_VM_WRITE 0x0020U
#define PROCESS_DUP_HANDLE 0x0040U
#define PROCESS_CREATE_PROCESS 0x0080U
#define PROCESS_SET_QUOTA 0x0100U
#define PROCESS_SET_INFORMATION 0x0200U
#define PROCESS_QUERY_INFORMATION 0x0400U
#define PROCESS_SUSPEND_RESUME 0x0800U
#define PROCESS_QUERY_LIMITED_INFORMATION 0x1000U
#define PROCESS_ALL_ACCESS 0x001FFFFFU
#endif
#ifndef THREAD_ALL_ACCESS
#define THREAD_TERMINATE 0x0001U
#define THREAD_SUSPEND_RESUME 0x0002U
#define THREAD_GET_CONTEXT 0x0008U
#define THREAD_SET_CONTEXT 0x0010U
#define THREAD_SET_INFORMATION 0x0020U
#define THREAD_QUERY_INFORMATION 0x0040U
#define THREAD_SET_THREAD_TOKEN 0x0080U
#define THREAD_SET_LIMITED_INFORMATION 0x0400U
#define THREAD_QUERY_LIMITED_INFORMATION 0x0800U
#define THREAD_ALL_ACCESS 0x001FFFFFU
#endif

typedef DWORD(WINAPI* PTHREAD_START_ROUTINE)(LPVOID parameter);
typedef PTHREAD_START_ROUTINE LPTHREAD_START_ROUTINE;
typedef VOID(NTAPI* PAPCFUNC)(ULONG_PTR data);

/* Threads. */
COVIEW_WIN32_API HANDLE WINAPI CreateThread(LPSECURITY_ATTRIBUTES attributes, SIZE_T stack_size,
                                            LPTHREAD_START_ROUTINE start, LPVOID parameter, DWORD flags,
                                            LPDWORD thread_id);
COVIEW_WIN32_API DECLSPEC_NORETURN VOID WINAPI ExitThread(DWORD exit_code);
COVIEW_WIN32_API BOOL WINAPI TerminateThread(HANDLE thread, DWORD exit_code);
COVIEW_WIN32_API BOOL WINAPI GetExitCodeThread(HANDLE thread, LPDWORD exit_code);
COVIEW_WIN32_API HANDLE WINAPI OpenThread(DWORD desired_access, BOOL inherit, DWORD thread_id);
COVIEW_WIN32_API DWORD WINAPI SuspendThread(HANDLE thread);
COVIEW_WIN32_API DWORD WINAPI ResumeThread(HANDLE thread);
COVIEW_WIN32_API HANDLE WINAPI GetCurrentThread(void);
COVIEW_WIN32_API DWORD WINAPI GetCurrentThreadId(void);
COVIEW_WIN32_API DWORD WINAPI GetThreadId(HANDLE thread);
COVIEW_WIN32_API DWORD WINAPI GetProcessIdOfThread(HANDLE thread);
COVIEW_WIN32_API BOOL WINAPI SetThreadPriority(HANDLE thread, int priority);
COVIEW_WIN32_API int WINAPI GetThreadPriority(HANDLE thread);
COVIEW_WIN32_API BOOL WINAPI SetThreadPriorityBoost(HANDLE thread, BOOL disable);
COVIEW_WIN32_API BOOL WINAPI GetThreadPriorityBoost(HANDLE thread, PBOOL disabled);
COVIEW_WIN32_API DWORD_PTR WINAPI SetThreadAffinityMask(HANDLE thread, DWORD_PTR mask);
COVIEW_WIN32_API DWORD WINAPI SetThreadIdealProcessor(HANDLE thread, DWORD processor);
COVIEW_WIN32_API HRESULT WINAPI SetThreadDescription(HANDLE thread, PCWSTR description);
COVIEW_WIN32_API HRESULT WINAPI GetThreadDescription(HANDLE thread, PWSTR* description);
COVIEW_WIN32_API BOOL WINAPI GetThreadTimes(HANDLE thread, LPFILETIME creation, LPFILETIME exit, LPFILETIME kernel,
                                            LPFILETIME user);
COVIEW_WIN32_API BOOL WINAPI SwitchToThread(void);
COVIEW_WIN32_API DWORD WINAPI QueueUserAPC(PAPCFUNC routine, HANDLE thread, ULONG_PTR data);
COVIEW_WIN32_API DWORD WINAPI GetCurrentProcessorNumber(void);

/* Thread-local storage. */
#ifndef TLS_OUT_OF_INDEXES
#define TLS_OUT_OF_INDEXES 0xFFFFFFFFU
#endif
#ifndef TLS_MINIMUM_AVAILABLE
#define TLS_MINIMUM_AVAILABLE 64
#endif
COVIEW_WIN32_API DWORD WINAPI TlsAlloc(void);
COVIEW_WIN32_API BOOL WINAPI TlsFree(DWORD index);
COVIEW_WIN32_API LPVOID WINAPI TlsGetValue(DWORD index);
COVIEW_WIN32_API BOOL WINAPI TlsSetValue(DWORD index, LPVOID value);

/* Processes. */
typedef struct _PROCESS_INFORMATION {
  HANDLE hProcess;
  HANDLE hThread;
  DWORD dwProcessId;
  DWORD dwThreadId;
} PROCESS_INFORMATION, *PPROCESS_INFORMATION, *LPPROCESS_INFORMATION;

#define STARTF_USESHOWWINDOW 0x00000001U
#define STARTF_USESIZE 0x00000002U
#define STARTF_USEPOSITION 0x00000004U
#define STARTF_USECOUNTCHARS 0x00000008U
#define STARTF_USEFILLATTRIBUTE 0x00000010U
#define STARTF_FORCEONFEEDBACK 0x00000040U
#define STARTF_FORCEOFFFEEDBACK 0x00000080U
#define STARTF_USESTDHANDLES 0x00000100U

typedef struct _STARTUPINFOA {
  DWORD cb;
  LPSTR lpReserved;
  LPSTR lpDesktop;
  LPSTR lpTitle;
  DWORD dwX;
  DWORD dwY;
  DWORD dwXSize;
  DWORD dwYSize;
  DWORD dwXCountChars;
  DWORD dwYCountChars;
  DWORD dwFillAttribute;
  DWORD dwFlags;
  WORD wShowWindow;
  WORD cbReserved2;
  LPBYTE lpReserved2;
  HANDLE hStdInput;
  HANDLE hStdOutput;
  HANDLE hStdError;
} STARTUPINFOA, *LPSTARTUPINFOA;

typedef struct _STARTUPINFOW {
  DWORD cb;
  LPWSTR lpReserved;
  LPWSTR lpDesktop;
  LPWSTR lpTitle;
  DWORD dwX;
  DWORD dwY;
  DWORD dwXSize;
  DWORD dwYSize;
  DWORD dwXCountChars;
  DWORD dwYCountChars;
  DWORD dwFillAttribute;
  DWORD dwFlags;
  WORD wShowWindow;
  WORD cbReserved2;
  LPBYTE lpReserved2;
  HANDLE hStdInput;
  HANDLE hStdOutput;
  HANDLE hStdError;
} STARTUPINFOW, *LPSTARTUPINFOW;

/* Of the attributes of STARTUPINFOEX only the list of handles to inherit has a meaning here. */
typedef struct _PROC_THREAD_ATTRIBUTE_LIST *PPROC_THREAD_ATTRIBUTE_LIST, *LPPROC_THREAD_ATTRIBUTE_LIST;
typedef struct _STARTUPINFOEXA {
  STARTUPINFOA StartupInfo;
  LPPROC_THREAD_ATTRIBUTE_LIST lpAttributeList;
} STARTUPINFOEXA, *LPSTARTUPINFOEXA;
typedef struct _STARTUPINFOEXW {
  STARTUPINFOW StartupInfo;
  LPPROC_THREAD_ATTRIBUTE_LIST lpAttributeList;
} STARTUPINFOEXW, *LPSTARTUPINFOEXW;
#define PROC_THREAD_ATTRIBUTE_PARENT_PROCESS 0x00020000U
#define PROC_THREAD_ATTRIBUTE_HANDLE_LIST 0x00020002U
COVIEW_WIN32_API BOOL WINAPI InitializeProcThreadAttributeList(LPPROC_THREAD_ATTRIBUTE_LIST list, DWORD count,
                                                               DWORD flags, PSIZE_T size);
COVIEW_WIN32_API BOOL WINAPI UpdateProcThreadAttribute(LPPROC_THREAD_ATTRIBUTE_LIST list, DWORD flags,
                                                       DWORD_PTR attribute, PVOID value, SIZE_T size, PVOID previous,
                                                       PSIZE_T returned);
COVIEW_WIN32_API VOID WINAPI DeleteProcThreadAttributeList(LPPROC_THREAD_ATTRIBUTE_LIST list);

COVIEW_WIN32_API BOOL WINAPI CreateProcessA(LPCSTR application, LPSTR command_line,
                                            LPSECURITY_ATTRIBUTES process_attributes,
                                            LPSECURITY_ATTRIBUTES thread_attributes, BOOL inherit_handles,
                                            DWORD flags, LPVOID environment, LPCSTR current_directory,
                                            LPSTARTUPINFOA startup, LPPROCESS_INFORMATION information);
COVIEW_WIN32_API BOOL WINAPI CreateProcessW(LPCWSTR application, LPWSTR command_line,
                                            LPSECURITY_ATTRIBUTES process_attributes,
                                            LPSECURITY_ATTRIBUTES thread_attributes, BOOL inherit_handles,
                                            DWORD flags, LPVOID environment, LPCWSTR current_directory,
                                            LPSTARTUPINFOW startup, LPPROCESS_INFORMATION information);
COVIEW_WIN32_API VOID WINAPI GetStartupInfoA(LPSTARTUPINFOA startup);
COVIEW_WIN32_API VOID WINAPI GetStartupInfoW(LPSTARTUPINFOW startup);
COVIEW_WIN32_API DECLSPEC_NORETURN VOID WINAPI ExitProcess(UINT exit_code);
COVIEW_WIN32_API BOOL WINAPI TerminateProcess(HANDLE process, UINT exit_code);
COVIEW_WIN32_API BOOL WINAPI GetExitCodeProcess(HANDLE process, LPDWORD exit_code);
COVIEW_WIN32_API HANDLE WINAPI OpenProcess(DWORD desired_access, BOOL inherit, DWORD process_id);
COVIEW_WIN32_API HANDLE WINAPI GetCurrentProcess(void);
COVIEW_WIN32_API DWORD WINAPI GetCurrentProcessId(void);
COVIEW_WIN32_API DWORD WINAPI GetProcessId(HANDLE process);
COVIEW_WIN32_API BOOL WINAPI GetProcessTimes(HANDLE process, LPFILETIME creation, LPFILETIME exit, LPFILETIME kernel,
                                             LPFILETIME user);
COVIEW_WIN32_API BOOL WINAPI SetPriorityClass(HANDLE process, DWORD priority_class);
COVIEW_WIN32_API DWORD WINAPI GetPriorityClass(HANDLE process);
COVIEW_WIN32_API BOOL WINAPI GetProcessAffinityMask(HANDLE process, PDWORD_PTR process_mask, PDWORD_PTR system_mask);
COVIEW_WIN32_API BOOL WINAPI SetProcessAffinityMask(HANDLE process, DWORD_PTR mask);
COVIEW_WIN32_API BOOL WINAPI GetProcessHandleCount(HANDLE process, PDWORD count);
COVIEW_WIN32_API BOOL WINAPI ProcessIdToSessionId(DWORD process_id, DWORD* session_id);
COVIEW_WIN32_API VOID WINAPI FlushProcessWriteBuffers(void);
COVIEW_WIN32_API BOOL WINAPI FlushInstructionCache(HANDLE process, LPCVOID address, SIZE_T size);
/* Its program's path: with backslashes, or as Linux writes it where PROCESS_NAME_NATIVE is context for. */
#define PROCESS_NAME_NATIVE 1
COVIEW_WIN32_API BOOL WINAPI QueryFullProcessImageNameA(HANDLE process, DWORD flags, LPSTR name, PDWORD size);
COVIEW_WIN32_API BOOL WINAPI QueryFullProcessImageNameW(HANDLE process, DWORD flags, LPWSTR name, PDWORD size);
COVIEW_WIN32_API BOOL WINAPI IsProcessorFeaturePresent(DWORD feature);

#ifdef __cplusplus
}
#endif

#ifdef UNICODE
#define CreateProcess CreateProcessW
#define GetStartupInfo GetStartupInfoW
#define QueryFullProcessImageName QueryFullProcessImageNameW
typedef STARTUPINFOW STARTUPINFO;
typedef LPSTARTUPINFOW LPSTARTUPINFO;
typedef STARTUPINFOEXW STARTUPINFOEX;
typedef LPSTARTUPINFOEXW LPSTARTUPINFOEX;
#else
#define CreateProcess CreateProcessA
#define GetStartupInfo GetStartupInfoA
#define QueryFullProcessImageName QueryFullProcessImageNameA
typedef STARTUPINFOA STARTUPINFO;
typedef LPSTARTUPINFOA LPSTARTUPINFO;
typedef STARTUPINFOEXA STARTUPINFOEX;
typedef LPSTARTUPINFOEXA LPSTARTUPINFOEX;
#endif

#endif /* COVIEW_WIN32_PROCESSTHREADSAPI_H */
