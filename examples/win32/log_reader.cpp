// SPDX-License-Identifier: Apache-2.0
// Counts the lines of a log through a mapping, and survives the log's being cut meanwhile (as a program that rotates
// logs does): what cannot be read any more raises EXCEPTION_IN_PAGE_ERROR, which the reader takes for the end.
//   log_reader FILE [COMMAND]
// The command is run between mapping and reading, to try it out: log_reader access.log "truncate -s 5000 access.log"
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

struct log_counts {
  ULONGLONG lines;
  ULONGLONG bytes;
};

// In a function of its own: what the block changes lies behind a pointer, and is there for whoever
// looks after a fault.
static BOOL CountLines(char const* text, ULONGLONG size, log_counts volatile* counts) {
  __try {
    for (ULONGLONG i = 0; i < size; i++) {
      if (text[i] == '\n') counts->lines = counts->lines + 1;
      counts->bytes = i + 1;
    }
  } __except (GetExceptionCode() == EXCEPTION_IN_PAGE_ERROR ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH) {
    return FALSE;
  }
  return TRUE;
}

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: log_reader FILE [COMMAND]\n");
    return 2;
  }
  HANDLE file = CreateFileA(argv[1], GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                            OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
  LARGE_INTEGER size;
  if (file == INVALID_HANDLE_VALUE || !GetFileSizeEx(file, &size)) {
    fprintf(stderr, "%s cannot be opened: error %lu\n", argv[1], (unsigned long)GetLastError());
    return 1;
  }
  HANDLE mapping = CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0, NULL);
  char const* text = mapping == NULL ? NULL : (char const*)MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
  if (text == NULL) {
    fprintf(stderr, "%s cannot be mapped: error %lu\n", argv[1], (unsigned long)GetLastError());
    return 1;
  }
  if (argc > 2 && system(argv[2]) != 0) return 1;
  log_counts counts = {0, 0};
  BOOL whole = CountLines(text, (ULONGLONG)size.QuadPart, &counts);
  printf("%llu lines in %llu bytes%s\n", counts.lines, counts.bytes, whole ? "" : ", then the log was cut");
  UnmapViewOfFile(text);
  CloseHandle(mapping);
  CloseHandle(file);
  return 0;
}
