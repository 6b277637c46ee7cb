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
HANDLE timer = nullptr;
HANDLE pipe = nullptr;
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

char const* pipe_of(DWORD process) {
  sprintf(name, "\\\\.\\pipe\\coview-bench.%u", static_cast<unsigned>(process));
  return name;
}

void set_and_wait() {
  LARGE_INTEGER now;
  now.QuadPart = 0;
  SetWaitableTimer(timer, &now, 0, nullptr, nullptr, FALSE);
  WaitForSingleObject(timer, INFINITE);
}

void use_job() {
  HANDLE const job = CreateJobObjectA(nullptr, nullptr);
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
  memset(&limits, 0, sizeof limits);
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  if (!SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits)) exit(1);
  CloseHandle(job);
}

char message[64];

int message_there_and_back() {
  DWORD count = 0;
  return WriteFile(pipe, message, sizeof message, &count, nullptr) &&
         ReadFile(pipe, message, sizeof message, &count, nullptr);
}
int message_back() {
  DWORD count = 0;
  return ReadFile(pipe, message, sizeof message, &count, nullptr) &&
         WriteFile(pipe, message, sizeof message, &count, nullptr);
}

int begin_partner(enum plain_operation what, int cpu) {
  char path[MAX_PATH];
  GetModuleFileNameA(nullptr, path, MAX_PATH);
  char line[2 * MAX_PATH];
  sprintf(line, "\"%s\" --partner %u %d %c", path, static_cast<unsigned>(GetCurrentProcessId()), cpu, what);
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
    if (there == nullptr || back == nullptr || !begin_partner(what, partner_cpu)) return 0;
    if (WaitForSingleObject(back, 60000) != WAIT_OBJECT_0) return 0;
  }
  if (what == plain_timer) {
    timer = CreateWaitableTimerA(nullptr, FALSE, named("timer", self));
    if (timer == nullptr) return 0;
  }
  if (what == plain_pipe) {
    pipe = CreateNamedPipeA(pipe_of(self), PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1, 4096,
                            4096, 0, nullptr);
    if (pipe == INVALID_HANDLE_VALUE || !begin_partner(what, partner_cpu)) return 0;
    if (!ConnectNamedPipe(pipe, nullptr) && GetLastError() != ERROR_PIPE_CONNECTED) return 0;
    if (!message_there_and_back()) return 0;
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
      case plain_pipe:
        if (!message_there_and_back()) exit(1);
        break;
      case plain_timer:
        set_and_wait();
        break;
      case plain_job:
        use_job();
        break;
    }
  }
}

int plain_partner(int argc, char** argv) {
  if (argc < 5 || strcmp(argv[1], "--partner") != 0) return -1;
  DWORD const other = static_cast<DWORD>(strtoul(argv[2], nullptr, 10));
  pin(atoi(argv[3]));
  if (argv[4][0] == plain_pipe) {
    pipe = CreateFileA(pipe_of(other), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, 0, nullptr);
    DWORD mode = PIPE_READMODE_MESSAGE;
    if (pipe == INVALID_HANDLE_VALUE || !SetNamedPipeHandleState(pipe, &mode, nullptr, nullptr)) return 1;
    while (message_back()) {
    }
    return 0;
  }
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
