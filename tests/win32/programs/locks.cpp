// SPDX-License-Identifier: Apache-2.0
// Slim locks, condition variables, one-time initialisation, waiting on an address, lists.
#include <stdio.h>
#include <windows.h>

#include <queue>

/* The result, and the error where it says that there is one. */
#define SHOW(call)                                                \
  do {                                                            \
    int const result = (int)(call);                               \
    printf("%d %lu\n", result, result != 0 ? 0 : GetLastError()); \
  } while (0)

SRWLOCK g_lock = SRWLOCK_INIT;
CONDITION_VARIABLE g_cv = CONDITION_VARIABLE_INIT;
INIT_ONCE g_once = INIT_ONCE_STATIC_INIT;
CRITICAL_SECTION g_cs;
CONDITION_VARIABLE g_nf, g_ne;
std::queue<int> g_q;
LONG g_sum;
DWORD g_tls;
LONG g_value;
BOOL CALLBACK Once(PINIT_ONCE, PVOID p, PVOID* ctx) {
  printf("once\n");
  *ctx = p;
  return TRUE;
}
DWORD WINAPI Consumer(LPVOID) {
  for (;;) {
    EnterCriticalSection(&g_cs);
    while (g_q.empty()) SleepConditionVariableCS(&g_ne, &g_cs, INFINITE);
    int v = g_q.front();
    g_q.pop();
    LeaveCriticalSection(&g_cs);
    WakeConditionVariable(&g_nf);
    if (v < 0) return 0;
    InterlockedExchangeAdd(&g_sum, v);
  }
}
DWORD WINAPI Reader(LPVOID p) {
  PVOID ctx;
  InitOnceExecuteOnce(&g_once, Once, (PVOID)8, &ctx);
  TlsSetValue(g_tls, p);
  AcquireSRWLockShared(&g_lock);
  int ok = TlsGetValue(g_tls) == p && ctx == (PVOID)8;
  ReleaseSRWLockShared(&g_lock);
  return ok;
}
DWORD WINAPI Waiter(LPVOID) {
  LONG undesired = 0;
  while (g_value == undesired) WaitOnAddress(&g_value, &undesired, sizeof(g_value), INFINITE);
  return g_value;
}
int main() {
  InitializeCriticalSection(&g_cs);
  InitializeConditionVariable(&g_nf);
  InitializeConditionVariable(&g_ne);
  g_tls = TlsAlloc();
  HANDLE h[8];
  for (int i = 0; i < 2; i++) h[i] = CreateThread(0, 0, Consumer, 0, 0, 0);
  for (int i = 1; i <= 100; i++) {
    EnterCriticalSection(&g_cs);
    while (g_q.size() >= 5) SleepConditionVariableCS(&g_nf, &g_cs, INFINITE);
    g_q.push(i);
    LeaveCriticalSection(&g_cs);
    WakeConditionVariable(&g_ne);
  }
  EnterCriticalSection(&g_cs);
  g_q.push(-1);
  g_q.push(-1);
  LeaveCriticalSection(&g_cs);
  WakeAllConditionVariable(&g_ne);
  WaitForMultipleObjects(2, h, TRUE, INFINITE);
  printf("%ld\n", g_sum);
  for (int i = 0; i < 3; i++) h[i] = CreateThread(0, 0, Reader, (LPVOID)(INT_PTR)(i + 1), 0, 0);
  WaitForMultipleObjects(3, h, TRUE, INFINITE);
  for (int i = 0; i < 3; i++) {
    DWORD c;
    GetExitCodeThread(h[i], &c);
    printf("%lu", c);
  }
  printf("\n");
  HANDLE w = CreateThread(0, 0, Waiter, 0, 0, 0);
  InterlockedExchange(&g_value, 7);
  WakeByAddressAll(&g_value);
  WaitForSingleObject(w, INFINITE);
  DWORD c;
  GetExitCodeThread(w, &c);
  printf("%lu\n", c);
  AcquireSRWLockExclusive(&g_lock);
  printf("%d\n", TryAcquireSRWLockShared(&g_lock));
  BOOL b = SleepConditionVariableSRW(&g_cv, &g_lock, 5, 0);
  SHOW(b);
  ReleaseSRWLockExclusive(&g_lock);
  printf("%d\n", TryEnterCriticalSection(&g_cs));
  LeaveCriticalSection(&g_cs);
  DeleteCriticalSection(&g_cs);
  TlsFree(g_tls);
  SHOW(TlsSetValue(9999, 0));
  SLIST_HEADER* sl = (SLIST_HEADER*)_aligned_malloc(sizeof(SLIST_HEADER), 16);
  InitializeSListHead(sl);
  struct N {
    SLIST_ENTRY e;
    int v;
  };
  for (int i = 0; i < 3; i++) {
    N* n = (N*)_aligned_malloc(sizeof(N), 16);
    n->v = i;
    InterlockedPushEntrySList(sl, &n->e);
  }
  printf("%d\n", QueryDepthSList(sl));
  N* last = (N*)InterlockedPopEntrySList(sl);
  printf("%d\n", last->v);
  _aligned_free(last);
  for (SLIST_ENTRY* e = InterlockedFlushSList(sl); e != NULL;) {
    SLIST_ENTRY* next = e->Next;
    _aligned_free(e);
    e = next;
  }
  _aligned_free(sl);
}
