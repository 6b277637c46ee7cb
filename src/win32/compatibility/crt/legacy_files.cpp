// SPDX-License-Identifier: Apache-2.0
// _lopen and its kin: files as in the days before Win32, on the calls of today.
#include <bit>
#include <cstdint>

#include <coview/win32/winbase.h>

#include "win32/core/handles/last_error.hpp"

using namespace coview::win32;

namespace {

HANDLE handle_of(HFILE file) {
  return std::bit_cast<HANDLE>(std::intptr_t{file});  // it is a number
}

HFILE file_of(HANDLE handle) {
  return static_cast<HFILE>(reinterpret_cast<std::intptr_t>(handle));
}

constexpr int share_bits = 0x70;

DWORD share_of(int mode) {
  switch (mode & share_bits) {
    case OF_SHARE_EXCLUSIVE:
      return 0;
    case OF_SHARE_DENY_WRITE:
      return FILE_SHARE_READ;
    case OF_SHARE_DENY_READ:
      return FILE_SHARE_WRITE;
    default:
      return FILE_SHARE_READ | FILE_SHARE_WRITE;
  }
}

}  // namespace

HFILE _lopen(LPCSTR lpPathName, int iReadWrite) {
  constexpr int access_bits = 3;
  int const wanted = iReadWrite & access_bits;
  if (wanted == access_bits) {
    set_error(ERROR_INVALID_PARAMETER);
    return HFILE_ERROR;
  }
  DWORD const access = wanted == OF_READ    ? GENERIC_READ
                       : wanted == OF_WRITE ? GENERIC_WRITE
                                            : GENERIC_READ | GENERIC_WRITE;
  return file_of(CreateFileA(lpPathName, access, share_of(iReadWrite), nullptr, OPEN_EXISTING, 0, nullptr));
}

HFILE _lcreat(LPCSTR lpPathName, int iAttribute) {
  constexpr int known = FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM;
  return file_of(CreateFileA(lpPathName, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                             CREATE_ALWAYS, static_cast<DWORD>(iAttribute & known), nullptr));
}

UINT _lread(HFILE hFile, LPVOID lpBuffer, UINT uBytes) {
  DWORD moved = 0;
  return ReadFile(handle_of(hFile), lpBuffer, uBytes, &moved, nullptr) != FALSE ? moved
                                                                                : static_cast<UINT>(HFILE_ERROR);
}

// No bytes: the file ends here.
UINT _lwrite(HFILE hFile, LPCSTR lpBuffer, UINT uBytes) {
  if (uBytes == 0) return SetEndOfFile(handle_of(hFile)) != FALSE ? 0 : static_cast<UINT>(HFILE_ERROR);
  DWORD moved = 0;
  return WriteFile(handle_of(hFile), lpBuffer, uBytes, &moved, nullptr) != FALSE ? moved
                                                                                 : static_cast<UINT>(HFILE_ERROR);
}

long _hread(HFILE hFile, LPVOID lpBuffer, long lBytes) {
  return static_cast<LONG>(_lread(hFile, lpBuffer, static_cast<UINT>(lBytes)));
}

long _hwrite(HFILE hFile, LPCSTR lpBuffer, long lBytes) {
  return static_cast<LONG>(_lwrite(hFile, lpBuffer, static_cast<UINT>(lBytes)));
}

LONG _llseek(HFILE hFile, LONG lOffset, int iOrigin) {
  return static_cast<LONG>(SetFilePointer(handle_of(hFile), lOffset, nullptr, static_cast<DWORD>(iOrigin)));
}

HFILE _lclose(HFILE hFile) {
  return CloseHandle(handle_of(hFile)) != FALSE ? 0 : HFILE_ERROR;
}
