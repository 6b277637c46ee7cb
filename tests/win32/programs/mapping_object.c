/* SPDX-License-Identifier: Apache-2.0 */
/* A language runtime's object for mapped files: sizes from the file, tags, resizing, copies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
/* A language runtime's mmap object: Windows branch. */
typedef struct {
  char* data;
  size_t size, pos;
  HANDLE map_handle, file_handle;
  LONGLONG offset;
  char* tagname;
  int access;
  int exports;
} mmap_object;
static void error(char const* where) {
  char* text = NULL;
  DWORD e = GetLastError();
  DWORD n =
      FormatMessageA(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
                     NULL, e, MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT), (LPSTR)&text, 0, NULL);
  printf("%s: [WinError %lu] %s\n", where, e, n ? "text" : "none");
  LocalFree(text);
}
static void mmap_close(mmap_object* m) {
  if (!m) return;
  UnmapViewOfFile(m->data);
  CloseHandle(m->map_handle);
  if (m->file_handle != INVALID_HANDLE_VALUE) CloseHandle(m->file_handle);
  free(m->tagname);
  free(m);
}
static mmap_object* give_up(mmap_object* m) {
  mmap_close(m);
  return NULL;
}
static mmap_object* mmap_new(HANDLE fh, char const* tag, size_t size, LONGLONG offset, int access) {
  mmap_object* m = calloc(1, sizeof *m);
  DWORD prot = access == 1   ? PAGE_READONLY
               : access == 3 ? PAGE_WRITECOPY
                             : PAGE_READWRITE,
        want = access == 1   ? FILE_MAP_READ
               : access == 3 ? FILE_MAP_COPY
                             : FILE_MAP_WRITE;
  ULONGLONG total;
  m->access = access;
  m->offset = offset;
  if (fh != INVALID_HANDLE_VALUE) {
    if (!DuplicateHandle(GetCurrentProcess(), fh, GetCurrentProcess(), &m->file_handle, 0, FALSE,
                         DUPLICATE_SAME_ACCESS)) {
      error("dup");
      return give_up(m);
    }
    if (size == 0) {
      DWORD low, high;
      low = GetFileSize(fh, &high);
      if (low == INVALID_FILE_SIZE && GetLastError() != NO_ERROR) {
        error("size");
        return give_up(m);
      }
      total = ((ULONGLONG)high << 32) + low;
      if ((ULONGLONG)offset >= total) {
        printf("offset beyond\n");
        return give_up(m);
      }
      size = (size_t)(total - offset);
    }
  } else
    m->file_handle = INVALID_HANDLE_VALUE;
  m->size = size;
  total = size + offset;
  if (tag) m->tagname = _strdup(tag);
  m->map_handle = CreateFileMappingA(m->file_handle, NULL, prot, (DWORD)(total >> 32), (DWORD)total, m->tagname);
  if (!m->map_handle) {
    error("map");
    return give_up(m);
  }
  m->data = MapViewOfFile(m->map_handle, want, (DWORD)(offset >> 32), (DWORD)offset, size);
  if (!m->data) {
    error("view");
    return give_up(m);
  }
  return m;
}
static int mmap_resize(mmap_object* m, size_t n) {
  LONG low = (LONG)n, high = 0;
  ULONGLONG total = n + m->offset;
  UnmapViewOfFile(m->data);
  m->data = NULL;
  CloseHandle(m->map_handle);
  m->map_handle = NULL;
  if (m->file_handle != INVALID_HANDLE_VALUE) {
    low = (LONG)total;
    high = (LONG)(total >> 32);
    SetLastError(NO_ERROR);
    if (SetFilePointer(m->file_handle, low, &high, FILE_BEGIN) == INVALID_SET_FILE_POINTER &&
        GetLastError() != NO_ERROR) {
      error("seek");
      return 0;
    }
    if (!SetEndOfFile(m->file_handle)) {
      error("end");
      return 0;
    }
  }
  m->map_handle =
      CreateFileMappingA(m->file_handle, NULL, PAGE_READWRITE, (DWORD)(total >> 32), (DWORD)total, m->tagname);
  if (!m->map_handle) {
    error("remap");
    return 0;
  }
  m->data = MapViewOfFile(m->map_handle, FILE_MAP_WRITE, (DWORD)(m->offset >> 32), (DWORD)m->offset, n);
  if (!m->data) {
    error("review");
    return 0;
  }
  m->size = n;
  return 1;
}
int main(void) {
  HANDLE f;
  mmap_object *a, *b, *c;
  DWORD n;
  SYSTEM_INFO si;
  char buf[100];
  GetSystemInfo(&si);
  printf("granularity %lu page %lu\n", si.dwAllocationGranularity, si.dwPageSize);
  a = mmap_new(INVALID_HANDLE_VALUE, NULL, 0, 0, 2);
  mmap_close(a);
  a = mmap_new(INVALID_HANDLE_VALUE, "tagged", 1000, 0, 2);
  b = mmap_new(INVALID_HANDLE_VALUE, "tagged", 500, 0, 2);
  strcpy(a->data, "seen by both");
  puts(b->data);
  mmap_close(b);
  b = mmap_new(INVALID_HANDLE_VALUE, "tagged", 5000, 0, 2);
  mmap_close(b);
  f = CreateFileA("mm.dat", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
  c = mmap_new(f, NULL, 0, 0, 2);
  for (n = 0; n < 100; ++n) buf[n] = (char)('0' + n % 10);
  WriteFile(f, buf, 100, &n, NULL);
  c = mmap_new(f, NULL, 0, 0, 2);
  printf("%lu %.10s\n", (unsigned long)c->size, c->data);
  printf("resize %d\n", mmap_resize(c, 70000));
  memcpy(c->data + 69990, "the end...", 10);
  printf("resize %d ", mmap_resize(c, 50));
  printf("size %lu\n", GetFileSize(f, NULL));
  mmap_close(c);
  b = mmap_new(f, NULL, 0, 0, 1);
  printf("read-only %.5s\n", b->data);
  c = mmap_new(f, NULL, 0, 0, 3);
  c->data[0] = 'X';
  printf("copy %c original %c\n", c->data[0], b->data[0]);
  mmap_close(c);
  c = mmap_new(f, NULL, 10, 1, 2);
  c = mmap_new(f, NULL, 100000, 65536, 2);
  printf("offset %d file %lu\n", c != NULL, GetFileSize(f, NULL));
  mmap_close(c);
  c = mmap_new((HANDLE)0x5555, NULL, 10, 0, 2);
  mmap_close(c);
  mmap_close(b);
  mmap_close(a);
  CloseHandle(f);
  printf("delete %d\n", DeleteFileA("mm.dat"));
  return 0;
}
