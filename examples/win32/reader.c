/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the memory of writer.c, prints what is in it and answers. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include "shared_memory.h"

static int failed(char const* what) {
  fprintf(stderr, "%s failed with error %lu\n", what, (unsigned long)GetLastError());
  return 1;
}

int main(void) {
  HANDLE mapping = NULL;
  int attempt;
  for (attempt = 0; attempt < 3000 && mapping == NULL; ++attempt) { /* the writer may start later */
    mapping = OpenFileMapping(FILE_MAP_WRITE, FALSE, MEMORY_NAME);
    if (mapping == NULL) Sleep(10);
  }
  if (mapping == NULL) return failed("OpenFileMapping");
  HANDLE written = CreateEvent(NULL, FALSE, FALSE, WRITTEN_NAME);
  HANDLE answered = CreateEvent(NULL, FALSE, FALSE, ANSWERED_NAME);
  if (written == NULL || answered == NULL) return failed("CreateEvent");

  /* A handle that was opened for writing only maps views that write, and these can be read as well. */
  char* memory = (char*)MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, MEMORY_SIZE);
  if (memory == NULL) return failed("MapViewOfFile");
  if (WaitForSingleObject(written, 30000) != WAIT_OBJECT_0) {
    fprintf(stderr, "nothing was written\n");
    return 1;
  }
  printf("reader: read '%s'\n", memory);
  strcpy(memory, "and hello from the reader");
  printf("reader: wrote '%s'\n", memory);
  SetEvent(answered);

  if (!UnmapViewOfFile(memory)) return failed("UnmapViewOfFile");
  CloseHandle(answered);
  CloseHandle(written);
  CloseHandle(mapping);
  return 0;
}
