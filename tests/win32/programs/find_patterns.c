/* SPDX-License-Identifier: Apache-2.0 */
/* What the old patterns find: stars and question marks beside dots. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static int compare(void const* a, void const* b) {
  return strcmp((char const*)a, (char const*)b);
}

static void find(char const* pattern) {
  static char names[64][MAX_PATH];
  WIN32_FIND_DATAA data;
  int count = 0, i;
  HANDLE search = FindFirstFileA(pattern, &data);
  printf("%-10s", pattern);
  if (search == INVALID_HANDLE_VALUE) {
    printf(" error %lu\n", GetLastError());
    return;
  }
  do {
    if (strcmp(data.cFileName, ".") != 0 && strcmp(data.cFileName, "..") != 0) strcpy(names[count++], data.cFileName);
  } while (FindNextFileA(search, &data));
  FindClose(search);
  qsort(names, count, MAX_PATH, compare);
  for (i = 0; i < count; i++) printf(" %s", names[i]);
  printf("\n");
}

int main(void) {
  char const* files[] = {"data", "data.bin", "data1",     "data1.bin", "data1.bin.old",
                         "name", "name.txt", "names.txt", "x.y",       "noext"};
  char const* patterns[] = {
      "*",    "*.*",  "data*.*", "name.*", "data*",     "*.bin", "*.txt",     "????",  "?.?",
      "d*a*", "*.b*", "*.*.*",   "DATA.*", "nothing.*", "*.old", "data*.bin", "*n*.*",
  };
  int i;
  for (i = 0; i < (int)(sizeof files / sizeof *files); i++)
    CloseHandle(CreateFileA(files[i], GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL));
  for (i = 0; i < (int)(sizeof patterns / sizeof *patterns); i++) find(patterns[i]);
  for (i = 0; i < (int)(sizeof files / sizeof *files); i++) DeleteFileA(files[i]);
  return 0;
}
