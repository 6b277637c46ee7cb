// SPDX-License-Identifier: Apache-2.0
// Threads and waits: slim locks, condition variables, one-time initialisation, addresses, abandoned mutexes, timers.
#include <stdio.h>
#include <windows.h>
SRWLOCK l = SRWLOCK_INIT;
CONDITION_VARIABLE cv = CONDITION_VARIABLE_INIT;
INIT_ONCE once = INIT_ONCE_STATIC_INIT;
int value, inits;
volatile LONG n64;
LONG64 big;
DWORD tls;
LONG addr_word;
BOOL CALLBACK init(PINIT_ONCE, PVOID p, PVOID*) {
  ++inits;
  return TRUE;
}
DWORD WINAPI waiter(LPVOID a) {
  InitOnceExecuteOnce(&once, init, NULL, NULL);
  AcquireSRWLockExclusive(&l);
  while (value == 0) SleepConditionVariableSRW(&cv, &l, INFINITE, 0);
  --value;
  ReleaseSRWLockExclusive(&l);
  InterlockedAdd64(&big, (LONG64)(ULONG_PTR)a);
  TlsSetValue(tls, a);
  return (DWORD)(ULONG_PTR)TlsGetValue(tls);
}
DWORD WINAPI aw(LPVOID) {
  LONG z = 0;
  while (addr_word == 0) WaitOnAddress(&addr_word, &z, sizeof z, INFINITE);
  return 3;
}
DWORD WINAPI owner(LPVOID m) {
  WaitForSingleObject((HANDLE)m, INFINITE);
  return 0;
}
int main() {
  tls = TlsAlloc();
  HANDLE t[4];
  for (int i = 0; i < 4; ++i)
    t[i] = CreateThread(NULL, 0, waiter, (LPVOID)(ULONG_PTR)(i + 1), i == 0 ? CREATE_SUSPENDED : 0, NULL);
  printf("resume %lu\n", (unsigned long)ResumeThread(t[0]));
  AcquireSRWLockExclusive(&l);
  value = 4;
  ReleaseSRWLockExclusive(&l);
  WakeAllConditionVariable(&cv);
  printf("%lu\n", (unsigned long)WaitForMultipleObjects(4, t, TRUE, INFINITE));
  DWORD c;
  GetExitCodeThread(t[2], &c);
  printf("%d %lld %lu %d\n", inits, (long long)big, (unsigned long)c, TryAcquireSRWLockShared(&l));
  HANDLE a = CreateThread(0, 0, aw, 0, 0, 0);
  InterlockedExchange(&addr_word, 1);
  WakeByAddressAll(&addr_word);
  printf("%lu\n", (unsigned long)WaitForSingleObject(a, 5000));
  HANDLE m = CreateMutexA(NULL, FALSE, NULL);
  HANDLE o = CreateThread(0, 0, owner, m, 0, 0);
  WaitForSingleObject(o, INFINITE);
  printf("abandoned %lx\n", (unsigned long)WaitForSingleObject(m, 1000));
  printf("%lx\n", (unsigned long)WaitForSingleObject(m, 0));
  printf("%d%d", ReleaseMutex(m), ReleaseMutex(m));
  SetLastError(0);
  printf("%d", ReleaseMutex(m));
  printf(" %lu\n", (unsigned long)GetLastError());
  HANDLE s = CreateSemaphoreA(NULL, 1, 2, NULL);
  LONG prev = -5;
  printf("%d", ReleaseSemaphore(s, 1, &prev));
  printf(" %ld", (long)prev);
  printf(" %d", ReleaseSemaphore(s, 1, &prev));
  printf(" %lu %ld\n", (unsigned long)GetLastError(), (long)prev);
  HANDLE e[3];
  for (int i = 0; i < 3; ++i) e[i] = CreateEventA(NULL, FALSE, i > 0, NULL);
  printf("%lu ", (unsigned long)WaitForMultipleObjects(3, e, FALSE, 0));
  printf("%lu ", (unsigned long)WaitForMultipleObjects(3, e, FALSE, 0));
  printf("%lu\n", (unsigned long)WaitForMultipleObjects(3, e, FALSE, 0));
  SetLastError(0);
  printf("%lx", (unsigned long)WaitForMultipleObjects(0, e, FALSE, 0));
  printf(" %lu\n", (unsigned long)GetLastError());
  printf("%lx\n", (unsigned long)SignalObjectAndWait(e[0], e[0], 100, FALSE));
  HANDLE tm = CreateWaitableTimerA(NULL, TRUE, NULL);
  LARGE_INTEGER due;
  due.QuadPart = -100000;
  SetWaitableTimer(tm, &due, 0, NULL, NULL, FALSE);
  printf("timer %lu\n", (unsigned long)WaitForSingleObject(tm, 5000));
  printf("%ld", (long)InterlockedIncrement(&n64));
  printf(" %ld", (long)InterlockedExchangeAdd(&n64, 5));
  printf(" %ld\n", (long)InterlockedCompareExchange(&n64, 100, 6));
  printf("%ld\n", (long)n64);
  return 0;
}
