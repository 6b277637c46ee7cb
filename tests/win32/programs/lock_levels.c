/* SPDX-License-Identifier: Apache-2.0 */
/* The locks of a database file as its layer for Windows takes them: shared, reserved, pending and exclusive, on bytes
   at the gigabyte behind the data; two processes that follow orders show who gets what when. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#define PENDING_BYTE 0x40000000
#define RESERVED_BYTE (PENDING_BYTE + 1)
#define SHARED_FIRST (PENDING_BYTE + 2)
#define SHARED_SIZE 510
enum { NO_LOCK, SHARED_LOCK, RESERVED_LOCK, PENDING_LOCK, EXCLUSIVE_LOCK };

typedef struct file {
  HANDLE h;
  int level;
  DWORD error;
} file;

static BOOL lock(file* f, DWORD flags, DWORD offset, DWORD count) {
  OVERLAPPED o;
  BOOL ok;
  memset(&o, 0, sizeof o);
  o.Offset = offset;
  ok = LockFileEx(f->h, flags | LOCKFILE_FAIL_IMMEDIATELY, 0, count, 0, &o);
  if (!ok) f->error = GetLastError();
  return ok;
}
static BOOL unlock(file* f, DWORD offset, DWORD count) {
  OVERLAPPED o;
  BOOL ok;
  memset(&o, 0, sizeof o);
  o.Offset = offset;
  ok = UnlockFileEx(f->h, 0, count, 0, &o);
  if (!ok) f->error = GetLastError();
  return ok;
}
static BOOL read_lock(file* f) {
  return lock(f, 0, SHARED_FIRST, SHARED_SIZE);
}

static BOOL lock_up(file* f, int wanted) {
  BOOL ok = TRUE, pending = FALSE;
  int level = f->level;
  f->error = 0;
  if (level >= wanted) return TRUE;
  if (level == NO_LOCK || (wanted == EXCLUSIVE_LOCK && level <= RESERVED_LOCK))
    ok = pending = lock(f, LOCKFILE_EXCLUSIVE_LOCK, PENDING_BYTE, 1);
  if (wanted == SHARED_LOCK && ok) {
    ok = read_lock(f);
    if (ok) level = SHARED_LOCK;
  }
  if (wanted == RESERVED_LOCK && ok) {
    ok = lock(f, LOCKFILE_EXCLUSIVE_LOCK, RESERVED_BYTE, 1);
    if (ok) level = RESERVED_LOCK;
  }
  if (wanted == EXCLUSIVE_LOCK && ok) {
    level = PENDING_LOCK;
    pending = FALSE;
    unlock(f, SHARED_FIRST, SHARED_SIZE);
    ok = lock(f, LOCKFILE_EXCLUSIVE_LOCK, SHARED_FIRST, SHARED_SIZE);
    if (ok)
      level = EXCLUSIVE_LOCK;
    else
      read_lock(f);
  }
  if (pending && wanted == SHARED_LOCK) unlock(f, PENDING_BYTE, 1);
  f->level = level;
  return ok;
}
static void lock_down(file* f, int wanted) {
  int const level = f->level;
  if (level >= EXCLUSIVE_LOCK) {
    unlock(f, SHARED_FIRST, SHARED_SIZE);
    if (wanted == SHARED_LOCK && !read_lock(f)) printf("lost\n");
  }
  if (level >= RESERVED_LOCK) unlock(f, RESERVED_BYTE, 1);
  if (wanted == NO_LOCK && level >= SHARED_LOCK && level < EXCLUSIVE_LOCK) unlock(f, SHARED_FIRST, SHARED_SIZE);
  if (level >= PENDING_LOCK) unlock(f, PENDING_BYTE, 1);
  f->level = wanted;
}
static BOOL is_reserved(file* f) {
  if (!lock(f, LOCKFILE_EXCLUSIVE_LOCK, RESERVED_BYTE, 1)) return TRUE;
  unlock(f, RESERVED_BYTE, 1);
  return FALSE;
}
static file open_file(void) {
  file f = {NULL, NO_LOCK, 0};
  f.h = CreateFileA("levels.db", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS,
                    FILE_ATTRIBUTE_NORMAL | FILE_FLAG_RANDOM_ACCESS, NULL);
  return f;
}

/* The other process does what the word in memory says. */
typedef struct board {
  LONG volatile wanted, level, ok, error;
} board;
static int other(void) {
  HANDLE map = OpenFileMappingA(FILE_MAP_WRITE, FALSE, "levels.board");
  HANDLE go = OpenEventA(SYNCHRONIZE, FALSE, "levels.go"),
         done = OpenEventA(EVENT_MODIFY_STATE, FALSE, "levels.done");
  board* b = (board*)MapViewOfFile(map, FILE_MAP_WRITE, 0, 0, 0);
  file f = open_file();
  for (;;) {
    WaitForSingleObject(go, INFINITE);
    if (b->wanted < 0) return 4;
    b->ok = TRUE;
    if (b->wanted < f.level)
      lock_down(&f, b->wanted);
    else
      b->ok = lock_up(&f, b->wanted);
    b->level = f.level;
    b->error = b->ok ? 0 : (LONG)f.error;
    SetEvent(done);
  }
}

static board* shown;
static HANDLE go, done;
static void ask(LONG wanted) {
  shown->wanted = wanted;
  SetEvent(go);
  WaitForSingleObject(done, INFINITE);
  printf("  other to %ld: %ld, has %ld, error %ld\n", (long)wanted, (long)shown->ok, (long)shown->level,
         (long)shown->error);
}
static void want(file* f, int wanted) {
  BOOL ok = TRUE;
  if (wanted < f->level)
    lock_down(f, wanted);
  else
    ok = lock_up(f, wanted);
  printf("we to %d: %d, have %d, error %lu\n", wanted, ok, f->level, ok ? 0 : f->error);
}

int main(int argc, char** argv) {
  char line[MAX_PATH + 10];
  STARTUPINFOA si;
  PROCESS_INFORMATION pi;
  DWORD code;
  HANDLE map;
  file f;
  if (argc > 1) return other();
  map = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(board), "levels.board");
  shown = (board*)MapViewOfFile(map, FILE_MAP_WRITE, 0, 0, 0);
  go = CreateEventA(NULL, FALSE, FALSE, "levels.go");
  done = CreateEventA(NULL, FALSE, FALSE, "levels.done");
  f = open_file();
  memset(&si, 0, sizeof si);
  si.cb = sizeof si;
  sprintf(line, "\"%s\" other", argv[0]);
  if (!CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &si, &pi)) return 1;

  want(&f, SHARED_LOCK);
  ask(SHARED_LOCK);
  want(&f, RESERVED_LOCK);
  ask(RESERVED_LOCK);
  want(&f, EXCLUSIVE_LOCK); /* pending, for the other one reads */
  ask(NO_LOCK);
  ask(SHARED_LOCK); /* none comes in any more */
  want(&f, EXCLUSIVE_LOCK);
  ask(SHARED_LOCK);
  want(&f, SHARED_LOCK);
  ask(SHARED_LOCK);
  ask(RESERVED_LOCK);
  printf("reserved: %d\n", is_reserved(&f));
  want(&f, NO_LOCK);
  ask(EXCLUSIVE_LOCK);
  want(&f, SHARED_LOCK);
  TerminateProcess(pi.hProcess, 9); /* and its locks are gone */
  WaitForSingleObject(pi.hProcess, INFINITE);
  GetExitCodeProcess(pi.hProcess, &code);
  want(&f, SHARED_LOCK);
  want(&f, RESERVED_LOCK);
  want(&f, EXCLUSIVE_LOCK);
  want(&f, NO_LOCK);
  printf("code %lu, unlocked twice: %d\n", code, unlock(&f, RESERVED_BYTE, 1));
  CloseHandle(f.h);
  return !DeleteFileA("levels.db");
}
