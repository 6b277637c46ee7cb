/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of a language's runtime, in its branch for Windows: address space reserved whole, committed in chunks,
   aligned by reserving again, cards beside it, a barrier by protection, threads registered by a slot with a
   destructor, the world stopped for a collection, and pages given back. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#define CHUNK (1u << 20)
#define CHUNKS 16
#define WORKERS 3

static char* heap;
static size_t committed;
static DWORD page;

static void* reserve_aligned(size_t size, size_t alignment, void** whole) {
  int i;
  for (i = 0; i < 10; ++i) {
    char *at, *aligned;
    at = (char*)VirtualAlloc(NULL, size + alignment, MEM_RESERVE, PAGE_NOACCESS);
    if (at == NULL) return NULL;
    aligned = (char*)(((ULONG_PTR)at + alignment - 1) / alignment * alignment);
    VirtualFree(at, 0, MEM_RELEASE);
    at = (char*)VirtualAlloc(aligned, size, MEM_RESERVE, PAGE_NOACCESS);
    if (at == aligned) {
      *whole = at;
      return aligned;
    }
    if (at != NULL) VirtualFree(at, 0, MEM_RELEASE);
  }
  return NULL;
}

static BOOL grow(void) {
  if (committed == CHUNKS * CHUNK) {
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return FALSE;
  }
  if (VirtualAlloc(heap + committed, CHUNK, MEM_COMMIT, PAGE_READWRITE) == NULL) return FALSE;
  committed += CHUNK;
  return TRUE;
}

static void describe(char const* what, void const* address) {
  MEMORY_BASIC_INFORMATION info;
  size_t const size = VirtualQuery(address, &info, sizeof info);
  printf("%s: %d, base +%lu, %lu KiB, state %lx, protection %lx, type %lx\n", what, size != 0,
         (unsigned long)((char*)info.BaseAddress - (char*)info.AllocationBase),
         (unsigned long)(info.RegionSize >> 10), info.State, info.State == MEM_RESERVE ? 0 : info.Protect, info.Type);
}

/* Threads that the collector knows. */
static DWORD slot;
static SRWLOCK list_lock = SRWLOCK_INIT;
static LONG known, registered_ever;
static CONDITION_VARIABLE safe_point = CONDITION_VARIABLE_INIT;
static BOOL stopping;
static int parked;
static LONG volatile work[WORKERS];

static VOID NTAPI unregister(PVOID data) {
  if (data == NULL) return;
  AcquireSRWLockExclusive(&list_lock);
  --known;
  ReleaseSRWLockExclusive(&list_lock);
  HeapFree(GetProcessHeap(), 0, data);
}
static void register_thread(int number) {
  int* mine = (int*)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *mine);
  *mine = number;
  FlsSetValue(slot, mine);
  AcquireSRWLockExclusive(&list_lock);
  ++known;
  ++registered_ever;
  ReleaseSRWLockExclusive(&list_lock);
  WakeAllConditionVariable(&safe_point);
}
static void poll_safe_point(void) {
  AcquireSRWLockExclusive(&list_lock);
  if (stopping) {
    ++parked;
    WakeAllConditionVariable(&safe_point);
    while (stopping) SleepConditionVariableSRW(&safe_point, &list_lock, INFINITE, 0);
    --parked;
  }
  ReleaseSRWLockExclusive(&list_lock);
}
static LONG volatile finish;
static DWORD WINAPI mutator(LPVOID argument) {
  int const number = (int)(INT_PTR)argument;
  register_thread(number);
  while (!InterlockedCompareExchange(&finish, 0, 0)) {
    InterlockedIncrement(&work[number]);
    poll_safe_point();
    SwitchToThread();
  }
  return *(int*)FlsGetValue(slot) + 100;
}

static void stop_the_world(void) {
  AcquireSRWLockExclusive(&list_lock);
  while (registered_ever < WORKERS) SleepConditionVariableSRW(&safe_point, &list_lock, INFINITE, 0);
  stopping = TRUE;
  while (parked < WORKERS) SleepConditionVariableSRW(&safe_point, &list_lock, INFINITE, 0);
  ReleaseSRWLockExclusive(&list_lock);
}
static void start_the_world(void) {
  AcquireSRWLockExclusive(&list_lock);
  stopping = FALSE;
  ReleaseSRWLockExclusive(&list_lock);
  WakeAllConditionVariable(&safe_point);
}

int main(void) {
  SYSTEM_INFO machine;
  HANDLE threads[WORKERS];
  void* whole;
  DWORD old, code;
  LONG before[WORKERS], quiet = 0;
  int i;
  GetSystemInfo(&machine);
  page = machine.dwPageSize;
  printf("page %lu, granularity %lu\n", page, machine.dwAllocationGranularity);
  heap = (char*)reserve_aligned(CHUNKS * CHUNK, CHUNK, &whole);
  printf("aligned %d\n", heap != NULL && (ULONG_PTR)heap % CHUNK == 0);
  describe("reserved", heap);
  printf("grown %d", grow());
  printf(" %d\n", grow());
  memset(heap, 0xAA, committed);
  describe("committed", heap + page);
  describe("the rest", heap + committed);
  printf("again %d, and kept %d\n", VirtualAlloc(heap, CHUNK, MEM_COMMIT, PAGE_READWRITE) == heap,
         (BYTE)heap[5] == 0xAA);

  /* The barrier: old pages are read-only until they are written. */
  printf("barrier %d", VirtualProtect(heap, 8 * page, PAGE_READONLY, &old));
  printf(" %lx\n", old);
  describe("barrier", heap + page);
  printf("one page opened %d", VirtualProtect(heap + 2 * page, 1, PAGE_READWRITE, &old));
  printf(" %lx\n", old);
  describe("before it", heap);
  describe("it", heap + 2 * page);
  describe("after it", heap + 3 * page);
  SetLastError(0);
  printf("over an end %d", VirtualProtect(heap + committed - page, 2 * page, PAGE_READONLY, &old));
  printf(" %lu\n", GetLastError());

  /* Given back, and zero when it comes again. */
  printf("decommitted %d\n", VirtualFree(heap + CHUNK, CHUNK, MEM_DECOMMIT));
  printf("committed %d", VirtualAlloc(heap + CHUNK + 100, 1, MEM_COMMIT, PAGE_READWRITE) == heap + CHUNK);
  printf(", zero %d\n", heap[CHUNK + 100] == 0);
  describe("one page", heap + CHUNK);
  memset(heap + CHUNK, 1, page);
  printf("reset %d\n", VirtualAlloc(heap + CHUNK, page, MEM_RESET, PAGE_READWRITE) == heap + CHUNK);
  SetLastError(0);
  printf("released in part %d", VirtualFree(heap, CHUNK, MEM_RELEASE));
  printf(" %lu", GetLastError());
  printf(", from within %d", VirtualFree(heap + CHUNK, 0, MEM_RELEASE));
  printf(" %lu\n", GetLastError());
  SetLastError(0);
  printf("reserved twice %d", VirtualAlloc(heap, page, MEM_RESERVE, PAGE_READWRITE) != NULL);
  printf(" %lu\n", GetLastError());
  while (grow()) {
  }
  printf("full at %lu MiB, error %lu\n", (unsigned long)(committed >> 20), GetLastError());

  /* The world, stopped three times. */
  slot = FlsAlloc(unregister);
  for (i = 0; i < WORKERS; ++i) threads[i] = CreateThread(NULL, 64 * 1024, mutator, (LPVOID)(INT_PTR)i, 0, NULL);
  for (code = 0; code < 3; ++code) {
    stop_the_world();
    for (i = 0; i < WORKERS; ++i) before[i] = work[i];
    Sleep(2);
    for (i = 0; i < WORKERS; ++i) quiet += before[i] == work[i];
    start_the_world();
  }
  printf("stopped: %ld of 9 were quiet\n", (long)quiet);
  InterlockedExchange(&finish, 1);
  printf("joined %lu\n", WaitForMultipleObjects(WORKERS, threads, TRUE, INFINITE));
  for (i = 0; i < WORKERS; ++i) {
    GetExitCodeThread(threads[i], &code);
    printf("worker %lu, worked %d\n", code, work[i] > 0);
    CloseHandle(threads[i]);
  }
  printf("known %ld of %ld\n", (long)known, (long)registered_ever);
  FlsFree(slot);
  printf("released %d\n", VirtualFree(heap, 0, MEM_RELEASE));
  {
    MEMORY_BASIC_INFORMATION info;
    VirtualQuery(heap, &info, sizeof info);
    printf("free %d\n", info.State == MEM_FREE && info.AllocationBase == NULL);
  }
  return 0;
}
