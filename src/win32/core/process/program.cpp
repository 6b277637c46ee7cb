// SPDX-License-Identifier: Apache-2.0
#include "win32/core/process/program.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>

#include <coview/win32/shellapi.h>

#include "os/environment.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool ends_with_exe(std::string_view path) {
  constexpr std::string_view ending = ".exe";
  if (path.size() <= ending.size()) return false;
  auto const tail = path.substr(path.size() - ending.size());
  for (std::size_t i = 0; i < ending.size(); ++i) {
    if ((tail[i] | 0x20) != ending[i] && tail[i] != ending[i]) return false;
  }
  return true;
}

bool is_program(std::string const& path) {
  struct ::stat found {};
  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode);
}

/// The file, with or without ".exe"; empty where there is none.
std::string existing(std::string const& path) {
  if (is_program(path)) return path;
  if (ends_with_exe(path)) {
    auto const bare = path.substr(0, path.size() - 4);
    return is_program(bare) ? bare : std::string();
  }
  auto const with_ending = path + ".exe";
  return is_program(with_ending) ? with_ending : std::string();
}

}  // namespace

std::string directory_of_this_program() {
  std::string path(PATH_MAX, '\0');
  auto const length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) return {};
  path.resize(static_cast<std::size_t>(length));
  path.resize(path.rfind('/'));
  if (!os::privileged()) return path;
  struct ::stat program {};
  struct ::stat directory {};
  bool const known = ::stat("/proc/self/exe", &program) == 0 && ::stat((path + '/').c_str(), &directory) == 0;
  bool const of_its_owner = directory.st_uid == 0 || directory.st_uid == program.st_uid;
  return known && of_its_owner && (directory.st_mode & S_IWOTH) == 0 ? path : std::string();
}

namespace {

/// Whoever starts a privileged program chooses its current directory: it takes nothing from there.
std::string in_current_directory(std::string const& native) {
  return native.front() == '/' || !os::privileged() ? existing(full_path(native)) : std::string();
}

/// Empty where it is nowhere.
std::string search(std::string const& name) {
  auto native = native_path(std::string_view(name));
  if (native.find('/') != std::string::npos) return in_current_directory(native);
  if (auto const own = directory_of_this_program(); !own.empty()) {
    if (auto found = existing(own + '/' + native); !found.empty()) return found;
  }
  if (auto found = in_current_directory(native); !found.empty()) return found;
  // A privileged program looks where the system keeps programs: whoever started it chose the variable.
  char const* const path = os::privileged() ? "/usr/local/bin:/usr/bin:/bin" : os::environment("PATH");
  std::string_view rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    auto const end = rest.find(':');
    auto const directory = rest.substr(0, end);
    if (auto found = existing(full_path(std::string(directory) + '/' + native)); !found.empty()) return found;
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return {};
}

std::string first_token(std::string_view line, std::size_t& after) {
  if (!line.empty() && line.front() == '"') {
    auto const end = line.find('"', 1);
    after = end == std::string_view::npos ? line.size() : end + 1;
    return std::string(line.substr(1, end == std::string_view::npos ? end : end - 1));
  }
  after = 0;
  while (after < line.size() && !is_blank(line[after])) ++after;
  return std::string(line.substr(0, after));
}

/// A path with blanks and without quotation marks: the shortest beginning that is a program.
std::string search_unquoted(std::string_view line) {
  for (std::size_t end = 0; end <= line.size(); ++end) {
    if (end < line.size() && !is_blank(line[end])) continue;
    auto const candidate = line.substr(0, end);
    if (candidate.find_first_of("\"<>|") != std::string_view::npos) break;  // no file's name: arguments have begun
    if (auto found = search(std::string(candidate)); !found.empty()) return found;
  }
  return {};
}

[[noreturn]] void fail_to_find(std::string const& name) {
  throw_code(missing_error(full_path(native_path(std::string_view(name)))));
}

}  // namespace

std::vector<std::string> split_command_line(std::string_view line) {
  std::vector<std::string> arguments;
  std::size_t i = 0;
  while (i < line.size() && is_blank(line[i])) ++i;
  if (i == line.size()) return arguments;
  std::size_t after = 0;
  arguments.push_back(first_token(line.substr(i), after));
  i += after;
  for (;;) {
    while (i < line.size() && is_blank(line[i])) ++i;
    if (i >= line.size()) return arguments;
    std::string argument;
    bool quoted = false;
    for (; i < line.size() && (quoted || !is_blank(line[i])); ++i) {
      std::size_t backslashes = 0;
      while (i < line.size() && line[i] == '\\') {
        ++backslashes;
        ++i;
      }
      bool const before_quote = i < line.size() && line[i] == '"';
      argument.append(before_quote ? backslashes / 2 : backslashes, '\\');
      if (i >= line.size()) break;
      if (before_quote && backslashes % 2 == 0) {
        if (quoted && i + 1 < line.size() && line[i + 1] == '"') {
          argument += '"';
          ++i;
        } else {
          quoted = !quoted;
        }
        continue;
      }
      if (!quoted && is_blank(line[i])) break;
      argument += line[i];
    }
    arguments.push_back(std::move(argument));
  }
}

std::string quote_argument(std::string_view argument) {
  if (!argument.empty() && argument.find_first_of(" \t\n\v\"") == std::string_view::npos)
    return std::string(argument);
  std::string quoted = "\"";
  std::size_t backslashes = 0;
  for (char const c : argument) {
    if (c == '"') quoted.append(backslashes + 1, '\\');
    backslashes = c == '\\' ? backslashes + 1 : 0;
    quoted += c;
  }
  return quoted.append(backslashes, '\\') + '"';
}

program find_program(std::string_view application, std::string_view command_line) {
  program found;
  if (application.empty() && command_line.find_first_not_of(" \t") == std::string_view::npos)
    throw_code(ERROR_INVALID_PARAMETER);
  found.arguments = split_command_line(command_line);
  if (!application.empty()) {
    // As given, relative to the current directory: no search, and no ending is added.
    found.path = in_current_directory(native_path(application));
    if (found.path.empty()) fail_to_find(std::string(application));
    if (found.arguments.empty()) found.arguments.emplace_back(application);
  } else {
    auto const line = command_line.substr(command_line.find_first_not_of(" \t"));
    found.path = line.front() == '"' ? search(found.arguments.front()) : search_unquoted(line);
    if (found.path.empty()) fail_to_find(found.arguments.front());
  }
  if (::access(found.path.c_str(), X_OK) != 0) throw_code(ERROR_ACCESS_DENIED);
  return found;
}

}  // namespace coview::win32

using namespace coview::win32;

LPWSTR* CommandLineToArgvW(LPCWSTR lpCmdLine, int* pNumArgs) {
  return guarded(
      [&]() -> LPWSTR* {
        if (lpCmdLine == nullptr || pNumArgs == nullptr) throw_code(ERROR_INVALID_PARAMETER);
        std::vector<std::wstring> arguments;
        if (*lpCmdLine == 0) {
          std::wstring own(MAX_PATH, L'\0');
          own.resize(GetModuleFileNameW(nullptr, own.data(), MAX_PATH));
          arguments.push_back(own);
        } else {
          for (auto const& one : split_command_line(to_narrow(lpCmdLine))) arguments.push_back(to_wide(one));
        }
        std::size_t characters = 0;
        for (auto const& one : arguments) characters += one.size() + 1;
        auto const pointers = (arguments.size() + 1) * sizeof(LPWSTR);
        auto* const block = static_cast<LPWSTR*>(LocalAlloc(LMEM_FIXED, pointers + characters * sizeof(WCHAR)));
        if (block == nullptr) return nullptr;
        auto* text = reinterpret_cast<LPWSTR>(block + arguments.size() + 1);
        for (std::size_t i = 0; i < arguments.size(); ++i) {
          block[i] = text;
          text = std::copy_n(arguments[i].c_str(), arguments[i].size() + 1, text);
        }
        block[arguments.size()] = nullptr;
        *pNumArgs = static_cast<int>(arguments.size());
        return block;
      },
      nullptr);
}
