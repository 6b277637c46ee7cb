// SPDX-License-Identifier: Apache-2.0
// Sources that say unsigned long where the headers say DWORD.
#include <process.h>
#include <stdio.h>
#include <windows.h>

long g_refs = 0;
unsigned long g_flags = 0;
unsigned long __stdcall Proc(void* p) {
  InterlockedIncrement(&g_refs);
  return 7;
}
static void print(unsigned long v) {
  printf("%lu\n", v);
}
static void print(int v) {
  printf("%d\n", v);
}
int main() {
  unsigned long tid = 0, code = 0, n = 0, old = 0, high = 9;
  HANDLE t = CreateThread(NULL, 0, Proc, NULL, 0, &tid);
  WaitForSingleObject(t, INFINITE);
  GetExitCodeThread(t, &code);
  printf("%lu %ld\n", code, g_refs);
  HANDLE f = CreateFile("a.bin", GENERIC_READ | GENERIC_WRITE, 0, 0, CREATE_ALWAYS, 0, 0);
  WriteFile(f, "abcdef", 6, &n, NULL);
  printf("%lu\n", n);
  SetFilePointer(f, 0, NULL, FILE_BEGIN);
  char b[8];
  ReadFile(f, b, sizeof b, &n, NULL);
  printf("%lu\n", n);
  long hi = 0;
  SetFilePointer(f, 1, &hi, FILE_BEGIN);
  n = GetFileSize(f, &high);
  printf("%lu %lu\n", n, high);
  HANDLE s = CreateSemaphore(NULL, 1, 5, NULL);
  long prev = 0;
  ReleaseSemaphore(s, 2, &prev);
  printf("%ld\n", prev);
  void* p = VirtualAlloc(NULL, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
  VirtualProtect(p, 4096, PAGE_READONLY, &old);
  printf("%lx\n", old);
  long volatile v = 10;
  printf("%ld\n", InterlockedExchangeAdd(&v, 5));
  printf("%ld\n", InterlockedCompareExchange(&v, 1, 15));
  printf("%ld\n", v);
  InterlockedDecrement(&g_refs);
  printf("%ld\n", g_refs);
  char name[64];
  unsigned long sz = sizeof name;
  printf("%d\n", GetComputerNameA(name, &sz));
  DWORD d = 5;
  print((unsigned long)d);
  print((int)5);
  CloseHandle(f);
  DeleteFile("a.bin");
  VirtualFree(p, 0, MEM_RELEASE);
}
