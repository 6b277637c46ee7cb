// SPDX-License-Identifier: Apache-2.0
// A child's output through a named pipe, read overlapped: what runtimes do, for pipes without a name cannot be.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
static BOOL pipe_pair(HANDLE* r, HANDLE* w, BOOL inherit_write) {
  static LONG serial;
  char name[100];
  sprintf(name, "\\\\.\\pipe\\overlapped.%08lx.%ld", (unsigned long)GetCurrentProcessId(),
          (long)InterlockedIncrement(&serial));
  *r = CreateNamedPipeA(name,
                        (inherit_write ? PIPE_ACCESS_INBOUND : PIPE_ACCESS_OUTBOUND) | FILE_FLAG_OVERLAPPED |
                            FILE_FLAG_FIRST_PIPE_INSTANCE,
                        PIPE_TYPE_BYTE | PIPE_WAIT, 1, 4096, 4096, 120000, NULL);
  if (*r == INVALID_HANDLE_VALUE) return FALSE;
  SECURITY_ATTRIBUTES sa = {sizeof sa, NULL, TRUE};
  *w = CreateFileA(name, inherit_write ? GENERIC_WRITE : GENERIC_READ, 0, &sa, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL,
                   NULL);
  return *w != INVALID_HANDLE_VALUE;
}
int main(int argc, char** argv) {
  if (argc > 1) {
    char line[100];
    while (fgets(line, sizeof line, stdin)) {
      printf("child got %s", line);
      fflush(stdout);
    }
    printf("child ends\n");
    return 7;
  }
  HANDLE out, child_out, in, child_in;
  if (!pipe_pair(&out, &child_out, TRUE) || !pipe_pair(&in, &child_in, FALSE)) {
    printf("failed %lu\n", GetLastError());
    return 1;
  }
  STARTUPINFOA si;
  memset(&si, 0, sizeof si);
  si.cb = sizeof si;
  si.dwFlags = STARTF_USESTDHANDLES;
  si.hStdInput = child_in;
  si.hStdOutput = child_out;
  si.hStdError = GetStdHandle(STD_ERROR_HANDLE);
  PROCESS_INFORMATION pi;
  char cmd[400];
  sprintf(cmd, "\"%s\" child", argv[0]);
  if (!CreateProcessA(NULL, cmd, NULL, NULL, TRUE, 0, NULL, NULL, &si, &pi)) {
    printf("process %lu\n", GetLastError());
    return 1;
  }
  CloseHandle(child_out);
  CloseHandle(child_in);
  OVERLAPPED o;
  memset(&o, 0, sizeof o);
  o.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
  OVERLAPPED p;
  memset(&p, 0, sizeof p);
  p.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
  DWORD n;
  if (!WriteFile(in, "one\ntwo\n", 8, &n, &p)) GetOverlappedResult(in, &p, &n, TRUE);
  CloseHandle(in);
  char all[1000] = "";
  for (;;) {
    char b[64];
    if (!ReadFile(out, b, sizeof b, NULL, &o) && GetLastError() != ERROR_IO_PENDING) {
      printf("end %lu\n", GetLastError());
      break;
    }
    WaitForSingleObject(o.hEvent, INFINITE);
    if (!GetOverlappedResult(out, &o, &n, FALSE)) {
      printf("end %lu\n", GetLastError());
      break;
    }
    strncat(all, b, n);
  }
  for (char* c = all; *c; ++c)
    if (*c != '\r') putchar(*c);
  WaitForSingleObject(pi.hProcess, INFINITE);
  DWORD code;
  GetExitCodeProcess(pi.hProcess, &code);
  printf("code %lu\n", code);
  CloseHandle(out);
}
