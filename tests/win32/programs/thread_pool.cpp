// SPDX-License-Identifier: Apache-2.0
// Work items, registered waits, timer queues and the objects of the newer pool.
#include <stdio.h>
#include <windows.h>

#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0600
#endif
volatile LONG g_done;
HANDLE g_all;
DWORD WINAPI Item(LPVOID p) {
  if (InterlockedIncrement(&g_done) == 20) SetEvent(g_all);
  return 0;
}
VOID CALLBACK WaitCb(PVOID ctx, BOOLEAN timedOut) {
  printf("wait %d\n", timedOut);
  fflush(stdout);
  SetEvent((HANDLE)ctx);
}
VOID CALLBACK Work(PTP_CALLBACK_INSTANCE i, PVOID ctx, PTP_WORK w) {
  InterlockedIncrement((LONG*)ctx);
}
VOID CALLBACK Timer(PTP_CALLBACK_INSTANCE i, PVOID ctx, PTP_TIMER t) {
  SetEventWhenCallbackReturns(i, (HANDLE)ctx);
}
VOID CALLBACK Wait(PTP_CALLBACK_INSTANCE i, PVOID ctx, PTP_WAIT w, TP_WAIT_RESULT r) {
  printf("tpwait %lu\n", r);
  fflush(stdout);
  SetEvent((HANDLE)ctx);
}
VOID CALLBACK QTimer(PVOID p, BOOLEAN b) {
  LONG n = InterlockedIncrement((LONG*)p);
  if (n == 3) SetEvent(g_all);
}
VOID CALLBACK Simple(PTP_CALLBACK_INSTANCE i, PVOID ctx) {
  SetEvent((HANDLE)ctx);
}
int main() {
  g_all = CreateEvent(NULL, FALSE, FALSE, NULL);
  for (int i = 0; i < 20; i++)
    if (!QueueUserWorkItem(Item, NULL, WT_EXECUTEDEFAULT)) printf("fail\n");
  WaitForSingleObject(g_all, INFINITE);
  printf("%ld\n", g_done);
  HANDLE ev = CreateEvent(NULL, FALSE, FALSE, NULL), done = CreateEvent(NULL, FALSE, FALSE, NULL), w;
  printf("%d\n", RegisterWaitForSingleObject(&w, ev, WaitCb, done, INFINITE, WT_EXECUTEONLYONCE));
  SetEvent(ev);
  WaitForSingleObject(done, INFINITE);
  printf("%d\n", UnregisterWaitEx(w, INVALID_HANDLE_VALUE));
  printf("%d\n", RegisterWaitForSingleObject(&w, ev, WaitCb, done, 10, WT_EXECUTEONLYONCE));
  WaitForSingleObject(done, INFINITE);
  UnregisterWaitEx(w, INVALID_HANDLE_VALUE);
  volatile LONG n = 0;
  PTP_WORK work = CreateThreadpoolWork(Work, (PVOID)&n, NULL);
  for (int i = 0; i < 50; i++) SubmitThreadpoolWork(work);
  WaitForThreadpoolWorkCallbacks(work, FALSE);
  CloseThreadpoolWork(work);
  printf("%ld\n", n);
  PTP_TIMER t = CreateThreadpoolTimer(Timer, done, NULL);
  ULARGE_INTEGER due;
  due.QuadPart = (ULONGLONG) - (10 * 10000LL);
  FILETIME ft;
  ft.dwLowDateTime = due.LowPart;
  ft.dwHighDateTime = due.HighPart;
  SetThreadpoolTimer(t, &ft, 0, 0);
  WaitForSingleObject(done, INFINITE);
  printf("timer\n");
  WaitForThreadpoolTimerCallbacks(t, TRUE);
  CloseThreadpoolTimer(t);
  PTP_WAIT pw = CreateThreadpoolWait(Wait, done, NULL);
  SetThreadpoolWait(pw, ev, NULL);
  SetEvent(ev);
  WaitForSingleObject(done, INFINITE);
  SetThreadpoolWait(pw, ev, &ft);
  WaitForSingleObject(done, INFINITE);
  WaitForThreadpoolWaitCallbacks(pw, TRUE);
  CloseThreadpoolWait(pw);
  HANDLE q = CreateTimerQueue(), qt;
  volatile LONG ticks = 0;
  printf("%d\n", CreateTimerQueueTimer(&qt, q, QTimer, (PVOID)&ticks, 1, 5, 0));
  WaitForSingleObject(g_all, INFINITE);
  printf("%d\n", DeleteTimerQueueTimer(q, qt, INVALID_HANDLE_VALUE));
  printf("%d\n", ticks >= 3);
  printf("%d\n", DeleteTimerQueueEx(q, INVALID_HANDLE_VALUE));
  TP_CALLBACK_ENVIRON env;
  PTP_POOL pool = CreateThreadpool(NULL);
  SetThreadpoolThreadMaximum(pool, 1);
  SetThreadpoolThreadMinimum(pool, 1);
  InitializeThreadpoolEnvironment(&env);
  SetThreadpoolCallbackPool(&env, pool);
  PTP_CLEANUP_GROUP g = CreateThreadpoolCleanupGroup();
  SetThreadpoolCallbackCleanupGroup(&env, g, NULL);
  n = 0;
  work = CreateThreadpoolWork(Work, (PVOID)&n, &env);
  SubmitThreadpoolWork(work);
  SubmitThreadpoolWork(work);
  CloseThreadpoolCleanupGroupMembers(g, FALSE, NULL);
  CloseThreadpoolCleanupGroup(g);
  printf("%ld\n", n);
  TrySubmitThreadpoolCallback(Simple, done, &env);
  WaitForSingleObject(done, INFINITE);
  DestroyThreadpoolEnvironment(&env);
  CloseThreadpool(pool);
  printf("end\n");
  printf("%d\n", UnregisterWait(NULL));
}
