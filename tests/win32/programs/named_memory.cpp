// SPDX-License-Identifier: Apache-2.0
// The two halves of the usual first program, in one process: TCHAR, names, VirtualQuery, and the end of a name.
#include <conio.h>
#include <stdio.h>
#include <tchar.h>
#include <windows.h>
#define BUF_SIZE 256
TCHAR szName[] = TEXT("Global\\MyFileMappingObject");
TCHAR szMsg[] = TEXT("Message from first process.");
int _tmain(int argc, TCHAR* argv[]) {
  HANDLE hMapFile = CreateFileMapping(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, BUF_SIZE, szName);
  if (hMapFile == NULL) {
    _tprintf(TEXT("Could not create file mapping object (%d).\n"), GetLastError());
    return 1;
  }
  LPCTSTR pBuf = (LPTSTR)MapViewOfFile(hMapFile, FILE_MAP_ALL_ACCESS, 0, 0, BUF_SIZE);
  if (pBuf == NULL) {
    _tprintf(TEXT("Could not map view of file (%d).\n"), GetLastError());
    CloseHandle(hMapFile);
    return 1;
  }
  CopyMemory((PVOID)pBuf, szMsg, (_tcslen(szMsg) * sizeof(TCHAR)));
  _tprintf(TEXT("%s %u\n"), pBuf, GetLastError());
  HANDLE h2 = OpenFileMapping(FILE_MAP_READ, FALSE, szName);
  _tprintf(TEXT("open %d\n"), h2 != NULL);
  MEMORY_BASIC_INFORMATION mbi;
  SIZE_T n = VirtualQuery(pBuf, &mbi, sizeof mbi);
  _tprintf(TEXT("query %d size %lu type %lx prot %lx state %lx\n"), (int)n, (unsigned long)mbi.RegionSize, mbi.Type,
           mbi.Protect, mbi.State);
  UnmapViewOfFile(pBuf);
  CloseHandle(hMapFile);
  CloseHandle(h2);
  h2 = OpenFileMapping(FILE_MAP_READ, FALSE, szName);
  _tprintf(TEXT("open %d %lu\n"), h2 != NULL, GetLastError());
  return 0;
}
