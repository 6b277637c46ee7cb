// SPDX-License-Identifier: Apache-2.0
// Two processes take turns; the end is waited for by process and thread together.
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include <string>

using namespace std;
#define N 2000
void die(char const* s) {
  printf("%s %lu\n", s, GetLastError());
  exit(1);
}
int main(int c, char** v) {
  bool child = c > 1;
  HANDLE a = child ? OpenEvent(EVENT_ALL_ACCESS, FALSE, TEXT("ping")) : CreateEvent(NULL, FALSE, FALSE, TEXT("ping")),
         b = child ? OpenEvent(SYNCHRONIZE | EVENT_MODIFY_STATE, FALSE, TEXT("pong"))
                   : CreateEvent(NULL, FALSE, FALSE, TEXT("pong"));
  if (!a || !b) die("event");
  HANDLE m = CreateFileMapping(INVALID_HANDLE_VALUE, 0, PAGE_READWRITE, 0, 4096, TEXT("pp"));
  int* p = (int*)MapViewOfFile(m, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  if (child) {
    for (int i = 0; i < N; i++) {
      WaitForSingleObject(a, INFINITE);
      *p += 1;
      SetEvent(b);
    }
    return 0;
  }
  STARTUPINFO si;
  PROCESS_INFORMATION pi;
  GetStartupInfo(&si);
  string cmd = string(GetCommandLine()) + " child";
  if (!CreateProcess(NULL, &cmd[0], NULL, NULL, FALSE, 0, NULL, NULL, &si, &pi)) die("create");
  for (int i = 0; i < N; i++) {
    *p += 1;
    if (SignalObjectAndWait(a, b, 10000, FALSE) != WAIT_OBJECT_0) die("wait");
  }
  HANDLE both[] = {pi.hProcess, pi.hThread};
  printf("%lu\n", WaitForMultipleObjects(2, both, TRUE, INFINITE));
  printf("%d\n", *p);
}
