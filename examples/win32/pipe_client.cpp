/* SPDX-License-Identifier: Apache-2.0 */
/* Sends each of its arguments to pipe_server.cpp, and prints what comes back.
   Plain Win32: the same source runs on Windows, and on Linux with coview. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#define PIPE_NAME TEXT("\\\\.\\pipe\\capitals")

static int failed(char const* what) {
  fprintf(stderr, "client: %s failed with error %lu\n", what, (unsigned long)GetLastError());
  return 1;
}

int main(int argc, char** argv) {
  HANDLE pipe;
  for (;;) {
    pipe = CreateFile(PIPE_NAME, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (pipe != INVALID_HANDLE_VALUE) break;
    /* All instances are busy: wait for one, and try again, for another client may be faster. */
    if (GetLastError() != ERROR_PIPE_BUSY) return failed("CreateFile");
    if (!WaitNamedPipe(PIPE_NAME, 20000)) return failed("WaitNamedPipe");
  }
  DWORD mode = PIPE_READMODE_MESSAGE;
  if (!SetNamedPipeHandleState(pipe, &mode, NULL, NULL)) return failed("SetNamedPipeHandleState");
  for (int i = 1; i < argc; ++i) {
    char answer[64];
    DWORD length, written;
    if (!WriteFile(pipe, argv[i], (DWORD)strlen(argv[i]), &written, NULL)) return failed("WriteFile");
    printf("client: ");
    for (;;) { /* a message that is longer than the buffer comes in pieces */
      BOOL const whole = ReadFile(pipe, answer, sizeof answer, &length, NULL);
      if (!whole && GetLastError() != ERROR_MORE_DATA) return failed("ReadFile");
      printf("%.*s", (int)length, answer);
      if (whole) break;
    }
    printf("\n");
  }
  CloseHandle(pipe);
  return 0;
}
