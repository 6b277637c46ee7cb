/* SPDX-License-Identifier: Apache-2.0 */
/* An exercise of a textbook: four threads count the letters of one file, each through a view of its own part, and add
   up what they found under a critical section; the first to fail would set an event. Then the same in place: each
   thread turns its part to capitals, and the file is looked at afterwards. */
#include <ctype.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define THREADS 4
#define LETTERS 26
#define FILE_NAME TEXT("letters.txt")

typedef struct _PART {
  HANDLE hMapping;
  DWORD dwOffset;
  DWORD dwLength;
  BOOL bChange;
  DWORD dwSeen;
} PART, *PPART;

static CRITICAL_SECTION g_cs;
static DWORD g_dwTotals[LETTERS];
static HANDLE g_hFailed;
static DWORD g_dwTlsIndex;
static LONG volatile g_lRunning;

static void Note(int nLetter) {
  DWORD* pCounts = (DWORD*)TlsGetValue(g_dwTlsIndex);
  ++pCounts[nLetter];
}

static unsigned __stdcall Worker(void* pArgument) {
  PPART pPart = (PPART)pArgument;
  DWORD* pCounts = (DWORD*)LocalAlloc(LPTR, LETTERS * sizeof(DWORD));
  char* pView;
  DWORD i;

  InterlockedIncrement(&g_lRunning);
  TlsSetValue(g_dwTlsIndex, pCounts);
  pView = (char*)MapViewOfFile(pPart->hMapping, pPart->bChange ? FILE_MAP_WRITE : FILE_MAP_READ, 0, pPart->dwOffset,
                               pPart->dwLength);
  if (pView == NULL) {
    SetEvent(g_hFailed);
    return GetLastError();
  }
  for (i = 0; i < pPart->dwLength; ++i) {
    if (isalpha((unsigned char)pView[i])) Note(tolower((unsigned char)pView[i]) - 'a');
    if (pPart->bChange) pView[i] = (char)toupper((unsigned char)pView[i]);
  }
  pPart->dwSeen = i;
  UnmapViewOfFile(pView);
  EnterCriticalSection(&g_cs);
  for (i = 0; i < LETTERS; ++i) g_dwTotals[i] += pCounts[i];
  LeaveCriticalSection(&g_cs);
  LocalFree(pCounts);
  InterlockedDecrement(&g_lRunning);
  return 0;
}

static int Round(HANDLE hMapping, DWORD dwSize, BOOL bChange) {
  HANDLE hThreads[THREADS];
  PART parts[THREADS];
  SYSTEM_INFO si;
  DWORD dwEach, dwCode = 1, dwSum = 0;
  int i;

  GetSystemInfo(&si);
  dwEach = (dwSize / THREADS / si.dwAllocationGranularity + 1) * si.dwAllocationGranularity;
  memset(g_dwTotals, 0, sizeof(g_dwTotals));
  for (i = 0; i < THREADS; ++i) {
    unsigned uThreadId;
    parts[i].hMapping = hMapping;
    parts[i].dwOffset = i * dwEach;
    parts[i].dwLength = i == THREADS - 1 ? dwSize - i * dwEach : dwEach;
    parts[i].bChange = bChange;
    parts[i].dwSeen = 0;
    hThreads[i] = (HANDLE)_beginthreadex(NULL, 0, Worker, &parts[i], CREATE_SUSPENDED, &uThreadId);
    if (hThreads[i] == 0) return 1;
  }
  printf("running before they are resumed: %ld\n", (long)g_lRunning);
  for (i = 0; i < THREADS; ++i) ResumeThread(hThreads[i]);
  if (WaitForMultipleObjects(THREADS, hThreads, TRUE, 60000) != WAIT_OBJECT_0) return 2;
  for (i = 0; i < THREADS; ++i) {
    GetExitCodeThread(hThreads[i], &dwCode);
    printf("thread %d: offset %lu, %lu bytes, code %lu\n", i, parts[i].dwOffset, parts[i].dwSeen, dwCode);
    CloseHandle(hThreads[i]);
  }
  for (i = 0; i < LETTERS; ++i) dwSum += g_dwTotals[i];
  printf("a %lu, e %lu, z %lu, all %lu; failed: %s\n", g_dwTotals[0], g_dwTotals[4], g_dwTotals[25], dwSum,
         WaitForSingleObject(g_hFailed, 0) == WAIT_TIMEOUT ? "none" : "some");
  return 0;
}

int main(void) {
  static char const szLine[] = "The quick brown fox jumps over the lazy dog.\n";
  HANDLE hFile, hMapping;
  DWORD i, dwWritten, dwSize;
  char szFirst[20] = "";

  InitializeCriticalSectionAndSpinCount(&g_cs, 4000);
  printf("free: %ld, %ld\n", (long)g_cs.LockCount, (long)g_cs.RecursionCount);
  g_hFailed = CreateEvent(NULL, TRUE, FALSE, NULL);
  g_dwTlsIndex = TlsAlloc();
  hFile = CreateFile(FILE_NAME, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
  for (i = 0; i < 40000; ++i) WriteFile(hFile, szLine, (DWORD)strlen(szLine), &dwWritten, NULL);
  dwSize = GetFileSize(hFile, NULL);
  printf("size %lu\n", dwSize);
  hMapping = CreateFileMapping(hFile, NULL, PAGE_READWRITE, 0, 0, NULL);
  if (Round(hMapping, dwSize, FALSE) != 0 || Round(hMapping, dwSize, TRUE) != 0) {
    printf("failed %lu\n", GetLastError());
    return 1;
  }
  printf("views of threads must begin at multiples: ");
  SetLastError(0);
  printf("%d", MapViewOfFile(hMapping, FILE_MAP_READ, 0, 4096, 10) != NULL);
  printf(" %lu\n", GetLastError());
  CloseHandle(hMapping);
  SetFilePointer(hFile, -(LONG)strlen(szLine), NULL, FILE_END);
  ReadFile(hFile, szFirst, sizeof(szFirst) - 1, &dwWritten, NULL);
  printf("the last line: %s\n", szFirst);
  CloseHandle(hFile);
  CloseHandle(g_hFailed);
  printf("slot freed: %d", TlsFree(g_dwTlsIndex));
  printf(" twice: %d\n", TlsFree(g_dwTlsIndex));
  DeleteCriticalSection(&g_cs);
  return !DeleteFile(FILE_NAME);
}
