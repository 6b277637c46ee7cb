// SPDX-License-Identifier: Apache-2.0
// The classic copy through two mappings: both files are mapped whole, and memcpy does the rest. Plain Win32; on Linux
// `E:\dir\file` is the file in the directory that COVIEW_DRIVE_E names.
// clang-format off
#include <windows.h>  // goes first on Windows
#include <mmsystem.h>
// clang-format on
#include <stdio.h>
#include <string.h>

namespace {

int failed(char const* what) {
  fprintf(stderr, "%s failed with error %lu\n", what, static_cast<unsigned long>(GetLastError()));
  return 1;
}

// Both files are open; maps them and copies. The target grows to the source's size as it is mapped.
int copy(HANDLE source, HANDLE target, LARGE_INTEGER size) {
  HANDLE const source_mapping = CreateFileMapping(source, NULL, PAGE_READONLY, 0, 0, NULL);
  if (source_mapping == NULL) return failed("CreateFileMapping of the source");
  HANDLE const target_mapping =
      CreateFileMapping(target, NULL, PAGE_READWRITE, static_cast<DWORD>(size.HighPart), size.LowPart, NULL);
  if (target_mapping == NULL) return failed("CreateFileMapping of the target");
  void const* const from = MapViewOfFile(source_mapping, FILE_MAP_READ, 0, 0, 0);
  void* const to = MapViewOfFile(target_mapping, FILE_MAP_WRITE, 0, 0, 0);
  if (from == NULL || to == NULL) return failed("MapViewOfFile");

  memcpy(to, from, static_cast<size_t>(size.QuadPart));

  if (!FlushViewOfFile(to, 0)) return failed("FlushViewOfFile");
  UnmapViewOfFile(from);
  UnmapViewOfFile(to);
  CloseHandle(target_mapping);
  CloseHandle(source_mapping);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: mapped_copy SOURCE TARGET\n");
    return 2;
  }
  DWORD const start = timeGetTime();
  HANDLE const source = CreateFileA(argv[1], GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                                    FILE_ATTRIBUTE_NORMAL | FILE_FLAG_SEQUENTIAL_SCAN, NULL);
  if (source == INVALID_HANDLE_VALUE) return failed("CreateFile of the source");
  HANDLE const target = CreateFileA(argv[2], GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                                    FILE_ATTRIBUTE_NORMAL | FILE_FLAG_WRITE_THROUGH, NULL);
  if (target == INVALID_HANDLE_VALUE) return failed("CreateFile of the target");
  LARGE_INTEGER size;
  if (!GetFileSizeEx(source, &size)) return failed("GetFileSizeEx");

  int const result = copy(source, target, size);
  CloseHandle(target);
  CloseHandle(source);
  if (result == 0) {
    printf("copied %lu bytes\n", static_cast<unsigned long>(size.QuadPart));
    fprintf(stderr, "in %lu ms\n", static_cast<unsigned long>(timeGetTime() - start));
  }
  return result;
}
