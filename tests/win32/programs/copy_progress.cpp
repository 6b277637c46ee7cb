// SPDX-License-Identifier: Apache-2.0
// Copies with a bar of progress: CopyFileEx, CopyFile2, one that is stopped, one that is cancelled, and what is left
// then.
// Not under Wine 8: it tells of no progress, and has no CopyFile2.
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0602
#endif
#include <windows.h>

#include <cstdio>
#include <string>
#include <vector>

struct Bar {
  int calls = 0, streams = 0, finished = 0;
  LONGLONG last = -1, total = 0;
  bool ordered = true;
  DWORD answer = PROGRESS_CONTINUE;
};

static DWORD CALLBACK routine(LARGE_INTEGER total, LARGE_INTEGER done, LARGE_INTEGER stream_size, LARGE_INTEGER,
                              DWORD stream, DWORD reason, HANDLE source, HANDLE target, LPVOID argument) {
  Bar* const bar = (Bar*)argument;
  if (bar->calls++ == 0 && reason != CALLBACK_STREAM_SWITCH) printf("begins otherwise\n");
  if (reason == CALLBACK_STREAM_SWITCH) ++bar->streams;
  if (stream != 1 || stream_size.QuadPart != total.QuadPart || source == target) printf("odd\n");
  if (done.QuadPart < bar->last) bar->ordered = false;
  bar->last = done.QuadPart;
  bar->total = total.QuadPart;
  return reason == CALLBACK_STREAM_SWITCH ? PROGRESS_CONTINUE : bar->answer;
}

static bool make(char const* path, size_t size) {
  std::vector<char> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = (char)(i * 31 >> 3);
  HANDLE file = CreateFileA(path, GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS, 0, nullptr);
  DWORD written = 0;
  bool const ok = WriteFile(file, bytes.data(), (DWORD)size, &written, nullptr) && written == size;
  CloseHandle(file);
  return ok;
}
static std::string content(char const* path) {
  HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING, 0, nullptr);
  if (file == INVALID_HANDLE_VALUE) return "";
  std::string all(GetFileSize(file, nullptr), '\0');
  DWORD read = 0;
  if (!all.empty()) ReadFile(file, &all[0], (DWORD)all.size(), &read, nullptr);
  CloseHandle(file);
  return all;
}
static bool there(char const* path) {
  return GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
}

static void extended() {
  Bar bar;
  BOOL ok = CopyFileExA("source.bin", "target.bin", routine, &bar, nullptr, COPY_FILE_FAIL_IF_EXISTS);
  printf("copied %d, the same %d, %d stream, ordered %d, %ld of %ld, several calls %d\n", ok,
         content("source.bin") == content("target.bin"), bar.streams, bar.ordered, (long)bar.last, (long)bar.total,
         bar.calls > 1);
  ok = CopyFileExA("source.bin", "target.bin", routine, &bar, nullptr, COPY_FILE_FAIL_IF_EXISTS);
  printf("exists %d %lu\n", ok, GetLastError());
  Bar cancelled;
  cancelled.answer = PROGRESS_CANCEL;
  ok = CopyFileExA("source.bin", "cancelled.bin", routine, &cancelled, nullptr, 0);
  printf("cancelled %d %lu", ok, GetLastError());
  printf(", there %d\n", there("cancelled.bin"));
  Bar stopped;
  stopped.answer = PROGRESS_STOP;
  ok = CopyFileExA("source.bin", "stopped.bin", routine, &stopped, nullptr, 0);
  printf("stopped %d %lu\n", ok, GetLastError());
  DeleteFileA("stopped.bin");
  Bar quiet;
  quiet.answer = PROGRESS_QUIET;
  ok = CopyFileExA("source.bin", "target.bin", routine, &quiet, nullptr, 0);
  printf("quiet %d, %d calls\n", ok, quiet.calls);
  BOOL cancel = TRUE;
  ok = CopyFileExA("source.bin", "cancelled.bin", nullptr, nullptr, &cancel, 0);
  printf("cancelled before %d %lu", ok, GetLastError());
  printf(", there %d\n", there("cancelled.bin"));
  ok = CopyFileExA("missing.bin", "target.bin", routine, &bar, nullptr, 0);
  printf("missing %d %lu", ok, GetLastError());
  printf(", and the target %d\n", there("target.bin"));
}

int main() {
  if (!make("source.bin", 3 << 20) || !make("empty.bin", 0)) return 1;
  extended();
  BOOL ok = CopyFileExA("empty.bin", "nothing.bin", nullptr, nullptr, nullptr, 0);
  printf("empty %d, %d bytes\n", ok, (int)content("nothing.bin").size());

  COPYFILE2_EXTENDED_PARAMETERS parameters{};
  parameters.dwSize = sizeof parameters;
  HRESULT result = CopyFile2(L"source.bin", L"second.bin", &parameters);
  printf("second %lx, the same %d\n", (unsigned long)result, content("source.bin") == content("second.bin"));
  parameters.dwCopyFlags = COPY_FILE_FAIL_IF_EXISTS;
  result = CopyFile2(L"source.bin", L"second.bin", &parameters);
  printf("exists %d, error %lu\n", FAILED(result) ? 1 : 0, (unsigned long)HRESULT_CODE(result));
  result = CopyFile2(L"missing.bin", L"third.bin", nullptr);
  printf("missing %lx, there %d\n", (unsigned long)result, there("third.bin"));
  parameters.dwSize = 3;
  result = CopyFile2(L"source.bin", L"third.bin", &parameters);
  printf("wrong size %lx, there %d\n", (unsigned long)result, there("third.bin"));

  ok = SetFileAttributesA("source.bin", FILE_ATTRIBUTE_READONLY);
  ok = CopyFileA("source.bin", "third.bin", FALSE);
  printf("read-only %d, copied with it %d\n", ok, (GetFileAttributesA("third.bin") & FILE_ATTRIBUTE_READONLY) != 0);
  ok = CopyFileA("second.bin", "third.bin", FALSE);
  printf("onto it %d %lu\n", ok, GetLastError());
  SetFileAttributesA("source.bin", FILE_ATTRIBUTE_NORMAL);
  SetFileAttributesA("third.bin", FILE_ATTRIBUTE_NORMAL);
  char const* const made[] = {"source.bin", "empty.bin", "target.bin", "nothing.bin", "second.bin", "third.bin"};
  for (char const* each : made)
    if (!DeleteFileA(each)) printf("not deleted: %s %lu\n", each, GetLastError());
}
