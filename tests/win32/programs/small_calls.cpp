// SPDX-License-Identifier: Apache-2.0
// Small calls with their edges: variables whose names have no case, times of DOS, initialisation once, overlapped
// calls with routines, buffers that cannot be used, calls queued for a thread that waits for what is there.
#include <windows.h>

#include <cstdio>
#include <cstring>

static VOID CALLBACK done(DWORD code, DWORD bytes, LPOVERLAPPED overlapped) {
  printf("  routine: %lu, %lu bytes, %d\n", code, bytes, (int)(ULONG_PTR)overlapped->hEvent);
}
static VOID CALLBACK queued(ULONG_PTR data) {
  printf("  queued call %d\n", (int)data);
}
static BOOL CALLBACK makes(PINIT_ONCE, PVOID parameter, PVOID* context) {
  printf("  made, %s\n", context != nullptr ? "for somebody" : "for nobody");
  if (context != nullptr) *context = parameter;
  return parameter != nullptr;
}

static void variables() {
  char text[64];
  SetEnvironmentVariableA("Some_Name", "one");
  SetEnvironmentVariableA("SOME_NAME", "two");
  DWORD const length = GetEnvironmentVariableA("some_name", text, sizeof text);
  printf("variable: %lu %s", length, text);
  char* block = GetEnvironmentStringsA();
  int count = 0;
  for (char* at = block; *at != '\0'; at += strlen(at) + 1)
    if (_strnicmp(at, "some_name=", 10) == 0) ++count;
  FreeEnvironmentStringsA(block);
  SetEnvironmentVariableA("sOME_nAME", nullptr);
  printf(", %d of them, then %lu\n", count, GetEnvironmentVariableA("Some_Name", text, sizeof text));
}

static void times() {
  SYSTEMTIME parts{};
  parts.wYear = 2020;
  parts.wMonth = 2;
  parts.wDay = 28;
  parts.wHour = 23;
  parts.wMinute = 59;
  for (WORD second = 56; second < 59; second += 2) {
    FILETIME time;
    WORD date = 0, clock = 0;
    parts.wSecond = second;
    SystemTimeToFileTime(&parts, &time);
    FileTimeToDosDateTime(&time, &date, &clock);
    printf("dos: %04x %04x\n", date, clock);
  }
}

static void once() {
  int value = 0;
  INIT_ONCE first = INIT_ONCE_STATIC_INIT, second = INIT_ONCE_STATIC_INIT, third = INIT_ONCE_STATIC_INIT;
  PVOID context = &value;
  printf("once: %d", InitOnceExecuteOnce(&first, makes, &first, &context));
  printf(" %d\n", context == &first);
  printf("once: %d\n", InitOnceExecuteOnce(&second, makes, &second, nullptr));
  printf("once: %d\n", InitOnceExecuteOnce(&third, makes, nullptr, &context));
  printf("once: %d\n", InitOnceExecuteOnce(&third, makes, &third, &context));
}

static void overlapped() {
  HANDLE file =
      CreateFileA("over.dat", GENERIC_READ | GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS, FILE_FLAG_OVERLAPPED, nullptr);
  OVERLAPPED where{};
  char text[16] = "";
  where.hEvent = (HANDLE)7;  // the program's own
  printf("write: %d\n", WriteFileEx(file, "hello", 5, &where, done));
  printf("sleep: %lX\n", SleepEx(1000, TRUE));
  OVERLAPPED from{};
  from.hEvent = (HANDLE)8;
  from.Offset = 1;
  printf("read: %d\n", ReadFileEx(file, text, 4, &from, done));
  HANDLE never = CreateEventA(nullptr, TRUE, FALSE, nullptr);
  printf("wait: %lX", WaitForSingleObjectEx(never, INFINITE, TRUE));
  printf(" %s %d %d\n", text, (int)from.Internal, (int)from.InternalHigh);
  CloseHandle(never);
  CloseHandle(file);
  DeleteFileA("over.dat");
}

static void calls_and_objects() {
  HANDLE event = CreateEventA(nullptr, TRUE, TRUE, nullptr);
  HANDLE reset = CreateEventA(nullptr, FALSE, TRUE, nullptr);
  QueueUserAPC(queued, GetCurrentThread(), 1);
  DWORD result = WaitForSingleObjectEx(event, 0, TRUE);
  printf("signalled: %lX\n", result);
  result = SleepEx(0, TRUE);
  printf("then: %lX\n", result);
  QueueUserAPC(queued, GetCurrentThread(), 2);
  QueueUserAPC(queued, GetCurrentThread(), 3);
  HANDLE both[] = {reset, event};
  result = WaitForMultipleObjectsEx(2, both, FALSE, 0, TRUE);
  printf("of two: %lX\n", result);
  result = SleepEx(0, TRUE);
  printf("then: %lX\n", result);
  CloseHandle(event);
  CloseHandle(reset);
}

static void buffers() {
  SYSTEM_INFO machine;
  GetSystemInfo(&machine);
  DWORD const page = machine.dwPageSize;
  char* memory = (char*)VirtualAlloc(nullptr, 4 * page, MEM_RESERVE, PAGE_READWRITE);
  VirtualAlloc(memory, 2 * page, MEM_COMMIT, PAGE_READWRITE);
  memset(memory, 'b', 2 * page);
  HANDLE file = CreateFileA("buffer.dat", GENERIC_READ | GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS, 0, nullptr);
  DWORD moved = 77;
  SetLastError(0);
  BOOL result = WriteFile(file, memory, 3 * page, &moved, nullptr);
  printf("write: %d %lu, %lu moved, size %lu\n", result, GetLastError(), moved, GetFileSize(file, nullptr));
  for (int i = 0; i < 4; ++i) WriteFile(file, memory, page, &moved, nullptr);
  SetFilePointer(file, 0, nullptr, FILE_BEGIN);
  SetLastError(0);
  moved = 77;
  result = ReadFile(file, memory, 3 * page, &moved, nullptr);
  printf("read: %d %lu, %lu moved, position %lu\n", result, GetLastError(), moved,
         SetFilePointer(file, 0, nullptr, FILE_CURRENT));
  SetLastError(0);
  result = WriteFile(file, nullptr, 10, &moved, nullptr);
  printf("from nowhere: %d %lu\n", result, GetLastError());
  SetLastError(0);
  result = ReadFile(file, nullptr, 10, &moved, nullptr);
  printf("to nowhere: %d %lu\n", result, GetLastError());
  CloseHandle(file);
  DeleteFileA("buffer.dat");
  VirtualFree(memory, 0, MEM_RELEASE);
}

static void rights() {
  HANDLE mutex = CreateMutexA(nullptr, FALSE, "small calls");
  HANDLE modify = OpenMutexA(MUTEX_MODIFY_STATE, FALSE, "small calls");
  printf("modify: %lX", WaitForSingleObject(modify, 0));
  printf(" %lu\n", GetLastError());
  HANDLE wait = OpenMutexA(SYNCHRONIZE, FALSE, "small calls");
  printf("wait: %lX", WaitForSingleObject(wait, 0));
  printf(" %d", ReleaseMutex(modify));
  printf(" %d\n", ReleaseMutex(wait));
  CloseHandle(modify);
  CloseHandle(wait);
  CloseHandle(mutex);
}

int main() {
  variables();
  times();
  once();
  overlapped();
  calls_and_objects();
  buffers();
  rights();
}
