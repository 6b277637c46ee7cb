/* SPDX-License-Identifier: Apache-2.0 */
/* Flags of handles, duplicates that keep a name, low bits that are ignored. */
#include <stdio.h>
#include <windows.h>

/* The result, and the error where it says that there is one. */
#define SHOW(call)                                                \
  do {                                                            \
    int const result = (int)(call);                               \
    printf("%d %lu\n", result, result != 0 ? 0 : GetLastError()); \
  } while (0)

int main(void) {
  HANDLE h[5];
  int i;
  DWORD f;
  h[0] = CreateEventW(NULL, TRUE, FALSE, L"hi");
  h[1] = CreateMutexW(NULL, TRUE, NULL);
  h[2] = CreateSemaphoreW(NULL, 0, 3, L"hs");
  h[3] = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, L"hm");
  h[4] = CreateFileW(L"hf", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
  for (i = 0; i < 5; i++) {
    printf("%d %d", ((ULONG_PTR)h[i] & 3) == 0, GetHandleInformation(h[i], &f));
    printf(" %lu", f);
    SetHandleInformation(h[i], HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    GetHandleInformation(h[i], &f);
    printf(" %lu %lu\n", f, WaitForSingleObject(h[i], 0));
  }
  {
    HANDLE d;
    DuplicateHandle(GetCurrentProcess(), h[0], GetCurrentProcess(), &d, 0, FALSE, DUPLICATE_SAME_ACCESS);
    SetEvent(d);
    printf("%lu\n", WaitForSingleObject(h[0], 0));
    CloseHandle(h[0]);
    {
      HANDLE o = OpenEventW(SYNCHRONIZE, FALSE, L"hi");
      printf("%d\n", o != NULL);
      CloseHandle(o);
    }
    CloseHandle(d);
    SHOW(OpenEventW(SYNCHRONIZE, FALSE, L"hi") != NULL);
  }
  printf("%d\n", CloseHandle((HANDLE)((ULONG_PTR)h[2] | 3)));
  printf("%d\n", CloseHandle(h[2]));
  return 0;
}
