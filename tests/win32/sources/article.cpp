// SPDX-License-Identifier: Apache-2.0
// The classic article's way to share memory: no file but all bits set, a name, a view, and a box
// where something fails.
#include <afxwin.h>
#include <stdio.h>
#include <string.h>

#define SHARED_SIZE 4096

static HANDLE g_hMap = NULL;
static LPVOID g_lpView = NULL;

BOOL MakeSharedMemory() {
  g_hMap = CreateFileMapping((HANDLE)0xFFFFFFFF, NULL, PAGE_READWRITE, 0, SHARED_SIZE, "MySharedMem");
  if (g_hMap == NULL) {
    AfxMessageBox("could not create file mapping");
    return FALSE;
  }
  BOOL bExisted = (GetLastError() == ERROR_ALREADY_EXISTS);
  TRACE("MySharedMem was %s\n", bExisted ? "there" : "made");
  g_lpView = MapViewOfFile(g_hMap, FILE_MAP_WRITE, 0, 0, 0);
  if (g_lpView == NULL) {
    AfxMessageBox("could not map view of file");
    CloseHandle(g_hMap);
    return FALSE;
  }
  ASSERT(g_lpView != NULL);
  return TRUE;
}

BOOL ReadSharedMemory(char* pText, int nSize) {
  HANDLE hMap = OpenFileMapping(FILE_MAP_READ, FALSE, "MySharedMem");
  if (hMap == NULL) {
    AfxMessageBox("could not open file mapping", MB_OK | MB_ICONSTOP);
    return FALSE;
  }
  LPVOID lpView = MapViewOfFile(hMap, FILE_MAP_READ, 0, 0, 0);
  if (lpView == NULL) return FALSE;
  strncpy(pText, (char*)lpView, nSize);
  if (!UnmapViewOfFile(lpView)) AfxMessageBox("could not unmap view of file");
  VERIFY(CloseHandle(hMap));
  return TRUE;
}

int main() {
  char szText[64];
  if (!MakeSharedMemory()) return 1;
  strcpy((char*)g_lpView, "hello from the article");
  if (!ReadSharedMemory(szText, sizeof(szText))) return 1;
  printf("%s\n", szText);
  if (!UnmapViewOfFile(g_lpView)) AfxMessageBox("could not unmap view of file");
  if (!UnmapViewOfFile(g_lpView)) AfxMessageBox("could not unmap view of file");
  CloseHandle(g_hMap);
  return ReadSharedMemory(szText, sizeof(szText)) ? 1 : 0;
}
