// SPDX-License-Identifier: Apache-2.0
// Memory calls that take a process. Another process's memory can be read and written; its address space is its own.
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include <coview/win32/memoryapi.h>
#include <coview/win32/processthreadsapi.h>
#include <coview/win32/winbase.h>

#include "win32/core/handles/handle_table.hpp"

namespace coview::win32 {
namespace {

/// 0 with a code where the handle is no process's.
pid_t process_of(HANDLE process) {
  if (is_invalid_value(process)) return ::getpid();
  ACCESS_MASK access = 0;
  auto const what = pin_any(process, access);
  if (!what || what->what() != object::kind::process) return fail_with<pid_t>(ERROR_INVALID_HANDLE, 0);
  return static_cast<pid_t>(GetProcessId(process));
}

bool is_this_process(HANDLE process) {
  pid_t const id = process_of(process);
  if (id == ::getpid()) return true;
  if (id != 0) set_error(ERROR_NOT_SUPPORTED);
  return false;
}

/// Whether a byte of this process can be written.
bool is_usable(void* byte) {
  ::iovec const itself{byte, 1};
  return ::process_vm_readv(::getpid(), &itself, 1, &itself, 1, 0) == 1;
}

/// `reads`: nothing of the other side that can be read is a part of it, as on Windows; of one's own it is not.
template <class Transfer>
BOOL transfer(HANDLE process, void* here, void* there, SIZE_T size, SIZE_T* moved, bool reads, Transfer how) {
  if (moved != nullptr) *moved = 0;
  pid_t const id = process_of(process);
  if (id == 0) return FALSE;
  ::iovec const ours{here, size};
  ::iovec const theirs{there, size};
  auto const n = how(id, &ours, 1, &theirs, 1, 0);
  if (n < 0 && errno != EFAULT) return refuse(errno == ESRCH ? ERROR_PARTIAL_COPY : error_from_errno(errno));
  if (n > 0 && moved != nullptr) *moved = static_cast<SIZE_T>(n);
  if (n < 0) return refuse(reads && is_usable(here) ? ERROR_PARTIAL_COPY : ERROR_NOACCESS);
  return static_cast<SIZE_T>(n) == size ? TRUE : refuse(ERROR_PARTIAL_COPY);
}

}  // namespace
}  // namespace coview::win32

using namespace coview::win32;

BOOL ReadProcessMemory(HANDLE hProcess, LPCVOID lpBaseAddress, LPVOID lpBuffer, SIZE_T nSize,
                       SIZE_T* lpNumberOfBytesRead) {
  return guarded(
      [&] {
        return transfer(hProcess, lpBuffer, const_cast<void*>(lpBaseAddress), nSize, lpNumberOfBytesRead, true,
                        ::process_vm_readv);
      },
      FALSE);
}

BOOL WriteProcessMemory(HANDLE hProcess, LPVOID lpBaseAddress, LPCVOID lpBuffer, SIZE_T nSize,
                        SIZE_T* lpNumberOfBytesWritten) {
  return guarded(
      [&] {
        return transfer(hProcess, const_cast<void*>(lpBuffer), lpBaseAddress, nSize, lpNumberOfBytesWritten, false,
                        ::process_vm_writev);
      },
      FALSE);
}

LPVOID VirtualAllocEx(HANDLE hProcess, LPVOID lpAddress, SIZE_T dwSize, DWORD flAllocationType, DWORD flProtect) {
  return is_this_process(hProcess) ? VirtualAlloc(lpAddress, dwSize, flAllocationType, flProtect) : nullptr;
}

LPVOID VirtualAllocExNuma(HANDLE hProcess, LPVOID lpAddress, SIZE_T dwSize, DWORD flAllocationType, DWORD flProtect,
                          DWORD /*nndPreferred*/) {
  return VirtualAllocEx(hProcess, lpAddress, dwSize, flAllocationType, flProtect);
}

PVOID VirtualAlloc2(HANDLE Process, PVOID BaseAddress, SIZE_T Size, ULONG AllocationType, ULONG PageProtection,
                    MEM_EXTENDED_PARAMETER* ExtendedParameters, ULONG ParameterCount) {
  if (ParameterCount != 0 && ExtendedParameters == nullptr) return fail_with<PVOID>(ERROR_INVALID_PARAMETER, nullptr);
  return VirtualAllocEx(Process == nullptr ? current_process_handle() : Process, BaseAddress, Size, AllocationType,
                        PageProtection);
}

BOOL VirtualFreeEx(HANDLE hProcess, LPVOID lpAddress, SIZE_T dwSize, DWORD dwFreeType) {
  return is_this_process(hProcess) ? VirtualFree(lpAddress, dwSize, dwFreeType) : FALSE;
}

BOOL VirtualProtectEx(HANDLE hProcess, LPVOID lpAddress, SIZE_T dwSize, DWORD flNewProtect, PDWORD lpflOldProtect) {
  return is_this_process(hProcess) ? VirtualProtect(lpAddress, dwSize, flNewProtect, lpflOldProtect) : FALSE;
}

SIZE_T VirtualQueryEx(HANDLE hProcess, LPCVOID lpAddress, PMEMORY_BASIC_INFORMATION lpBuffer, SIZE_T dwLength) {
  return is_this_process(hProcess) ? VirtualQuery(lpAddress, lpBuffer, dwLength) : 0;
}
