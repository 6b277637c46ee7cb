// SPDX-License-Identifier: Apache-2.0
// psapi: which file is behind an address, and how much memory the process uses, as /proc tells.
#include <fcntl.h>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include <coview/win32/psapi.h>
#include <coview/win32/winbase.h>

#include "os/file.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/text.hpp"

using namespace coview::win32;
namespace os = coview::os;

namespace {

/// "7f00-7f01 rw-s 00000000 00:19 42 /dev/shm/x": the path where the address is within, else empty. `mapped` tells
/// whether anything is there at all.
std::string path_in(std::string const& line, std::uintptr_t address, bool& mapped) {
  char* end = nullptr;
  std::uintptr_t const first = std::strtoull(line.c_str(), &end, 16);
  if (*end != '-') return {};
  std::uintptr_t const last = std::strtoull(end + 1, nullptr, 16);
  if (address < first || address >= last) return {};
  mapped = true;
  auto const slash = line.find('/');
  return slash == std::string::npos ? std::string() : line.substr(slash);
}

std::string file_at(void const* pointer) {
  auto const maps = os::read_whole("/proc/self/maps");
  if (!maps) throw_code(error_from_errno(maps.error()));
  std::istringstream lines(*maps);
  bool mapped = false;
  for (std::string line; std::getline(lines, line);) {
    auto path = path_in(line, reinterpret_cast<std::uintptr_t>(pointer), mapped);
    if (!path.empty()) return path;
  }
  throw_code(mapped ? ERROR_FILE_INVALID : ERROR_INVALID_ADDRESS);
}

void require_this_process(HANDLE process) {
  bool const ours = process == current_process_handle() || GetProcessId(process) == GetCurrentProcessId();
  if (!ours) throw_code(ERROR_ACCESS_DENIED);
}

/// What /proc/self/pagemap has for each page; 64 bits.
constexpr std::uint64_t page_is_there = std::uint64_t{1} << 63U;
constexpr std::uint64_t page_is_of_a_file = std::uint64_t{1} << 61U;

PSAPI_WORKING_SET_EX_BLOCK attributes_of(int pagemap, void const* address) {
  PSAPI_WORKING_SET_EX_BLOCK out{};
  constexpr std::uintptr_t page = 4096;
  std::array<std::byte, sizeof(std::uint64_t)> bytes{};
  auto const at = reinterpret_cast<std::uintptr_t>(address) / page * bytes.size();
  auto const n = os::read_at(pagemap, bytes, at);
  auto const entry = n && *n == bytes.size() ? std::bit_cast<std::uint64_t>(bytes) : 0;
  MEMORY_BASIC_INFORMATION facts{};
  if (VirtualQuery(address, &facts, sizeof facts) == 0 || facts.State != MEM_COMMIT) return out;
  out.Shared = facts.Type == MEM_PRIVATE ? 0 : 1;
  if ((entry & page_is_there) == 0) return out;
  constexpr DWORD protections = 0x7FF;
  out.Valid = 1;
  out.ShareCount = 1;
  out.Win32Protection = facts.Protect & protections;
  out.Shared = (entry & page_is_of_a_file) != 0 ? 1 : 0;
  return out;
}

/// What SetProcessWorkingSetSize was told last; at first what Windows gives a process.
std::atomic<SIZE_T> least_in_memory{SIZE_T{50} * 4096};
std::atomic<SIZE_T> most_in_memory{SIZE_T{345} * 4096};

template <class Char>
DWORD mapped_name(HANDLE process, void const* pointer, Char* buffer, DWORD size) noexcept {
  return guarded(
      [&]() -> DWORD {
        require_this_process(process);
        DWORD const length = give(file_at(pointer), buffer, size);
        return length < size ? length : fail_with(DWORD{ERROR_INSUFFICIENT_BUFFER}, DWORD{0});
      },
      0U);
}

}  // namespace

DWORD GetMappedFileNameA(HANDLE hProcess, LPVOID lpv, LPSTR lpFilename, DWORD nSize) {
  return mapped_name(hProcess, lpv, lpFilename, nSize);
}
DWORD GetMappedFileNameW(HANDLE hProcess, LPVOID lpv, LPWSTR lpFilename, DWORD nSize) {
  return mapped_name(hProcess, lpv, lpFilename, nSize);
}

BOOL GetProcessMemoryInfo(HANDLE Process, PPROCESS_MEMORY_COUNTERS ppsmemCounters, DWORD cb) {
  return guarded(
      [&] {
        if (ppsmemCounters == nullptr || cb < sizeof *ppsmemCounters) return refuse(ERROR_INSUFFICIENT_BUFFER);
        require_this_process(Process);
        rusage used{};
        ::getrusage(RUSAGE_SELF, &used);
        auto const now = os::read_whole("/proc/self/statm");
        if (!now) return refuse(error_from_errno(now.error()));
        std::istringstream words(*now);
        std::size_t whole = 0;
        std::size_t resident = 0;
        words >> whole >> resident;
        constexpr std::size_t page = 4096;
        constexpr std::size_t kibibyte = 1024;
        auto& out = *ppsmemCounters;
        out = {};
        out.cb = sizeof out;
        out.PageFaultCount = static_cast<DWORD>(used.ru_minflt + used.ru_majflt);
        out.PeakWorkingSetSize = static_cast<std::size_t>(used.ru_maxrss) * kibibyte;
        out.WorkingSetSize = resident * page;
        out.PagefileUsage = out.PeakPagefileUsage = whole * page;
        if (cb >= sizeof(PROCESS_MEMORY_COUNTERS_EX)) {
          auto& more = *reinterpret_cast<PROCESS_MEMORY_COUNTERS_EX*>(ppsmemCounters);
          more.cb = sizeof more;
          more.PrivateUsage = whole * page;
        }
        return TRUE;
      },
      FALSE);
}

BOOL QueryWorkingSetEx(HANDLE hProcess, PVOID pv, DWORD cb) {
  return guarded(
      [&] {
        require_this_process(hProcess);
        if (cb % sizeof(PSAPI_WORKING_SET_EX_INFORMATION) != 0 || cb == 0) return refuse(ERROR_BAD_LENGTH);
        if (IsBadWritePtr(pv, cb) != FALSE) return refuse(ERROR_NOACCESS);
        auto const pagemap = os::open("/proc/self/pagemap", O_RDONLY);
        if (!pagemap) return refuse(error_from_errno(pagemap.error()));
        auto* const entries = static_cast<PSAPI_WORKING_SET_EX_INFORMATION*>(pv);
        for (std::size_t i = 0; i < cb / sizeof *entries; ++i)
          entries[i].VirtualAttributes = attributes_of(pagemap->get(), entries[i].VirtualAddress);
        return TRUE;
      },
      FALSE);
}

BOOL GetProcessWorkingSetSizeEx(HANDLE hProcess, PSIZE_T lpMinimumWorkingSetSize, PSIZE_T lpMaximumWorkingSetSize,
                                PDWORD Flags) {
  return guarded(
      [&] {
        require_this_process(hProcess);
        if (leads_nowhere(lpMinimumWorkingSetSize) || leads_nowhere(lpMaximumWorkingSetSize))
          return refuse(ERROR_NOACCESS);
        *lpMinimumWorkingSetSize = least_in_memory.load();
        *lpMaximumWorkingSetSize = most_in_memory.load();
        if (Flags != nullptr) *Flags = QUOTA_LIMITS_HARDWS_MIN_DISABLE | QUOTA_LIMITS_HARDWS_MAX_DISABLE;
        return TRUE;
      },
      FALSE);
}
BOOL GetProcessWorkingSetSize(HANDLE hProcess, PSIZE_T lpMinimumWorkingSetSize, PSIZE_T lpMaximumWorkingSetSize) {
  return GetProcessWorkingSetSizeEx(hProcess, lpMinimumWorkingSetSize, lpMaximumWorkingSetSize, nullptr);
}
BOOL SetProcessWorkingSetSizeEx(HANDLE hProcess, SIZE_T dwMinimumWorkingSetSize, SIZE_T dwMaximumWorkingSetSize,
                                DWORD Flags) {
  return guarded(
      [&] {
        require_this_process(hProcess);
        constexpr DWORD known = QUOTA_LIMITS_HARDWS_MIN_ENABLE | QUOTA_LIMITS_HARDWS_MIN_DISABLE |
                                QUOTA_LIMITS_HARDWS_MAX_ENABLE | QUOTA_LIMITS_HARDWS_MAX_DISABLE;
        bool const empties = dwMinimumWorkingSetSize == MAXSIZE_T && dwMaximumWorkingSetSize == MAXSIZE_T;
        if ((Flags & ~known) != 0 || (!empties && dwMinimumWorkingSetSize >= dwMaximumWorkingSetSize))
          return refuse(ERROR_INVALID_PARAMETER);
        if (empties) return TRUE;
        least_in_memory.store(dwMinimumWorkingSetSize);
        most_in_memory.store(dwMaximumWorkingSetSize);
        return TRUE;
      },
      FALSE);
}
BOOL SetProcessWorkingSetSize(HANDLE hProcess, SIZE_T dwMinimumWorkingSetSize, SIZE_T dwMaximumWorkingSetSize) {
  return SetProcessWorkingSetSizeEx(hProcess, dwMinimumWorkingSetSize, dwMaximumWorkingSetSize, 0);
}
