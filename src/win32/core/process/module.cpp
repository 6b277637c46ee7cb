// SPDX-License-Identifier: Apache-2.0
// Modules: the program, shared libraries, and the names of Windows' own libraries, which stand for this one.
#include <dlfcn.h>
#include <link.h>
#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <coview/win32/winbase.h>

#include "os/environment.hpp"
#include "os/process_wide.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/process/program.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;

namespace {

HMODULE module_of(void* handle) {
  return static_cast<HMODULE>(handle);
}

// The same, whoever of two threads writes it.
constinit std::atomic<void*> program_handle{nullptr};
constinit std::atomic<void*> own_handle{nullptr};

void* this_program() {
  auto* handle = program_handle.load(std::memory_order_relaxed);
  if (handle == nullptr) program_handle = handle = ::dlopen(nullptr, RTLD_LAZY);
  return handle;
}

/// This library, or the program where it is linked in.
void* ourselves() {
  if (auto* const handle = own_handle.load(std::memory_order_relaxed)) return handle;
  Dl_info where{};
  void* found = nullptr;
  if (::dladdr(reinterpret_cast<void*>(&ourselves), &where) != 0 && where.dli_fname != nullptr)
    found = ::dlopen(where.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  if (found == nullptr) found = this_program();
  own_handle = found;
  return found;
}

bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         ::strncasecmp(text.data() + (text.size() - end.size()), end.data(), end.size()) == 0;
}

/// kernel32.dll, with or without a directory and the ending.
bool is_of_windows(std::string_view name) {
  if (auto const slash = name.find_last_of("/\\"); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  if (ends_with_ignoring_case(name, ".dll")) name.remove_suffix(4);
  static constexpr std::array<std::string_view, 14> known{
      "kernel32", "kernelbase", "ntdll", "user32", "advapi32", "winmm",   "msvcrt",
      "ucrtbase", "shell32",    "ole32", "psapi",  "shlwapi",  "sechost", "api-ms-win-core"};
  auto const same = [name](std::string_view one) {
    return name.size() >= one.size() && ::strncasecmp(name.data(), one.data(), one.size()) == 0 &&
           (name.size() == one.size() || one == "api-ms-win-core");
  };
  return std::any_of(known.begin(), known.end(), same);
}

/// The loader follows whatever it is given; its handles are the entries of its list.
bool is_loaded(HMODULE module) {
  if (module == nullptr) return true;
  link_map* at = nullptr;
  if (::dlinfo(this_program(), RTLD_DI_LINKMAP, static_cast<void*>(&at)) != 0) return false;
  while (at != nullptr && static_cast<void*>(at) != static_cast<void*>(module)) at = at->l_next;
  return at != nullptr;
}

std::string program_path() {
  std::string path(PATH_MAX, '\0');
  auto const length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length < 0) throw_code(error_from_errno(errno));
  path.resize(static_cast<std::size_t>(length));
  return path;
}

std::string path_of(HMODULE module) {
  if (module == nullptr || module == module_of(this_program())) return program_path();
  if (!is_loaded(module)) throw_code(ERROR_MOD_NOT_FOUND);
  link_map* map = nullptr;
  if (::dlinfo(module, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr) throw_code(ERROR_MOD_NOT_FOUND);
  return map->l_name == nullptr || *map->l_name == '\0' ? program_path() : std::string(map->l_name);
}

/// With backslashes: sources cut it at the last one to find their directory. Cut short where it does not fit.
template <class Char>
DWORD file_name(HMODULE module, Char* buffer, DWORD size) noexcept {
  return guarded(
      [&]() -> DWORD {
        if (buffer == nullptr || size == 0) throw_code(ERROR_INSUFFICIENT_BUFFER);
        auto path = path_of(module);
        std::replace(path.begin(), path.end(), '/', '\\');
        if (give(path, buffer, size) < size) return give(path, buffer, size);
        auto const wide = to_wide(path);
        if constexpr (sizeof(Char) > 1) {
          std::copy_n(wide.begin(), size - 1, buffer);
        } else {
          std::copy_n(path.begin(), size - 1, buffer);
        }
        buffer[size - 1] = 0;
        return fail_with(DWORD{ERROR_INSUFFICIENT_BUFFER}, size);
      },
      0U);
}

/// The folder of SetDllDirectory; empty where there is none.
using own_folder = coview::os::process_wide<std::string>;
[[gnu::constructor]] void make_own_folder() {
  own_folder::make();
}

/// A library's name as Linux has it: as it is, or with another ending.
void* open_at(std::string const& path, int flags) {
  if (void* const found = ::dlopen(path.c_str(), flags)) return found;
  if (!ends_with_ignoring_case(path, ".dll")) return ::dlopen((path + ".so").c_str(), flags);
  auto const stem = path.substr(0, path.size() - 4);
  return ::dlopen((stem + ".so").c_str(), flags);
}

/// Whoever starts a privileged program chooses its current folder: it loads nothing from there.
void* open_in_current_folder(std::string const& path, int flags) {
  return path.front() == '/' || !coview::os::privileged() ? open_at(path, flags) : nullptr;
}

/// A name without a folder is looked for beside the program first, then in the folder of SetDllDirectory, then where
/// the loader of Linux looks, then in the current folder.
void* open_library(std::string const& name, int flags) {
  auto const path = native_path(name);
  if (path.find('/') != std::string::npos) return open_in_current_folder(path, flags);
  if (auto const own = directory_of_this_program(); !own.empty()) {
    if (void* const found = open_at(own + '/' + path, flags)) return found;
  }
  auto const folder = *own_folder::access();
  if (!folder.empty()) {
    if (void* const found = open_in_current_folder(folder + '/' + path, flags)) return found;
  }
  if (void* const found = open_at(path, flags)) return found;
  return open_in_current_folder("./" + path, flags);
}

BOOL set_folder(std::string folder) {
  *own_folder::access() = std::move(folder);
  return TRUE;
}
std::string get_folder() {
  return *own_folder::access();
}

template <class Char>
HMODULE loaded(Char const* name) noexcept {
  return guarded(
      [&]() -> HMODULE {
        if (name == nullptr) return module_of(this_program());
        auto const wanted = narrow(name);
        if (is_of_windows(wanted)) return module_of(ourselves());
        void* const found = open_library(wanted, RTLD_LAZY | RTLD_NOLOAD);
        if (found == nullptr) throw_code(ERROR_MOD_NOT_FOUND);
        ::dlclose(found);  // asking does not keep it
        return module_of(found);
      },
      nullptr);
}

template <class Char>
HMODULE load(Char const* name) noexcept {
  return guarded(
      [&]() -> HMODULE {
        if (name == nullptr) throw_code(ERROR_INVALID_PARAMETER);
        auto const wanted = narrow(name);
        if (is_of_windows(wanted)) return module_of(ourselves());
        void* const found = open_library(wanted, RTLD_NOW);
        if (found == nullptr) throw_code(ERROR_MOD_NOT_FOUND);
        return module_of(found);
      },
      nullptr);
}

template <class Char>
BOOL loaded_ex(DWORD flags, Char const* name, HMODULE* out) noexcept {
  if (out == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  *out = nullptr;
  if ((flags & GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS) != 0) {
    Dl_info where{};
    link_map* map = nullptr;
    if (::dladdr1(name, &where, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) == 0 || map == nullptr)
      return refuse(ERROR_MOD_NOT_FOUND);
    void* const found = *map->l_name == '\0' ? this_program() : ::dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD);
    *out = module_of(found == nullptr ? this_program() : found);
    return TRUE;
  }
  *out = loaded(name);
  return *out == nullptr ? FALSE : TRUE;
}

}  // namespace

DWORD GetModuleFileNameA(HMODULE hModule, LPSTR lpFilename, DWORD nSize) {
  return file_name(hModule, lpFilename, nSize);
}
DWORD GetModuleFileNameW(HMODULE hModule, LPWSTR lpFilename, DWORD nSize) {
  return file_name(hModule, lpFilename, nSize);
}
HMODULE GetModuleHandleA(LPCSTR lpModuleName) {
  return loaded(lpModuleName);
}
HMODULE GetModuleHandleW(LPCWSTR lpModuleName) {
  return loaded(lpModuleName);
}
BOOL GetModuleHandleExA(DWORD dwFlags, LPCSTR lpModuleName, HMODULE* phModule) {
  return loaded_ex(dwFlags, lpModuleName, phModule);
}
BOOL GetModuleHandleExW(DWORD dwFlags, LPCWSTR lpModuleName, HMODULE* phModule) {
  return loaded_ex(dwFlags, lpModuleName, phModule);
}
HMODULE LoadLibraryA(LPCSTR lpLibFileName) {
  return load(lpLibFileName);
}
HMODULE LoadLibraryW(LPCWSTR lpLibFileName) {
  return load(lpLibFileName);
}
HMODULE LoadLibraryExA(LPCSTR lpLibFileName, HANDLE /*hFile*/, DWORD /*dwFlags*/) {
  return load(lpLibFileName);
}
HMODULE LoadLibraryExW(LPCWSTR lpLibFileName, HANDLE /*hFile*/, DWORD /*dwFlags*/) {
  return load(lpLibFileName);
}

FARPROC GetProcAddress(HMODULE hModule, LPCSTR lpProcName) {
  constexpr std::uintptr_t last_ordinal = 0xFFFF;
  if (reinterpret_cast<std::uintptr_t>(lpProcName) <= last_ordinal)
    return fail_with<FARPROC>(ERROR_PROC_NOT_FOUND, nullptr);  // functions have no numbers here
  if (!is_loaded(hModule)) return fail_with<FARPROC>(ERROR_MOD_NOT_FOUND, nullptr);
  void* const found = ::dlsym(hModule == nullptr ? this_program() : hModule, lpProcName);
  if (found == nullptr) return fail_with<FARPROC>(ERROR_PROC_NOT_FOUND, nullptr);
  return reinterpret_cast<FARPROC>(found);
}

BOOL FreeLibrary(HMODULE hLibModule) {
  if (hLibModule == nullptr) return refuse(ERROR_INVALID_HANDLE);
  // What was not loaded by this call is not unloaded either.
  if (hLibModule == module_of(this_program()) || hLibModule == module_of(ourselves())) return TRUE;
  if (!is_loaded(hLibModule)) return refuse(ERROR_MOD_NOT_FOUND);
  return ::dlclose(hLibModule) == 0 ? TRUE : refuse(ERROR_INVALID_HANDLE);
}

void FreeLibraryAndExitThread(HMODULE hLibModule, DWORD dwExitCode) {
  FreeLibrary(hLibModule);
  ExitThread(dwExitCode);
  ::_exit(static_cast<int>(dwExitCode));  // ExitThread does not return
}

BOOL DisableThreadLibraryCalls(HMODULE hLibModule) {
  return hLibModule != nullptr ? TRUE : refuse(ERROR_INVALID_HANDLE);
}

BOOL SetDllDirectoryA(LPCSTR lpPathName) {
  return guarded([&] { return set_folder(lpPathName == nullptr ? std::string() : native_path(lpPathName)); }, FALSE);
}
BOOL SetDllDirectoryW(LPCWSTR lpPathName) {
  return guarded([&] { return set_folder(lpPathName == nullptr ? std::string() : native_path(lpPathName)); }, FALSE);
}
DWORD GetDllDirectoryA(DWORD nBufferLength, LPSTR lpBuffer) {
  return guarded([&]() -> DWORD { return give(get_folder(), lpBuffer, nBufferLength); }, 0U);
}
DWORD GetDllDirectoryW(DWORD nBufferLength, LPWSTR lpBuffer) {
  return guarded([&]() -> DWORD { return give(get_folder(), lpBuffer, nBufferLength); }, 0U);
}
