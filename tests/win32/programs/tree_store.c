/* SPDX-License-Identifier: Apache-2.0 */
/* The layer for Windows of an embedded database: a data file mapped whole and read-only, pages written beside the
   view, two meta pages in turn, a lock file with a table of readers in memory, and a mutex for the writer that is
   found by the file's number. A reader in another process keeps its snapshot. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define PAGE 4096
#define READERS 30
#define DATA "tree.mdb"
#define LOCKS "tree-lock.mdb"
#define Check(what)                                  \
  do {                                               \
    if (!(what)) {                                   \
      printf(#what ": error %lu\n", GetLastError()); \
      exit(2);                                       \
    }                                                \
  } while (0)

typedef struct meta {
  DWORD magic, version;
  DWORD64 mapsize, last_page, transaction;
} meta;
typedef struct reader {
  DWORD64 volatile transaction;
  DWORD volatile pid;
  DWORD padding[13];
} reader;
typedef struct lockinfo {
  DWORD magic;
  LONG volatile readers;
  DWORD64 volatile transaction;
  reader table[READERS];
} lockinfo;
typedef struct env {
  HANDLE fd, lfd, map, lmap, wmutex, rmutex;
  char* base;
  lockinfo* locks;
  DWORD64 size;
  int slot;
} env;

static void mutex_names(HANDLE file, char* r, char* w) {
  BY_HANDLE_FILE_INFORMATION info;
  DWORD i, hash = 2166136261u;
  struct {
    DWORD volume, high, low;
  } id;
  Check(GetFileInformationByHandle(file, &info));
  id.volume = info.dwVolumeSerialNumber;
  id.high = info.nFileIndexHigh;
  id.low = info.nFileIndexLow;
  for (i = 0; i < sizeof id; ++i) hash = (hash ^ ((unsigned char*)&id)[i]) * 16777619u;
  sprintf(r, "Global\\TREEr%08lx", hash);
  sprintf(w, "Global\\TREEw%08lx", hash);
}

static int lock_open(env* e) {
  char r[64], w[64];
  OVERLAPPED o;
  BOOL exclusive;
  DWORD size;
  SECURITY_DESCRIPTOR sd;
  SECURITY_ATTRIBUTES all;
  e->lfd = CreateFileA(LOCKS, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS,
                       FILE_ATTRIBUTE_NORMAL, NULL);
  Check(e->lfd != INVALID_HANDLE_VALUE);
  memset(&o, 0, sizeof o);
  exclusive = LockFileEx(e->lfd, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &o);
  if (!exclusive) Check(LockFileEx(e->lfd, 0, 0, 1, 0, &o));
  size = GetFileSize(e->lfd, NULL);
  if (exclusive && size < sizeof(lockinfo)) {
    Check(SetFilePointer(e->lfd, sizeof(lockinfo), NULL, FILE_BEGIN) == sizeof(lockinfo));
    Check(SetEndOfFile(e->lfd));
  }
  e->lmap = CreateFileMappingA(e->lfd, NULL, PAGE_READWRITE, 0, 0, NULL);
  Check(e->lmap);
  e->locks = (lockinfo*)MapViewOfFile(e->lmap, FILE_MAP_WRITE, 0, 0, 0);
  Check(e->locks);
  mutex_names(e->lfd, r, w);
  if (exclusive) {
    Check(InitializeSecurityDescriptor(&sd, SECURITY_DESCRIPTOR_REVISION));
    Check(SetSecurityDescriptorDacl(&sd, TRUE, NULL, FALSE));
    all.nLength = sizeof all;
    all.bInheritHandle = FALSE;
    all.lpSecurityDescriptor = &sd;
    e->rmutex = CreateMutexA(&all, FALSE, r);
    e->wmutex = CreateMutexA(&all, FALSE, w);
    e->locks->magic = 0xBEEFC0DE;
    e->locks->readers = 0;
    memset(&o, 0, sizeof o);
    Check(UnlockFileEx(e->lfd, 0, 1, 0, &o));
    memset(&o, 0, sizeof o);
    Check(LockFileEx(e->lfd, 0, 0, 1, 0, &o));
  } else {
    e->rmutex = OpenMutexA(SYNCHRONIZE, FALSE, r);
    e->wmutex = OpenMutexA(SYNCHRONIZE, FALSE, w);
  }
  Check(e->rmutex && e->wmutex);
  return exclusive;
}

static int env_open(env* e, DWORD64 size, BOOL readonly) {
  LARGE_INTEGER length;
  DWORD n;
  int first;
  memset(e, 0, sizeof *e);
  e->slot = -1;
  first = lock_open(e);
  e->fd =
      CreateFileA(DATA, readonly ? GENERIC_READ : GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                  NULL, readonly ? OPEN_EXISTING : OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
  Check(e->fd != INVALID_HANDLE_VALUE);
  Check(GetFileSizeEx(e->fd, &length));
  if (length.QuadPart == 0) {
    char page[PAGE];
    int i;
    for (i = 0; i < 2; ++i) {
      OVERLAPPED at;
      meta* m = (meta*)page;
      memset(page, 0, sizeof page);
      memset(&at, 0, sizeof at);
      m->magic = 0xBEEFC0DE;
      m->mapsize = size;
      m->last_page = 1;
      at.Offset = i * PAGE;
      Check(WriteFile(e->fd, page, PAGE, &n, &at) && n == PAGE);
    }
  }
  e->size = size;
  if (!readonly && (DWORD64)length.QuadPart < size) {
    length.QuadPart = (LONGLONG)size;
    Check(SetFilePointerEx(e->fd, length, NULL, FILE_BEGIN) && SetEndOfFile(e->fd));
  }
  e->map = CreateFileMappingA(e->fd, NULL, readonly ? PAGE_READONLY : PAGE_READWRITE, (DWORD)(size >> 32),
                              (DWORD)size, NULL);
  Check(e->map);
  e->base = (char*)MapViewOfFile(e->map, FILE_MAP_READ, 0, 0, 0);
  Check(e->base);
  return first;
}

static meta* pick(env* e) {
  meta *a = (meta*)e->base, *b = (meta*)(e->base + PAGE);
  return a->transaction > b->transaction ? a : b;
}

static DWORD64 begin_read(env* e) {
  int i;
  Check(WaitForSingleObject(e->rmutex, INFINITE) == WAIT_OBJECT_0);
  for (i = 0; i < e->locks->readers && e->locks->table[i].pid != 0; ++i) {
  }
  Check(i < READERS);
  if (i == e->locks->readers) e->locks->readers = i + 1;
  e->locks->table[i].pid = GetCurrentProcessId();
  e->locks->table[i].transaction = e->locks->transaction;
  Check(ReleaseMutex(e->rmutex));
  e->slot = i;
  return e->locks->table[i].transaction;
}
static void end_read(env* e) {
  e->locks->table[e->slot].pid = 0;
  e->slot = -1;
}

static DWORD64 oldest(env* e) {
  DWORD64 found = e->locks->transaction;
  int i;
  for (i = 0; i < e->locks->readers; ++i)
    if (e->locks->table[i].pid != 0 && e->locks->table[i].transaction < found) found = e->locks->table[i].transaction;
  return found;
}

static void commit(env* e, char const* value) {
  char page[PAGE];
  OVERLAPPED at;
  DWORD n;
  DWORD64 number;
  meta next;
  DWORD const state = WaitForSingleObject(e->wmutex, INFINITE);
  Check(state == WAIT_OBJECT_0 || state == WAIT_ABANDONED);
  if (state == WAIT_ABANDONED) printf("the last writer died; its page is not in a meta page\n");
  next = *pick(e);
  number = ++next.transaction;
  ++next.last_page;
  memset(page, 0, sizeof page);
  strcpy(page, value);
  memset(&at, 0, sizeof at);
  at.Offset = (DWORD)next.last_page * PAGE;
  Check(WriteFile(e->fd, page, PAGE, &n, &at));
  if (strcmp(value, "die") == 0) TerminateProcess(GetCurrentProcess(), 5);
  Check(FlushFileBuffers(e->fd));
  memset(&at, 0, sizeof at);
  at.Offset = (DWORD)(number & 1) * PAGE;
  Check(WriteFile(e->fd, &next, sizeof next, &n, &at));
  e->locks->transaction = number;
  Check(ReleaseMutex(e->wmutex));
}

static void env_close(env* e) {
  Check(UnmapViewOfFile(e->base));
  Check(UnmapViewOfFile(e->locks));
  CloseHandle(e->map);
  CloseHandle(e->fd);
  CloseHandle(e->lmap);
  CloseHandle(e->lfd);
  CloseHandle(e->rmutex);
  CloseHandle(e->wmutex);
}

static HANDLE start(char const* program, char const* what) {
  char line[MAX_PATH + 32];
  STARTUPINFOA si;
  PROCESS_INFORMATION pi;
  memset(&si, 0, sizeof si);
  si.cb = sizeof si;
  sprintf(line, "\"%s\" %s", program, what);
  Check(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &si, &pi));
  CloseHandle(pi.hThread);
  return pi.hProcess;
}
static DWORD join(HANDLE process) {
  DWORD code = 99;
  WaitForSingleObject(process, INFINITE);
  GetExitCodeProcess(process, &code);
  CloseHandle(process);
  return code;
}

int main(int argc, char** argv) {
  env e;
  if (argc > 1 && strcmp(argv[1], "write") == 0) {
    int i, first = env_open(&e, 64 * PAGE, FALSE);
    char text[32];
    for (i = 0; i < 10; ++i) {
      sprintf(text, "value %d", i);
      commit(&e, text);
    }
    env_close(&e);
    return first;
  }
  if (argc > 1) {
    env_open(&e, 64 * PAGE, FALSE);
    commit(&e, "die");
  }
  printf("first %d\n", env_open(&e, 64 * PAGE, FALSE));
  commit(&e, "made here");
  printf("snapshot %d", (int)begin_read(&e));
  printf(", page %d: %s\n", (int)pick(&e)->last_page, e.base + pick(&e)->last_page * PAGE);
  printf("writer first: %lu\n", join(start(argv[0], "write")));
  printf("now %d, the oldest reader is at %d\n", (int)e.locks->transaction, (int)oldest(&e));
  end_read(&e);
  printf("reader gone: %d\n", (int)oldest(&e));
  printf("page %d: %s\n", (int)pick(&e)->last_page, e.base + pick(&e)->last_page * PAGE);
  printf("killed: %lu\n", join(start(argv[0], "die")));
  printf("still %d: %s\n", (int)pick(&e)->transaction, e.base + pick(&e)->last_page * PAGE);
  commit(&e, "after the death");
  printf("then %d: %s\n", (int)pick(&e)->transaction, e.base + pick(&e)->last_page * PAGE);
  {
    env r;
    DWORD old;
    printf("second %d\n", env_open(&r, 64 * PAGE, TRUE));
    printf("same %d\n", memcmp(r.base, e.base, 16 * PAGE));
    printf("shrink %d", SetFilePointer(e.fd, 8 * PAGE, NULL, FILE_BEGIN) == 8 * PAGE && SetEndOfFile(e.fd));
    printf(" %lu\n", GetLastError());
    printf("writable %d", VirtualProtect(r.base, PAGE, PAGE_READWRITE, &old));
    printf(" %lu\n", GetLastError());
    env_close(&r);
  }
  env_close(&e);
  printf("deleted %d", DeleteFileA(DATA));
  printf(" %d\n", DeleteFileA(LOCKS));
  return 0;
}
