// SPDX-License-Identifier: Apache-2.0
// Waitable timers: named and not, once and again and again, with completion routines, under every wait.
#include <stdio.h>
#include <windows.h>

static int calls;
static DWORD callers;
static VOID CALLBACK on_time(LPVOID argument, DWORD, DWORD) {
  printf("call %d: argument %d\n", ++calls, *(int*)argument);
  callers = GetCurrentThreadId();
}
static LARGE_INTEGER in_ms(long long ms) {
  LARGE_INTEGER due;
  due.QuadPart = -ms * 10000;
  return due;
}
static LARGE_INTEGER at_ms(long long ms) {
  FILETIME ft;
  GetSystemTimeAsFileTime(&ft);
  LARGE_INTEGER due;
  due.LowPart = ft.dwLowDateTime;
  due.HighPart = (LONG)ft.dwHighDateTime;
  due.QuadPart += ms * 10000;
  return due;
}
static DWORD WINAPI sleeps(LPVOID timer) {
  return WaitForSingleObject((HANDLE)timer, 10000);
}

static void say(char const* what, long answer) {
  DWORD const code = GetLastError();
  printf("%s %ld %lu\n", what, answer, code);
}

int main() {
  DWORD first, then;
  LARGE_INTEGER due;
  int argument = 5;

  // Names and kinds.
  HANDLE a = CreateWaitableTimerA(NULL, TRUE, "timers.a");
  say("create", (long)(a != NULL));
  HANDLE b = CreateWaitableTimerW(NULL, FALSE, L"timers.a");
  say("again", (long)(b != NULL));
  HANDLE c = OpenWaitableTimerA(SYNCHRONIZE, FALSE, "timers.a");
  printf("open %d\n", c != NULL);
  say("none", (long)(OpenWaitableTimerA(SYNCHRONIZE, FALSE, "timers.none") == NULL));
  say("other kind", (long)(CreateEventA(NULL, FALSE, FALSE, "timers.a") == NULL));
  HANDLE e = CreateEventA(NULL, FALSE, FALSE, "timers.event");
  say("other kind", (long)(CreateWaitableTimerA(NULL, FALSE, "timers.event") == NULL));
  say("other kind", (long)(OpenWaitableTimerA(SYNCHRONIZE, FALSE, "timers.event") == NULL));

  // Rights.
  due = in_ms(0);
  say("no right", (long)(SetWaitableTimer(c, &due, 0, NULL, NULL, FALSE)));
  say("no right", (long)(CancelWaitableTimer(c)));
  HANDLE m = OpenWaitableTimerA(TIMER_MODIFY_STATE, FALSE, "timers.a");
  printf("may set %d\n", SetWaitableTimer(m, &due, 0, NULL, NULL, FALSE));
  say("may not wait", (long)(WaitForSingleObject(m, 0)));
  say("event is none", (long)(SetWaitableTimer(e, &due, 0, NULL, NULL, FALSE)));
  say("event is none", (long)(CancelWaitableTimer(e)));
  say("not to be set", (long)(SetEvent(a)));
  say("not to be signalled", (long)(SignalObjectAndWait(a, e, 0, FALSE)));

  // The state: manual stays, set anew goes, cancelled stays.
  first = WaitForSingleObject(c, 1000);
  then = WaitForSingleObject(c, 0);
  printf("due %lu %lu\n", first, then);
  due = in_ms(60000);
  SetWaitableTimer(a, &due, 0, NULL, NULL, FALSE);
  printf("set anew %lu\n", WaitForSingleObject(c, 0));
  due = in_ms(1);
  SetWaitableTimer(a, &due, 0, NULL, NULL, FALSE);
  printf("due %lu\n", WaitForSingleObject(c, 5000));
  CancelWaitableTimer(a);
  printf("cancelled, still there %lu\n", WaitForSingleObject(c, 0));
  due = in_ms(50);
  SetWaitableTimer(a, &due, 0, NULL, NULL, FALSE);
  CancelWaitableTimer(a);
  printf("cancelled in time %lu\n", WaitForSingleObject(c, 150));

  // Points of time.
  due = at_ms(-3600000);
  SetWaitableTimer(a, &due, 0, NULL, NULL, FALSE);
  printf("past %lu\n", WaitForSingleObject(a, 1000));
  due = at_ms(60);
  SetWaitableTimer(a, &due, 0, NULL, NULL, FALSE);
  first = WaitForSingleObject(a, 0);
  then = WaitForSingleObject(a, 5000);
  printf("soon %lu, then %lu\n", first, then);
  due.QuadPart = 0x7fffffffffffffffLL;
  first = SetWaitableTimer(a, &due, 0, NULL, NULL, FALSE);
  printf("never %lu %lu\n", first, WaitForSingleObject(a, 30));

  // Automatic, again and again.
  HANDLE t = CreateWaitableTimerA(NULL, FALSE, NULL);
  due = in_ms(20);
  ULONGLONG begin = GetTickCount64();
  SetWaitableTimer(t, &due, 20, NULL, NULL, FALSE);
  for (int i = 0; i < 5; ++i) printf("%lu ", WaitForSingleObject(t, 5000));
  printf("%s\n", GetTickCount64() - begin >= 80 ? "in time" : "too early");
  Sleep(100);  // several go by
  printf("one is left: %lu\n", WaitForSingleObject(t, 0));
  CancelWaitableTimer(t);
  WaitForSingleObject(t, 0);
  printf("off %lu\n", WaitForSingleObject(t, 60));

  // With others.
  HANDLE both[2] = {e, t};
  due = in_ms(20);
  SetWaitableTimer(t, &due, 0, NULL, NULL, FALSE);
  printf("any %lu\n", WaitForMultipleObjects(2, both, FALSE, 5000));
  SetWaitableTimer(t, &due, 0, NULL, NULL, FALSE);
  printf("all %lu\n", WaitForMultipleObjects(2, both, TRUE, 100));
  SetEvent(e);
  printf("all %lu\n", WaitForMultipleObjects(2, both, TRUE, 5000));
  first = WaitForSingleObject(e, 0);
  then = WaitForSingleObject(t, 0);
  printf("taken %lu %lu\n", first, then);

  // Set while somebody sleeps.
  HANDLE sleeper = CreateThread(NULL, 0, sleeps, t, 0, NULL);
  Sleep(30);
  due = in_ms(20);
  SetWaitableTimer(t, &due, 0, NULL, NULL, FALSE);
  WaitForSingleObject(sleeper, INFINITE);
  DWORD code = 99;
  GetExitCodeThread(sleeper, &code);
  printf("sleeper %lu\n", code);
  CloseHandle(sleeper);

  // Completion routines.
  due = in_ms(10);
  printf("with a routine %d\n", SetWaitableTimer(t, &due, 0, on_time, &argument, FALSE));
  Sleep(60);
  printf("not alertable: %d calls\n", calls);
  printf("alertable %lx\n", SleepEx(5000, TRUE));
  printf("and there: %lu\n", WaitForSingleObject(t, 0));
  SetWaitableTimer(t, &due, 0, on_time, &argument, FALSE);
  printf("wait %lx\n", WaitForSingleObjectEx(e, 5000, TRUE));
  printf("by this thread: %d\n", callers == GetCurrentThreadId());
  WaitForSingleObject(t, 0);
  due = in_ms(10);
  SetWaitableTimer(t, &due, 10, on_time, &argument, FALSE);
  for (int i = 0; i < 3; ++i) printf("again %lx\n", SleepEx(5000, TRUE));
  CancelWaitableTimer(t);
  printf("cancelled %lx\n", SleepEx(50, TRUE));
  due = in_ms(5);
  SetWaitableTimer(t, &due, 0, on_time, &argument, FALSE);
  Sleep(50);
  CancelWaitableTimer(t);  // due, and not called yet
  printf("cancelled %lx\n", SleepEx(30, TRUE));
  SetWaitableTimer(t, &due, 0, on_time, &argument, FALSE);
  SetWaitableTimer(t, &due, 0, NULL, NULL, FALSE);
  printf("replaced %lx\n", SleepEx(50, TRUE));
  SetWaitableTimer(t, &due, 0, on_time, &argument, FALSE);
  printf("several %lx\n", WaitForMultipleObjectsEx(1, &e, FALSE, 5000, TRUE));
  WaitForSingleObject(t, 0);
  HANDLE ex =
      CreateWaitableTimerExW(NULL, NULL, CREATE_WAITABLE_TIMER_MANUAL_RESET, SYNCHRONIZE | TIMER_MODIFY_STATE);
  due = in_ms(1);
  SetWaitableTimer(ex, &due, 0, NULL, NULL, FALSE);
  first = WaitForSingleObject(ex, 5000);
  then = WaitForSingleObject(ex, 0);
  printf("ex %lu %lu\n", first, then);
  CloseHandle(a);
  CloseHandle(b);
  CloseHandle(c);
  CloseHandle(m);
  say("gone", (long)(OpenWaitableTimerA(SYNCHRONIZE, FALSE, "timers.a") == NULL));
  return 0;
}
