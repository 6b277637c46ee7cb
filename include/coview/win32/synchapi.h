/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Synchronisation: named and unnamed mutexes, events, semaphores and timers, waiting for them and for threads and
 * processes (rules MX-*, EV-*, SM-*, WA-*), and what works within one process: critical sections, slim locks,
 * condition variables, one-time initialisation, waiting on an address.
 */
#ifndef COVIEW_WIN32_SYNCHAPI_H
#define COVIEW_WIN32_SYNCHAPI_H

#include "minwindef.h"
#pragma GCC system_header
#include "minwinbase.h"
#include "winnt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Answers of a wait. */
#ifndef INFINITE
#define INFINITE 0xFFFFFFFFU
#endif
#ifndef WAIT_OBJECT_0
#define WAIT_OBJECT_0 0x00000000U
#endif
#ifndef WAIT_ABANDONED
#define WAIT_ABANDONED 0x00000080U
#endif
#ifndef WAIT_ABANDONED_0
#define WAIT_ABANDONED_0 0x00000080U
#endif
#ifndef WAIT_IO_COMPLETION
#define WAIT_IO_COMPLETION 0x000000C0U
#endif
#ifndef WAIT_TIMEOUT
#define WAIT_TIMEOUT 258U
#endif
#ifndef WAIT_FAILED
#define WAIT_FAILED 0xFFFFFFFFU
#endif
#ifndef MAXIMUM_WAIT_OBJECTS
#define MAXIMUM_WAIT_OBJECTS 64
#endif

/* Rights. */
#ifndef MUTEX_MODIFY_STATE
#define MUTANT_QUERY_STATE 0x0001U
#define MUTEX_MODIFY_STATE MUTANT_QUERY_STATE
#endif
#ifndef MUTEX_ALL_ACCESS
#define MUTANT_ALL_ACCESS 0x001F0001U
#define MUTEX_ALL_ACCESS MUTANT_ALL_ACCESS
#endif
#ifndef EVENT_ALL_ACCESS
#define EVENT_QUERY_STATE 0x0001U
#define EVENT_MODIFY_STATE 0x0002U
#define EVENT_ALL_ACCESS 0x001F0003U
#endif
#ifndef SEMAPHORE_ALL_ACCESS
#define SEMAPHORE_QUERY_STATE 0x0001U
#define SEMAPHORE_MODIFY_STATE 0x0002U
#define SEMAPHORE_ALL_ACCESS 0x001F0003U
#endif
#ifndef TIMER_ALL_ACCESS
#define TIMER_QUERY_STATE 0x0001U
#define TIMER_MODIFY_STATE 0x0002U
#define TIMER_ALL_ACCESS 0x001F0003U
#endif

/* Flags of the Ex forms. */
#define CREATE_MUTEX_INITIAL_OWNER 0x00000001U
#define CREATE_EVENT_MANUAL_RESET 0x00000001U
#define CREATE_EVENT_INITIAL_SET 0x00000002U
#define CREATE_WAITABLE_TIMER_MANUAL_RESET 0x00000001U
#define CREATE_WAITABLE_TIMER_HIGH_RESOLUTION 0x00000002U

/* Mutexes. */
COVIEW_WIN32_API HANDLE WINAPI CreateMutexA(LPSECURITY_ATTRIBUTES attributes, BOOL initial_owner, LPCSTR name);
COVIEW_WIN32_API HANDLE WINAPI CreateMutexW(LPSECURITY_ATTRIBUTES attributes, BOOL initial_owner, LPCWSTR name);
COVIEW_WIN32_API HANDLE WINAPI CreateMutexExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags,
                                              DWORD desired_access);
COVIEW_WIN32_API HANDLE WINAPI CreateMutexExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name, DWORD flags,
                                              DWORD desired_access);
COVIEW_WIN32_API HANDLE WINAPI OpenMutexA(DWORD desired_access, BOOL inherit, LPCSTR name);
COVIEW_WIN32_API HANDLE WINAPI OpenMutexW(DWORD desired_access, BOOL inherit, LPCWSTR name);
COVIEW_WIN32_API BOOL WINAPI ReleaseMutex(HANDLE mutex);

/* Events. */
COVIEW_WIN32_API HANDLE WINAPI CreateEventA(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset, BOOL initial_state,
                                            LPCSTR name);
COVIEW_WIN32_API HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset, BOOL initial_state,
                                            LPCWSTR name);
COVIEW_WIN32_API HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags,
                                              DWORD desired_access);
COVIEW_WIN32_API HANDLE WINAPI CreateEventExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name, DWORD flags,
                                              DWORD desired_access);
COVIEW_WIN32_API HANDLE WINAPI OpenEventA(DWORD desired_access, BOOL inherit, LPCSTR name);
COVIEW_WIN32_API HANDLE WINAPI OpenEventW(DWORD desired_access, BOOL inherit, LPCWSTR name);
COVIEW_WIN32_API BOOL WINAPI SetEvent(HANDLE event);
COVIEW_WIN32_API BOOL WINAPI ResetEvent(HANDLE event);
COVIEW_WIN32_API BOOL WINAPI PulseEvent(HANDLE event);

/* Semaphores. */
COVIEW_WIN32_API HANDLE WINAPI CreateSemaphoreA(LPSECURITY_ATTRIBUTES attributes, LONG initial_count,
                                                LONG maximum_count, LPCSTR name);
COVIEW_WIN32_API HANDLE WINAPI CreateSemaphoreW(LPSECURITY_ATTRIBUTES attributes, LONG initial_count,
                                                LONG maximum_count, LPCWSTR name);
COVIEW_WIN32_API HANDLE WINAPI CreateSemaphoreExA(LPSECURITY_ATTRIBUTES attributes, LONG initial_count,
                                                  LONG maximum_count, LPCSTR name, DWORD flags, DWORD desired_access);
COVIEW_WIN32_API HANDLE WINAPI CreateSemaphoreExW(LPSECURITY_ATTRIBUTES attributes, LONG initial_count,
                                                  LONG maximum_count, LPCWSTR name, DWORD flags,
                                                  DWORD desired_access);
COVIEW_WIN32_API HANDLE WINAPI OpenSemaphoreA(DWORD desired_access, BOOL inherit, LPCSTR name);
COVIEW_WIN32_API HANDLE WINAPI OpenSemaphoreW(DWORD desired_access, BOOL inherit, LPCWSTR name);
COVIEW_WIN32_API BOOL WINAPI ReleaseSemaphore(HANDLE semaphore, LONG release_count, LPLONG previous_count);

/* Waitable timers. One that has a name is armed by the process that set it, and only as long as that process lives.
 */
typedef VOID(CALLBACK* PTIMERAPCROUTINE)(LPVOID argument, DWORD low, DWORD high);
typedef struct _REASON_CONTEXT REASON_CONTEXT, *PREASON_CONTEXT;
COVIEW_WIN32_API HANDLE WINAPI CreateWaitableTimerA(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset, LPCSTR name);
COVIEW_WIN32_API HANDLE WINAPI CreateWaitableTimerW(LPSECURITY_ATTRIBUTES attributes, BOOL manual_reset,
                                                    LPCWSTR name);
COVIEW_WIN32_API HANDLE WINAPI CreateWaitableTimerExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags,
                                                      DWORD desired_access);
COVIEW_WIN32_API HANDLE WINAPI CreateWaitableTimerExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name, DWORD flags,
                                                      DWORD desired_access);
COVIEW_WIN32_API HANDLE WINAPI OpenWaitableTimerA(DWORD desired_access, BOOL inherit, LPCSTR name);
COVIEW_WIN32_API HANDLE WINAPI OpenWaitableTimerW(DWORD desired_access, BOOL inherit, LPCWSTR name);
COVIEW_WIN32_API BOOL WINAPI SetWaitableTimer(HANDLE timer, LARGE_INTEGER const* due, LONG period,
                                              PTIMERAPCROUTINE routine, LPVOID argument, BOOL resume);
COVIEW_WIN32_API BOOL WINAPI SetWaitableTimerEx(HANDLE timer, LARGE_INTEGER const* due, LONG period,
                                                PTIMERAPCROUTINE routine, LPVOID argument, PREASON_CONTEXT reason,
                                                ULONG tolerable_delay);
COVIEW_WIN32_API BOOL WINAPI CancelWaitableTimer(HANDLE timer);

/* Waiting. */
COVIEW_WIN32_API DWORD WINAPI WaitForSingleObject(HANDLE object, DWORD milliseconds);
COVIEW_WIN32_API DWORD WINAPI WaitForSingleObjectEx(HANDLE object, DWORD milliseconds, BOOL alertable);
COVIEW_WIN32_API DWORD WINAPI WaitForMultipleObjects(DWORD count, HANDLE const* objects, BOOL wait_all,
                                                     DWORD milliseconds);
COVIEW_WIN32_API DWORD WINAPI WaitForMultipleObjectsEx(DWORD count, HANDLE const* objects, BOOL wait_all,
                                                       DWORD milliseconds, BOOL alertable);
COVIEW_WIN32_API DWORD WINAPI SignalObjectAndWait(HANDLE signal, HANDLE wait, DWORD milliseconds, BOOL alertable);
COVIEW_WIN32_API VOID WINAPI Sleep(DWORD milliseconds);
COVIEW_WIN32_API DWORD WINAPI SleepEx(DWORD milliseconds, BOOL alertable);

/* Critical sections. Statically zeroed ones are free, too. */
typedef struct _RTL_CRITICAL_SECTION_DEBUG* PRTL_CRITICAL_SECTION_DEBUG;
typedef struct _RTL_CRITICAL_SECTION {
  PRTL_CRITICAL_SECTION_DEBUG DebugInfo;
  LONG LockCount; /* -1 free, -2 owned, -6 owned and waited for */
  LONG RecursionCount;
  HANDLE OwningThread; /* the owner's thread ID */
  HANDLE LockSemaphore;
  ULONG_PTR SpinCount;
} RTL_CRITICAL_SECTION, *PRTL_CRITICAL_SECTION, CRITICAL_SECTION, *PCRITICAL_SECTION, *LPCRITICAL_SECTION;
#define CRITICAL_SECTION_NO_DEBUG_INFO 0x01000000U
#define RTL_CRITICAL_SECTION_FLAG_NO_DEBUG_INFO 0x01000000U
COVIEW_WIN32_API VOID WINAPI InitializeCriticalSection(LPCRITICAL_SECTION section);
COVIEW_WIN32_API BOOL WINAPI InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION section, DWORD spin_count);
COVIEW_WIN32_API BOOL WINAPI InitializeCriticalSectionEx(LPCRITICAL_SECTION section, DWORD spin_count, DWORD flags);
COVIEW_WIN32_API DWORD WINAPI SetCriticalSectionSpinCount(LPCRITICAL_SECTION section, DWORD spin_count);
COVIEW_WIN32_API VOID WINAPI EnterCriticalSection(LPCRITICAL_SECTION section);
COVIEW_WIN32_API BOOL WINAPI TryEnterCriticalSection(LPCRITICAL_SECTION section);
COVIEW_WIN32_API VOID WINAPI LeaveCriticalSection(LPCRITICAL_SECTION section);
COVIEW_WIN32_API VOID WINAPI DeleteCriticalSection(LPCRITICAL_SECTION section);

/* Slim reader/writer locks. */
typedef struct _RTL_SRWLOCK {
  PVOID Ptr;
} RTL_SRWLOCK, *PRTL_SRWLOCK, SRWLOCK, *PSRWLOCK;
#define RTL_SRWLOCK_INIT \
  { 0 }
#define SRWLOCK_INIT RTL_SRWLOCK_INIT
COVIEW_WIN32_API VOID WINAPI InitializeSRWLock(PSRWLOCK lock);
COVIEW_WIN32_API VOID WINAPI AcquireSRWLockExclusive(PSRWLOCK lock);
COVIEW_WIN32_API VOID WINAPI AcquireSRWLockShared(PSRWLOCK lock);
COVIEW_WIN32_API BOOLEAN WINAPI TryAcquireSRWLockExclusive(PSRWLOCK lock);
COVIEW_WIN32_API BOOLEAN WINAPI TryAcquireSRWLockShared(PSRWLOCK lock);
COVIEW_WIN32_API VOID WINAPI ReleaseSRWLockExclusive(PSRWLOCK lock);
COVIEW_WIN32_API VOID WINAPI ReleaseSRWLockShared(PSRWLOCK lock);

/* Condition variables. */
typedef struct _RTL_CONDITION_VARIABLE {
  PVOID Ptr;
} RTL_CONDITION_VARIABLE, *PRTL_CONDITION_VARIABLE, CONDITION_VARIABLE, *PCONDITION_VARIABLE;
#define RTL_CONDITION_VARIABLE_INIT \
  { 0 }
#define CONDITION_VARIABLE_INIT RTL_CONDITION_VARIABLE_INIT
#define RTL_CONDITION_VARIABLE_LOCKMODE_SHARED 0x1U
#define CONDITION_VARIABLE_LOCKMODE_SHARED RTL_CONDITION_VARIABLE_LOCKMODE_SHARED
COVIEW_WIN32_API VOID WINAPI InitializeConditionVariable(PCONDITION_VARIABLE variable);
COVIEW_WIN32_API BOOL WINAPI SleepConditionVariableCS(PCONDITION_VARIABLE variable, PCRITICAL_SECTION section,
                                                      DWORD milliseconds);
COVIEW_WIN32_API BOOL WINAPI SleepConditionVariableSRW(PCONDITION_VARIABLE variable, PSRWLOCK lock,
                                                       DWORD milliseconds, ULONG flags);
COVIEW_WIN32_API VOID WINAPI WakeConditionVariable(PCONDITION_VARIABLE variable);
COVIEW_WIN32_API VOID WINAPI WakeAllConditionVariable(PCONDITION_VARIABLE variable);

/* One-time initialisation. */
typedef union _RTL_RUN_ONCE {
  PVOID Ptr;
} RTL_RUN_ONCE, *PRTL_RUN_ONCE, INIT_ONCE, *PINIT_ONCE, *LPINIT_ONCE;
#define RTL_RUN_ONCE_INIT \
  { 0 }
#define INIT_ONCE_STATIC_INIT RTL_RUN_ONCE_INIT
#define INIT_ONCE_CHECK_ONLY 0x1U
#define INIT_ONCE_ASYNC 0x2U
#define INIT_ONCE_INIT_FAILED 0x4U
#define INIT_ONCE_CTX_RESERVED_BITS 2
typedef BOOL(WINAPI* PINIT_ONCE_FN)(PINIT_ONCE once, PVOID parameter, PVOID* context);
COVIEW_WIN32_API VOID WINAPI InitOnceInitialize(PINIT_ONCE once);
COVIEW_WIN32_API BOOL WINAPI InitOnceExecuteOnce(PINIT_ONCE once, PINIT_ONCE_FN routine, PVOID parameter,
                                                 LPVOID* context);
COVIEW_WIN32_API BOOL WINAPI InitOnceBeginInitialize(LPINIT_ONCE once, DWORD flags, PBOOL pending, LPVOID* context);
COVIEW_WIN32_API BOOL WINAPI InitOnceComplete(LPINIT_ONCE once, DWORD flags, LPVOID context);

/* Barriers. */
typedef struct _RTL_BARRIER {
  DWORD Reserved1; /* threads still to come */
  DWORD Reserved2; /* threads in all */
  ULONG_PTR Reserved3[2];
  DWORD Reserved4; /* changes when all have come */
  DWORD Reserved5;
} RTL_BARRIER, *PRTL_BARRIER, SYNCHRONIZATION_BARRIER, *PSYNCHRONIZATION_BARRIER, *LPSYNCHRONIZATION_BARRIER;
#define SYNCHRONIZATION_BARRIER_FLAGS_SPIN_ONLY 0x01U
#define SYNCHRONIZATION_BARRIER_FLAGS_BLOCK_ONLY 0x02U
#define SYNCHRONIZATION_BARRIER_FLAGS_NO_DELETE 0x04U
COVIEW_WIN32_API BOOL WINAPI InitializeSynchronizationBarrier(LPSYNCHRONIZATION_BARRIER barrier, LONG total,
                                                              LONG spin_count);
COVIEW_WIN32_API BOOL WINAPI EnterSynchronizationBarrier(LPSYNCHRONIZATION_BARRIER barrier, DWORD flags);
COVIEW_WIN32_API BOOL WINAPI DeleteSynchronizationBarrier(LPSYNCHRONIZATION_BARRIER barrier);

/* Waiting until 1, 2, 4 or 8 bytes of this process differ from what they were. */
COVIEW_WIN32_API BOOL WINAPI WaitOnAddress(VOID volatile* address, PVOID compare, SIZE_T size, DWORD milliseconds);
COVIEW_WIN32_API VOID WINAPI WakeByAddressSingle(PVOID address);
COVIEW_WIN32_API VOID WINAPI WakeByAddressAll(PVOID address);

#ifdef __cplusplus
}
#endif

#ifdef UNICODE
#define CreateMutex CreateMutexW
#define CreateMutexEx CreateMutexExW
#define OpenMutex OpenMutexW
#define CreateEvent CreateEventW
#define CreateEventEx CreateEventExW
#define OpenEvent OpenEventW
#define CreateSemaphore CreateSemaphoreW
#define CreateSemaphoreEx CreateSemaphoreExW
#define OpenSemaphore OpenSemaphoreW
#define CreateWaitableTimer CreateWaitableTimerW
#define CreateWaitableTimerEx CreateWaitableTimerExW
#define OpenWaitableTimer OpenWaitableTimerW
#else
#define CreateMutex CreateMutexA
#define CreateMutexEx CreateMutexExA
#define OpenMutex OpenMutexA
#define CreateEvent CreateEventA
#define CreateEventEx CreateEventExA
#define OpenEvent OpenEventA
#define CreateSemaphore CreateSemaphoreA
#define CreateSemaphoreEx CreateSemaphoreExA
#define OpenSemaphore OpenSemaphoreA
#define CreateWaitableTimer CreateWaitableTimerA
#define CreateWaitableTimerEx CreateWaitableTimerExA
#define OpenWaitableTimer OpenWaitableTimerA
#endif

#endif /* COVIEW_WIN32_SYNCHAPI_H */
