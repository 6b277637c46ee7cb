// SPDX-License-Identifier: Apache-2.0
// A supervisor of workers: all in one job, each ended one begun again up to a limit, the rest ended together, and
// nothing left when the supervisor closes the job, not even what the workers started.
#include <windows.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

static std::string self;

static bool start(std::string const& what, DWORD flags, PROCESS_INFORMATION& made) {
  std::string line = "\"" + self + "\" " + what;
  STARTUPINFOA info{};
  info.cb = sizeof info;
  return CreateProcessA(nullptr, &line[0], nullptr, nullptr, FALSE, flags, nullptr, nullptr, &info, &made) != FALSE;
}

static int worker(std::string const& what) {
  HANDLE ready = OpenSemaphoreA(SEMAPHORE_MODIFY_STATE, FALSE, "supervisor.ready");
  if (what == "crash") {
    Sleep(5);
    return 17;
  }
  if (what == "parent") {
    PROCESS_INFORMATION made;
    if (!start("loop", 0, made)) return 1;
  }
  ReleaseSemaphore(ready, 1, nullptr);
  Sleep(INFINITE);
  return 0;
}

static void count(HANDLE job) {
  JOBOBJECT_BASIC_ACCOUNTING_INFORMATION a{};
  DWORD length = 0;
  if (!QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &a, sizeof a, &length)) {
    printf("query: %lu\n", GetLastError());
    return;
  }
  printf("job: %lu in all, %lu active, %lu bytes\n", a.TotalProcesses, a.ActiveProcesses, length);
}

int main(int argc, char** argv) {
  char path[MAX_PATH];
  GetModuleFileNameA(nullptr, path, sizeof path);
  self = path;
  if (argc > 1) return worker(argv[1]);
  HANDLE ready = CreateSemaphoreA(nullptr, 0, 10, "supervisor.ready");
  HANDLE job = CreateJobObjectA(nullptr, nullptr);
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  BOOL ok = SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
  printf("limits: %d\n", ok);
  ok = SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits - 8);
  printf("of a wrong size: %d\n", ok);
  count(job);

  // Begun again while it ends by itself.
  int restarts = 0;
  for (;;) {
    PROCESS_INFORMATION made{};
    if (!start("crash", CREATE_SUSPENDED, made)) return 1;
    BOOL inside = TRUE;
    IsProcessInJob(made.hProcess, job, &inside);
    ok = AssignProcessToJobObject(job, made.hProcess);
    BOOL after = FALSE;
    IsProcessInJob(made.hProcess, job, &after);
    ResumeThread(made.hThread);
    WaitForSingleObject(made.hProcess, INFINITE);
    DWORD code = 0;
    GetExitCodeProcess(made.hProcess, &code);
    printf("assigned %d, inside before %d and after %d, ended with %lu\n", ok, inside, after, code);
    CloseHandle(made.hThread);
    CloseHandle(made.hProcess);
    if (++restarts == 3) break;
  }

  PROCESS_INFORMATION workers[3];
  HANDLE processes[3];
  for (int i = 0; i < 3; ++i) {
    if (!start("loop", CREATE_SUSPENDED, workers[i])) return 1;
    AssignProcessToJobObject(job, workers[i].hProcess);
    ResumeThread(workers[i].hThread);
    processes[i] = workers[i].hProcess;
  }
  for (int i = 0; i < 3; ++i) WaitForSingleObject(ready, INFINITE);
  count(job);
  printf("all alive: %lx\n", WaitForMultipleObjects(3, processes, FALSE, 0));
  ok = TerminateJobObject(job, 42);
  printf("ended: %d", ok);
  printf(" %lu", WaitForMultipleObjects(3, processes, TRUE, INFINITE));
  for (int i = 0; i < 3; ++i) {
    DWORD code = 0;
    GetExitCodeProcess(processes[i], &code);
    printf(", %lu", code);
    CloseHandle(workers[i].hThread);
    CloseHandle(processes[i]);
  }
  printf("\n");
  count(job);

  // Closing ends what is there, and what that has started.
  PROCESS_INFORMATION parent;
  if (!start("parent", CREATE_SUSPENDED, parent)) return 1;
  AssignProcessToJobObject(job, parent.hProcess);
  ResumeThread(parent.hThread);
  WaitForSingleObject(ready, INFINITE);
  WaitForSingleObject(ready, INFINITE);
  struct {
    JOBOBJECT_BASIC_PROCESS_ID_LIST list;
    ULONG_PTR more[7];
  } members{};
  ok = QueryInformationJobObject(job, JobObjectBasicProcessIdList, &members, sizeof members, nullptr);
  printf("members: %d, %lu of %lu\n", ok, members.list.NumberOfProcessIdsInList,
         members.list.NumberOfAssignedProcesses);
  HANDLE child = nullptr;
  for (DWORD i = 0; i < members.list.NumberOfProcessIdsInList; ++i) {
    DWORD const id = (DWORD)members.list.ProcessIdList[i];
    if (id != parent.dwProcessId) child = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_INFORMATION, FALSE, id);
  }
  CloseHandle(job);
  HANDLE both[] = {parent.hProcess, child};
  printf("closed: %lu\n", WaitForMultipleObjects(2, both, TRUE, 20000));
  CloseHandle(child);
  CloseHandle(parent.hThread);
  CloseHandle(parent.hProcess);
  SetLastError(0);
  ok = AssignProcessToJobObject(job, GetCurrentProcess());
  printf("a closed job: %d %lu\n", ok, GetLastError());
  CloseHandle(ready);
}
