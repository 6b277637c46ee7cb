/* SPDX-License-Identifier: Apache-2.0 */
/* What every call that creates or opens says of names, kinds, protections and files that are wrong. */
/* every Create and Open error path in C99-ish style */
#include <stdio.h>
#include <windows.h>

#define T(x)                                                                    \
  do {                                                                          \
    SetLastError(0xdead);                                                       \
    HANDLE h_ = (HANDLE)(x);                                                    \
    DWORD e_ = GetLastError();                                                  \
    printf("%-70s %d %lu\n", #x, h_ != NULL && h_ != INVALID_HANDLE_VALUE, e_); \
    if (h_ && h_ != INVALID_HANDLE_VALUE) CloseHandle(h_);                      \
  } while (0)
int main(VOID) {
  HANDLE keep = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 10000, "keep");
  HANDLE ev = CreateEventA(NULL, 0, 0, "evt");
  HANDLE mx = CreateMutexA(NULL, 0, "mtx"), sm = CreateSemaphoreA(NULL, 1, 2, "sem"),
         tm = CreateWaitableTimerA(NULL, FALSE, NULL);
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0, "keep"));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 5, "keep"));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, 0, 0, 5, "keep"));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 5, "evt"));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 5, "Local\\evt"));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 5, "local\\evt"));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 5, "Global\\x"));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 5, "a\\b"));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 5, "\\a"));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 5, "Local\\"));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 5, "Global"));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 5, ""));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE | SEC_COMMIT, 0, 5, NULL));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_NOCACHE, 0, 5, NULL));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_NOCACHE | SEC_COMMIT, 0, 5, NULL));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_IMAGE, 0, 5, NULL));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READONLY, 0, 5, NULL));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_EXECUTE_READWRITE, 0, 5, NULL));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_WRITECOPY, 0, 5, NULL));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_NOACCESS, 0, 5, NULL));
  T(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0x80000000, 5, NULL));
  T(CreateFileMappingA(NULL, NULL, PAGE_READWRITE, 0, 5, NULL));
  T(CreateFileMappingA(ev, NULL, PAGE_READWRITE, 0, 5, NULL));
  T(CreateFileMappingA((HANDLE)0x12344, NULL, PAGE_READWRITE, 0, 5, NULL));
  T(OpenFileMappingA(FILE_MAP_READ, FALSE, "keep"));
  T(OpenFileMappingA(FILE_MAP_READ, FALSE, NULL));
  T(OpenFileMappingA(FILE_MAP_READ, FALSE, ""));
  T(OpenFileMappingA(FILE_MAP_READ, FALSE, "none"));
  T(OpenFileMappingA(FILE_MAP_READ, FALSE, "evt"));
  T(OpenFileMappingA(FILE_MAP_READ, FALSE, "KEEP"));
  T(OpenFileMappingA(FILE_MAP_READ, FALSE, "Session\\1\\keep"));
  T(OpenFileMappingW(FILE_MAP_READ, FALSE, L"keep"));
  T(OpenEventA(EVENT_ALL_ACCESS, FALSE, "evt"));
  T(OpenEventA(EVENT_ALL_ACCESS, FALSE, "mtx"));
  T(OpenEventA(EVENT_ALL_ACCESS, FALSE, NULL));
  T(OpenEventA(SYNCHRONIZE, FALSE, "zzz"));
  T(OpenMutexA(MUTEX_ALL_ACCESS, FALSE, "mtx"));
  T(OpenMutexA(MUTEX_ALL_ACCESS, FALSE, "evt"));
  T(OpenMutexA(MUTEX_ALL_ACCESS, FALSE, NULL));
  T(OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, "sem"));
  T(OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, "keep"));
  T(CreateMutexA(NULL, TRUE, "mtx"));
  T(CreateMutexA(NULL, TRUE, "keep"));
  T(CreateEventA(NULL, TRUE, TRUE, "evt"));
  T(CreateEventA(NULL, TRUE, TRUE, "sem"));
  T(CreateSemaphoreA(NULL, 0, 0, NULL));
  T(CreateSemaphoreA(NULL, -1, 5, NULL));
  T(CreateSemaphoreA(NULL, 6, 5, NULL));
  T(CreateSemaphoreA(NULL, 1, 0x7fffffff, NULL));
  T(CreateSemaphoreA(NULL, 0, 1, "sem"));
  T(CreateMutexExA(NULL, "mtx", 0, SYNCHRONIZE));
  T(CreateEventExA(NULL, NULL, 3, EVENT_ALL_ACCESS));
  T(CreateSemaphoreExA(NULL, 1, 2, NULL, 0, SEMAPHORE_ALL_ACCESS));
  T(CreateFileA("nofile", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL));
  T(CreateFileA("nodir\\nofile", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL));
  T(CreateFileA("", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL));
  T(CreateFileA(".", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL));
  T(CreateFileA("new", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL));
  T(CreateFileA("new", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL));
  T(CreateFileA("new", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
  T(CreateFileA("new", GENERIC_WRITE, 0, NULL, OPEN_ALWAYS, 0, NULL));
  T(CreateFileA("new2", GENERIC_WRITE, 0, NULL, OPEN_ALWAYS, 0, NULL));
  T(CreateFileA("new", GENERIC_WRITE, 0, NULL, TRUNCATE_EXISTING, 0, NULL));
  T(CreateFileA("new", GENERIC_WRITE, 0, NULL, 9, 0, NULL));
  T(CreateFileA("a*b", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL));
  T(CreateFileA("NUL", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL));
  T((INT_PTR)DeleteFileA("new"));
  T((INT_PTR)DeleteFileA("new"));
  T((INT_PTR)DeleteFileA("new2"));
  T((INT_PTR)CreateDirectoryA("dir", NULL));
  T((INT_PTR)CreateDirectoryA("dir", NULL));
  T((INT_PTR)DeleteFileA("dir"));
  T((INT_PTR)RemoveDirectoryA("dir"));
  T((INT_PTR)RemoveDirectoryA("dir"));
  T((INT_PTR)MoveFileA("x", "y"));
  T((INT_PTR)CopyFileA("x", "y", TRUE));
  T((INT_PTR)SetCurrentDirectoryA("nowhere"));
  return 0;
}
