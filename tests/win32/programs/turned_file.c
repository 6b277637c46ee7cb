// SPDX-License-Identifier: Apache-2.0
// C: a temporary file is mapped and turned round; every refusal is printed by its number.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
static void die(char const* what) {
  LPVOID msg;
  DWORD e = GetLastError();
  FormatMessageA(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, e,
                 MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT), (LPSTR)&msg, 0, NULL);
  printf("%s failed with %lu: %s", what, (unsigned long)e, (char*)msg);
  LocalFree(msg);
  ExitProcess(e);
}
int main(int argc, char** argv) {
  char path[MAX_PATH], tmp[MAX_PATH];
  DWORD w, r;
  LARGE_INTEGER sz;
  GetTempPathA(MAX_PATH, tmp);
  GetTempFileNameA(tmp, "cv", 0, path);
  HANDLE f = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
  if (f == INVALID_HANDLE_VALUE) die("CreateFile");
  printf("create: %lu\n", (unsigned long)GetLastError());
  WriteFile(f, "hello mapped world", 18, &w, NULL);
  GetFileSizeEx(f, &sz);
  printf("size %lld written %lu\n", (long long)sz.QuadPart, (unsigned long)w);
  HANDLE m = CreateFileMappingA(f, NULL, PAGE_READWRITE, 0, 0, NULL);
  if (!m) die("CreateFileMapping");
  char* p = (char*)MapViewOfFile(m, FILE_MAP_WRITE, 0, 0, 0);
  if (!p) die("MapViewOfFile");
  for (int i = 0; i < 9; ++i) {
    char c = p[i];
    p[i] = p[17 - i];
    p[17 - i] = c;
  }
  if (!FlushViewOfFile(p, 0)) die("Flush");
  SetLastError(0);
  if (MapViewOfFile(m, FILE_MAP_READ, 0, 4096, 0) == NULL) printf("offset: %lu\n", (unsigned long)GetLastError());
  SetLastError(0);
  if (MapViewOfFile(m, FILE_MAP_READ, 0, 0, 100000) == NULL) printf("too long: %lu\n", (unsigned long)GetLastError());
  SetFilePointer(f, 0, NULL, FILE_BEGIN);
  SetLastError(0);
  if (!SetEndOfFile(f)) printf("truncate: %lu\n", (unsigned long)GetLastError());
  UnmapViewOfFile(p);
  CloseHandle(m);
  char buf[32] = {0};
  ReadFile(f, buf, 18, &r, NULL);
  printf("%s %lu\n", buf, (unsigned long)r);
  CloseHandle(f);
  DeleteFileA(path);
  f = CreateFileA(path, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
  printf("reopened %d %lu\n", f != INVALID_HANDLE_VALUE, (unsigned long)GetLastError());
  return 0;
}
