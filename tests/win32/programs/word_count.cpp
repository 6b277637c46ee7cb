// SPDX-License-Identifier: Apache-2.0
// A large text is counted through windows of a mapping that move over it.
#include <windows.h>

#include <cctype>
#include <ctime>
#include <iostream>
#include <map>
#include <string>

using namespace std;
#define CHUNK (64 * 1024 * 2)
int main(int argc, char** argv) {
  HANDLE hFile = CreateFile("words.txt", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, 0, CREATE_ALWAYS,
                            FILE_FLAG_SEQUENTIAL_SCAN, 0);
  if (hFile == INVALID_HANDLE_VALUE) {
    cout << "Unable to open file" << endl;
    return -1;
  }
  char const* text = "the quick brown fox jumps over the lazy dog\r\n";
  DWORD written;
  for (int i = 0; i < 10000; i++)
    if (!WriteFile(hFile, text, (DWORD)strlen(text), &written, NULL)) break;
  LARGE_INTEGER li;
  GetFileSizeEx(hFile, &li);
  cout << "size " << li.QuadPart << " " << li.LowPart << " " << li.HighPart << endl;
  HANDLE hMap = CreateFileMapping(hFile, NULL, PAGE_READONLY, 0, 0, NULL);
  if (!hMap) {
    cout << "map failed " << GetLastError() << endl;
    return -1;
  }
  map<string, int> counts;
  string cur;
  __int64 off = 0;
  while (off < li.QuadPart) {
    DWORD dwBytes = CHUNK;
    if (li.QuadPart - off < CHUNK) dwBytes = (DWORD)(li.QuadPart - off);
    PBYTE pb = (PBYTE)MapViewOfFile(hMap, FILE_MAP_READ, (DWORD)(off >> 32), (DWORD)(off & 0xFFFFFFFF), dwBytes);
    if (!pb) {
      cout << "view failed " << GetLastError() << endl;
      return -1;
    }
    for (DWORD i = 0; i < dwBytes; i++) {
      if (isalpha(pb[i]))
        cur += (char)pb[i];
      else if (!cur.empty()) {
        counts[cur]++;
        cur.clear();
      }
    }
    UnmapViewOfFile(pb);
    off += dwBytes;
  }
  for (map<string, int>::iterator it = counts.begin(); it != counts.end(); ++it)
    cout << it->first << ": " << it->second << "\n";
  CloseHandle(hMap);
  CloseHandle(hFile);
  cout << DeleteFile("words.txt") << endl;
  cout << hex << GetFileAttributes("words.txt") << " " << dec << GetLastError() << endl;
  return 0;
}
