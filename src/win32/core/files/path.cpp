// SPDX-License-Identifier: Apache-2.0
#include "win32/core/files/path.hpp"

#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "os/environment.hpp"
#include "win32/core/files/device.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/text.hpp"
#include "win32/core/text/unicode.hpp"

namespace coview::win32 {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_slash(char c) {
  return c == '/' || c == '\\';
}

void require_legal(std::string_view path, std::string_view forbidden) {
  bool const legal = std::none_of(path.begin(), path.end(), [forbidden](char c) {
    return (static_cast<unsigned char>(c) < 0x20) || forbidden.find(c) != std::string_view::npos;
  });
  if (!legal) throw_code(ERROR_INVALID_NAME);
}

/// Takes \\?\ and \\.\ off; a server's share is not there.
std::string_view without_prefix(std::string_view path) {
  if (path.size() < 3 || !is_slash(path[0]) || !is_slash(path[1])) return path;
  bool const device_form = (path[2] == '?' || path[2] == '.') && path.size() > 3 && is_slash(path[3]);
  bool const dots = path[2] == '.';
  if (device_form) {
    path.remove_prefix(4);
    if (path.size() >= 4 && equal_ignoring_case(path.substr(0, 4), "UNC\\")) throw_code(ERROR_BAD_NETPATH);
    if (path.empty()) throw_code(ERROR_INVALID_NAME);
    // Below \\.\ there are devices only, and of these a drive is the one kind that is here.
    bool const drive = path.size() >= 2 && path[1] == ':' && is_letter(path[0]);
    if (dots && !drive && !is_slash(path[0])) throw_code(ERROR_FILE_NOT_FOUND);
    return path;
  }
  if (path[0] == '\\' && path[1] == '\\') throw_code(ERROR_BAD_NETPATH);
  return path;
}

std::string with_slashes(std::string_view path) {
  std::string native(path);
  std::replace(native.begin(), native.end(), '\\', '/');
  return native;
}

std::string convert(std::string_view path, std::string_view forbidden) {
  if (path.empty()) throw_code(ERROR_PATH_NOT_FOUND);
  if (auto found = reserved_device(path); !found.empty()) return found;
  path = without_prefix(path);
  require_legal(path, forbidden);
  if (path.size() < 2 || path[1] != ':' || !is_letter(path[0])) return with_slashes(path);

  std::string native = drive_directory(path[0]);
  if (native.empty()) throw_code(ERROR_PATH_NOT_FOUND);
  path.remove_prefix(2);
  // A drive has no current directory of its own here: `E:file` is in the drive's directory as `E:\file` is.
  if (native.back() != '/' && (path.empty() || !is_slash(path.front()))) native += '/';
  return native + with_slashes(path);
}

}  // namespace

std::string drive_directory(char letter) {
  std::string name = "COVIEW_DRIVE_";
  name += static_cast<char>(letter >= 'a' ? letter - 'a' + 'A' : letter);
  char const* const directory = os::environment(name.c_str());
  return directory == nullptr ? std::string() : std::string(directory);
}

std::string native_path(std::string_view path) {
  return convert(path, "<>\"|*?");
}

std::string lenient_path(char const* path) {
  try {
    return native_path(path);
  } catch (win32_failure const&) {
    return path == nullptr ? std::string() : std::string(path);
  }
}

std::string native_pattern(std::string_view path) {
  return convert(path, "|");
}

std::string native_path(char const* path) {
  if (path == nullptr) throw_code(ERROR_PATH_NOT_FOUND);
  return native_path(std::string_view(path));
}

std::string native_path(wchar_t const* path) {
  if (path == nullptr) throw_code(ERROR_PATH_NOT_FOUND);
  return native_path(to_narrow(path));
}

DWORD missing_error(std::string const& native) {
  auto end = native.size();
  while (end > 1 && native[end - 1] == '/') --end;
  auto const slash = native.find_last_of('/', end - 1);
  if (slash == std::string::npos || slash == 0) return ERROR_FILE_NOT_FOUND;
  struct ::stat found {};
  bool const parent = ::stat(native.substr(0, slash).c_str(), &found) == 0 && S_ISDIR(found.st_mode);
  return parent ? ERROR_FILE_NOT_FOUND : ERROR_PATH_NOT_FOUND;
}

DWORD path_error(int errno_value, std::string const& native) {
  switch (errno_value) {
    case ENOENT:
      return missing_error(native);
    case ETXTBSY:
      return ERROR_SHARING_VIOLATION;
    case EMFILE:
    case ENFILE:
      return ERROR_TOO_MANY_OPEN_FILES;
    default:
      return error_from_errno(errno_value);
  }
}

std::string current_directory() {
  std::string directory(256, '\0');
  while (::getcwd(directory.data(), directory.size()) == nullptr) {
    if (errno != ERANGE) throw_code(path_error(errno, "."));
    directory.resize(directory.size() * 2);
  }
  directory.resize(std::strlen(directory.c_str()));
  return directory;
}

std::string full_path(std::string const& native) {
  std::string const whole = native.front() == '/' ? native : current_directory() + "/" + native;
  std::vector<std::string_view> parts;
  std::string_view left = whole;
  while (!left.empty()) {
    auto const end = std::min(left.find('/'), left.size());
    auto const part = left.substr(0, end);
    left.remove_prefix(std::min(end + 1, left.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else {
      parts.push_back(part);
    }
  }
  std::string made;
  for (auto const part : parts) made.append("/").append(part);
  if (made.empty() || (whole.back() == '/' && made.back() != '/')) made += '/';
  return made;
}

DWORD give(std::string_view text, char* buffer, DWORD size) noexcept {
  if (buffer == nullptr || text.size() >= size) return static_cast<DWORD>(text.size() + 1);
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  return static_cast<DWORD>(text.size());
}

DWORD give(std::string_view text, wchar_t* buffer, DWORD size) {
  std::wstring const wide = to_wide(text);
  if (buffer == nullptr || wide.size() >= size) return static_cast<DWORD>(wide.size() + 1);
  std::copy(wide.begin(), wide.end(), buffer);
  buffer[wide.size()] = L'\0';
  return static_cast<DWORD>(wide.size());
}

}  // namespace coview::win32
