/* SPDX-License-Identifier: Apache-2.0 */
/* What each call on named pipes says in each state: server and client in one thread. */
#include <windows.h>
#include <stdio.h>
#include <string.h>

#define PIPE_NAME "\\\\.\\pipe\\rules of pipes"
static char text[4096];

static void said(const char* what, BOOL done) {
  DWORD code = GetLastError();
  if (done) printf("%s: done\n", what);
  else printf("%s: %lu\n", what, code);
  SetLastError(4711);
}
#define SAY(call) said(#call, (call) != 0)
static void said_handle(const char* what, HANDLE handle) {
  said(what, handle != INVALID_HANDLE_VALUE);
  if (handle != INVALID_HANDLE_VALUE) CloseHandle(handle);
}
#define SAY_HANDLE(call) said_handle(#call, call)

static HANDLE make(DWORD open_mode, DWORD pipe_mode, DWORD instances) {
  return CreateNamedPipeA(PIPE_NAME, open_mode, pipe_mode, instances, 64, 32, 100, NULL);
}
static HANDLE open_pipe(DWORD access) { return CreateFileA(PIPE_NAME, access, 0, NULL, OPEN_EXISTING, 0, NULL); }

static void arguments(void) {
  HANDLE first;
  puts("-- arguments");
  SAY_HANDLE(CreateNamedPipeA(NULL, 3, 0, 1, 0, 0, 0, NULL));
  SAY_HANDLE(CreateNamedPipeA("no pipe", 3, 0, 1, 0, 0, 0, NULL));
  SAY_HANDLE(make(0, 0, 1));
  SAY_HANDLE(make(PIPE_ACCESS_DUPLEX, PIPE_READMODE_MESSAGE, 1));
  SAY_HANDLE(open_pipe(GENERIC_READ));
  SAY(WaitNamedPipeA(PIPE_NAME, 1));
  SAY(WaitNamedPipeA("nonsense", 1));
  first = make(PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE, 2);
  said("first", first != INVALID_HANDLE_VALUE);
  SAY_HANDLE(make(PIPE_ACCESS_INBOUND, PIPE_TYPE_MESSAGE, 2));
  CloseHandle(first);
}

static void states(void) {
  DWORD n = 0;
  HANDLE server = make(PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1);
  HANDLE client;
  puts("-- listening");
  SAY(ReadFile(server, text, 8, &n, NULL));
  SAY(WriteFile(server, text, 8, &n, NULL));
  SAY(PeekNamedPipe(server, NULL, 0, NULL, &n, NULL));
  SAY(DisconnectNamedPipe(server));
  SAY(FlushFileBuffers(server));
  SAY(WaitNamedPipeA(PIPE_NAME, 1));
  SAY_HANDLE(make(PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE, 1));
  puts("-- connected");
  client = open_pipe(GENERIC_READ | GENERIC_WRITE);
  said("client", client != INVALID_HANDLE_VALUE);
  SAY(ConnectNamedPipe(server, NULL));
  SAY(ConnectNamedPipe(client, NULL));
  SAY_HANDLE(open_pipe(GENERIC_READ));
  SAY(WaitNamedPipeA(PIPE_NAME, 1));
  SAY(PeekNamedPipe(server, text, 8, &n, NULL, NULL));
  SAY(WriteFile(client, "left", 4, &n, NULL));
  CloseHandle(client);
  puts("-- the client has left");
  SAY(ConnectNamedPipe(server, NULL));
  SAY(WriteFile(server, text, 8, &n, NULL));
  SAY(PeekNamedPipe(server, NULL, 0, NULL, &n, NULL));
  SAY(ReadFile(server, text, 8, &n, NULL));
  SAY(ReadFile(server, text, 8, &n, NULL));
  SAY(PeekNamedPipe(server, NULL, 0, NULL, &n, NULL));
  SAY(FlushFileBuffers(server));
  puts("-- disconnected");
  SAY(DisconnectNamedPipe(server));
  SAY(DisconnectNamedPipe(server));
  SAY(ReadFile(server, text, 8, &n, NULL));
  SAY(WriteFile(server, text, 8, &n, NULL));
  SAY(PeekNamedPipe(server, NULL, 0, NULL, &n, NULL));
  SAY(FlushFileBuffers(server));
  SAY_HANDLE(open_pipe(GENERIC_READ));
  CloseHandle(server);

  puts("-- the server has left");
  server = make(PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE, 1);
  client = open_pipe(GENERIC_READ | GENERIC_WRITE);
  SAY(WriteFile(server, "bye", 3, &n, NULL));
  CloseHandle(server);
  SAY(WriteFile(client, text, 8, &n, NULL));
  SAY(PeekNamedPipe(client, NULL, 0, NULL, &n, NULL));
  SAY(ReadFile(client, text, 8, &n, NULL));
  SAY(ReadFile(client, text, 8, &n, NULL));
  SAY(PeekNamedPipe(client, NULL, 0, NULL, &n, NULL));
  CloseHandle(client);

  puts("-- the server has disconnected");
  server = make(PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE, 1);
  client = open_pipe(GENERIC_READ | GENERIC_WRITE);
  SAY(WriteFile(server, "lost", 4, &n, NULL));
  SAY(DisconnectNamedPipe(server));
  SAY(ReadFile(client, text, 8, &n, NULL));
  SAY(WriteFile(client, text, 8, &n, NULL));
  SAY(PeekNamedPipe(client, NULL, 0, NULL, &n, NULL));
  SAY(FlushFileBuffers(client));
  CloseHandle(client);
  CloseHandle(server);
}

static void rights(void) {
  DWORD n = 0;
  HANDLE server = make(PIPE_ACCESS_INBOUND, PIPE_TYPE_BYTE, 2), client;
  puts("-- inbound");
  SAY_HANDLE(open_pipe(GENERIC_READ));
  SAY_HANDLE(open_pipe(GENERIC_READ | GENERIC_WRITE));
  client = open_pipe(GENERIC_WRITE);
  said("client", client != INVALID_HANDLE_VALUE);
  SAY(ReadFile(client, text, 8, &n, NULL));
  SAY(WriteFile(server, text, 8, &n, NULL));
  SAY(PeekNamedPipe(client, NULL, 0, NULL, &n, NULL));
  SAY(FlushFileBuffers(server));
  CloseHandle(client);
  CloseHandle(server);
  puts("-- outbound");
  server = make(PIPE_ACCESS_OUTBOUND, PIPE_TYPE_MESSAGE, 2);
  SAY_HANDLE(open_pipe(GENERIC_WRITE));
  client = open_pipe(GENERIC_READ);
  said("client", client != INVALID_HANDLE_VALUE);
  SAY(ReadFile(server, text, 8, &n, NULL));
  SAY(WriteFile(client, text, 8, &n, NULL));
  CloseHandle(client);
  CloseHandle(server);
}

static void peek(HANDLE pipe, DWORD size) {
  DWORD read = 77, all = 77, left = 77;
  memset(text, 0, 64);
  if (PeekNamedPipe(pipe, text, size, &read, &all, &left))
    printf("peek %lu: %lu '%s' of %lu, %lu left\n", size, read, text, all, left < 4096 ? left : 0);
  else
    printf("peek %lu: %lu\n", size, GetLastError());
}
static void take(HANDLE pipe, DWORD size) {
  DWORD n = 77;
  BOOL done;
  memset(text, 0, 64);
  SetLastError(0);
  done = ReadFile(pipe, text, size, &n, NULL);
  printf("read %lu: %lu '%s' %lu\n", size, n, text, done ? 0 : GetLastError());
}

static void messages(void) {
  DWORD n = 0, mode, state = 77, instances = 77, flags, out, in, most;
  HANDLE server = make(PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 3);
  HANDLE client = open_pipe(GENERIC_READ | GENERIC_WRITE);
  puts("-- messages");
  WriteFile(client, "first", 5, &n, NULL);
  WriteFile(client, "", 0, &n, NULL);
  WriteFile(client, "second", 6, &n, NULL);
  peek(server, 0);
  peek(server, 3);
  peek(server, 60);
  take(server, 3);
  peek(server, 60);
  take(server, 0);
  take(server, 60);
  peek(server, 60);
  take(server, 60);
  take(server, 60);
  peek(server, 60);
  puts("-- messages, read as bytes");
  WriteFile(server, "one", 3, &n, NULL);
  WriteFile(server, "two", 3, &n, NULL);
  WriteFile(server, "three", 5, &n, NULL);
  take(client, 4);
  mode = PIPE_READMODE_MESSAGE;
  SAY(SetNamedPipeHandleState(client, &mode, NULL, NULL));
  take(client, 60);
  take(client, 60);
  puts("-- not waiting");
  mode = PIPE_READMODE_MESSAGE | PIPE_NOWAIT;
  SAY(SetNamedPipeHandleState(client, &mode, NULL, NULL));
  take(client, 8);
  mode = 4;
  SAY(SetNamedPipeHandleState(client, &mode, NULL, NULL));
  SAY(GetNamedPipeHandleStateA(client, &state, &instances, NULL, NULL, NULL, 0));
  printf("state %lu, %lu instances\n", state, instances);
  SAY(GetNamedPipeInfo(client, &flags, &out, &in, &most));
  printf("info %lu %lu %lu %lu\n", flags, out, in, most);
  SAY(GetNamedPipeInfo(server, &flags, &out, &in, &most));
  printf("info %lu %lu %lu %lu\n", flags, out, in, most);
  n = 77;
  SAY(WriteFile(client, text, 30, &n, NULL));
  printf("%lu bytes\n", n);
  n = 77;
  SAY(WriteFile(client, text, 3, &n, NULL));
  printf("%lu bytes\n", n);
  printf("type %lu\n", GetFileType(server));
  CloseHandle(client);
  CloseHandle(server);
  puts("-- bytes");
  server = make(PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_NOWAIT, 3);
  SAY(ConnectNamedPipe(server, NULL));
  client = open_pipe(GENERIC_READ | GENERIC_WRITE);
  SAY(ConnectNamedPipe(server, NULL));
  mode = PIPE_READMODE_MESSAGE;
  SAY(SetNamedPipeHandleState(client, &mode, NULL, NULL));
  take(server, 8);
  WriteFile(client, "ab", 2, &n, NULL);
  WriteFile(client, "", 0, &n, NULL);
  WriteFile(client, "cd", 2, &n, NULL);
  peek(server, 3);
  take(server, 3);
  take(server, 3);
  n = 77;
  SAY(WriteFile(server, text, 60, &n, NULL));
  printf("%lu bytes\n", n);
  CloseHandle(client);
  SAY(ConnectNamedPipe(server, NULL));
  SAY(DisconnectNamedPipe(server));
  CloseHandle(server);
}

static DWORD WINAPI answer(LPVOID pipe) {
  DWORD n;
  while (ReadFile(pipe, text + 100, 100, &n, NULL)) {
    text[100] = '<';
    WriteFile(pipe, text + 100, n, &n, NULL);
  }
  return 0;
}

static void transactions(void) {
  DWORD n = 0, mode = PIPE_READMODE_MESSAGE;
  HANDLE server = make(PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 3), thread;
  HANDLE client = open_pipe(GENERIC_READ | GENERIC_WRITE);
  puts("-- transactions");
  thread = CreateThread(NULL, 0, answer, server, 0, NULL);
  SAY(TransactNamedPipe(client, (void*)"hello", 5, text, 20, &n, NULL));
  SAY(SetNamedPipeHandleState(client, &mode, NULL, NULL));
  memset(text, 0, 30);
  SAY(TransactNamedPipe(client, (void*)"hello", 5, text, 20, &n, NULL));
  printf("%lu '%s'\n", n, text);
  memset(text, 0, 30);
  SAY(TransactNamedPipe(client, (void*)"hello", 5, text, 2, &n, NULL));
  printf("%lu '%s'\n", n, text);
  SAY(TransactNamedPipe(client, (void*)"hello", 5, text, 20, &n, NULL));
  CloseHandle(client);
  WaitForSingleObject(thread, INFINITE);
  CloseHandle(thread);
  DisconnectNamedPipe(server);
  SAY(CallNamedPipeA(PIPE_NAME, (void*)"hello", 5, text, 20, &n, 20));
  CloseHandle(server);
}

static void overlapped(void) {
  DWORD n = 77;
  OVERLAPPED one, two;
  HANDLE server = make(PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1);
  HANDLE client;
  memset(&one, 0, sizeof one);
  memset(&two, 0, sizeof two);
  one.hEvent = CreateEventA(NULL, TRUE, TRUE, NULL);
  puts("-- overlapped");
  printf("fresh %lu\n", WaitForSingleObject(server, 0));
  SAY(ReadFile(server, text, 8, &n, NULL));
  SAY(ReadFile(server, text, 8, &n, &one));
  SAY(ConnectNamedPipe(server, &one));
  printf("event %lu, handle %lu\n", WaitForSingleObject(one.hEvent, 0), WaitForSingleObject(server, 0));
  SAY(GetOverlappedResult(server, &one, &n, FALSE));
  client = open_pipe(GENERIC_READ | GENERIC_WRITE);
  printf("event %lu, handle %lu\n", WaitForSingleObject(one.hEvent, 0), WaitForSingleObject(server, 0));
  SAY(GetOverlappedResult(server, &one, &n, FALSE));
  SAY(ConnectNamedPipe(server, &one));
  SAY(ReadFile(server, text, 8, &n, &two));
  printf("handle %lu\n", WaitForSingleObject(server, 0));
  SAY(ReadFile(server, text + 8, 2, NULL, &one));
  SAY(WriteFile(client, "abc", 3, &n, NULL));
  SAY(GetOverlappedResult(server, &two, &n, TRUE));
  printf("%lu bytes, handle %lu\n", n, WaitForSingleObject(server, 0));
  SAY(GetOverlappedResult(server, &one, &n, FALSE));
  SAY(WriteFile(client, "defg", 4, &n, NULL));
  SAY(GetOverlappedResult(server, &one, &n, TRUE));
  printf("%lu bytes, event %lu\n", n, WaitForSingleObject(one.hEvent, 0));
  SAY(ReadFile(server, text, 8, &n, &one));
  printf("%lu bytes\n", n);
  SAY(ReadFile(server, text, 8, &n, &one));
  SAY(ReadFile(server, text, 8, &n, &two));
  SAY(CancelIoEx(server, &two));
  SAY(GetOverlappedResult(server, &two, &n, TRUE));
  SAY(GetOverlappedResult(server, &one, &n, FALSE));
  SAY(CancelIo(server));
  SAY(GetOverlappedResult(server, &one, &n, TRUE));
  SAY(WriteFile(server, text, 60, &n, &one));
  SAY(WriteFile(server, text, 60, &n, &two));
  SAY(GetOverlappedResult(server, &two, &n, FALSE));
  SAY(ReadFile(client, text, 60, &n, NULL));
  SAY(GetOverlappedResult(server, &two, &n, TRUE));
  SAY(ReadFile(server, text, 8, &n, &one));
  CloseHandle(client);
  SAY(GetOverlappedResult(server, &one, &n, TRUE));
  SAY(DisconnectNamedPipe(server));
  SAY(ConnectNamedPipe(server, &one));
  SAY(CancelIo(server));
  SAY(GetOverlappedResult(server, &one, &n, TRUE));
  client = open_pipe(GENERIC_READ | GENERIC_WRITE);
  said("client", client != INVALID_HANDLE_VALUE);
  SAY(ReadFile(server, text, 8, &n, &one));
  SAY(DisconnectNamedPipe(server));
  SAY(GetOverlappedResult(server, &one, &n, TRUE));
  CloseHandle(client);
  CloseHandle(server);
  CloseHandle(one.hEvent);
}

static void without_name(void) {
  DWORD n = 0, mode = PIPE_NOWAIT;
  HANDLE read, write;
  puts("-- without a name");
  SAY(CreatePipe(&read, &write, NULL, 0));
  peek(read, 8);
  SAY(PeekNamedPipe(write, NULL, 0, NULL, &n, NULL));
  WriteFile(write, "hello", 5, &n, NULL);
  peek(read, 3);
  peek(read, 60);
  take(read, 3);
  SAY(SetNamedPipeHandleState(read, &mode, NULL, NULL));
  take(read, 60);
  take(read, 60);
  SAY(GetNamedPipeHandleStateA(read, &mode, NULL, NULL, NULL, NULL, 0));
  printf("mode %lu\n", mode);
  CloseHandle(write);
  take(read, 60);
  peek(read, 8);
  CloseHandle(read);
  SAY(CreatePipe(&read, &write, NULL, 0));
  CloseHandle(read);
  SAY(WriteFile(write, "hello", 5, &n, NULL));
  CloseHandle(write);
}

int main(void) {
  arguments();
  states();
  rights();
  messages();
  transactions();
  overlapped();
  without_name();
  return 0;
}
