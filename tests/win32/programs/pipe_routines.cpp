// SPDX-License-Identifier: Apache-2.0
// A server of named pipes whose work is done in completion routines.
#include <stdio.h>
#include <string.h>
#include <windows.h>
typedef struct {
  OVERLAPPED o;
  HANDLE pipe;
  char request[256], reply[300];
  DWORD length;
} INSTANCE;
static int open_instances, served;
static HANDLE connect_event;
static HANDLE pending;
static VOID CALLBACK Written(DWORD err, DWORD n, LPOVERLAPPED o);
static void Close(INSTANCE* i) {
  DisconnectNamedPipe(i->pipe);
  CloseHandle(i->pipe);
  HeapFree(GetProcessHeap(), 0, i);
  --open_instances;
  ++served;
}
static VOID CALLBACK Read(DWORD err, DWORD n, LPOVERLAPPED o) {
  INSTANCE* i = (INSTANCE*)o;
  if (err == 0 && n != 0) {
    i->length = sprintf(i->reply, "<%.*s>", (int)n, i->request);
    if (WriteFileEx(i->pipe, i->reply, i->length, o, Written)) return;
  }
  Close(i);
}
static VOID CALLBACK Written(DWORD err, DWORD n, LPOVERLAPPED o) {
  INSTANCE* i = (INSTANCE*)o;
  if (err == 0 && n == i->length && ReadFileEx(i->pipe, i->request, sizeof i->request, o, Read)) return;
  Close(i);
}
static BOOL Create(LPOVERLAPPED o) {
  pending = CreateNamedPipeA("\\\\.\\pipe\\routines", PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                             PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT, PIPE_UNLIMITED_INSTANCES, 300,
                             300, 5000, NULL);
  if (pending == INVALID_HANDLE_VALUE) {
    printf("create %lu\n", GetLastError());
    ExitProcess(1);
  }
  if (ConnectNamedPipe(pending, o)) return FALSE;
  if (GetLastError() == ERROR_IO_PENDING) return TRUE;
  if (GetLastError() == ERROR_PIPE_CONNECTED) {
    SetEvent(o->hEvent);
    return FALSE;
  }
  printf("connect %lu\n", GetLastError());
  return FALSE;
}
static DWORD WINAPI Client(LPVOID p) {
  HANDLE h;
  DWORD n, mode = PIPE_READMODE_MESSAGE, ok = 0;
  for (;;) {
    h = CreateFileA("\\\\.\\pipe\\routines", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (h != INVALID_HANDLE_VALUE) break;
    if (GetLastError() != ERROR_PIPE_BUSY) Sleep(1);
    WaitNamedPipeA("\\\\.\\pipe\\routines", 1000);
  }
  SetNamedPipeHandleState(h, &mode, NULL, NULL);
  for (int i = 0; i < 20; ++i) {
    char m[64], a[100], w[100];
    int k = sprintf(m, "%d.%d", (int)(INT_PTR)p, i), l = sprintf(w, "<%s>", m);
    if (WriteFile(h, m, k, &n, NULL) && ReadFile(h, a, sizeof a, &n, NULL) && (int)n == l && memcmp(a, w, l) == 0)
      ++ok;
  }
  CloseHandle(h);
  return ok;
}
int main() {
  OVERLAPPED co;
  memset(&co, 0, sizeof co);
  co.hEvent = connect_event = CreateEvent(NULL, TRUE, TRUE, NULL);
  HANDLE c[5];
  BOOL pend = Create(&co);
  for (int i = 0; i < 5; ++i) c[i] = CreateThread(NULL, 0, Client, (LPVOID)(INT_PTR)i, 0, NULL);
  while (served < 5) {
    DWORD w = WaitForSingleObjectEx(connect_event, 20000, TRUE);
    if (w == WAIT_IO_COMPLETION) continue;
    if (w != 0) {
      printf("wait %lx\n", w);
      return 1;
    }
    DWORD cb;
    if (pend && !GetOverlappedResult(pending, &co, &cb, FALSE)) {
      printf("connect result %lu\n", GetLastError());
      return 1;
    }
    INSTANCE* i = (INSTANCE*)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *i);
    i->pipe = pending;
    i->length = 0;
    ++open_instances;
    Written(0, 0, &i->o);
    pend = Create(&co);
  }
  WaitForMultipleObjects(5, c, TRUE, INFINITE);
  for (int i = 0; i < 5; ++i) {
    DWORD e;
    GetExitCodeThread(c[i], &e);
    printf("client %d %lu\n", i, e);
  }
  printf("open %d served %d\n", open_instances, served);
  return 0;
}
