/* SPDX-License-Identifier: Apache-2.0 */
/* C99: inttypes, compound literals, threads that open the same memory by name. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

typedef struct shm {
  HANDLE h;
  void* p;
  size_t n;
  bool mine;
} shm;
static bool shm_open_(shm* s, char const* name, size_t n) {
  s->h = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, (DWORD)((uint64_t)n >> 32), (DWORD)n, name);
  if (!s->h) return false;
  s->mine = GetLastError() != ERROR_ALREADY_EXISTS;
  s->p = MapViewOfFile(s->h, FILE_MAP_ALL_ACCESS, 0, 0, n);
  s->n = n;
  return s->p != NULL;
}
static void shm_close_(shm* s) {
  if (s->p) UnmapViewOfFile(s->p);
  if (s->h) CloseHandle(s->h);
  *s = (shm){0};
}
static DWORD WINAPI thread(void* arg) {
  shm s;
  if (!shm_open_(&s, "c99", 4096)) return 1;
  volatile LONG* v = s.p;
  for (int i = 0; i < 1000; i++) InterlockedIncrement(v);
  shm_close_(&s);
  return 0;
}
int main(void) {
  shm s;
  if (!shm_open_(&s, "c99", 4096)) {
    fprintf(stderr, "%lu\n", GetLastError());
    return 1;
  }
  HANDLE t[4];
  for (int i = 0; i < 4; i++) t[i] = CreateThread(NULL, 0, thread, NULL, 0, NULL);
  WaitForMultipleObjects(4, t, TRUE, INFINITE);
  printf("%" PRId32 " %d\n", *(int32_t*)s.p, s.mine);
  ULONGLONG x = 1ULL << 40;
  printf("%llu %I64u %" PRIu64 "\n", x, x, (uint64_t)x);
  printf("%zu\n", sizeof(s.p));
  char buf[64];
  int r = snprintf(buf, sizeof buf, "%s %5.1f %c", "abc", 2.26, 'z');
  printf("%d %s\n", r, buf);
  FILETIME ft;
  SYSTEMTIME st = {2024, 2, 0, 29, 12, 30, 15, 500};
  printf("%d\n", SystemTimeToFileTime(&st, &ft));
  printf("%lu %lu\n", ft.dwHighDateTime, ft.dwLowDateTime);
  FileTimeToSystemTime(&ft, &st);
  printf("%d-%02d-%02d %d %02d:%02d:%02d.%03d\n", st.wYear, st.wMonth, st.wDay, st.wDayOfWeek, st.wHour, st.wMinute,
         st.wSecond, st.wMilliseconds);
  FILETIME f2 = ft;
  f2.dwLowDateTime++;
  printf("%ld\n", CompareFileTime(&ft, &f2));
  shm_close_(&s);
  printf("%d\n", OpenFileMappingA(FILE_MAP_READ, FALSE, "c99") == NULL);
  return 0;
}
