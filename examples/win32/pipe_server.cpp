/* SPDX-License-Identifier: Apache-2.0 */
/* A server with an instance of its named pipe for each client, and a thread for each instance. It turns every message
   that a client sends into capitals, and ends after as many clients as its argument says.
   Plain Win32: the same source runs on Windows, and on Linux with coview. */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#define PIPE_NAME TEXT("\\\\.\\pipe\\capitals")
#define LONGEST_MESSAGE 512

static int failed(char const* what) {
  fprintf(stderr, "server: %s failed with error %lu\n", what, (unsigned long)GetLastError());
  return 1;
}

static HANDLE make_instance(void) {
  return CreateNamedPipe(PIPE_NAME, PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT,
                         PIPE_UNLIMITED_INSTANCES, LONGEST_MESSAGE, LONGEST_MESSAGE, 0, NULL);
}

/* Until the client hangs up. */
static DWORD WINAPI serve(LPVOID instance) {
  HANDLE const pipe = (HANDLE)instance;
  char message[LONGEST_MESSAGE];
  DWORD length, written;
  while (ReadFile(pipe, message, sizeof message, &length, NULL)) {
    for (DWORD i = 0; i < length; ++i) {
      if (message[i] >= 'a' && message[i] <= 'z') message[i] = (char)(message[i] - 'a' + 'A');
    }
    if (!WriteFile(pipe, message, length, &written, NULL)) break;
  }
  if (GetLastError() != ERROR_BROKEN_PIPE) failed("ReadFile");
  FlushFileBuffers(pipe); /* the client reads its last answer before the pipe goes */
  DisconnectNamedPipe(pipe);
  CloseHandle(pipe);
  return 0;
}

int main(int argc, char** argv) {
  int const clients = argc > 1 ? atoi(argv[1]) : 1;
  HANDLE threads[MAXIMUM_WAIT_OBJECTS];
  if (clients < 1 || clients > MAXIMUM_WAIT_OBJECTS) return 1;
  HANDLE next = make_instance();
  if (next == INVALID_HANDLE_VALUE) return failed("CreateNamedPipe");
  printf("server: ready\n");
  fflush(stdout);
  for (int i = 0; i < clients; ++i) {
    /* A client may be there before ConnectNamedPipe is called: that is an error with a good meaning. */
    if (!ConnectNamedPipe(next, NULL) && GetLastError() != ERROR_PIPE_CONNECTED) return failed("ConnectNamedPipe");
    HANDLE const connected = next;
    if (i + 1 < clients && (next = make_instance()) == INVALID_HANDLE_VALUE) return failed("CreateNamedPipe");
    threads[i] = CreateThread(NULL, 0, serve, connected, 0, NULL);
    if (threads[i] == NULL) return failed("CreateThread");
  }
  WaitForMultipleObjects((DWORD)clients, threads, TRUE, INFINITE);
  for (int i = 0; i < clients; ++i) CloseHandle(threads[i]);
  printf("server: served %d\n", clients);
  return 0;
}
