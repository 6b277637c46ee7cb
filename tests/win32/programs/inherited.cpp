// SPDX-License-Identifier: Apache-2.0
// A child that is started with inheritable handles finds them under the same numbers.
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include <string>
int main(int argc, char** argv) {
  if (argc > 1) {
    HANDLE h = (HANDLE)(ULONG_PTR)strtoull(argv[1], 0, 16);
    HANDLE ev = OpenEventA(EVENT_MODIFY_STATE | SYNCHRONIZE, FALSE, "inherited.event");
    char* p = (char*)MapViewOfFile(h, FILE_MAP_WRITE | FILE_MAP_READ, 0, 0, 0);
    if (!p || !ev) {
      printf("child failed %lu\n", (unsigned long)GetLastError());
      return 2;
    }
    printf("child sees: %s\n", p);
    fflush(stdout);
    strcpy(p, "from the child");
    SetEvent(ev);
    return 42;
  }
  SECURITY_ATTRIBUTES sa = {sizeof(sa), NULL, TRUE};
  HANDLE m = CreateFileMappingA((HANDLE)0xFFFFFFFF, &sa, PAGE_READWRITE, 0, 65536, NULL);
  if (m == NULL) m = CreateFileMappingA(INVALID_HANDLE_VALUE, &sa, PAGE_READWRITE, 0, 65536, NULL);
  HANDLE ev = CreateEventA(NULL, TRUE, FALSE, "inherited.event");
  char* p = (char*)MapViewOfFile(m, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  strcpy(p, "from the parent");
  char self[MAX_PATH];
  GetModuleFileNameA(NULL, self, MAX_PATH);
  char cmd[MAX_PATH * 2];
  sprintf(cmd, "\"%s\" %llx", self, (unsigned long long)(ULONG_PTR)m);
  STARTUPINFOA si;
  ZeroMemory(&si, sizeof si);
  si.cb = sizeof si;
  PROCESS_INFORMATION pi;
  fflush(stdout);
  if (!CreateProcessA(NULL, cmd, NULL, NULL, TRUE, 0, NULL, NULL, &si, &pi)) {
    printf("CreateProcess %lu\n", (unsigned long)GetLastError());
    return 1;
  }
  HANDLE both[2] = {ev, pi.hProcess};
  DWORD r = WaitForMultipleObjects(2, both, TRUE, 20000);
  DWORD code;
  GetExitCodeProcess(pi.hProcess, &code);
  printf("wait %lu, exit code %lu, memory: %s\n", (unsigned long)r, (unsigned long)code, p);
  HANDLE dup;
  DuplicateHandle(GetCurrentProcess(), m, GetCurrentProcess(), &dup, 0, FALSE, DUPLICATE_SAME_ACCESS);
  DWORD flags;
  GetHandleInformation(dup, &flags);
  printf("flags %lu ", (unsigned long)flags);
  GetHandleInformation(m, &flags);
  printf("%lu\n", (unsigned long)flags);
  CloseHandle(pi.hThread);
  CloseHandle(pi.hProcess);
  UnmapViewOfFile(p);
  printf("%d %d ", CloseHandle(m), CloseHandle(dup));
  SetLastError(0);
  printf("%d", CloseHandle(m));
  printf(" %lu\n", (unsigned long)GetLastError());
  return 0;
}
