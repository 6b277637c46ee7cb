/* SPDX-License-Identifier: Apache-2.0 */
/* Guard pages: an array that grows at its guard, as stacks do. */
#include <stdio.h>
#include <windows.h>

#define PAGE 4096
#define PAGES 8
static char* array;
static int volatile grown;

static LONG CALLBACK grow(EXCEPTION_POINTERS* facts) {
  EXCEPTION_RECORD* record = facts->ExceptionRecord;
  char* at;
  if (record->ExceptionCode != STATUS_GUARD_PAGE_VIOLATION) return EXCEPTION_CONTINUE_SEARCH;
  at = (char*)(record->ExceptionInformation[1] & ~(ULONG_PTR)(PAGE - 1));
  ++grown;
  if (array != NULL && at + PAGE < array + PAGES * PAGE)
    VirtualAlloc(at + PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD);
  return EXCEPTION_CONTINUE_EXECUTION;
}

static void look(char const* what, void const* at) {
  MEMORY_BASIC_INFORMATION facts;
  VirtualQuery(at, &facts, sizeof facts);
  printf("%s: state %lx protect %lx size %lx\n", what, facts.State, facts.Protect, (unsigned long)facts.RegionSize);
}

int main(void) {
  DWORD old = 0;
  int i;
  char* page;
  AddVectoredExceptionHandler(1, grow);
  array = VirtualAlloc(NULL, PAGES * PAGE, MEM_RESERVE, PAGE_READWRITE);
  VirtualAlloc(array, PAGE, MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD);
  look("before", array);
  for (i = 0; i < 3 * PAGE; ++i) array[i] = (char)i;
  printf("grown %d times\n", grown);
  look("used", array);
  look("guard", array + 3 * PAGE);
  look("reserved", array + 4 * PAGE);
  printf("protect %d, ", VirtualProtect(array + 3 * PAGE, PAGE, PAGE_READONLY, &old));
  printf("old %lx\n", old);
  printf("read %d, grown %d\n", array[3 * PAGE], grown);
  VirtualFree(array, 0, MEM_RELEASE);
  array = NULL;

  page = VirtualAlloc(NULL, 3 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  VirtualProtect(page + PAGE, PAGE, PAGE_READWRITE | PAGE_GUARD, &old);
  grown = 0;
  for (i = 0; i < 3 * PAGE; i += 100) page[i] = 1;
  printf("once: %d\n", grown);
  look("one again", page);
  return 0;
}
