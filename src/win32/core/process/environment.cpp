// SPDX-License-Identifier: Apache-2.0
// What surrounds a process: environment variables, command line, current directory, the names of machine and user.
#include "os/environment.hpp"

#include <pwd.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <coview/win32/winbase.h>

#include "os/file.hpp"
#include "os/made_once.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/process/command_line.hpp"
#include "win32/core/process/program.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;

namespace {

/// The variable of exactly this name, else one that differs in the letters' case only; nullptr where there is none.
char const* variable(std::string const& name) {
  if (char const* const exact = std::getenv(name.c_str())) return exact;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (::strncasecmp(*entry, name.c_str(), name.size()) == 0 && (*entry)[name.size()] == '=')
      return *entry + name.size() + 1;
  }
  return nullptr;
}

template <class Char>
DWORD get_variable(Char const* name, Char* buffer, DWORD size) noexcept {
  return guarded(
      [&]() -> DWORD {
        char const* const value = variable(narrow(name));
        if (name == nullptr || value == nullptr) throw_code(ERROR_ENVVAR_NOT_FOUND);
        DWORD const length = give(value, buffer, size);
        if (length == 0) set_error(ERROR_SUCCESS);  // how a caller tells an empty value from none
        return length;
      },
      0U);
}

/// The name of the variable as it stands in the environment, which is the one that is meant: letters have no case.
std::string known_name(std::string const& name) {
  char const* const value = variable(name);
  if (value == nullptr) return name;
  return {value - 1 - name.size(), name.size()};
}

template <class Char>
BOOL set_variable(Char const* name, Char const* value) noexcept {
  return guarded(
      [&] {
        auto const key = narrow(name);
        if (key.empty() || key.find('=') != std::string::npos) return refuse(ERROR_INVALID_PARAMETER);
        if (value == nullptr && variable(key) == nullptr) return refuse(ERROR_ENVVAR_NOT_FOUND);
        auto const known = known_name(key);
        int const done =
            value == nullptr ? ::unsetenv(known.c_str()) : ::setenv(known.c_str(), narrow(value).c_str(), 1);
        return done == 0 ? TRUE : refuse(error_from_errno(errno));
      },
      FALSE);
}

/// "A=1\0B=2\0\0"; the caller gives it back.
template <class Char>
Char* environment_block() noexcept {
  return guarded(
      [&]() -> Char* {
        std::basic_string<Char> all;
        for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
          if constexpr (sizeof(Char) > 1) {
            all += to_wide(*entry);
          } else {
            all += *entry;
          }
          all += Char{0};
        }
        all += Char{0};
        auto* const block = static_cast<Char*>(LocalAlloc(LMEM_FIXED, all.size() * sizeof(Char)));
        if (block == nullptr) return nullptr;
        std::copy(all.begin(), all.end(), block);
        return block;
      },
      nullptr);
}

std::string expanded(std::string_view from) {
  std::string made;
  for (std::size_t at = 0; at < from.size();) {
    std::size_t const end = from[at] == '%' ? from.find('%', at + 1) : std::string_view::npos;
    char const* const value =
        end == std::string_view::npos ? nullptr : variable(std::string(from.substr(at + 1, end - at - 1)));
    if (value == nullptr || end == at + 1) {
      made += from[at++];
    } else {
      made += value;
      at = end + 1;
    }
  }
  return made;
}

/// Unlike others, this call counts the end in on success as well.
template <class Char>
DWORD expand(Char const* from, Char* to, DWORD size) noexcept {
  return guarded(
      [&]() -> DWORD {
        if (from == nullptr) throw_code(ERROR_INVALID_PARAMETER);
        DWORD const length = give(expanded(narrow(from)), to, size);
        return to != nullptr && length < size ? length + 1 : length;
      },
      0U);
}

template <class Char>
BOOL change_directory(Char const* name) noexcept {
  return guarded(
      [&] {
        auto const path = native_path(name);
        if (::chdir(path.c_str()) == 0) return TRUE;
        return refuse(errno == ENOTDIR ? ERROR_DIRECTORY : path_error(errno, path));
      },
      FALSE);
}

bool is_file(std::string const& path) {
  struct ::stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode);
}

/// The directories where a name without one is looked for: the program's, the current one, those of PATH. A
/// privileged process looks in none that whoever started it chose.
std::string usual_places() {
  std::string places = directory_of_this_program();
  if (coview::os::privileged()) return places + ";/usr/local/bin;/usr/bin;/bin";
  places += ";.";
  if (char const* const path = coview::os::environment("PATH")) {
    std::string others = path;
    std::replace(others.begin(), others.end(), ':', ';');
    places += ";" + others;
  }
  return places;
}

std::string found_in(std::string_view places, std::string const& name) {
  while (!places.empty()) {
    auto const end = std::min(places.find(';'), places.size());
    auto const place = places.substr(0, end);
    places.remove_prefix(std::min(end + 1, places.size()));
    if (place.empty()) continue;
    auto path = full_path(native_path(place) + "/" + name);
    if (is_file(path)) return path;
  }
  return {};
}

template <class Char>
DWORD search(Char const* places, Char const* name, Char const* extension, DWORD size, Char* buffer,
             Char** part) noexcept {
  return guarded(
      [&]() -> DWORD {
        if (name == nullptr) throw_code(ERROR_INVALID_PARAMETER);
        auto wanted = native_path(name);
        if (extension != nullptr && wanted.find('.', wanted.rfind('/') + 1) == std::string::npos)
          wanted += narrow(extension);
        std::string found;
        if (wanted.front() == '/') {
          if (is_file(wanted)) found = wanted;
        } else {
          found = found_in(places == nullptr ? usual_places() : narrow(places), wanted);
        }
        if (found.empty()) throw_code(ERROR_FILE_NOT_FOUND);
        DWORD const length = give(found, buffer, size);
        if (part != nullptr && buffer != nullptr && length < size) {
          *part = buffer;
          for (Char* at = buffer; *at != 0; ++at)
            if (*at == '/') *part = at + 1;
        }
        return length;
      },
      0U);
}

constinit coview::os::made_once<std::string> plain_line;
constinit coview::os::made_once<std::string> line_for_program;  // which may write into it
constinit coview::os::made_once<std::wstring> wide_line;

std::string read_command_line() {
  auto const raw = coview::os::read_whole("/proc/self/cmdline");
  std::string made;
  if (!raw) return made;
  std::string_view left = *raw;
  while (!left.empty()) {
    auto const end = std::min(left.find('\0'), left.size());
    if (!made.empty()) made += ' ';
    made += quote_argument(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return made;
}

/// GetComputerName and its like: the count goes in as the buffer's size and comes out as the length.
template <class Char>
BOOL give_counted(std::string const& name, Char* buffer, LPDWORD size, bool counts_end, DWORD too_small) {
  if (size == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  DWORD const length = give(name, buffer, *size);
  bool const fits = buffer != nullptr && length < *size;
  *size = fits && counts_end ? length + 1 : length;
  return fits ? TRUE : refuse(too_small);
}

std::string machine_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  std::string made = name.data();
  made.resize(std::min<std::size_t>(made.find('.') == std::string::npos ? made.size() : made.find('.'),
                                    MAX_COMPUTERNAME_LENGTH));
  std::transform(made.begin(), made.end(), made.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return made;
}

/// The whole of the host's name, in the letters it has.
std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

/// Of the kinds that there are, physical ones are the same: this library knows of no clusters.
std::string name_of_kind(COMPUTER_NAME_FORMAT kind) {
  auto whole = host_name();
  auto const dot = whole.find('.');
  switch (kind) {
    case ComputerNameNetBIOS:
    case ComputerNamePhysicalNetBIOS:
      return machine_name();
    case ComputerNameDnsHostname:
    case ComputerNamePhysicalDnsHostname:
      return whole.substr(0, dot);
    case ComputerNameDnsDomain:
    case ComputerNamePhysicalDnsDomain:
      return dot == std::string::npos ? std::string() : whole.substr(dot + 1);
    case ComputerNameDnsFullyQualified:
    case ComputerNamePhysicalDnsFullyQualified:
      return whole;
    case ComputerNameMax:
      break;
  }
  throw_code(ERROR_INVALID_PARAMETER);
}

std::string user_name() {
  std::array<char, 4096> room{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
    return found->pw_name;
  return std::to_string(::geteuid());
}

}  // namespace

namespace coview::win32 {

std::string const& command_line() {
  return plain_line.get([] { return std::make_unique<std::string>(read_command_line()); });
}

}  // namespace coview::win32

DWORD GetEnvironmentVariableA(LPCSTR lpName, LPSTR lpBuffer, DWORD nSize) {
  return get_variable(lpName, lpBuffer, nSize);
}
DWORD GetEnvironmentVariableW(LPCWSTR lpName, LPWSTR lpBuffer, DWORD nSize) {
  return get_variable(lpName, lpBuffer, nSize);
}
BOOL SetEnvironmentVariableA(LPCSTR lpName, LPCSTR lpValue) {
  return set_variable(lpName, lpValue);
}
BOOL SetEnvironmentVariableW(LPCWSTR lpName, LPCWSTR lpValue) {
  return set_variable(lpName, lpValue);
}
LPSTR GetEnvironmentStringsA() {
  return environment_block<char>();
}
LPWSTR GetEnvironmentStringsW() {
  return environment_block<wchar_t>();
}
BOOL FreeEnvironmentStringsA(LPSTR penv) {
  return LocalFree(penv) == nullptr ? TRUE : FALSE;
}
BOOL FreeEnvironmentStringsW(LPWSTR penv) {
  return LocalFree(penv) == nullptr ? TRUE : FALSE;
}
DWORD ExpandEnvironmentStringsA(LPCSTR lpSrc, LPSTR lpDst, DWORD nSize) {
  return expand(lpSrc, lpDst, nSize);
}
DWORD ExpandEnvironmentStringsW(LPCWSTR lpSrc, LPWSTR lpDst, DWORD nSize) {
  return expand(lpSrc, lpDst, nSize);
}
LPSTR GetCommandLineA() {
  return line_for_program.get([] { return std::make_unique<std::string>(command_line()); }).data();
}
LPWSTR GetCommandLineW() {
  return wide_line.get([] { return std::make_unique<std::wstring>(to_wide(command_line())); }).data();
}
BOOL SetCurrentDirectoryA(LPCSTR lpPathName) {
  return change_directory(lpPathName);
}
BOOL SetCurrentDirectoryW(LPCWSTR lpPathName) {
  return change_directory(lpPathName);
}
DWORD GetCurrentDirectoryA(DWORD nBufferLength, LPSTR lpBuffer) {
  return guarded([&] { return give(current_directory(), lpBuffer, nBufferLength); }, 0U);
}
DWORD GetCurrentDirectoryW(DWORD nBufferLength, LPWSTR lpBuffer) {
  return guarded([&] { return give(current_directory(), lpBuffer, nBufferLength); }, 0U);
}
DWORD SearchPathA(LPCSTR lpPath, LPCSTR lpFileName, LPCSTR lpExtension, DWORD nBufferLength, LPSTR lpBuffer,
                  LPSTR* lpFilePart) {
  return search(lpPath, lpFileName, lpExtension, nBufferLength, lpBuffer, lpFilePart);
}
DWORD SearchPathW(LPCWSTR lpPath, LPCWSTR lpFileName, LPCWSTR lpExtension, DWORD nBufferLength, LPWSTR lpBuffer,
                  LPWSTR* lpFilePart) {
  return search(lpPath, lpFileName, lpExtension, nBufferLength, lpBuffer, lpFilePart);
}
BOOL GetComputerNameA(LPSTR lpBuffer, LPDWORD nSize) {
  return guarded([&] { return give_counted(machine_name(), lpBuffer, nSize, false, ERROR_BUFFER_OVERFLOW); }, FALSE);
}
BOOL GetComputerNameW(LPWSTR lpBuffer, LPDWORD nSize) {
  return guarded([&] { return give_counted(machine_name(), lpBuffer, nSize, false, ERROR_BUFFER_OVERFLOW); }, FALSE);
}
BOOL GetComputerNameExA(COMPUTER_NAME_FORMAT NameType, LPSTR lpBuffer, LPDWORD nSize) {
  return guarded([&] { return give_counted(name_of_kind(NameType), lpBuffer, nSize, false, ERROR_MORE_DATA); },
                 FALSE);
}
BOOL GetComputerNameExW(COMPUTER_NAME_FORMAT NameType, LPWSTR lpBuffer, LPDWORD nSize) {
  return guarded([&] { return give_counted(name_of_kind(NameType), lpBuffer, nSize, false, ERROR_MORE_DATA); },
                 FALSE);
}
BOOL GetUserNameA(LPSTR lpBuffer, LPDWORD pcbBuffer) {
  return guarded([&] { return give_counted(user_name(), lpBuffer, pcbBuffer, true, ERROR_INSUFFICIENT_BUFFER); },
                 FALSE);
}
BOOL GetUserNameW(LPWSTR lpBuffer, LPDWORD pcbBuffer) {
  return guarded([&] { return give_counted(user_name(), lpBuffer, pcbBuffer, true, ERROR_INSUFFICIENT_BUFFER); },
                 FALSE);
}
