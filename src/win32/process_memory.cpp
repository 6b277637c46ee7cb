// SPDX-License-Identifier: Apache-2.0
// psapi: which file is behind an address, and how much memory the process uses, as /proc tells.
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include <coview/win32/psapi.h>
#include <coview/win32/winbase.h>

#include "os/file.hpp"
#include "win32/handle_table.hpp"
#include "win32/last_error.hpp"
#include "win32/path.hpp"

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
        return TRUE;
      },
      FALSE);
}
