// SPDX-License-Identifier: Apache-2.0
// Plain Win32, as a program that was written for Windows has it. Built alone (WIN32_PLAIN_MAIN) it takes commands
// from its standard input: it does the operation as often as the line says, and answers with a line.
#include "win32_plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

namespace {

HANDLE existing = nullptr;
HANDLE mutex = nullptr;
HANDLE there = nullptr;
HANDLE back = nullptr;
char volatile sink = 0;

DWORD const size = 4096;

char name[64];

char const* named(char const* what, DWORD process) {
  sprintf(name, "coview-bench.%s.%u", what, static_cast<unsigned>(process));
  return name;
}

void pin(int cpu) {
  // A first wait while it may run anywhere: who may wait for a moment before sleeping finds out now whether that
  // pays.
  HANDLE const never = CreateEventA(nullptr, FALSE, FALSE, nullptr);
  WaitForSingleObject(never, 1);
  CloseHandle(never);
  if (cpu >= 0) SetProcessAffinityMask(GetCurrentProcess(), DWORD_PTR(1) << cpu);
}

int begin_partner(int cpu) {
  char path[MAX_PATH];
  GetModuleFileNameA(nullptr, path, MAX_PATH);
  char line[2 * MAX_PATH];
  sprintf(line, "\"%s\" --partner %u %d", path, static_cast<unsigned>(GetCurrentProcessId()), cpu);
  STARTUPINFOA startup;
  memset(&startup, 0, sizeof startup);
  startup.cb = sizeof startup;
  PROCESS_INFORMATION started;
  if (!CreateProcessA(nullptr, line, nullptr, nullptr, FALSE, 0, nullptr, nullptr, &startup, &started)) return 0;
  CloseHandle(started.hThread);
  CloseHandle(started.hProcess);
  return 1;
}

DWORD WINAPI end_with(LPVOID process) {
  WaitForSingleObject(process, INFINITE);
  ExitProcess(0);
}

void use_mapping(HANDLE mapping, int store) {
  void* const memory = MapViewOfFile(mapping, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, 0);
  if (memory == nullptr) exit(1);
  char volatile* const view = static_cast<char volatile*>(memory);
  if (store) {
    view[0] = 1;
  } else {
    sink = view[0];
  }
  UnmapViewOfFile(memory);
  CloseHandle(mapping);
}

}  // namespace

int plain_begin(enum plain_operation what, int own_cpu, int partner_cpu) {
  DWORD const self = GetCurrentProcessId();
  if (what == plain_open || what == plain_handle) {
    existing = CreateFileMappingA(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, size, named("mapping", self));
    if (existing == nullptr) return 0;
  }
  if (what == plain_mutex) {
    mutex = CreateMutexA(nullptr, FALSE, named("mutex", self));
    if (mutex == nullptr) return 0;
  }
  if (what == plain_event) {
    there = CreateEventA(nullptr, FALSE, FALSE, named("there", self));
    back = CreateEventA(nullptr, FALSE, FALSE, named("back", self));
    if (there == nullptr || back == nullptr || !begin_partner(partner_cpu)) return 0;
    if (WaitForSingleObject(back, 60000) != WAIT_OBJECT_0) return 0;
  }
  pin(own_cpu);  // last, because the partner begins where this process may run
  return 1;
}

void plain_run(enum plain_operation what, unsigned times) {
  char const* const mapping = named(what == plain_create ? "created" : "mapping", GetCurrentProcessId());
  for (unsigned i = 0; i < times; ++i) {
    switch (what) {
      case plain_create:
        use_mapping(CreateFileMappingA(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, size, mapping), 1);
        break;
      case plain_open:
        use_mapping(OpenFileMappingA(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, mapping), 0);
        break;
      case plain_handle:
        CloseHandle(OpenFileMappingA(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, mapping));
        break;
      case plain_mutex:
        WaitForSingleObject(mutex, INFINITE);
        ReleaseMutex(mutex);
        break;
      case plain_event:
        SetEvent(there);
        WaitForSingleObject(back, INFINITE);
        break;
    }
  }
}

int plain_partner(int argc, char** argv) {
  if (argc < 4 || strcmp(argv[1], "--partner") != 0) return -1;
  DWORD const other = static_cast<DWORD>(strtoul(argv[2], nullptr, 10));
  pin(atoi(argv[3]));
  HANDLE const process = OpenProcess(SYNCHRONIZE, FALSE, other);
  there = OpenEventA(EVENT_ALL_ACCESS, FALSE, named("there", other));
  back = OpenEventA(EVENT_ALL_ACCESS, FALSE, named("back", other));
  if (process == nullptr || there == nullptr || back == nullptr) return 1;
  CloseHandle(CreateThread(nullptr, 0, &end_with, process, 0, nullptr));
  SetEvent(back);
  for (;;) {
    WaitForSingleObject(there, INFINITE);
    SetEvent(back);
  }
}

#ifdef WIN32_PLAIN_MAIN
int main(int argc, char** argv) {
  int const partner = plain_partner(argc, argv);
  if (partner >= 0) return partner;
  if (argc < 4) return 2;
  enum plain_operation const what = static_cast<enum plain_operation>(argv[1][0]);
  if (!plain_begin(what, atoi(argv[2]), atoi(argv[3]))) return 1;
  char line[64];
  do {
    printf("done\n");
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == nullptr) return 0;
    plain_run(what, static_cast<unsigned>(strtoul(line, nullptr, 10)));
  } while (true);
}
#endif
