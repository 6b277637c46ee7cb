/* SPDX-License-Identifier: Apache-2.0 */
/* Creates 4096 bytes of named memory, writes a message into it, waits for reader.c to answer and prints the answer.
   Plain Win32: the same source runs on Windows, and on Linux with coview. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include "shared_memory.h"

static int failed(char const* what) {
  fprintf(stderr, "%s failed with error %lu\n", what, (unsigned long)GetLastError());
  return 1;
}

int main(void) {
  HANDLE mapping = CreateFileMapping(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, MEMORY_SIZE, MEMORY_NAME);
  if (mapping == NULL) return failed("CreateFileMapping");
  if (GetLastError() == ERROR_ALREADY_EXISTS) {
    fprintf(stderr, "the memory exists already: another writer runs\n");
    CloseHandle(mapping);
    return 1;
  }
  HANDLE written = CreateEvent(NULL, FALSE, FALSE, WRITTEN_NAME);
  HANDLE answered = CreateEvent(NULL, FALSE, FALSE, ANSWERED_NAME);
  if (written == NULL || answered == NULL) return failed("CreateEvent");

  char* memory = (char*)MapViewOfFile(mapping, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, MEMORY_SIZE);
  if (memory == NULL) return failed("MapViewOfFile");

  strcpy(memory, "hello from the writer");
  printf("writer: wrote '%s'\n", memory);
  fflush(stdout);
  SetEvent(written);
  if (WaitForSingleObject(answered, 30000) != WAIT_OBJECT_0) {
    fprintf(stderr, "nobody answered\n");
    return 1;
  }
  printf("writer: read '%s'\n", memory);

  /* The address after the view is no view: unmapping reports it. */
  if (!UnmapViewOfFile(memory)) return failed("UnmapViewOfFile");
  if (UnmapViewOfFile(memory)) return 1;
  printf("writer: a second UnmapViewOfFile fails with error %lu\n", (unsigned long)GetLastError());

  CloseHandle(answered);
  CloseHandle(written);
  CloseHandle(mapping);
  return 0;
}
