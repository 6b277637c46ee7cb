// SPDX-License-Identifier: Apache-2.0
// Views: protection, copy on write, preferred addresses, reserved sections, and what VirtualQuery says of them.
#include <stdio.h>
#include <windows.h>
static void q(char const* t, void* p) {
  MEMORY_BASIC_INFORMATION b;
  SIZE_T n = VirtualQuery(p, &b, sizeof b);
  printf("%s: %d rel %ld alloc-rel %ld size %lu state %lx prot %lx aprot %lx type %lx\n", t, (int)n,
         (long)((char*)b.BaseAddress - (char*)p), (long)((char*)b.AllocationBase - (char*)p),
         (unsigned long)b.RegionSize, (unsigned long)b.State, (unsigned long)b.Protect,
         (unsigned long)b.AllocationProtect, (unsigned long)b.Type);
}
int main() {
  HANDLE m = CreateFileMappingW(INVALID_HANDLE_VALUE, 0, PAGE_READWRITE, 0, 0x30000, L"views.map");
  unsigned char* a = (unsigned char*)MapViewOfFile(m, FILE_MAP_WRITE, 0, 0x10000, 0x1000);
  unsigned char* all = (unsigned char*)MapViewOfFile(m, FILE_MAP_READ, 0, 0, 0);
  a[5] = 77;
  printf("%d %d\n", all[0x10005], (int)(((ULONG_PTR)a & 0xffff) | ((ULONG_PTR)all & 0xffff)));
  q("a", a);
  q("all", all);
  q("all+0x2345", all + 0x2345);
  unsigned char* c = (unsigned char*)MapViewOfFile(m, FILE_MAP_COPY, 0, 0, 0);
  q("c", c);
  c[0x10005] = 1;
  printf("cow %d %d\n", c[0x10005], a[5]);
  DWORD old = 0;
  printf("protect %d", VirtualProtect(a, 0x1000, PAGE_READONLY, &old));
  printf(" old %lx\n", (unsigned long)old);
  q("a ro", a);
  SetLastError(0);
  printf("prot bad %d", VirtualProtect(all, 0x1000, PAGE_READWRITE, &old));
  printf(" %lu\n", (unsigned long)GetLastError());
  void* preferred = all;
  UnmapViewOfFile(all);
  SetLastError(0);
  void* at = MapViewOfFileEx(m, FILE_MAP_READ, 0, 0, 0, preferred);
  printf("ex %d\n", at == preferred);
  SetLastError(0);
  void* at2 = MapViewOfFileEx(m, FILE_MAP_READ, 0, 0, 0, preferred);
  printf("ex2 %d %lu\n", at2 == NULL, (unsigned long)GetLastError());
  SetLastError(0);
  at2 = MapViewOfFileEx(m, FILE_MAP_READ, 0, 0, 0, (char*)preferred + 0x1000);
  printf("ex3 %d %lu\n", at2 == NULL, (unsigned long)GetLastError());
  printf("unmap inside %d\n", UnmapViewOfFile((char*)at + 0x5123));
  SetLastError(0);
  printf("again %d", UnmapViewOfFile(at));
  printf(" %lu\n", (unsigned long)GetLastError());
  HANDLE r = OpenFileMappingA(FILE_MAP_WRITE, FALSE, "views.map");
  SetLastError(0);
  void* x = MapViewOfFile(r, FILE_MAP_READ, 0, 0, 0);
  printf("write only: %d %lu", x == NULL, (unsigned long)GetLastError());
  x = MapViewOfFile(r, FILE_MAP_WRITE, 0, 0, 0);
  printf(" %d\n", x != NULL);
  CloseHandle(m);
  CloseHandle(r);
  SetLastError(0);
  r = OpenFileMappingA(FILE_MAP_READ, FALSE, "views.map");
  printf("after close: %d %lu\n", r == NULL, (unsigned long)GetLastError());
  // reserved section
  m = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE, 0, 0x100000, NULL);
  char* v = (char*)MapViewOfFile(m, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  q("reserved", v);
  char* vc = (char*)VirtualAlloc(v + 0x4000, 0x3000, MEM_COMMIT, PAGE_READWRITE);
  printf("commit %d\n", vc == v + 0x4000);
  v[0x4000] = 9;
  q("v", v);
  q("v+4000", v + 0x4000);
  q("v+7000", v + 0x7000);
  char* w = (char*)MapViewOfFile(m, FILE_MAP_READ, 0, 0, 0);
  q("w+4000", w + 0x4000);
  printf("%d\n", w[0x4000]);
  SetLastError(0);
  printf("free view %d", VirtualFree(v, 0, MEM_RELEASE));
  printf(" %lu\n", (unsigned long)GetLastError());
  return 0;
}
