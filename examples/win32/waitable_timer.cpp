// SPDX-License-Identifier: Apache-2.0
// A metronome: one program sets a named timer that is due every 200 milliseconds, and any other program waits for its
// beats. A second timer ends it, by a completion routine.
//
//   waitable_timer            sets the timer "Metronome", and counts ten beats
//   waitable_timer listen     waits for the beats of another one
#include <stdio.h>
#include <string.h>
#include <windows.h>

static LARGE_INTEGER milliseconds_from_now(int count) {
  LARGE_INTEGER due;
  due.QuadPart = -(LONGLONG)count * 10000;  // negative: from now on, in units of 100 nanoseconds
  return due;
}

static VOID CALLBACK time_is_up(LPVOID argument, DWORD low, DWORD high) {
  FILETIME when = {low, high};
  SYSTEMTIME utc;
  FileTimeToSystemTime(&when, &utc);
  printf("time is up (%s%04u)\n", utc.wYear >= 2020 ? "in or after " : "before ", 2020u);
  *(BOOL*)argument = TRUE;
}

static int listen(void) {
  HANDLE beat = OpenWaitableTimerA(SYNCHRONIZE, FALSE, "Metronome");
  if (beat == NULL) return printf("nobody has a metronome: error %u\n", (unsigned)GetLastError()), 1;
  for (int i = 1; i <= 5; ++i) {
    if (WaitForSingleObject(beat, 5000) != WAIT_OBJECT_0) return printf("it has stopped\n"), 1;
    printf("heard beat %d\n", i);
  }
  CloseHandle(beat);
  return 0;
}

int main(int count, char** arguments) {
  if (count > 1 && strcmp(arguments[1], "listen") == 0) return listen();

  HANDLE beat = CreateWaitableTimerA(NULL, FALSE, "Metronome");  // automatic: one waiter for each beat
  HANDLE end = CreateWaitableTimerA(NULL, TRUE, NULL);
  if (beat == NULL || end == NULL) return printf("no timer: error %u\n", (unsigned)GetLastError()), 1;

  LARGE_INTEGER due = milliseconds_from_now(100);
  SetWaitableTimer(beat, &due, 200, NULL, NULL, FALSE);
  for (int i = 1; i <= 10; ++i) {
    WaitForSingleObject(beat, INFINITE);
    printf("beat %d\n", i);
  }
  CancelWaitableTimer(beat);

  BOOL over = FALSE;
  due = milliseconds_from_now(50);
  SetWaitableTimer(end, &due, 0, time_is_up, &over, FALSE);
  while (!over) SleepEx(INFINITE, TRUE);  // the routine runs here, in the thread that set the timer
  CloseHandle(end);
  CloseHandle(beat);
  return 0;
}
