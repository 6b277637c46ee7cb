// SPDX-License-Identifier: Apache-2.0
// toolhelp: a picture of the processes, threads and modules of this machine, taken from /proc. What ends while it is
// taken is left out; nobody sees it half.
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include <coview/win32/psapi.h>
#include <coview/win32/tlhelp32.h>
#include <coview/win32/winbase.h>

#include "os/fd.hpp"
#include "os/file.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/text.hpp"

// Both forms of the structures are written here.
#undef MODULEENTRY32
#undef PROCESSENTRY32

namespace coview::win32 {
namespace {

struct process_facts {
  DWORD id = 0;
  DWORD parent = 0;
  DWORD threads = 0;
  std::string name;
};
struct thread_facts {
  DWORD id = 0;
  DWORD process = 0;
};
struct module_facts {
  DWORD process = 0;
  std::uintptr_t first = 0;
  std::uintptr_t last = 0;
  std::string path;
};

/// What was found, and how far each list has been told.
class snapshot_object final : public object {
 public:
  static constexpr kind type = kind::snapshot;
  snapshot_object() : object(type) {}

  template <class Facts>
  struct list {
    std::vector<Facts> facts;
    std::atomic<std::size_t> next{0};

    /// nullptr with ERROR_NO_MORE_FILES at the end.
    Facts const* advance(bool from_start) {
      std::size_t const at = from_start ? 0 : next.load();
      if (from_start) next.store(0);
      if (at >= facts.size()) return fail_with<Facts const*>(ERROR_NO_MORE_FILES, nullptr);
      next.store(at + 1);
      return &facts[at];
    }
  };
  list<process_facts> processes;
  list<thread_facts> threads;
  list<module_facts> modules;
};

std::string last_part(std::string const& path) {
  auto const slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string link_of(std::string const& path) {
  std::string target(4096, '\0');
  auto const n = ::readlink(path.c_str(), target.data(), target.size());
  target.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
  return target;
}

/// The numbers that a directory has entries for, in order.
std::vector<DWORD> numbers_in(std::string const& directory) {
  std::vector<DWORD> found;
  auto const opened = os::open(directory.c_str(), O_RDONLY | O_DIRECTORY);
  if (!opened) return found;
  auto const names = os::entries(opened->get());
  if (!names) return found;
  for (auto const& name : *names) {
    if (name.find_first_not_of("0123456789") == std::string::npos)
      found.push_back(static_cast<DWORD>(std::strtoul(name.c_str(), nullptr, 10)));
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string proc(DWORD id) {
  return "/proc/" + std::to_string(id);
}

/// False where it has ended. "42 (name) S 1 …": a name may hold anything, and ends at the last parenthesis.
bool look_at(DWORD id, process_facts& out) {
  auto const text = os::read_whole((proc(id) + "/stat").c_str());
  if (!text) return false;
  auto const open = text->find('(');
  auto const close = text->rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return false;
  std::istringstream rest(text->substr(close + 1));
  char state = 0;
  DWORD parent = 0;
  rest >> state >> parent;
  constexpr int before_threads = 15;  // fields between the parent and the number of threads
  std::string skipped;
  for (int i = 0; i < before_threads; ++i) rest >> skipped;
  DWORD threads = 0;
  rest >> threads;
  // The kernel keeps fifteen bytes of the name; the program's file, where it may be seen, has all of it.
  auto const file = last_part(link_of(proc(id) + "/exe"));
  out = {id, parent, threads, file.empty() ? text->substr(open + 1, close - open - 1) : file};
  return true;
}

/// Files that are mapped to be run, each from its first page to its last. The program itself comes first.
std::vector<module_facts> modules_of(DWORD id) {
  auto const maps = os::read_whole((proc(id) + "/maps").c_str());
  if (!maps) throw_code(maps.error() == ENOENT ? ERROR_INVALID_PARAMETER : ERROR_ACCESS_DENIED);
  std::vector<module_facts> seen;
  std::vector<std::string> runs;
  std::istringstream lines(*maps);
  for (std::string line; std::getline(lines, line);) {
    auto const slash = line.find('/');
    if (slash == std::string::npos) continue;
    char* end = nullptr;
    auto const first = std::strtoull(line.c_str(), &end, 16);
    if (*end != '-') continue;
    auto const last = std::strtoull(end + 1, &end, 16);
    auto const path = line.substr(slash);
    if (std::strncmp(end, " r-x", 4) == 0) runs.push_back(path);
    auto const known =
        std::find_if(seen.begin(), seen.end(), [&](module_facts const& one) { return one.path == path; });
    if (known == seen.end()) {
      seen.push_back({id, first, last, path});
    } else {
      known->last = last;
    }
  }
  std::erase_if(seen,
                [&](module_facts const& one) { return std::find(runs.begin(), runs.end(), one.path) == runs.end(); });
  auto const program = link_of(proc(id) + "/exe");
  std::stable_partition(seen.begin(), seen.end(), [&](module_facts const& one) { return one.path == program; });
  return seen;
}

template <std::size_t N>
void put(std::string const& text, char (&out)[N]) {
  std::snprintf(out, N, "%s", text.c_str());
}
template <std::size_t N>
void put(std::string const& text, wchar_t (&out)[N]) {
  auto const wide = to_wide(text).substr(0, N - 1);
  std::copy_n(wide.c_str(), wide.size() + 1, out);
}

/// Keeps the size that the caller wrote, and clears the rest.
template <class Entry>
void clear(Entry& out) {
  auto const size = out.dwSize;
  out = {};
  out.dwSize = size;
}

template <class Entry>
void fill(Entry& out, process_facts const& facts) {
  constexpr LONG usual_priority = 8;
  out.th32ProcessID = facts.id;
  out.cntThreads = facts.threads;
  out.th32ParentProcessID = facts.parent;
  out.pcPriClassBase = usual_priority;
  put(facts.name, out.szExeFile);
}
void fill(THREADENTRY32& out, thread_facts const& facts) {
  constexpr LONG usual_priority = 8;
  out.th32ThreadID = facts.id;
  out.th32OwnerProcessID = facts.process;
  out.tpBasePri = usual_priority;
}
template <class Entry>
void fill(Entry& out, module_facts const& facts) {
  out.th32ModuleID = 1;
  out.th32ProcessID = facts.process;
  out.GlblcntUsage = out.ProccntUsage = 1;
  out.modBaseAddr = std::bit_cast<BYTE*>(facts.first);
  out.modBaseSize = static_cast<DWORD>(facts.last - facts.first);
  out.hModule = std::bit_cast<HMODULE>(facts.first);
  put(last_part(facts.path), out.szModule);
  put(facts.path, out.szExePath);
}

enum class from : std::uint8_t { start, here };

template <class Entry, class List>
BOOL tell(HANDLE snapshot, Entry* out, List snapshot_object::*which, from where) {
  return guarded(
      [&] {
        handle_guard const handle(snapshot);
        auto* const taken = handle.as<snapshot_object>();
        if (taken == nullptr) return FALSE;
        if (out == nullptr || out->dwSize < sizeof *out) return refuse(ERROR_BAD_LENGTH);
        auto const* const facts = (taken->*which).advance(where == from::start);
        if (facts == nullptr) return FALSE;
        clear(*out);
        fill(*out, *facts);
        return TRUE;
      },
      FALSE);
}

std::string program_of(HANDLE process) {
  DWORD const id = is_invalid_value(process) ? GetCurrentProcessId() : GetProcessId(process);
  if (id == 0) throw_code(ERROR_INVALID_HANDLE);
  auto path = link_of(proc(id) + "/exe");
  if (path.empty()) throw_code(::access(proc(id).c_str(), F_OK) == 0 ? ERROR_ACCESS_DENIED : ERROR_GEN_FAILURE);
  return path;
}

std::string with_backslashes(std::string const& native) {
  std::string path = native;
  std::replace(path.begin(), path.end(), '/', '\\');
  return path;
}

template <class Char>
DWORD give_name(std::string const& text, Char* buffer, DWORD size) {
  if (buffer == nullptr || size == 0) return fail_with(DWORD{ERROR_INSUFFICIENT_BUFFER}, DWORD{0});
  DWORD const length = give(text, buffer, size);
  return length < size ? length : fail_with(DWORD{ERROR_INSUFFICIENT_BUFFER}, DWORD{0});
}

template <class Char>
BOOL full_image_name(HANDLE process, DWORD flags, Char* name, DWORD* size) {
  return guarded(
      [&] {
        if (name == nullptr || size == nullptr || (flags & ~DWORD{PROCESS_NAME_NATIVE}) != 0)
          return refuse(ERROR_INVALID_PARAMETER);
        auto const path = program_of(process);
        DWORD const length = give_name(flags == 0 ? with_backslashes(path) : path, name, *size);
        if (length == 0) return FALSE;
        *size = length;
        return TRUE;
      },
      FALSE);
}

template <class Char>
DWORD image_name(HANDLE process, Char* name, DWORD size, std::string (*how)(std::string const&)) {
  return guarded([&] { return give_name(how(program_of(process)), name, size); }, DWORD{0});
}

}  // namespace
}  // namespace coview::win32

using namespace coview::win32;

HANDLE CreateToolhelp32Snapshot(DWORD dwFlags, DWORD th32ProcessID) {
  return guarded(
      [&]() -> HANDLE {
        constexpr DWORD known = TH32CS_SNAPALL | TH32CS_SNAPMODULE32 | TH32CS_INHERIT;
        if ((dwFlags & ~known) != 0 || (dwFlags & ~DWORD{TH32CS_INHERIT}) == 0) throw_code(ERROR_INVALID_PARAMETER);
        if ((dwFlags & TH32CS_SNAPALL) == TH32CS_SNAPHEAPLIST) throw_code(ERROR_NOT_SUPPORTED);
        auto const made = make_object<snapshot_object>();
        if ((dwFlags & (TH32CS_SNAPPROCESS | TH32CS_SNAPTHREAD)) != 0) {
          for (DWORD const id : numbers_in("/proc")) {
            process_facts facts;
            if (!look_at(id, facts)) continue;
            if ((dwFlags & TH32CS_SNAPPROCESS) != 0) made->processes.facts.push_back(std::move(facts));
            if ((dwFlags & TH32CS_SNAPTHREAD) == 0) continue;
            for (DWORD const thread : numbers_in(proc(id) + "/task")) made->threads.facts.push_back({thread, id});
          }
        }
        if ((dwFlags & (TH32CS_SNAPMODULE | TH32CS_SNAPMODULE32)) != 0)
          made->modules.facts = modules_of(th32ProcessID == 0 ? GetCurrentProcessId() : th32ProcessID);
        HANDLE const handle = make_handle(made, 0, (dwFlags & TH32CS_INHERIT) != 0);
        return handle == nullptr ? INVALID_HANDLE_VALUE : handle;
      },
      INVALID_HANDLE_VALUE);
}

BOOL Process32First(HANDLE hSnapshot, LPPROCESSENTRY32 lppe) {
  return tell(hSnapshot, lppe, &snapshot_object::processes, from::start);
}
BOOL Process32Next(HANDLE hSnapshot, LPPROCESSENTRY32 lppe) {
  return tell(hSnapshot, lppe, &snapshot_object::processes, from::here);
}
BOOL Process32FirstW(HANDLE hSnapshot, LPPROCESSENTRY32W lppe) {
  return tell(hSnapshot, lppe, &snapshot_object::processes, from::start);
}
BOOL Process32NextW(HANDLE hSnapshot, LPPROCESSENTRY32W lppe) {
  return tell(hSnapshot, lppe, &snapshot_object::processes, from::here);
}
BOOL Thread32First(HANDLE hSnapshot, LPTHREADENTRY32 lpte) {
  return tell(hSnapshot, lpte, &snapshot_object::threads, from::start);
}
BOOL Thread32Next(HANDLE hSnapshot, LPTHREADENTRY32 lpte) {
  return tell(hSnapshot, lpte, &snapshot_object::threads, from::here);
}
BOOL Module32First(HANDLE hSnapshot, LPMODULEENTRY32 lpme) {
  return tell(hSnapshot, lpme, &snapshot_object::modules, from::start);
}
BOOL Module32Next(HANDLE hSnapshot, LPMODULEENTRY32 lpme) {
  return tell(hSnapshot, lpme, &snapshot_object::modules, from::here);
}
BOOL Module32FirstW(HANDLE hSnapshot, LPMODULEENTRY32W lpme) {
  return tell(hSnapshot, lpme, &snapshot_object::modules, from::start);
}
BOOL Module32NextW(HANDLE hSnapshot, LPMODULEENTRY32W lpme) {
  return tell(hSnapshot, lpme, &snapshot_object::modules, from::here);
}

BOOL EnumProcesses(DWORD* lpidProcess, DWORD cb, LPDWORD lpcbNeeded) {
  return guarded(
      [&] {
        if (lpcbNeeded == nullptr || (lpidProcess == nullptr && cb != 0)) return refuse(ERROR_NOACCESS);
        auto ids = numbers_in("/proc");
        ids.resize(std::min<std::size_t>(ids.size(), cb / sizeof(DWORD)));
        std::copy(ids.begin(), ids.end(), lpidProcess);
        *lpcbNeeded = static_cast<DWORD>(ids.size() * sizeof(DWORD));
        return TRUE;
      },
      FALSE);
}

BOOL QueryFullProcessImageNameA(HANDLE process, DWORD flags, LPSTR name, PDWORD size) {
  return full_image_name(process, flags, name, size);
}
BOOL QueryFullProcessImageNameW(HANDLE process, DWORD flags, LPWSTR name, PDWORD size) {
  return full_image_name(process, flags, name, size);
}
DWORD GetProcessImageFileNameA(HANDLE hProcess, LPSTR lpImageFileName, DWORD nSize) {
  return image_name(hProcess, lpImageFileName, nSize, with_backslashes);
}
DWORD GetProcessImageFileNameW(HANDLE hProcess, LPWSTR lpImageFileName, DWORD nSize) {
  return image_name(hProcess, lpImageFileName, nSize, with_backslashes);
}
DWORD GetModuleFileNameExA(HANDLE hProcess, HMODULE hModule, LPSTR lpFilename, DWORD nSize) {
  if (hModule != nullptr) return GetModuleFileNameA(hModule, lpFilename, nSize);
  return image_name(hProcess, lpFilename, nSize, with_backslashes);
}
DWORD GetModuleFileNameExW(HANDLE hProcess, HMODULE hModule, LPWSTR lpFilename, DWORD nSize) {
  if (hModule != nullptr) return GetModuleFileNameW(hModule, lpFilename, nSize);
  return image_name(hProcess, lpFilename, nSize, with_backslashes);
}
DWORD GetModuleBaseNameA(HANDLE hProcess, HMODULE /*hModule*/, LPSTR lpBaseName, DWORD nSize) {
  return image_name(hProcess, lpBaseName, nSize, last_part);
}
DWORD GetModuleBaseNameW(HANDLE hProcess, HMODULE /*hModule*/, LPWSTR lpBaseName, DWORD nSize) {
  return image_name(hProcess, lpBaseName, nSize, last_part);
}
