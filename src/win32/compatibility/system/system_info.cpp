// SPDX-License-Identifier: Apache-2.0
// What this machine is: processors, pages, memory, version.
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include <coview/win32/sysinfoapi.h>
#include <coview/win32/winbase.h>

#include "os/file.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/memory/address_space.hpp"
#include "win32/core/memory/region.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

constexpr DWORD major_version = 10;
constexpr DWORD build = 19045;
constexpr std::uintptr_t lowest_address = 0x10000;

#if defined(__aarch64__)
constexpr WORD architecture = PROCESSOR_ARCHITECTURE_ARM64;
constexpr DWORD processor = 0;
#else
constexpr WORD architecture = PROCESSOR_ARCHITECTURE_AMD64;
constexpr DWORD processor = PROCESSOR_AMD_X8664;
#endif

struct processors {
  DWORD_PTR mask = 0;
  DWORD count = 0;
};

/// Those that this process may run on.
processors usable_processors() {
  processors found;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) CPU_SET(0, &set);
  found.count = static_cast<DWORD>(CPU_COUNT(&set));
  constexpr int bits = 64;
  for (int i = 0; i < bits; ++i) {
    if (CPU_ISSET(i, &set)) found.mask |= DWORD_PTR{1} << static_cast<unsigned>(i);
  }
  return found;
}

/// A line of /proc/meminfo, in bytes; 0 where there is none.
std::uint64_t meminfo(std::string const& text, char const* what) {
  auto const at = text.find(what);
  if (at == std::string::npos) return 0;
  constexpr std::uint64_t kibibyte = 1024;
  return std::strtoull(text.c_str() + at + std::strlen(what), nullptr, 10) * kibibyte;
}

template <class Info>
BOOL version(Info* out) {
  if (leads_nowhere(out)) return refuse(ERROR_NOACCESS);
  if (out->dwOSVersionInfoSize < sizeof *out) return refuse(ERROR_INSUFFICIENT_BUFFER);
  out->dwMajorVersion = major_version;
  out->dwMinorVersion = 0;
  out->dwBuildNumber = build;
  out->dwPlatformId = VER_PLATFORM_WIN32_NT;
  std::memset(out->szCSDVersion, 0, sizeof out->szCSDVersion);
  return TRUE;
}

/// One comparison of VerifyVersionInfo: the condition's three bits lie at a place of their own for each thing
/// compared.
bool holds(ULONGLONG conditions, unsigned what, DWORD ours, DWORD wanted) {
  constexpr unsigned bits = 3;
  switch ((conditions >> (bits * what)) & 7U) {
    case VER_EQUAL:
      return ours == wanted;
    case VER_GREATER:
      return ours > wanted;
    case VER_GREATER_EQUAL:
      return ours >= wanted;
    case VER_LESS:
      return ours < wanted;
    case VER_LESS_EQUAL:
      return ours <= wanted;
    case VER_AND:
      return (ours & wanted) == wanted;
    case VER_OR:
      return (ours & wanted) != 0 || wanted == 0;
    default:
      return false;
  }
}

/// Major, minor and service pack are one number with parts: a smaller part counts only where the larger ones are
/// equal.
template <class Info>
BOOL verify(Info const* wanted, DWORD types, ULONGLONG conditions) {
  constexpr DWORD all = 0xFF;
  if (types == 0 || (types & ~all) != 0 || conditions == 0) return refuse(ERROR_BAD_ARGUMENTS);
  if (leads_nowhere(wanted)) return refuse(ERROR_NOACCESS);
  struct part {
    DWORD type;
    unsigned place;
    DWORD ours;
    DWORD theirs;
  };
  for (part const& one : {part{VER_BUILDNUMBER, 2, build, wanted->dwBuildNumber},
                          part{VER_PLATFORMID, 3, VER_PLATFORM_WIN32_NT, wanted->dwPlatformId},
                          part{VER_SUITENAME, 6, 0, wanted->wSuiteMask},
                          part{VER_PRODUCT_TYPE, 7, VER_NT_WORKSTATION, wanted->wProductType}}) {
    if ((types & one.type) != 0 && !holds(conditions, one.place, one.ours, one.theirs))
      return refuse(ERROR_OLD_WIN_VERSION);
  }
  for (part const& one : {part{VER_MAJORVERSION, 1, major_version, wanted->dwMajorVersion},
                          part{VER_MINORVERSION, 0, 0, wanted->dwMinorVersion},
                          part{VER_SERVICEPACKMAJOR, 5, 0, wanted->wServicePackMajor},
                          part{VER_SERVICEPACKMINOR, 4, 0, wanted->wServicePackMinor}}) {
    if ((types & one.type) == 0) continue;
    if (!holds(conditions, one.place, one.ours, one.theirs)) return refuse(ERROR_OLD_WIN_VERSION);
    if (one.ours != one.theirs) break;
  }
  return TRUE;
}

/// The length without the end, or the size needed with it where the buffer is too small.
template <class Char>
UINT directory(char const* path, Char* buffer, UINT size) {
  return guarded([&] { return give(path, buffer, buffer == nullptr ? 0 : size); }, 0U);
}
constexpr char const* windows_directory = "C:\\Windows";
constexpr char const* system_directory = "C:\\Windows\\system32";

template <class Extended, class Info>
void extend(Info* out) {
  if (out->dwOSVersionInfoSize < sizeof(Extended)) return;
  auto* const more = reinterpret_cast<Extended*>(out);
  more->wServicePackMajor = more->wServicePackMinor = more->wSuiteMask = 0;
  more->wProductType = VER_NT_WORKSTATION;
  more->wReserved = 0;
}

}  // namespace
}  // namespace coview::win32

using namespace coview::win32;

void GetSystemInfo(LPSYSTEM_INFO lpSystemInfo) {
  auto const found = usable_processors();
  *lpSystemInfo = {};
  lpSystemInfo->wProcessorArchitecture = architecture;
  lpSystemInfo->dwPageSize = page;
  lpSystemInfo->lpMinimumApplicationAddress = std::bit_cast<LPVOID>(lowest_address);
  lpSystemInfo->lpMaximumApplicationAddress = std::bit_cast<LPVOID>(end_of_addresses - 1);
  lpSystemInfo->dwActiveProcessorMask = found.mask;
  lpSystemInfo->dwNumberOfProcessors = found.count;
  lpSystemInfo->dwProcessorType = processor;
  lpSystemInfo->dwAllocationGranularity = granularity;
  lpSystemInfo->wProcessorLevel = 6;
}

void GetNativeSystemInfo(LPSYSTEM_INFO lpSystemInfo) {
  GetSystemInfo(lpSystemInfo);
}

BOOL GlobalMemoryStatusEx(LPMEMORYSTATUSEX lpBuffer) {
  return guarded(
      [&] {
        if (leads_nowhere(lpBuffer)) return refuse(ERROR_NOACCESS);
        if (lpBuffer->dwLength != sizeof *lpBuffer) return refuse(ERROR_INVALID_PARAMETER);
        auto const text = coview::os::read_whole("/proc/meminfo");
        if (!text) return refuse(ERROR_NOT_SUPPORTED);
        auto const total = meminfo(*text, "MemTotal:");
        auto const available = meminfo(*text, "MemAvailable:");
        constexpr unsigned percent = 100;
        lpBuffer->dwMemoryLoad =
            total == 0 ? 0 : static_cast<DWORD>((total - std::min(available, total)) * percent / total);
        lpBuffer->ullTotalPhys = total;
        lpBuffer->ullAvailPhys = available;
        lpBuffer->ullTotalPageFile = total + meminfo(*text, "SwapTotal:");
        lpBuffer->ullAvailPageFile = available + meminfo(*text, "SwapFree:");
        lpBuffer->ullTotalVirtual = end_of_addresses - lowest_address;
        lpBuffer->ullAvailVirtual = end_of_addresses - lowest_address;
        lpBuffer->ullAvailExtendedVirtual = 0;
        return TRUE;
      },
      FALSE);
}

void GlobalMemoryStatus(LPMEMORYSTATUS lpBuffer) {
  MEMORYSTATUSEX more{};
  more.dwLength = sizeof more;
  GlobalMemoryStatusEx(&more);
  *lpBuffer = {sizeof *lpBuffer,      more.dwMemoryLoad,     more.ullTotalPhys,    more.ullAvailPhys,
               more.ullTotalPageFile, more.ullAvailPageFile, more.ullTotalVirtual, more.ullAvailVirtual};
}

BOOL GetPhysicallyInstalledSystemMemory(PULONGLONG TotalMemoryInKilobytes) {
  if (TotalMemoryInKilobytes == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  MEMORYSTATUSEX status{};
  status.dwLength = sizeof status;
  if (GlobalMemoryStatusEx(&status) == FALSE) return FALSE;
  constexpr unsigned kibibyte = 1024;
  *TotalMemoryInKilobytes = status.ullTotalPhys / kibibyte;
  return TRUE;
}

DWORD GetVersion() {
  return (build << 16U) | major_version;
}

BOOL GetVersionExA(LPOSVERSIONINFOA lpVersionInformation) {
  if (version(lpVersionInformation) == FALSE) return FALSE;
  extend<OSVERSIONINFOEXA>(lpVersionInformation);
  return TRUE;
}

BOOL GetVersionExW(LPOSVERSIONINFOW lpVersionInformation) {
  if (version(lpVersionInformation) == FALSE) return FALSE;
  extend<OSVERSIONINFOEXW>(lpVersionInformation);
  return TRUE;
}

ULONGLONG VerSetConditionMask(ULONGLONG ConditionMask, DWORD TypeMask, BYTE Condition) {
  constexpr unsigned bits = 3;
  constexpr unsigned types = 8;
  for (unsigned place = 0; place < types; ++place) {
    if (((TypeMask >> place) & 1U) != 0) ConditionMask |= ULONGLONG{Condition & 7U} << (bits * place);
  }
  return ConditionMask;
}
BOOL VerifyVersionInfoA(LPOSVERSIONINFOEXA lpVersionInformation, DWORD dwTypeMask, DWORDLONG dwlConditionMask) {
  return verify(lpVersionInformation, dwTypeMask, dwlConditionMask);
}
BOOL VerifyVersionInfoW(LPOSVERSIONINFOEXW lpVersionInformation, DWORD dwTypeMask, DWORDLONG dwlConditionMask) {
  return verify(lpVersionInformation, dwTypeMask, dwlConditionMask);
}

UINT GetWindowsDirectoryA(LPSTR lpBuffer, UINT uSize) {
  return directory(windows_directory, lpBuffer, uSize);
}
UINT GetWindowsDirectoryW(LPWSTR lpBuffer, UINT uSize) {
  return directory(windows_directory, lpBuffer, uSize);
}
UINT GetSystemWindowsDirectoryA(LPSTR lpBuffer, UINT uSize) {
  return directory(windows_directory, lpBuffer, uSize);
}
UINT GetSystemWindowsDirectoryW(LPWSTR lpBuffer, UINT uSize) {
  return directory(windows_directory, lpBuffer, uSize);
}
UINT GetSystemDirectoryA(LPSTR lpBuffer, UINT uSize) {
  return directory(system_directory, lpBuffer, uSize);
}
UINT GetSystemDirectoryW(LPWSTR lpBuffer, UINT uSize) {
  return directory(system_directory, lpBuffer, uSize);
}
