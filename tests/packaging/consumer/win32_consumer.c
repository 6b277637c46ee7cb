/* SPDX-License-Identifier: Apache-2.0 */
/* A Win32 source that knows nothing of Linux: shares a page under a name, and reads it back. */
#include <windows.h>

#include <tchar.h>

int main(void) {
  char* shared;
  const char* again;
  HANDLE opened;
  HANDLE mapping = CreateFileMapping(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, TEXT("MySharedMem"));
  if (mapping == NULL || GetLastError() == ERROR_ALREADY_EXISTS) return 1;
  shared = (char*)MapViewOfFile(mapping, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, 0);
  if (shared == NULL) return 2;
  opened = OpenFileMapping(FILE_MAP_READ, FALSE, TEXT("Local\\MySharedMem"));
  again = (const char*)MapViewOfFile(opened, FILE_MAP_READ, 0, 0, 0);
  if (again == NULL) return 3;
  CopyMemory(shared, "hello", 6);
  if (lstrcmpA(again, "hello") != 0) return 4;
  if (!UnmapViewOfFile(again) || !UnmapViewOfFile(shared) || !CloseHandle(opened) || !CloseHandle(mapping)) return 5;
  if (OpenFileMapping(FILE_MAP_READ, FALSE, TEXT("MySharedMem")) != NULL) return 6;
  return GetLastError() == ERROR_FILE_NOT_FOUND ? 0 : 7;
}
