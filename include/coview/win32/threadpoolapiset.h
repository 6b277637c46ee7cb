/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Callbacks on threads of a pool: work, timers, waits. The older calls (QueueUserWorkItem,
 * RegisterWaitForSingleObject, timer queues) are here as well.
 *
 * A timer's or a wait's callbacks run one after the other. Completion ports are not there, so nor is
 * CreateThreadpoolIo.
 */
#ifndef COVIEW_WIN32_THREADPOOLAPISET_H
#define COVIEW_WIN32_THREADPOOLAPISET_H
#include "minwinbase.h"
#include "synchapi.h"
#pragma GCC system_header

#define WT_EXECUTEDEFAULT 0x00000000
#define WT_EXECUTEINIOTHREAD 0x00000001
#define WT_EXECUTEINUITHREAD 0x00000002
#define WT_EXECUTEINWAITTHREAD 0x00000004
#define WT_EXECUTEONLYONCE 0x00000008
#define WT_EXECUTELONGFUNCTION 0x00000010
#define WT_EXECUTEINTIMERTHREAD 0x00000020
#define WT_EXECUTEINPERSISTENTTHREAD 0x00000080
#define WT_TRANSFER_IMPERSONATION 0x00000100

typedef VOID(NTAPI* WAITORTIMERCALLBACKFUNC)(PVOID, BOOLEAN timed_out);
typedef WAITORTIMERCALLBACKFUNC WAITORTIMERCALLBACK;

typedef struct _TP_CALLBACK_INSTANCE TP_CALLBACK_INSTANCE, *PTP_CALLBACK_INSTANCE;
typedef struct _TP_POOL TP_POOL, *PTP_POOL;
typedef struct _TP_WORK TP_WORK, *PTP_WORK;
typedef struct _TP_TIMER TP_TIMER, *PTP_TIMER;
typedef struct _TP_WAIT TP_WAIT, *PTP_WAIT;
typedef struct _TP_CLEANUP_GROUP TP_CLEANUP_GROUP, *PTP_CLEANUP_GROUP;
typedef DWORD TP_WAIT_RESULT;
typedef DWORD TP_VERSION, *PTP_VERSION;

typedef VOID(NTAPI* PTP_SIMPLE_CALLBACK)(PTP_CALLBACK_INSTANCE instance, PVOID context);
typedef VOID(NTAPI* PTP_WORK_CALLBACK)(PTP_CALLBACK_INSTANCE instance, PVOID context, PTP_WORK work);
typedef VOID(NTAPI* PTP_TIMER_CALLBACK)(PTP_CALLBACK_INSTANCE instance, PVOID context, PTP_TIMER timer);
typedef VOID(NTAPI* PTP_WAIT_CALLBACK)(PTP_CALLBACK_INSTANCE instance, PVOID context, PTP_WAIT wait,
                                       TP_WAIT_RESULT result);
typedef VOID(NTAPI* PTP_CLEANUP_GROUP_CANCEL_CALLBACK)(PVOID object_context, PVOID cleanup_context);

typedef enum _TP_CALLBACK_PRIORITY {
  TP_CALLBACK_PRIORITY_HIGH,
  TP_CALLBACK_PRIORITY_NORMAL,
  TP_CALLBACK_PRIORITY_LOW
} TP_CALLBACK_PRIORITY;

typedef struct _TP_CALLBACK_ENVIRON {
  TP_VERSION Version;
  PTP_POOL Pool;
  PTP_CLEANUP_GROUP CleanupGroup;
  PTP_CLEANUP_GROUP_CANCEL_CALLBACK CleanupGroupCancelCallback;
} TP_CALLBACK_ENVIRON, *PTP_CALLBACK_ENVIRON;

FORCEINLINE VOID InitializeThreadpoolEnvironment(PTP_CALLBACK_ENVIRON environment) {
  environment->Version = 3;
  environment->Pool = NULL;
  environment->CleanupGroup = NULL;
  environment->CleanupGroupCancelCallback = NULL;
}
FORCEINLINE VOID DestroyThreadpoolEnvironment(PTP_CALLBACK_ENVIRON environment) {
  UNREFERENCED_PARAMETER(environment);
}
FORCEINLINE VOID SetThreadpoolCallbackPool(PTP_CALLBACK_ENVIRON environment, PTP_POOL pool) {
  environment->Pool = pool;
}
FORCEINLINE VOID SetThreadpoolCallbackCleanupGroup(PTP_CALLBACK_ENVIRON environment, PTP_CLEANUP_GROUP group,
                                                   PTP_CLEANUP_GROUP_CANCEL_CALLBACK cancelled) {
  environment->CleanupGroup = group;
  environment->CleanupGroupCancelCallback = cancelled;
}
FORCEINLINE VOID SetThreadpoolCallbackRunsLong(PTP_CALLBACK_ENVIRON environment) {
  UNREFERENCED_PARAMETER(environment);
}
FORCEINLINE VOID SetThreadpoolCallbackPriority(PTP_CALLBACK_ENVIRON environment, TP_CALLBACK_PRIORITY priority) {
  UNREFERENCED_PARAMETER(environment);
  UNREFERENCED_PARAMETER(priority);
}

COVIEW_WIN32_BEGIN
COVIEW_WIN32_API PTP_POOL WINAPI CreateThreadpool(PVOID reserved);
/* A maximum of one makes a pool that runs its callbacks one after the other. */
COVIEW_WIN32_API VOID WINAPI SetThreadpoolThreadMaximum(PTP_POOL pool, DWORD most);
COVIEW_WIN32_API BOOL WINAPI SetThreadpoolThreadMinimum(PTP_POOL pool, DWORD least);
COVIEW_WIN32_API VOID WINAPI CloseThreadpool(PTP_POOL pool);
COVIEW_WIN32_API BOOL WINAPI TrySubmitThreadpoolCallback(PTP_SIMPLE_CALLBACK callback, PVOID context,
                                                         PTP_CALLBACK_ENVIRON environment);

COVIEW_WIN32_API PTP_WORK WINAPI CreateThreadpoolWork(PTP_WORK_CALLBACK callback, PVOID context,
                                                      PTP_CALLBACK_ENVIRON environment);
COVIEW_WIN32_API VOID WINAPI SubmitThreadpoolWork(PTP_WORK work);
COVIEW_WIN32_API VOID WINAPI WaitForThreadpoolWorkCallbacks(PTP_WORK work, BOOL cancel_pending);
COVIEW_WIN32_API VOID WINAPI CloseThreadpoolWork(PTP_WORK work);

COVIEW_WIN32_API PTP_TIMER WINAPI CreateThreadpoolTimer(PTP_TIMER_CALLBACK callback, PVOID context,
                                                        PTP_CALLBACK_ENVIRON environment);
COVIEW_WIN32_API VOID WINAPI SetThreadpoolTimer(PTP_TIMER timer, PFILETIME due, DWORD period, DWORD window);
COVIEW_WIN32_API BOOL WINAPI SetThreadpoolTimerEx(PTP_TIMER timer, PFILETIME due, DWORD period, DWORD window);
COVIEW_WIN32_API BOOL WINAPI IsThreadpoolTimerSet(PTP_TIMER timer);
COVIEW_WIN32_API VOID WINAPI WaitForThreadpoolTimerCallbacks(PTP_TIMER timer, BOOL cancel_pending);
COVIEW_WIN32_API VOID WINAPI CloseThreadpoolTimer(PTP_TIMER timer);

/* Fires once; the callback may set it again. */
COVIEW_WIN32_API PTP_WAIT WINAPI CreateThreadpoolWait(PTP_WAIT_CALLBACK callback, PVOID context,
                                                      PTP_CALLBACK_ENVIRON environment);
COVIEW_WIN32_API VOID WINAPI SetThreadpoolWait(PTP_WAIT wait, HANDLE object, PFILETIME timeout);
COVIEW_WIN32_API VOID WINAPI WaitForThreadpoolWaitCallbacks(PTP_WAIT wait, BOOL cancel_pending);
COVIEW_WIN32_API VOID WINAPI CloseThreadpoolWait(PTP_WAIT wait);

COVIEW_WIN32_API PTP_CLEANUP_GROUP WINAPI CreateThreadpoolCleanupGroup(void);
COVIEW_WIN32_API VOID WINAPI CloseThreadpoolCleanupGroupMembers(PTP_CLEANUP_GROUP group, BOOL cancel_pending,
                                                                PVOID context);
COVIEW_WIN32_API VOID WINAPI CloseThreadpoolCleanupGroup(PTP_CLEANUP_GROUP group);

COVIEW_WIN32_API BOOL WINAPI CallbackMayRunLong(PTP_CALLBACK_INSTANCE instance);
COVIEW_WIN32_API VOID WINAPI SetEventWhenCallbackReturns(PTP_CALLBACK_INSTANCE instance, HANDLE event);
COVIEW_WIN32_API VOID WINAPI ReleaseSemaphoreWhenCallbackReturns(PTP_CALLBACK_INSTANCE instance, HANDLE semaphore,
                                                                 DWORD count);
COVIEW_WIN32_API VOID WINAPI ReleaseMutexWhenCallbackReturns(PTP_CALLBACK_INSTANCE instance, HANDLE mutex);
COVIEW_WIN32_API VOID WINAPI LeaveCriticalSectionWhenCallbackReturns(PTP_CALLBACK_INSTANCE instance,
                                                                     PCRITICAL_SECTION section);

COVIEW_WIN32_API BOOL WINAPI QueueUserWorkItem(DWORD(WINAPI* function)(LPVOID), PVOID context, ULONG flags);
/* The events that the last parameters name are set when no callback runs any more; INVALID_HANDLE_VALUE waits for
   that. With NULL, FALSE with ERROR_IO_PENDING tells that one still runs. */
COVIEW_WIN32_API BOOL WINAPI RegisterWaitForSingleObject(PHANDLE out, HANDLE object, WAITORTIMERCALLBACK callback,
                                                         PVOID context, ULONG milliseconds, ULONG flags);
COVIEW_WIN32_API BOOL WINAPI UnregisterWait(HANDLE wait);
COVIEW_WIN32_API BOOL WINAPI UnregisterWaitEx(HANDLE wait, HANDLE completion_event);
COVIEW_WIN32_API HANDLE WINAPI CreateTimerQueue(void);
COVIEW_WIN32_API BOOL WINAPI CreateTimerQueueTimer(PHANDLE out, HANDLE queue, WAITORTIMERCALLBACK callback,
                                                   PVOID parameter, DWORD due, DWORD period, ULONG flags);
COVIEW_WIN32_API BOOL WINAPI ChangeTimerQueueTimer(HANDLE queue, HANDLE timer, ULONG due, ULONG period);
COVIEW_WIN32_API BOOL WINAPI DeleteTimerQueueTimer(HANDLE queue, HANDLE timer, HANDLE completion_event);
COVIEW_WIN32_API BOOL WINAPI DeleteTimerQueue(HANDLE queue);
COVIEW_WIN32_API BOOL WINAPI DeleteTimerQueueEx(HANDLE queue, HANDLE completion_event);
COVIEW_WIN32_END

#endif
