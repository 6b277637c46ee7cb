// SPDX-License-Identifier: Apache-2.0
// Mapped files in a class, as programs have it; share modes, empty files, searches, copies, moves.

// The order matters.
// clang-format off
#include <windows.h>
#include <mmsystem.h>
// clang-format on

#include <cstring>
#include <fstream>
#include <iostream>
#pragma comment(lib, "winmm.lib")
using namespace std;
class MappedFile {
  HANDLE f_, m_;
  LPVOID p_;

 public:
  MappedFile() : f_(INVALID_HANDLE_VALUE), m_(0), p_(0) {}
  bool open(LPCSTR n, bool wr, DWORD size) {
    f_ = CreateFileA(n, wr ? GENERIC_READ | GENERIC_WRITE : GENERIC_READ, wr ? 0 : FILE_SHARE_READ, NULL,
                     wr ? CREATE_ALWAYS : OPEN_EXISTING, wr ? FILE_FLAG_WRITE_THROUGH : FILE_FLAG_SEQUENTIAL_SCAN,
                     NULL);
    if (f_ == INVALID_HANDLE_VALUE) {
      cout << "open failed " << GetLastError() << endl;
      return false;
    }
    m_ = CreateFileMappingA(f_, NULL, wr ? PAGE_READWRITE : PAGE_READONLY, 0, size, NULL);
    if (!m_) {
      cout << "mapping failed " << GetLastError() << endl;
      CloseHandle(f_);
      f_ = INVALID_HANDLE_VALUE;
      return false;
    }
    p_ = MapViewOfFile(m_, wr ? FILE_MAP_WRITE : FILE_MAP_READ, 0, 0, 0);
    return p_ != 0;
  }
  DWORD size() { return GetFileSize(f_, NULL); }
  void* data() { return p_; }
  ~MappedFile() {
    if (p_ && !UnmapViewOfFile(p_)) cout << "unmap failed";
    if (m_) CloseHandle(m_);
    if (f_ != INVALID_HANDLE_VALUE) CloseHandle(f_);
  }
};
int main() {
  timeBeginPeriod(1);
  DWORD t = timeGetTime();
  {
    ofstream o("mapped_files.src", ios::binary);
    for (int i = 0; i < 100000; ++i) o.put((char)(i * 7));
  }
  { ofstream o("mapped_files.empty"); }
  {
    MappedFile a, b;
    cout << a.open("mapped_files.src", false, 0) << ' ' << a.size() << endl;
    cout << b.open("mapped_files.dst", true, a.size()) << endl;
    CopyMemory(b.data(), a.data(), a.size());
    cout << b.size() << endl;
    HANDLE again = CreateFileA("mapped_files.dst", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                               OPEN_EXISTING, 0, NULL);
    cout << (again == INVALID_HANDLE_VALUE) << ' ' << GetLastError() << endl;
  }
  {
    MappedFile e;
    e.open("mapped_files.empty", false, 0);
    MappedFile n;
    n.open("no/such/file", false, 0);
    MappedFile n2;
    n2.open("nosuchfile", false, 0);
  }
  ifstream x("mapped_files.src", ios::binary), y("mapped_files.dst", ios::binary);
  string sx((istreambuf_iterator<char>(x)), {}), sy((istreambuf_iterator<char>(y)), {});
  cout << (sx == sy) << ' ' << sy.size() << endl;
  x.close();
  y.close();
  WIN32_FIND_DATAA fd;
  HANDLE ff = FindFirstFileA("mapped_files.s*", &fd);
  cout << (ff != INVALID_HANDLE_VALUE ? fd.cFileName : "none") << ' ' << fd.nFileSizeLow << endl;
  FindClose(ff);
  cout << GetFileAttributesA("mapped_files.src") << ' ' << GetFileAttributesA("nope") << ' ' << GetLastError()
       << endl;
  cout << CopyFileA("mapped_files.src", "mapped_files.cp", TRUE)
       << CopyFileA("mapped_files.src", "mapped_files.cp", TRUE) << ' ' << GetLastError() << endl;
  cout << MoveFileExA("mapped_files.cp", "mapped_files.dst", MOVEFILE_REPLACE_EXISTING)
       << DeleteFileA("mapped_files.src") << DeleteFileA("mapped_files.dst") << DeleteFileA("mapped_files.empty")
       << DeleteFileA("mapped_files.src") << GetLastError() << endl;
  cout << (timeGetTime() - t < 60000) << endl;
  timeEndPeriod(1);
  return 0;
}
