// SPDX-License-Identifier: Apache-2.0
// A watchdog starts children that die while they own a mutex: killed, by ExitProcess, by abort.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

struct HB {
  volatile LONG beat;
  DWORD pid;
  LONG restarts;
};
int run_child(int mode) {
  HANDLE map = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, "hb");
  HB* hb = (HB*)MapViewOfFile(map, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  HANDLE m = OpenMutexA(SYNCHRONIZE, FALSE, "hbm");
  WaitForSingleObject(m, INFINITE);
  hb->pid = GetCurrentProcessId();
  InterlockedIncrement(&hb->beat);
  HANDLE ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, "hbready");
  SetEvent(ready);
  if (mode == 0) {
    Sleep(INFINITE);
  }
  if (mode == 1) {
    ExitProcess(33);
  }
  if (mode == 2) abort();
  if (mode == 3) {
    TerminateProcess(GetCurrentProcess(), 0xC000013A);
  }
  ReleaseMutex(m);
  return 5;
}
int main(int argc, char** argv) {
  if (argc == 2) return run_child(atoi(argv[1]));
  HANDLE map = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(HB), "hb");
  HB* hb = (HB*)MapViewOfFile(map, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  HANDLE m = CreateMutexA(NULL, FALSE, "hbm"), ready = CreateEventA(NULL, FALSE, FALSE, "hbready");
  for (int i = 0; i < 5; i++) {
    char exe[MAX_PATH], cmd[MAX_PATH + 10];
    GetModuleFileNameA(NULL, exe, sizeof exe);
    wsprintfA(cmd, "\"%s\" %d", exe, i);
    STARTUPINFO si = {sizeof si};
    PROCESS_INFORMATION pi;
    if (!CreateProcess(exe, cmd, NULL, NULL, FALSE, CREATE_SUSPENDED, NULL, NULL, &si, &pi)) return 1;
    printf("resume %lu\n", ResumeThread(pi.hThread));
    WaitForSingleObject(ready, INFINITE);
    printf("pid %d beat %ld\n", hb->pid == pi.dwProcessId, hb->beat);
    if (i == 0) {
      HANDLE p = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, pi.dwProcessId);
      printf("%lu\n", WaitForSingleObject(p, 0));
      TerminateProcess(p, 99);
      CloseHandle(p);
    }
    WaitForSingleObject(pi.hProcess, INFINITE);
    DWORD code;
    GetExitCodeProcess(pi.hProcess, &code);
    printf("exit %lx mutex %lx\n", code, WaitForSingleObject(m, 1000));
    ReleaseMutex(m);
    CloseHandle(pi.hProcess);
    CloseHandle(pi.hThread);
  }
  printf("open dead: %d\n", OpenProcess(SYNCHRONIZE, FALSE, 999999) == NULL);
  return 0;
}
