/* SPDX-License-Identifier: Apache-2.0 */
/* Records are sorted in place, in a mapped file, with gotos to one cleanup. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define DATALEN 56
#define KEY_SIZE 8
typedef struct _RECORD {
  CHAR key[KEY_SIZE];
  CHAR data[DATALEN];
} RECORD;
#define RECSIZE sizeof(RECORD)
static int KeyCompare(LPCVOID p1, LPCVOID p2) {
  return memcmp(p1, p2, KEY_SIZE);
}
static VOID ReportError(LPCSTR userMessage, DWORD exitCode, BOOL printErrorMessage) {
  DWORD eMsgLen, errNum = GetLastError();
  LPSTR lpvSysMsg = NULL;
  fprintf(stdout, "%s\n", userMessage);
  if (printErrorMessage) {
    eMsgLen = FormatMessageA(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM, NULL, errNum,
                             MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT), (LPSTR)&lpvSysMsg, 0, NULL);
    printf("%d %lu\n", eMsgLen > 0, errNum);
    if (lpvSysMsg != NULL) LocalFree(lpvSysMsg);
  }
  if (exitCode > 0) ExitProcess(exitCode);
}
int main(int argc, LPSTR argv[]) {
  HANDLE hFile = INVALID_HANDLE_VALUE, hMap = NULL;
  LPVOID pFile = NULL;
  DWORD i, nr = 1000, x = 12345, sum = 0;
  RECORD rec;
  DWORD n;
  LARGE_INTEGER size;
  int result = 1;
  hFile = CreateFileA("records.dat", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
  if (hFile == INVALID_HANDLE_VALUE) {
    ReportError("open", 1, TRUE);
    goto cleanup;
  }
  for (i = 0; i < nr; i++) {
    x = x * 1103515245 + 12345;
    _snprintf(rec.key, KEY_SIZE, "%07lu", (x >> 8) % 10000000);
    memset(rec.data, 'a' + i % 26, DATALEN);
    WriteFile(hFile, &rec, RECSIZE, &n, NULL);
  }
  if (!GetFileSizeEx(hFile, &size)) goto cleanup;
  hMap = CreateFileMappingA(hFile, NULL, PAGE_READWRITE, 0, 0, NULL);
  if (hMap == NULL) {
    ReportError("map", 2, TRUE);
    goto cleanup;
  }
  pFile = MapViewOfFile(hMap, FILE_MAP_ALL_ACCESS, 0, 0, 0);
  if (pFile == NULL) goto cleanup;
  qsort(pFile, nr, RECSIZE, KeyCompare);
  for (i = 1; i < nr; i++)
    if (KeyCompare((RECORD*)pFile + i - 1, (RECORD*)pFile + i) > 0) {
      printf("not sorted at %u\n", i);
      goto cleanup;
    }
  printf("%.7s %.7s %c\n", ((RECORD*)pFile)[0].key, ((RECORD*)pFile)[nr - 1].key, ((RECORD*)pFile)[5].data[3]);
  if (!FlushViewOfFile(pFile, 0)) ReportError("flush", 0, TRUE);
  if (!UnmapViewOfFile(pFile)) ReportError("unmap", 0, TRUE);
  if (!UnmapViewOfFile(pFile)) ReportError("unmap again", 0, TRUE);
  pFile = NULL;
  result = 0;
  SetFilePointer(hFile, 0, NULL, FILE_BEGIN);
  while (ReadFile(hFile, &rec, RECSIZE, &n, NULL) && n == RECSIZE) sum = sum * 31 + rec.key[6];
  printf("checksum %lu at %lu\n", sum, SetFilePointer(hFile, 0, NULL, FILE_CURRENT));
cleanup:
  if (pFile) UnmapViewOfFile(pFile);
  if (hMap) CloseHandle(hMap);
  if (hFile != INVALID_HANDLE_VALUE) CloseHandle(hFile);
  DeleteFileA("records.dat");
  if (CreateFileA("records.dat", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL) == INVALID_HANDLE_VALUE)
    ReportError("reopen", 0, TRUE);
  return result;
}
