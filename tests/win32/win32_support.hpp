// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <gtest/gtest.h>
#include <string>

#include <coview/win32/windows.h>

#include "support/process.hpp"
#include "support/scoped_root.hpp"

/// For tests of the Win32 layer: what a call left as its last error, and handles that close themselves.
namespace coview_test {

/// Whether there is no need to wait for it; takes it, if it is taken by a wait.
inline bool is_set(HANDLE object) {
  return WaitForSingleObject(object, 0) == WAIT_OBJECT_0;
}

/// For memory without a file.
inline HANDLE const no_file = INVALID_HANDLE_VALUE;

inline constexpr DWORD untouched = 0xDEADBEEF;

/// EXPECT_FAILS(code, failed value, call): the call gives that value and leaves that error.
#define EXPECT_FAILS(code, failed, call)                          \
  do {                                                            \
    SetLastError(coview_test::untouched);                         \
    EXPECT_EQ(call, failed) << #call;                             \
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(code)) << #call; \
  } while (false)

class scoped_handle {
 public:
  scoped_handle() = default;
  scoped_handle(HANDLE handle) : handle_(handle) {}
  scoped_handle(scoped_handle&& other) noexcept : handle_(other.release()) {}
  scoped_handle& operator=(scoped_handle&& other) noexcept {
    reset();
    handle_ = other.release();
    return *this;
  }
  ~scoped_handle() { reset(); }
  operator HANDLE() const { return handle_; }
  [[nodiscard]] HANDLE get() const { return handle_; }
  HANDLE release() {
    HANDLE const out = handle_;
    handle_ = nullptr;
    return out;
  }
  void reset() {
    if (handle_ != nullptr && handle_ != INVALID_HANDLE_VALUE) CloseHandle(handle_);
    handle_ = nullptr;
  }

 private:
  HANDLE handle_ = nullptr;
};

class scoped_view {
 public:
  scoped_view() = default;
  scoped_view(void* at) : at_(static_cast<char*>(at)) {}
  scoped_view(scoped_view const&) = delete;
  scoped_view& operator=(scoped_view const&) = delete;
  ~scoped_view() { reset(); }
  operator char*() const { return at_; }
  void reset() {
    if (at_ != nullptr) UnmapViewOfFile(at_);
    at_ = nullptr;
  }

 private:
  char* at_ = nullptr;
};

/// A file of a test, in its own root.
inline std::string make_file(scoped_root const& root, std::string const& name, std::size_t size, char fill = 'x') {
  auto const path = (root.path() / name).string();
  std::ofstream(path, std::ios::binary) << std::string(size, fill);
  return path;
}

inline HANDLE open_file(std::string const& path, DWORD access = GENERIC_READ | GENERIC_WRITE,
                        DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE) {
  return CreateFileA(path.c_str(), access, share, nullptr, OPEN_EXISTING, 0, nullptr);
}

inline HANDLE memory(DWORD size, char const* name = nullptr, DWORD protect = PAGE_READWRITE) {
  return CreateFileMappingA(INVALID_HANDLE_VALUE, nullptr, protect, 0, size, name);
}

inline MEMORY_BASIC_INFORMATION query(void const* address) {
  MEMORY_BASIC_INFORMATION facts{};
  EXPECT_EQ(VirtualQuery(address, &facts, sizeof facts), sizeof facts);
  return facts;
}

}  // namespace coview_test
