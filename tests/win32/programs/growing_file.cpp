// SPDX-License-Identifier: Apache-2.0
// A file that grows through mappings, seen by several views at once.
#include <stdio.h>
#include <string.h>
#include <windows.h>

/* The result, and the error where it says that there is one. */
#define SHOW(call)                                                \
  do {                                                            \
    int const result = (int)(call);                               \
    printf("%d %lu\n", result, result != 0 ? 0 : GetLastError()); \
  } while (0)

class CGrowFile {
  HANDLE f, m;
  char* p;
  DWORD size;

 public:
  CGrowFile(char const* n) : m(0), p(0), size(0) {
    f = CreateFileA(n, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, 0, OPEN_ALWAYS, 0, 0);
  }
  bool Grow(DWORD n) {
    Close();
    size = n;
    m = CreateFileMappingA(f, 0, PAGE_READWRITE, 0, n, 0);
    if (!m) return false;
    p = (char*)MapViewOfFile(m, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    return p != 0;
  }
  void Close() {
    if (p) {
      FlushViewOfFile(p, size);
      UnmapViewOfFile(p);
    }
    if (m) CloseHandle(m);
    p = 0;
    m = 0;
  }
  ~CGrowFile() {
    Close();
    CloseHandle(f);
  }
  char* Data() { return p; }
  HANDLE File() { return f; }
};
int main() {
  {
    CGrowFile g("grow.db");
    for (DWORD n = 1000; n <= 100000; n *= 10) {
      printf("%d", g.Grow(n));
      g.Data()[n - 1] = (char)('0' + n % 7);
      printf(" %lu\n", GetFileSize(g.File(), 0));
    }
    printf("%c\n", g.Data()[999]);
    HANDLE m2 = CreateFileMappingA(g.File(), 0, PAGE_READONLY, 0, 0, 0),
           m3 = CreateFileMappingA(g.File(), 0, PAGE_WRITECOPY, 0, 0, 0);
    char *a = (char*)MapViewOfFile(m2, FILE_MAP_READ, 0, 0, 0), *b = (char*)MapViewOfFile(m3, FILE_MAP_COPY, 0, 0, 0),
         *c = (char*)MapViewOfFile(m3, FILE_MAP_READ, 0, 65536, 0);
    g.Data()[10] = 'A';
    printf("%c %c\n", a[10], b[10]);
    b[10] = 'B';
    printf("%c %c %c\n", a[10], b[10], g.Data()[10]);
    g.Data()[11] = 'C';
    printf("%d %c\n", b[11], a[11]);
    printf("%c %d\n", c[100000 - 65536 - 1], c[100000 - 65536]);
    DWORD n;
    SetFilePointer(g.File(), 20, 0, FILE_BEGIN);
    WriteFile(g.File(), "written", 7, &n, 0);
    printf("%.7s\n", a + 20);
    printf("%lu %d\n", SetFilePointer(g.File(), 10, 0, FILE_BEGIN), SetEndOfFile(g.File()));
    printf("%lu\n", GetLastError());
    MEMORY_BASIC_INFORMATION i;
    VirtualQuery(a, &i, sizeof i);
    printf("%lx %lx %lx\n", (DWORD)i.RegionSize, i.Protect, i.Type);
    VirtualQuery(b + 4096, &i, sizeof i);
    printf("%lx %lx\n", i.Protect, i.AllocationProtect);
    UnmapViewOfFile(a);
    UnmapViewOfFile(b);
    UnmapViewOfFile(c);
    CloseHandle(m2);
    CloseHandle(m3);
    HANDLE s = CreateFileA("grow.db", GENERIC_READ, FILE_SHARE_READ, 0, OPEN_EXISTING, 0, 0);
    SHOW(s == INVALID_HANDLE_VALUE);
  }
  printf("%d\n", DeleteFileA("grow.db"));
}
