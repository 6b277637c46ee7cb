// SPDX-License-Identifier: Apache-2.0
// A UNICODE program: the _t functions, safe strings, wide names, code pages, time.
#define UNICODE
#define _UNICODE
#include <stdio.h>
#include <tchar.h>
#include <wchar.h>
#include <windows.h>
#define STRSAFE_NO_DEPRECATE
#include <strsafe.h>
#include <time.h>
typedef struct _SHARED {
  DWORD count;
  TCHAR text[64];
  FILETIME when;
  LARGE_INTEGER li;
  BOOL flag;
} SHARED, *PSHARED, FAR* LPSHARED;
int _tmain(int argc, _TCHAR* argv[]) {
  TCHAR buf[64];
  _stprintf_s(buf, _countof(buf), _T("value %d %ls %c"), 42, _T("text"), _T('x'));
  _tprintf(_T("%ls\n"), buf);
  _tcscpy_s(buf, 64, _T("abc"));
  _tcscat_s(buf, 64, _T("def"));
  _tprintf(_T("%ls %d\n"), buf, (int)_tcslen(buf));
  StringCchPrintf(buf, 64, TEXT("%ls-%u"), L"wide", 7u);
  _tprintf(_T("%ls\n"), buf);
  HANDLE h = CreateFileMapping(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(SHARED),
                               TEXT("wide \x00e4\x4e2d name"));
  PSHARED s = (PSHARED)MapViewOfFile(h, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(SHARED));
  lstrcpy(s->text, _T("shared wide text"));
  s->count = InterlockedIncrement((LONG*)&s->count);
  printf("%lu %d\n", (unsigned long)s->count, lstrlen(s->text));
  wprintf(L"%ls\n", s->text);
  char narrow[64];
  int n = WideCharToMultiByte(CP_UTF8, 0, L"gr\x00fc\x00df", -1, narrow, 64, NULL, NULL);
  printf("%d %s\n", n, narrow);
  WCHAR wide[64];
  n = MultiByteToWideChar(CP_UTF8, 0, narrow, -1, wide, 64);
  printf("%d %d\n", n, wide[2] == 0xfc);
  TCHAR* msg = NULL;
  DWORD len =
      FormatMessage(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                    ERROR_FILE_NOT_FOUND, 0, (LPTSTR)&msg, 0, NULL);
  printf("%d\n", len > 0 && msg != NULL);
  LocalFree(msg);
  printf("%d %d\n", _ttoi(_T("123")), _tcscmp(_T("a"), _T("b")) < 0);
  TCHAR* ctx = NULL;
  TCHAR list[] = _T("one,two");
  for (TCHAR* t = _tcstok_s(list, _T(","), &ctx); t; t = _tcstok_s(NULL, _T(","), &ctx)) _tprintf(_T("[%ls]"), t);
  _tprintf(_T("\n"));
  UnmapViewOfFile(s);
  CloseHandle(h);
  h = OpenFileMapping(FILE_MAP_READ, FALSE, TEXT("nothing"));
  printf("%d %lu\n", h == NULL, (unsigned long)GetLastError());
  DWORD t0 = GetTickCount();
  Sleep(15);
  DWORD t1 = GetTickCount();
  printf("%d\n", t1 - t0 >= 10 && t1 - t0 < 2000);
  LARGE_INTEGER f, c;
  QueryPerformanceFrequency(&f);
  QueryPerformanceCounter(&c);
  printf("%d\n", f.QuadPart > 0 && c.QuadPart > 0);
  SYSTEMTIME st;
  GetLocalTime(&st);
  printf("%d\n", st.wYear > 2000);
  return 0;
}
