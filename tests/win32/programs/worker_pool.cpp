// SPDX-License-Identifier: Apache-2.0
// Six processes share two permits of a semaphore.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <string>
#include <vector>

/* The result, and the error where it says that there is one. */
#define SHOW(call)                                                \
  do {                                                            \
    int const result = (int)(call);                               \
    printf("%d %lu\n", result, result != 0 ? 0 : GetLastError()); \
  } while (0)

int main(int argc, char** argv) {
  if (argc > 1 && !strcmp(argv[1], "w")) {
    int id = atoi(argv[2]);
    HANDLE s = OpenSemaphoreA(SYNCHRONIZE | SEMAPHORE_MODIFY_STATE, FALSE, "pool");
    HANDLE m = OpenFileMappingA(FILE_MAP_WRITE, FALSE, "poolmem");
    LONG* p = (LONG*)MapViewOfFile(m, FILE_MAP_WRITE, 0, 0, 0);
    WaitForSingleObject(s, INFINITE);
    LONG in = InterlockedIncrement(&p[0]);
    LONG old;
    do {
      old = p[1];
      if (in <= old) break;
    } while (InterlockedCompareExchange(&p[1], in, old) != old);
    Sleep(5);
    InterlockedDecrement(&p[0]);
    ReleaseSemaphore(s, 1, NULL);
    InterlockedExchangeAdd(&p[2], id);
    return id;
  }
  HANDLE s = CreateSemaphoreA(NULL, 2, 2, "pool"),
         m = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 64, "poolmem");
  LONG* p = (LONG*)MapViewOfFile(m, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  std::vector<HANDLE> hs;
  for (int i = 1; i <= 6; i++) {
    char exe[MAX_PATH], cmd[300];
    GetModuleFileNameA(0, exe, MAX_PATH);
    sprintf_s(cmd, "\"%s\" w %d", exe, i);
    STARTUPINFOA si = {sizeof si};
    PROCESS_INFORMATION pi;
    if (!CreateProcessA(0, cmd, 0, 0, 0, NORMAL_PRIORITY_CLASS | CREATE_NEW_CONSOLE * 0, 0, ".", &si, &pi)) {
      printf("fail %lu\n", GetLastError());
      return 1;
    }
    CloseHandle(pi.hThread);
    hs.push_back(pi.hProcess);
  }
  printf("%lu\n", WaitForMultipleObjects((DWORD)hs.size(), hs.data(), TRUE, INFINITE));
  int sum = 0;
  for (HANDLE h : hs) {
    DWORD c;
    GetExitCodeProcess(h, &c);
    sum += c;
    CloseHandle(h);
  }
  printf("%d %ld %d %ld\n", sum, p[0], p[1] >= 1 && p[1] <= 2, p[2]);
  STARTUPINFOA si = {sizeof si};
  PROCESS_INFORMATION pi;
  SHOW(CreateProcessA("no_such_program.exe", NULL, 0, 0, 0, 0, 0, 0, &si, &pi));
  char bad[] = "nope nope";
  printf("%d", CreateProcessA(NULL, bad, 0, 0, 0, 0, 0, 0, &si, &pi));
  printf(" %lu\n", GetLastError());
}
