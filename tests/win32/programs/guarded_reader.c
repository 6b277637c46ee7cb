/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of a mapped file of records that trusts nothing: every access to the view is in a guarded block, a record
   whose length lies ends the reading, a view that was taken away is an error and no crash, and what was opened is
   closed. The view is read by functions that blocks call: clang for Windows guards nothing else. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#define NAME "records.dat"
#define WRONG_SUM 0xE0000001

typedef struct _RECORD {
  DWORD dwLength;
  DWORD dwSum;
} RECORD;

typedef struct _READER {
  HANDLE hFile, hMapping;
  BYTE* pBase;
  DWORD dwSize;
} READER;

static int g_nFinally;

static int Filter(DWORD dwCode, LPEXCEPTION_POINTERS pInfo, void const* pBase, DWORD volatile* pError,
                  DWORD* pOffset) {
  EXCEPTION_RECORD const* pRecord = pInfo->ExceptionRecord;
  ULONG_PTR uAddress;
  if (dwCode == WRONG_SUM)
    uAddress = (ULONG_PTR)pRecord->ExceptionInformation[0];
  else if (dwCode == EXCEPTION_ACCESS_VIOLATION || dwCode == EXCEPTION_IN_PAGE_ERROR)
    uAddress = (ULONG_PTR)pRecord->ExceptionInformation[1];
  else
    return EXCEPTION_CONTINUE_SEARCH;
  *pError = dwCode;
  *pOffset = (DWORD)(uAddress - (ULONG_PTR)pBase);
  return EXCEPTION_EXECUTE_HANDLER;
}

static BOOL Append(HANDLE hFile, char const* lpszText, DWORD dwSaid) {
  RECORD r;
  DWORD n, i, dwLength = (DWORD)strlen(lpszText);
  r.dwLength = dwSaid;
  r.dwSum = 0;
  for (i = 0; i < dwLength; ++i) r.dwSum += (BYTE)lpszText[i];
  return WriteFile(hFile, &r, sizeof(r), &n, NULL) && WriteFile(hFile, lpszText, dwLength, &n, NULL);
}

static BOOL Open(READER* p) {
  BOOL volatile bDone = FALSE;
  memset(p, 0, sizeof(*p));
  __try {
    p->hFile = CreateFileA(NAME, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                           OPEN_EXISTING, 0, NULL);
    if (p->hFile == INVALID_HANDLE_VALUE) __leave;
    p->dwSize = GetFileSize(p->hFile, NULL);
    p->hMapping = CreateFileMappingA(p->hFile, NULL, PAGE_READONLY, 0, 0, NULL);
    if (p->hMapping == NULL) __leave;
    p->pBase = (BYTE*)MapViewOfFile(p->hMapping, FILE_MAP_READ, 0, 0, 0);
    bDone = p->pBase != NULL;
  } __finally {
    ++g_nFinally;
    if (!bDone) {
      printf("not opened, abnormal %d\n", AbnormalTermination());
      if (p->hMapping != NULL) CloseHandle(p->hMapping);
      if (p->hFile != INVALID_HANDLE_VALUE) CloseHandle(p->hFile);
    }
  }
  return bDone;
}

static void Close(READER* p) {
  if (p->pBase != NULL) UnmapViewOfFile(p->pBase);
  CloseHandle(p->hMapping);
  CloseHandle(p->hFile);
}

static DWORD ReadOne(RECORD const* pRecord) {
  BYTE const* pBytes = (BYTE const*)(pRecord + 1);
  DWORD const dwLength = pRecord->dwLength;
  DWORD i, dwSum = 0;
  for (i = 0; i < dwLength; ++i) dwSum += pBytes[i];
  if (dwSum != pRecord->dwSum) RaiseException(WRONG_SUM, 0, 1, (ULONG_PTR const*)&pRecord);
  return sizeof(RECORD) + dwLength;
}

static void WriteOne(BYTE volatile* pAt) {
  *pAt = 1;
}

static DWORD PeekOne(BYTE const volatile* pAt) {
  return *pAt;
}

/* The number of records that are whole, and in *pError why there are no more: 0, or the exception's code. */
static int ReadAll(READER* p, DWORD dwLimit, DWORD volatile* pError, DWORD* pOffset) {
  int volatile nRecords = 0;
  DWORD volatile dwAt = 0;
  *pError = 0;
  __try {
    while (dwAt < dwLimit) {
      dwAt = dwAt + ReadOne((RECORD const*)(p->pBase + dwAt));
      nRecords = nRecords + 1;
    }
  } __except (Filter(GetExceptionCode(), GetExceptionInformation(), p->pBase, pError, pOffset)) {
    printf("stopped; ");
  }
  return nRecords;
}

static void Report(char const* lpszWhat, READER* p, DWORD dwLimit) {
  DWORD volatile dwError = 0;
  DWORD dwOffset = 0;
  int const nRecords = ReadAll(p, dwLimit, &dwError, &dwOffset);
  printf("%s: %d records, %08lX", lpszWhat, nRecords, (DWORD)dwError);
  if (dwError != 0 && dwOffset < p->dwSize) printf(" at %lu", dwOffset);
  if (dwError != 0 && dwOffset >= p->dwSize) printf(" behind the end");
  printf("\n");
}

static int Nested(BYTE const* pBase) {
  int volatile nSteps = 0;
  __try {
    __try {
      nSteps = nSteps + 1;
      WriteOne((BYTE*)pBase); /* a view for reading */
      nSteps = nSteps + 100;
    } __finally {
      nSteps = nSteps + (AbnormalTermination() ? 10 : 1000);
    }
  } __except (GetExceptionCode() == EXCEPTION_ACCESS_VIOLATION) {
    nSteps = nSteps + 2;
  }
  return nSteps;
}

static DWORD WINAPI InThread(LPVOID pArgument) {
  READER* p = (READER*)pArgument;
  DWORD volatile dwCode = 0;
  __try {
    dwCode = PeekOne(p->hFile == NULL ? p->pBase : (BYTE*)16);
  } __except (dwCode = GetExceptionCode(), EXCEPTION_EXECUTE_HANDLER) {
    dwCode = dwCode + 1;
  }
  return dwCode;
}

int main(void) {
  READER r;
  HANDLE hFile, hThread;
  DWORD dwCode, dwOld;
  printf("no file: %d\n", Open(&r));
  hFile = CreateFileA(NAME, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, CREATE_ALWAYS, 0,
                      NULL);
  printf("empty: %d\n", Open(&r));
  Append(hFile, "first", 5);
  Append(hFile, "second record", 13);
  Append(hFile, "", 0);
  FlushFileBuffers(hFile);
  if (!Open(&r)) return 1;
  Report("whole", &r, r.dwSize);
  Close(&r);
  Append(hFile, "spoilt", 5);
  if (!Open(&r)) return 1;
  Report("wrong sum", &r, r.dwSize);
  Close(&r);
  SetFilePointer(hFile, -14, NULL, FILE_END);
  SetEndOfFile(hFile);
  Append(hFile, "longer than it is", 0x7FFFFFFF);
  if (!Open(&r)) return 1;
  Report("a length that lies", &r, r.dwSize);
  printf("nested %d\n", Nested(r.pBase));
  hThread = CreateThread(NULL, 0, InThread, &r, 0, NULL);
  WaitForSingleObject(hThread, INFINITE);
  GetExitCodeThread(hThread, &dwCode);
  CloseHandle(hThread);
  printf("in a thread %08lX\n", dwCode);
  VirtualProtect(r.pBase, 4096, PAGE_NOACCESS, &dwOld);
  Report("no access", &r, r.dwSize);
  VirtualProtect(r.pBase, 4096, dwOld, &dwOld);
  Report("access again", &r, 42);
  UnmapViewOfFile(r.pBase);
  Report("taken away", &r, r.dwSize);
  r.pBase = NULL;
  Report("nowhere", &r, r.dwSize);
  Close(&r);
  CloseHandle(hFile);
  printf("blocks ended %d\n", g_nFinally);
  return !DeleteFileA(NAME);
}
