// SPDX-License-Identifier: Apache-2.0
// The part of an embedded database that is written for Windows: a mapped file that grows, byte-range locks, syncing.
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
struct Closer {
  void operator()(HANDLE h) const {
    if (h && h != INVALID_HANDLE_VALUE) CloseHandle(h);
  }
};
using Handle = std::unique_ptr<std::remove_pointer<HANDLE>::type, Closer>;
static void fail(char const* w) {
  std::printf("%s: %lu\n", w, GetLastError());
}
class Pager {
  Handle file_, map_;
  unsigned char* base_ = nullptr;
  uint64_t size_ = 0;
  static const DWORD kPage = 4096;

 public:
  bool open(char const* path, bool ro) {
    file_.reset(CreateFileA(path, ro ? GENERIC_READ : GENERIC_READ | GENERIC_WRITE,
                            FILE_SHARE_READ | (ro ? FILE_SHARE_WRITE : 0), nullptr, ro ? OPEN_EXISTING : OPEN_ALWAYS,
                            FILE_ATTRIBUTE_NORMAL | FILE_FLAG_RANDOM_ACCESS, nullptr));
    if (file_.get() == INVALID_HANDLE_VALUE) {
      fail("open");
      file_.release();
      return false;
    }
    LARGE_INTEGER s;
    GetFileSizeEx(file_.get(), &s);
    size_ = s.QuadPart;
    return true;
  }
  bool lock(bool exclusive) {
    OVERLAPPED o = {};
    o.Offset = 0x40000000;
    return LockFileEx(file_.get(), LOCKFILE_FAIL_IMMEDIATELY | (exclusive ? LOCKFILE_EXCLUSIVE_LOCK : 0), 0, 1, 0,
                      &o) != FALSE;
  }
  bool unlock() {
    OVERLAPPED o = {};
    o.Offset = 0x40000000;
    return UnlockFileEx(file_.get(), 0, 1, 0, &o) != FALSE;
  }
  bool unmap() {
    bool ok = !base_ || UnmapViewOfFile(base_);
    base_ = nullptr;
    map_.reset();
    return ok;
  }
  bool truncate(uint64_t n) {
    LARGE_INTEGER d;
    d.QuadPart = (LONGLONG)n;
    if (!SetFilePointerEx(file_.get(), d, nullptr, FILE_BEGIN) || !SetEndOfFile(file_.get())) {
      fail("truncate");
      return false;
    }
    size_ = n;
    return true;
  }
  bool remap(uint64_t n, bool ro) {
    unmap();
    if (!ro && n > size_ && !truncate(n)) return false;
    map_.reset(CreateFileMappingW(file_.get(), nullptr, ro ? PAGE_READONLY : PAGE_READWRITE, (DWORD)(n >> 32),
                                  (DWORD)n, nullptr));
    if (!map_) {
      fail("map");
      return false;
    }
    base_ = (unsigned char*)MapViewOfFile(map_.get(), ro ? FILE_MAP_READ : FILE_MAP_WRITE, 0, 0, (SIZE_T)n);
    if (!base_) {
      fail("view");
      return false;
    }
    return true;
  }
  unsigned char* page(unsigned i) { return base_ + (size_t)i * kPage; }
  bool sync() { return FlushViewOfFile(base_, 0) && FlushFileBuffers(file_.get()); }
  uint64_t size() const { return size_; }
};
static void use_it() {
  Pager p, q, r;
  std::printf("open %d\n", p.open("pager.db", false));
  std::printf("second writer %d\n", q.open("pager.db", false));
  std::printf("reader %d\n", r.open("pager.db", true));
  std::printf("empty map %d\n", p.remap(0, false));
  std::printf("grow %d\n", p.remap(8 * 4096, false));
  bool l1 = p.lock(true), l2 = r.lock(false);
  std::printf("lock %d shared %d\n", l1, l2);
  l1 = p.unlock();
  l2 = p.unlock();
  std::printf("unlock %d again %d\n", l1, l2);
  l1 = r.lock(false);
  l2 = p.lock(true);
  std::printf("shared %d exclusive %d\n", l1, l2);
  std::printf("error %lu\n", GetLastError());
  for (unsigned i = 0; i < 8; ++i) {
    std::fill_n(p.page(i), 4096, (unsigned char)(i * 3));
  }
  std::printf("sync %d truncate %d\n", p.sync(), p.truncate(4096));
  bool mapped = r.remap(8 * 4096, true);
  std::printf("reader map %d: %d\n", mapped, r.page(7)[4095]);
  std::printf("beyond %d\n", r.remap(9 * 4096, true));
  p.page(7)[4095] = 99;
  r.remap(8 * 4096, true);
  std::printf("coherent %d\n", r.page(7)[4095]);
  mapped = p.remap(16 * 4096, false);
  std::printf("grow %d size %llu\n", mapped, (unsigned long long)p.size());
  std::printf("zero %d kept %d\n", p.page(15)[0], p.page(7)[4095]);
  r.unmap();
  p.unmap();
  std::printf("truncate %d\n", p.truncate(100));
}
int main() {
  DeleteFileA("pager.db");
  use_it();
  std::printf("delete %d\n", DeleteFileA("pager.db"));
  return 0;
}
