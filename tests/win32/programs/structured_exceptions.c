/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks that are guarded, left in every way, and nested; filters that look, mend and refuse; in C and
   in C++, in threads. */
#include <stdio.h>
#include <windows.h>

int* volatile nowhere = NULL;
BYTE* page;

int caught_in(void) {
  int volatile stage = 0;
  __try {
    stage = 1;
    *(int volatile*)nowhere = 5;
    stage = 2;
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    return stage;
  }
  return -1;
}

/* Cleaning up: by reaching the end, by __leave, by return. */
int clean_up(int how) {
  char const* file = "no file";
  int ok = 0;
  __try {
    file = "a file";
    if (how == 1) __leave;
    if (how == 2) return 7;
    ok = 1;
  } __finally {
    printf("  finally: %s, ok %d, abnormal %d\n", file, ok, AbnormalTermination() ? 1 : 0);
  }
  return ok;
}

int loops(void) {
  int i, finals = 0;
  for (i = 0; i < 6; i++) {
    __try {
      if (i == 1) continue;
      if (i == 4) break;
      *nowhere = i;
    } __except (GetExceptionCode() == EXCEPTION_ACCESS_VIOLATION ? EXCEPTION_EXECUTE_HANDLER
                                                                 : EXCEPTION_CONTINUE_SEARCH) {
      printf("  caught in turn %d\n", i);
    }
  }
  for (;;) {
    __try {
      if (++finals < 3) continue;
      break;
    } __finally {
      printf("  finally in turn %d\n", finals);
    }
  }
  return i;
}

LONG mend(EXCEPTION_POINTERS* facts, int* asked) {
  EXCEPTION_RECORD* record = facts->ExceptionRecord;
  DWORD old;
  ++*asked;
  printf("  filter: %08lX, %lu words, kind %d, on the page %d\n", record->ExceptionCode, record->NumberParameters,
         (int)record->ExceptionInformation[0], (BYTE*)record->ExceptionInformation[1] == page + 10);
  VirtualProtect(page, 4096, PAGE_READWRITE, &old);
  return EXCEPTION_CONTINUE_EXECUTION;
}
int mended(void) {
  int asked = 0;
  DWORD old;
  VirtualProtect(page, 4096, PAGE_NOACCESS, &old);
  __try {
    page[10] = 9;
  } __except (mend(GetExceptionInformation(), &asked)) {
    return -1;
  }
  return page[10] * 10 + asked;
}

/* Three blocks; the one in the middle cleans up on the way out. */
int nested(void) {
  int volatile path = 0;
  __try {
    __try {
      __try {
        path = 1;
        *nowhere = 1;
      } __except (EXCEPTION_CONTINUE_SEARCH) {
        path = 99;
      }
    } __finally {
      path = path * 10 + 2;
    }
  } __except (path == 1 ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH) {
    path = path * 10 + 3; /* the filter runs before the block in the middle, the handler after it */
  }
  return path;
}

int divided(int volatile a, int volatile b) {
  __try {
    return a / b;
  } __except (GetExceptionCode() == EXCEPTION_INT_DIVIDE_BY_ZERO) {
    return -1;
  }
}

int depth(int n) {
  char volatile pad[4096];
  pad[0] = (char)n;
  return n < 0 ? 0 : depth(n + 1) + pad[0];
}
int overflowed(void) {
  __try {
    return depth(1);
  } __except (GetExceptionCode() == EXCEPTION_STACK_OVERFLOW) {
    return 4711;
  }
}

/* The words of an exception may point into the function that raised it: its stack is there while filters look. */
void raise(int value) {
  ULONG_PTR words[2];
  words[0] = 5;
  words[1] = (ULONG_PTR)&value;
  __try {
    RaiseException(0xE0001234, 0, 2, words);
    printf("  went on with %d\n", value);
  } __finally {
    printf("  raise: finally, abnormal %d\n", AbnormalTermination() ? 1 : 0);
  }
}
LONG look(EXCEPTION_POINTERS* facts, LONG verdict) {
  int* value = (int*)facts->ExceptionRecord->ExceptionInformation[1];
  printf("  filter sees %d\n", *value);
  *value = 77;
  return verdict;
}
int raised(LONG verdict) {
  __try {
    raise(42);
  } __except (look(GetExceptionInformation(), verdict)) {
    printf("  handler of %08lX\n", GetExceptionCode());
    return 1;
  }
  return 0;
}

/* A filter with a block of its own. */
int filter_that_faults(void) {
  __try {
    *nowhere = 1;
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    return EXCEPTION_EXECUTE_HANDLER;
  }
  return EXCEPTION_CONTINUE_SEARCH;
}
int in_filter(void) {
  __try {
    *nowhere = 1;
  } __except (filter_that_faults()) {
    return 5;
  }
  return 0;
}

LONG CALLBACK watcher(EXCEPTION_POINTERS* facts) {
  printf("  vectored: %08lX\n", facts->ExceptionRecord->ExceptionCode);
  return EXCEPTION_CONTINUE_SEARCH;
}

DWORD WINAPI worker(void* counts) {
  int i;
  for (i = 0; i < 1000; i++) {
    __try {
      *nowhere = i;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
      ++*(int*)counts;
    }
  }
  return (DWORD)overflowed();
}

int main(void) {
  HANDLE threads[4];
  int counts[4] = {0}, i;
  DWORD code, sum = 0;
  PVOID handler;
  page = (BYTE*)VirtualAlloc(NULL, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
  printf("caught in stage %d\n", caught_in());
  for (i = 0; i < 3; i++) printf("clean up: %d\n", clean_up(i));
  printf("loops: %d\n", loops());
  printf("mended: %d\n", mended());
  printf("nested: %d\n", nested());
  printf("divided: %d %d\n", divided(6, 2), divided(1, 0));
  printf("overflowed: %d %d\n", overflowed(), overflowed());
  printf("raised: %d\n", raised(EXCEPTION_EXECUTE_HANDLER));
  printf("raised: %d\n", raised(EXCEPTION_CONTINUE_EXECUTION));
  printf("in a filter: %d\n", in_filter());
  handler = AddVectoredExceptionHandler(1, watcher);
  printf("watched: %d\n", caught_in());
  printf("removed: %lu\n", RemoveVectoredExceptionHandler(handler));
  printf("removed: %lu\n", RemoveVectoredExceptionHandler(handler));
  for (i = 0; i < 4; i++) threads[i] = CreateThread(NULL, 0, worker, &counts[i], 0, NULL);
  WaitForMultipleObjects(4, threads, TRUE, INFINITE);
  for (i = 0; i < 4; i++) {
    GetExitCodeThread(threads[i], &code);
    sum += code + (DWORD)counts[i];
    CloseHandle(threads[i]);
  }
  printf("in threads: %lu\n", sum);
  VirtualFree(page, 0, MEM_RELEASE);
  return 0;
}
