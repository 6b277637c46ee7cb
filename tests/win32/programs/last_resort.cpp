// SPDX-License-Identifier: Apache-2.0
// What ends a process when no block wants an exception: the filter of last resort, or the exception itself. Each case
// is a child, whose exit code tells.
#include <windows.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

static LONG WINAPI last(EXCEPTION_POINTERS* facts) {
  printf("  last resort: %08lX\n", facts->ExceptionRecord->ExceptionCode);
  fflush(stdout);
  return EXCEPTION_EXECUTE_HANDLER;
}
static LONG WINAPI nobody(EXCEPTION_POINTERS*) {
  return EXCEPTION_CONTINUE_SEARCH;
}
static LONG CALLBACK skip(EXCEPTION_POINTERS* facts) {
  return facts->ExceptionRecord->ExceptionCode == 0xE0000042 ? EXCEPTION_CONTINUE_EXECUTION
                                                             : EXCEPTION_CONTINUE_SEARCH;
}
static LONG CALLBACK told(EXCEPTION_POINTERS* facts) {
  printf("  goes on after %08lX\n", facts->ExceptionRecord->ExceptionCode);
  return EXCEPTION_CONTINUE_SEARCH;
}

static int child(char const* what) {
  int* volatile nowhere = nullptr;
  std::string const which(what);
  if (which == "filter") {
    SetUnhandledExceptionFilter(last);
    *nowhere = 1;
  } else if (which == "raised") {
    SetUnhandledExceptionFilter(last);
    RaiseException(0xE0000007, 0, 0, nullptr);
  } else if (which == "silent") {
    SetUnhandledExceptionFilter(nobody);
    *nowhere = 1;
  } else if (which == "none") {
    RaiseException(0xE0000008, EXCEPTION_NONCONTINUABLE, 0, nullptr);
  } else if (which == "vectored") {
    PVOID const handler = AddVectoredExceptionHandler(0, skip);
    PVOID const after = AddVectoredContinueHandler(0, told);
    RaiseException(0xE0000042, 0, 0, nullptr);
    return RemoveVectoredExceptionHandler(handler) == 1 && RemoveVectoredContinueHandler(after) == 1 ? 17 : 1;
  } else if (which == "stubborn") {  // to go on is no choice
    __try {
      AddVectoredExceptionHandler(0, skip);
      RaiseException(0xE0000042, EXCEPTION_NONCONTINUABLE, 0, nullptr);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
      return GetExceptionCode() == EXCEPTION_NONCONTINUABLE_EXCEPTION ? 18 : 1;
    }
  }
  return 1;
}

int main(int argc, char** argv) {
  if (argc > 1) return child(argv[1]);
  for (char const* what : {"filter", "raised", "silent", "none", "vectored", "stubborn"}) {
    std::string line = std::string("\"") + argv[0] + "\" " + what;
    std::vector<char> text(line.begin(), line.end());
    text.push_back('\0');
    STARTUPINFOA start{};
    start.cb = sizeof start;
    PROCESS_INFORMATION process{};
    fflush(stdout);
    if (!CreateProcessA(nullptr, text.data(), nullptr, nullptr, FALSE, 0, nullptr, nullptr, &start, &process))
      return 1;
    WaitForSingleObject(process.hProcess, INFINITE);
    DWORD code = 0;
    GetExitCodeProcess(process.hProcess, &code);
    printf("%s: %lX\n", what, code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
  }
}
