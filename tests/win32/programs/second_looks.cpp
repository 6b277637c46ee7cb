// SPDX-License-Identifier: Apache-2.0
// What is looked at a second time: pages that are committed again, a handle that replaces itself, a wait that ends
// itself, line ends of messages, and what a child is told of its start.
#include <stdio.h>
#include <string.h>
#include <windows.h>

static HANDLE waiting, told;

static VOID CALLBACK fired(PVOID, BOOLEAN) {
  SetLastError(0);
  BOOL result = UnregisterWait(waiting);
  printf("unregister inside: %d %lu\n", result, GetLastError());
  SetEvent(told);
}

static void show(char const* text) {
  for (; *text; ++text) {
    if (*text == '\r') printf("\\r");
    if (*text == '\n') printf("\\n");
    if (*text != '\r' && *text != '\n') putchar(*text);
  }
  printf("\n");
}

static void commit(char const* what, char* at, SIZE_T size, DWORD protect) {
  MEMORY_BASIC_INFORMATION facts;
  SetLastError(0);
  void* result = VirtualAlloc(at, size, MEM_COMMIT, protect);
  printf("%s: %d %lu", what, result == at, GetLastError());
  VirtualQuery(at, &facts, sizeof facts);
  printf(" %lx\n", facts.Protect);
}

static void pages() {
  HANDLE map = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x10000, NULL);
  char* view = (char*)MapViewOfFile(map, FILE_MAP_WRITE, 0, 0, 0);
  view[0] = 'a';
  commit("read only", view, 0x1000, PAGE_READONLY);
  commit("read and write", view, 0x1000, PAGE_READWRITE);
  view[0]++;
  commit("no access", view, 0x1000, PAGE_NOACCESS);
  commit("execute", view, 0x1000, PAGE_EXECUTE_READWRITE);
  commit("again", view, 0x1000, PAGE_READWRITE);
  printf("%c\n", view[0]);
  commit("beyond", view, 0x20000, PAGE_READWRITE);
  char* reader = (char*)MapViewOfFile(map, FILE_MAP_READ, 0, 0, 0);
  commit("through a reader", reader, 0x1000, PAGE_READWRITE);
  commit("as it is", reader, 0x1000, PAGE_READONLY);
  HANDLE file =
      CreateFileA("pages.dat", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
  HANDLE section = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0x2000, NULL);
  char* of_file = (char*)MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
  commit("of a file", of_file, 0x1000, PAGE_READWRITE);
  UnmapViewOfFile(of_file);
  UnmapViewOfFile(reader);
  UnmapViewOfFile(view);
  CloseHandle(section);
  CloseHandle(file);
  CloseHandle(map);
}

int main(int argc, char** argv) {
  char text[MAX_PATH + 20];
  if (argc > 1) {
    STARTUPINFOA start;
    GetStartupInfoA(&start);
    printf("child: %s, flags %lx, show %d, at %lu, size %d\n", start.lpTitle ? start.lpTitle : "no title",
           start.dwFlags & ~0x100UL, start.wShowWindow, start.dwX, start.cb == sizeof start);
    return 0;
  }
  FormatMessageA(FORMAT_MESSAGE_FROM_STRING, "a\nb\r\nc\rd%ne", 0, 0, text, 200, NULL);
  show(text);
  FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_MAX_WIDTH_MASK, "a\nb\r\nc\rd%ne", 0, 0, text, 200,
                 NULL);
  show(text);
  pages();
  HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
  HANDLE ready = CreateEventA(NULL, TRUE, FALSE, NULL);
  told = CreateEventA(NULL, FALSE, FALSE, NULL);
  RegisterWaitForSingleObject(&waiting, event, fired, NULL, INFINITE, WT_EXECUTEDEFAULT);
  SetEvent(event);
  WaitForSingleObject(told, INFINITE);
  HANDLE same = NULL;
  BOOL done = DuplicateHandle(GetCurrentProcess(), ready, GetCurrentProcess(), &same, 0, FALSE,
                              DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE);
  printf("close source: %d, same %d, of use %d\n", done, ready == same, SetEvent(same));
  STARTUPINFOA start;
  PROCESS_INFORMATION process;
  memset(&start, 0, sizeof start);
  start.cb = sizeof start;
  start.lpTitle = (char*)"a title, with a comma";
  start.dwFlags = STARTF_USESHOWWINDOW | STARTF_USEPOSITION;
  start.wShowWindow = SW_MINIMIZE;
  start.dwX = 33;
  sprintf(text, "\"%s\" child", argv[0]);
  fflush(stdout);
  if (!CreateProcessA(NULL, text, NULL, NULL, FALSE, 0, NULL, NULL, &start, &process)) return 1;
  WaitForSingleObject(process.hProcess, INFINITE);
  CloseHandle(process.hThread);
  CloseHandle(process.hProcess);
  CloseHandle(same);
  CloseHandle(told);
  CloseHandle(event);
  return 0;
}
