// SPDX-License-Identifier: Apache-2.0
// A file is cut while a view shows it, by somebody who knows nothing of mappings: reading what is gone raises
// EXCEPTION_IN_PAGE_ERROR, which __except catches, and ReadFile of another handle and the rest of the view work on.
#include <windows.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

extern "C" int truncate(char const* path, long size);  // of Linux: the file's other user

static DWORD const size = 64 * 1024;

/// Copies out of the view as much as can be read.
static DWORD copy_safely(char* to, char const* from, DWORD count, EXCEPTION_RECORD* seen) {
  DWORD volatile copied = 0;
  __try {
    while (copied < count) {
      memcpy(to + copied, from + copied, 4096);
      InterlockedAdd((LONG volatile*)&copied, 4096);
    }
  } __except (GetExceptionCode() == EXCEPTION_IN_PAGE_ERROR
                  ? (*seen = *GetExceptionInformation()->ExceptionRecord, EXCEPTION_EXECUTE_HANDLER)
                  : EXCEPTION_CONTINUE_SEARCH) {
    printf("the rest cannot be read\n");
  }
  return copied;
}

int main() {
  HANDLE file = CreateFileA("data.log", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                            CREATE_ALWAYS, 0, nullptr);
  std::vector<char> text(size, 'x');
  DWORD moved;
  WriteFile(file, text.data(), size, &moved, nullptr);
  HANDLE section = CreateFileMappingA(file, nullptr, PAGE_READWRITE, 0, 0, nullptr);
  char* view = (char*)MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
  std::vector<char> out(size);
  EXCEPTION_RECORD seen{};
  printf("whole: %lu\n", copy_safely(out.data(), view, size, &seen));
  if (truncate("data.log", 5 * 4096) != 0) return 1;
  printf("cut: %lu\n", copy_safely(out.data(), view, size, &seen));
  printf("%08lX, %lu words, kind %d, at %d, %08lX\n", seen.ExceptionCode, seen.NumberParameters,
         (int)seen.ExceptionInformation[0], (int)(seen.ExceptionInformation[1] - (ULONG_PTR)view),
         (DWORD)seen.ExceptionInformation[2]);
  __try {
    view[6 * 4096] = 'y';
  } __except (GetExceptionCode() == EXCEPTION_IN_PAGE_ERROR) {
    printf("nor written\n");
  }
  view[4096] = 'z';
  SetFilePointer(file, 4096, nullptr, FILE_BEGIN);
  char c = 0;
  ReadFile(file, &c, 1, &moved, nullptr);
  printf("what is left: %c\n", c);
  UnmapViewOfFile(view);
  CloseHandle(section);
  CloseHandle(file);
  DeleteFileA("data.log");
}
