/* SPDX-License-Identifier: Apache-2.0 */
/* The C library's plain names with Microsoft's sizes: what sources for Windows print and read
   without thinking of it. */
extern int __cdecl before_any_header(int a);
extern __declspec(noinline) int __stdcall before_too(int a);
#define _CRT_RAND_S
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <tchar.h>
#include <windows.h>

int __cdecl before_any_header(int a) {
  return a + 1;
}
__declspec(noinline) int __stdcall before_too(int a) {
  return a + 2;
}

static int __cdecl by_number(void const* a, void const* b) {
  DWORD x = *(const DWORD*)a, y = *(const DWORD*)b;
  return x < y ? -1 : x > y;
}
static int __cdecl by_distance(void* from, void const* a, void const* b) {
  int x = abs(*(int const*)a - *(int*)from), y = abs(*(int const*)b - *(int*)from);
  return x - y;
}

typedef struct {
  DWORD first;
  DWORD guard;
  LONG second;
  DWORD guard2;
} words;

int main(void) {
  words w = {0, 0xAAAAAAAA, 0, 0xBBBBBBBB};
  ULONGLONG big = 0;
  wchar_t wide[16];
  char narrow[16];
  char* end;
  LONG most = LONG_MAX;
  ULONG all = ULONG_MAX;
  FILE* file;
  printf("%d %d\n", before_any_header(1), before_too(1));

  /* A long has 32 bits: what stands behind it stays. */
  printf("%d", sscanf("4294967295 -5", "%lu %ld", &w.first, &w.second));
  printf(" %lu %ld %lX %lX\n", w.first, w.second, w.guard, w.guard2);
  printf("%d", sscanf("ffffffff 12345678901234", "%lx %I64u", &w.first, &big));
  printf(" %lx %I64u %I64x %lX\n", w.first, big, big, w.guard);
  printf("%d", swscanf(L"17 word", L"%lu %s", &w.first, wide));
  printf(" %lu %ls %lX\n", w.first, wide, w.guard);
  printf("%d", swscanf(L"one two", L"%S %ls", narrow, wide));
  printf(" %s %S\n", narrow, wide);
  printf("%d", sscanf("one two", "%s %S", narrow, wide));
  printf(" %s %ls\n", narrow, wide);
  printf("%d", _stscanf(_T("99 7"), _T("%lu"), &w.first));
  printf(" %lu %hd\n", w.first, (short)-1);

  file = fopen("numbers.txt", "w+");
  fprintf(file, "%lu %ld %I64d %5.1f\n", (DWORD)-1, (LONG)-1, -1LL, 2.5);
  rewind(file);
  {
    float real = 0;
    LONGLONG one = 0;
    printf("%d", fscanf(file, "%lu %ld %I64d %f", &w.first, &w.second, &one, &real));
    printf(" %lu %ld %I64d %g %lX %lX\n", w.first, w.second, one, real, w.guard, w.guard2);
  }
  fclose(file);
  remove("numbers.txt");

  /* The limits fit the types. */
  printf("%d %d %d\n", most == 2147483647, all == 4294967295U, LONG_MIN == (LONG)0x80000000);
  printf("%ld %lu %ld\n", LONG_MAX, ULONG_MAX, LONG_MIN);
  printf("%ld", strtol("99999999999", &end, 10));
  printf(" %d\n", *end);
  printf("%ld %ld %lu\n", strtol("-99999999999", NULL, 10), atol("-7"), strtoul("99999999999", NULL, 10));
  printf("%lu %lx %lu\n", strtoul("-1", NULL, 10), strtoul("fffffffe", NULL, 16), strtoul("42rest", &end, 10));
  printf("%ld %lu\n", wcstol(L"-5", NULL, 10), wcstoul(L"0x20", NULL, 0));
  {
    wchar_t text[64];
    swprintf(text, 64, L"%s %S %hs %ls %lu", L"wide", "narrow", "narrow", L"wide", (DWORD)-1);
    wprintf(L"%s|%d\n", text, (int)wcslen(text));
  }
  {
    DWORD numbers[] = {5, 4000000000U, 1, 3};
    int near_to = 4, around[] = {9, 1, 4, 6, 2}, wanted = 6;
    unsigned count = 4;
    DWORD key = 3, absent = 8;
    qsort(numbers, 4, sizeof(DWORD), by_number);
    printf("%lu %lu %lu %lu\n", numbers[0], numbers[1], numbers[2], numbers[3]);
    printf("%d %d\n", bsearch(&key, numbers, 4, sizeof(DWORD), by_number) == &numbers[1],
           _lfind(&absent, numbers, &count, sizeof(DWORD), by_number) == NULL);
    qsort_s(around, 5, sizeof(int), by_distance, &near_to);
    printf("%d %d %d\n", around[0], around[3], around[4]);
    (void)wanted;
  }
  printf("%d %d %d\n", (int)sizeof(BITMAPFILEHEADER), (int)sizeof(BITMAPINFOHEADER), (int)sizeof(RGBQUAD));
  printf("%d %d %d %d\n", (int)sizeof(IMAGE_DOS_HEADER), (int)sizeof(IMAGE_NT_HEADERS64),
         (int)sizeof(IMAGE_NT_HEADERS32), (int)sizeof(IMAGE_SECTION_HEADER));
  printf("%d %d %d %lX\n", GetRValue(RGB(1, 2, 3)), GetGValue(RGB(1, 2, 3)), GetBValue(RGB(1, 2, 3)),
         RGB(0x11, 0x22, 0x33));
  printf("%d %d %d %d\n", (int)sizeof(POINT), (int)sizeof(POINTS), (int)sizeof(RECT), (int)sizeof(MSG));
  {
    byte b = 200;
    struct {
      union {
        LONG whole;
        struct {
          SHORT low, high;
        } DUMMYSTRUCTNAME;
      } DUMMYUNIONNAME;
    } parts;
    parts.whole = 0x20001;
    printf("%d %d %d %d\n", b, parts.low, parts.high, isdigit('5') != 0);
  }
  return 0;
}
