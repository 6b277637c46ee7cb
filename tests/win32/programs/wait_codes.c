/* SPDX-License-Identifier: Apache-2.0 */
/* What waits and releases say: abandoned mutexes, full semaphores, calls queued for a thread, timers, duplicates. */
#include <stdio.h>
#include <windows.h>

/* The result, and the error where it says that there is one. */
#define SHOW(call)                                                \
  do {                                                            \
    int const result = (int)(call);                               \
    printf("%d %lu\n", result, result != 0 ? 0 : GetLastError()); \
  } while (0)
#define SHOW_DWORD(call)                                                     \
  do {                                                                       \
    DWORD const result = (call);                                             \
    printf("%lx %lu\n", result, result != WAIT_FAILED ? 0 : GetLastError()); \
  } while (0)

static DWORD CALLBACK owner(void* m) {
  WaitForSingleObject((HANDLE)m, INFINITE);
  return 1;
}
static VOID CALLBACK apc(ULONG_PTR p) {
  printf("apc %lu\n", (DWORD)p);
}
static HANDLE running;
static DWORD WINAPI waiter(LPVOID p) {
  SetEvent(running);
  return SleepEx(INFINITE, TRUE);
}
int main(void) {
  HANDLE m = CreateMutex(NULL, FALSE, NULL), e = CreateEvent(NULL, FALSE, FALSE, NULL),
         me = CreateEvent(NULL, TRUE, TRUE, NULL), s = CreateSemaphore(NULL, 2, 5, NULL),
         map = CreateFileMapping(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 100, NULL), t, h[64];
  LONG prev = -1;
  DWORD r, id, i;
  SHOW_DWORD(WaitForSingleObject(map, 0));
  SHOW_DWORD(WaitForSingleObject(NULL, 0));
  printf("%lu\n", WaitForSingleObject(e, 0));
  SHOW(ReleaseMutex(m));
  SHOW(SetEvent(m));
  SHOW(ReleaseMutex(e));
  SHOW(ReleaseSemaphore(m, 1, NULL));
  t = CreateThread(NULL, 0, owner, m, 0, &id);
  r = WaitForSingleObject(t, INFINITE);
  printf("%lu %d\n", r, GetThreadId(t) == id);
  printf("abandoned %lx\n", WaitForSingleObject(m, INFINITE));
  printf("%lu\n", WaitForSingleObject(m, 0));
  printf("%d %d\n", ReleaseMutex(m), ReleaseMutex(m));
  SHOW(ReleaseMutex(m));
  SHOW(ReleaseSemaphore(s, 3, &prev));
  printf("%ld\n", prev);
  SHOW(ReleaseSemaphore(s, 1, &prev));
  printf("%ld\n", prev);
  printf("%d\n", PulseEvent(e));
  printf("%lu\n", WaitForSingleObject(e, 0));
  h[0] = e;
  h[1] = s;
  h[2] = me;
  printf("any %lu\n", WaitForMultipleObjects(3, h, FALSE, 100));
  printf("all %lu\n", WaitForMultipleObjects(3, h, TRUE, 10));
  SetEvent(e);
  printf("all %lu\n", WaitForMultipleObjects(3, h, TRUE, 10));
  SHOW_DWORD(WaitForMultipleObjects(0, h, TRUE, 10));
  for (i = 0; i < 64; i++) h[i] = me;
  printf("%lu\n", WaitForMultipleObjects(64, h, FALSE, 0));
  SHOW_DWORD(WaitForMultipleObjects(65, h, FALSE, 0));
  h[1] = NULL;
  SHOW_DWORD(WaitForMultipleObjects(2, h, FALSE, 0));
  printf("%lu\n", SignalObjectAndWait(e, e, 100, FALSE));
  SHOW_DWORD(SignalObjectAndWait(m, e, 0, FALSE));
  SHOW_DWORD(SignalObjectAndWait(map, e, 0, FALSE));
  QueueUserAPC(apc, GetCurrentThread(), 7);
  printf("%lx\n", SleepEx(1000, TRUE));
  QueueUserAPC(apc, GetCurrentThread(), 8);
  printf("%lx\n", WaitForSingleObjectEx(e, 1000, TRUE));
  printf("%lx\n", SleepEx(0, TRUE));
  running = CreateEvent(NULL, 0, 0, NULL);
  t = CreateThread(NULL, 0, waiter, NULL, 0, NULL);
  WaitForSingleObject(running, INFINITE);
  QueueUserAPC(apc, t, 9);
  WaitForSingleObject(t, INFINITE);
  GetExitCodeThread(t, &r);
  printf("%lx\n", r);
  {
    HANDLE tm = CreateWaitableTimer(NULL, TRUE, NULL);
    LARGE_INTEGER due;
    due.QuadPart = -10000LL;
    printf("%d\n", SetWaitableTimer(tm, &due, 0, NULL, NULL, FALSE));
    printf("%lu\n", WaitForSingleObject(tm, 5000));
    printf("%lu\n", WaitForSingleObject(tm, 0));
    CancelWaitableTimer(tm);
    CloseHandle(tm);
  }
  {
    HANDLE d = NULL;
    DWORD f = 0;
    printf("%d\n", DuplicateHandle(GetCurrentProcess(), e, GetCurrentProcess(), &d, SYNCHRONIZE, TRUE, 0));
    GetHandleInformation(d, &f);
    printf("%lu\n", f);
    SHOW(SetEvent(d));
    SetHandleInformation(d, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE);
    SHOW(CloseHandle(d));
    SetHandleInformation(d, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0);
    printf("%d\n", CloseHandle(d));
    SHOW(CloseHandle(d));
    printf("%d\n", CloseHandle(INVALID_HANDLE_VALUE));
    SHOW(CloseHandle(NULL));
    DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &d, 0, FALSE,
                    DUPLICATE_SAME_ACCESS);
    printf("%d\n", GetThreadId(d) == GetCurrentThreadId());
    SHOW(DuplicateHandle(GetCurrentProcess(), (HANDLE)0x7778, GetCurrentProcess(), &d, 0, FALSE,
                         DUPLICATE_SAME_ACCESS));
  }
  return 0;
}
