// SPDX-License-Identifier: Apache-2.0
// Memory without a name, shared by DuplicateHandle: into the child, and out of the parent.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static HANDLE value(char const* text) {
  return (HANDLE)(ULONG_PTR)strtoull(text, 0, 16);
}

// The pipe of a real program; here a named mapping tells the child what handle it has got.
struct Letter {
  HANDLE memory;
  HANDLE changed;
};

static int child(DWORD parent_id, HANDLE theirs) {
  HANDLE told = OpenEventA(SYNCHRONIZE, FALSE, "passed.told");
  if (WaitForSingleObject(told, 20000) != WAIT_OBJECT_0) return 2;
  HANDLE box = OpenFileMappingA(FILE_MAP_READ, FALSE, "passed.letter");
  Letter* letter = (Letter*)MapViewOfFile(box, FILE_MAP_READ, 0, 0, 0);
  char* p = (char*)MapViewOfFile(letter->memory, FILE_MAP_WRITE, 0, 0, 0);
  if (!p) {
    printf("child: map %lu\n", (unsigned long)GetLastError());
    return 3;
  }
  printf("child was given: %s\n", p);
  strcpy(p, "answer to what was given");

  HANDLE parent = OpenProcess(PROCESS_DUP_HANDLE, FALSE, parent_id);
  HANDLE pulled = NULL;
  BOOL ok = DuplicateHandle(parent, theirs, GetCurrentProcess(), &pulled, FILE_MAP_READ, FALSE, 0);
  printf("pulled %d\n", ok);
  char* q = (char*)MapViewOfFile(pulled, FILE_MAP_READ, 0, 0, 0);
  printf("child pulled: %s\n", q ? q : "nothing");
  void* w = MapViewOfFile(pulled, FILE_MAP_WRITE, 0, 0, 0);
  printf("writing it: %d, error %lu\n", w != NULL, (unsigned long)GetLastError());
  HANDLE none = NULL;
  ok =
      DuplicateHandle(parent, (HANDLE)(ULONG_PTR)0x7ff0, GetCurrentProcess(), &none, 0, FALSE, DUPLICATE_SAME_ACCESS);
  printf("no such handle: %d, error %lu\n", ok, (unsigned long)GetLastError());
  HANDLE weak = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, parent_id);
  ok = DuplicateHandle(weak, theirs, GetCurrentProcess(), &none, 0, FALSE, DUPLICATE_SAME_ACCESS);
  printf("without the right: %d, error %lu\n", ok, (unsigned long)GetLastError());
  // Moved, not copied: the parent does not have it any more.
  ok = DuplicateHandle(parent, theirs, GetCurrentProcess(), &none, 0, FALSE,
                       DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE);
  printf("moved %d\n", ok);
  fflush(stdout);
  SetEvent(letter->changed);
  return 42;
}

int main(int argc, char** argv) {
  if (argc > 2) return child(strtoul(argv[1], 0, 10), value(argv[2]));
  HANDLE told = CreateEventA(NULL, TRUE, FALSE, "passed.told");
  HANDLE box = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(Letter), "passed.letter");
  Letter* letter = (Letter*)MapViewOfFile(box, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  HANDLE given = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, NULL);
  HANDLE pulled = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, NULL);
  HANDLE changed = CreateEventA(NULL, TRUE, FALSE, NULL);
  char* p = (char*)MapViewOfFile(given, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  char* q = (char*)MapViewOfFile(pulled, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  strcpy(p, "from the parent");
  strcpy(q, "the parent's own");

  char self[MAX_PATH];
  GetModuleFileNameA(NULL, self, MAX_PATH);
  char cmd[MAX_PATH * 2];
  sprintf(cmd, "\"%s\" %lu %llx", self, (unsigned long)GetCurrentProcessId(), (unsigned long long)(ULONG_PTR)pulled);
  STARTUPINFOA si;
  ZeroMemory(&si, sizeof si);
  si.cb = sizeof si;
  PROCESS_INFORMATION pi;
  if (!CreateProcessA(NULL, cmd, NULL, NULL, FALSE, 0, NULL, NULL, &si, &pi)) {
    printf("CreateProcess %lu\n", (unsigned long)GetLastError());
    return 1;
  }
  BOOL a = DuplicateHandle(GetCurrentProcess(), given, pi.hProcess, &letter->memory, 0, FALSE, DUPLICATE_SAME_ACCESS);
  BOOL b = DuplicateHandle(GetCurrentProcess(), changed, pi.hProcess, &letter->changed, EVENT_MODIFY_STATE, FALSE,
                           DUPLICATE_CLOSE_SOURCE);
  DWORD flags;
  printf("given %d %d, the closed one: %d\n", a, b, GetHandleInformation(changed, &flags));
  fflush(stdout);
  SetEvent(told);
  WaitForSingleObject(pi.hProcess, 20000);
  DWORD code;
  GetExitCodeProcess(pi.hProcess, &code);
  printf("exit code %lu, memory: %s\n", (unsigned long)code, p);
  printf("the moved one: %d\n", GetHandleInformation(pulled, &flags));
  HANDLE none = NULL;
  BOOL ok = DuplicateHandle(GetCurrentProcess(), given, pi.hProcess, &none, 0, FALSE, DUPLICATE_SAME_ACCESS);
  printf("into one that has ended: %d, error %lu\n", ok, (unsigned long)GetLastError());
  ok = DuplicateHandle(pi.hProcess, given, GetCurrentProcess(), &none, 0, FALSE, DUPLICATE_SAME_ACCESS);
  printf("from one that has ended: %d, error %lu\n", ok, (unsigned long)GetLastError());
  return 0;
}
