// SPDX-License-Identifier: Apache-2.0
// Names with every character that a file name could not have, through all calls.
#include <stdio.h>
#include <windows.h>

#include <string>

/* The result, and the error where it says that there is one. */
#define SHOW(call)                                                \
  do {                                                            \
    int const result = (int)(call);                               \
    printf("%d %lu\n", result, result != 0 ? 0 : GetLastError()); \
  } while (0)

int main() {
  std::string names[] = {"plain",
                         "with space",
                         "a/b",
                         "..",
                         ".",
                         "x:y",
                         "\xc3\xa9t\xc3\xa9",
                         std::string(259, 'n'),
                         "Local\\x",
                         "Local\\Global\\x",
                         "Session\\0\\abc",
                         "UPPER",
                         "upper",
                         "{GUID-1234}",
                         "tab\tx",
                         "a|b",
                         "*?",
                         "Global\\",
                         "GLOBAL\\x",
                         "C:\\file"};
  for (auto& n : names) {
    SetLastError(1);
    HANDLE h = CreateFileMappingA(INVALID_HANDLE_VALUE, 0, PAGE_READWRITE, 0, 10, n.c_str());
    DWORD e = GetLastError();
    HANDLE o = OpenFileMappingA(FILE_MAP_READ, 0, n.c_str());
    DWORD e2 = GetLastError();
    HANDLE m = CreateMutexA(0, 0, n.c_str());
    DWORD e3 = GetLastError();
    printf("%.20s(%d): %d %lu, %d %lu, %d %lu\n", n.c_str(), (int)n.size(), h != 0, e, o != 0, e2, m != 0, e3);
    if (h) CloseHandle(h);
    if (o) CloseHandle(o);
    if (m) CloseHandle(m);
  }
  std::wstring w(32000, L'w');
  HANDLE h = CreateFileMappingW(INVALID_HANDLE_VALUE, 0, PAGE_READWRITE, 0, 10, w.c_str());
  printf("%d\n", h != 0);
  w[31999] = L'x';
  SHOW(OpenFileMappingW(FILE_MAP_READ, 0, w.c_str()) != 0);
}
