/* SPDX-License-Identifier: Apache-2.0 */
/* What VirtualQuery tells of views, of reserved sections and of private memory, and what VirtualProtect allows. */
#include <stdio.h>
#include <windows.h>

/* The result, and the error where it says that there is one. */
#define SHOW(call)                                                \
  do {                                                            \
    int const result = (int)(call);                               \
    printf("%d %lu\n", result, result != 0 ? 0 : GetLastError()); \
  } while (0)

static char const* state(DWORD s) {
  switch (s) {
    case MEM_COMMIT:
      return "COMMIT";
    case MEM_RESERVE:
      return "RESERVE";
    case MEM_FREE:
      return "FREE";
    default:
      return "?";
  }
}
static char const* type(DWORD t) {
  switch (t) {
    case MEM_IMAGE:
      return "IMAGE";
    case MEM_MAPPED:
      return "MAPPED";
    case MEM_PRIVATE:
      return "PRIVATE";
    case 0:
      return "-";
    default:
      return "?";
  }
}
static void show(char const* what, void* p, void* base) {
  MEMORY_BASIC_INFORMATION mbi;
  SIZE_T n = VirtualQuery(p, &mbi, sizeof(mbi));
  printf("%s: %u base+%lx alloc %s prot %lx/%lx %s %s", what, (unsigned)n,
         (DWORD)((char*)mbi.BaseAddress - (char*)base),
         mbi.AllocationBase == base ? "base"
         : mbi.AllocationBase       ? "other"
                                    : "null",
         mbi.AllocationProtect, mbi.Protect, state(mbi.State), type(mbi.Type));
  if (mbi.State != MEM_FREE) printf(" size %lx", (DWORD)mbi.RegionSize);
  printf("\n");
}
int main(void) {
  DWORD old;
  BOOL b;
  char* p;
  char* q;
  HANDLE h = CreateFileMapping(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x20001, NULL);
  p = (char*)MapViewOfFile(h, FILE_MAP_WRITE, 0, 0, 0);
  show("rw", p, p);
  show("rw mid", p + 0x12345, p);
  b = VirtualProtect(p + 0x1000, 1, PAGE_READONLY, &old);
  printf("%d %lx\n", b, old);
  show("1", p, p);
  show("2", p + 0x1000, p);
  show("3", p + 0x2000, p);
  b = VirtualProtect(p, 0x3000, PAGE_EXECUTE_READ, &old);
  SHOW(b);
  b = VirtualProtect(p, 0x3000, 0, &old);
  SHOW(b);
  b = VirtualProtect(p, 0x3000, PAGE_READONLY, NULL);
  SHOW(b);
  printf("%d\n", UnmapViewOfFile(p + 0x2345));
  show("free", p, p);
  SHOW(UnmapViewOfFile(p));
  q = (char*)MapViewOfFile(h, FILE_MAP_COPY, 0, 0x10000, 0x5000);
  show("copy", q, q);
  UnmapViewOfFile(q);
  q = (char*)MapViewOfFile(h, FILE_MAP_READ, 0, 0x10000, 0);
  show("read", q, q);
  SHOW(VirtualFree(q, 0, MEM_RELEASE));
  UnmapViewOfFile(q);
  CloseHandle(h);
  h = CreateFileMapping(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE, 0, 0x100000, NULL);
  p = (char*)MapViewOfFile(h, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  show("reserve", p, p);
  q = (char*)VirtualAlloc(p + 0x10000, 0x2000, MEM_COMMIT, PAGE_READWRITE);
  printf("%d\n", q == p + 0x10000);
  q[5] = 'x';
  show("r1", p, p);
  show("r2", q, p);
  show("r3", q + 0x2000, p);
  q = (char*)MapViewOfFile(h, FILE_MAP_READ, 0, 0, 0);
  printf("%c\n", q[0x10005]);
  show("other", q + 0x10000, q);
  SHOW(VirtualFree(q, 0x1000, MEM_DECOMMIT));
  SHOW((VirtualAlloc(q + 0x10000, 0x1000, MEM_COMMIT, PAGE_READWRITE)) != NULL);
  CloseHandle(h);
  UnmapViewOfFile(p);
  UnmapViewOfFile(q);
  p = (char*)VirtualAlloc(NULL, 0x30000, MEM_RESERVE, PAGE_NOACCESS);
  show("va", p, p);
  q = VirtualAlloc(p + 0x1000, 0x1000, MEM_COMMIT, PAGE_READWRITE);
  show("va2", q, p);
  strcpy(q, "abc");
  printf("%d\n", VirtualFree(q, 0x1000, MEM_DECOMMIT));
  SHOW(VirtualFree(p, 1, MEM_RELEASE));
  printf("%d\n", VirtualFree(p, 0, MEM_RELEASE));
  show("va4", p, p);
  p = VirtualAlloc(NULL, 100, MEM_COMMIT, PAGE_READWRITE);
  show("commit", p, p);
  printf("%d\n", VirtualProtect(p, 100, PAGE_READWRITE | PAGE_GUARD, &old));
  show("guard", p, p);
  VirtualFree(p, 0, MEM_RELEASE);
  p = VirtualAlloc(NULL, 0x10000, MEM_COMMIT | MEM_RESERVE | MEM_TOP_DOWN, PAGE_EXECUTE_READWRITE);
  show("xrw", p, p);
  printf("%d\n", VirtualLock(p, 0x1000));
  printf("%d\n", VirtualUnlock(p, 0x1000));
  VirtualFree(p, 0, MEM_RELEASE);
  SHOW((VirtualAlloc(NULL, 0, MEM_COMMIT, PAGE_READWRITE)) != NULL);
  SHOW((VirtualAlloc(NULL, 10, MEM_COMMIT, 0)) != NULL);
  SHOW((VirtualAlloc(NULL, 10, 0, PAGE_READWRITE)) != NULL);
  return 0;
}
