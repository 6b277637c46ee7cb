// SPDX-License-Identifier: Apache-2.0
// Paths in parts, and parts as a path, as Microsoft's C library has them, in both widths.
#define COVIEW_WIN32_NATIVE_STDIO
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <coview/win32/msvcrt_stdlib.h>
#include <coview/win32/msvcrt_string.h>
#include <coview/win32/tchar.h>

#include "win32/compatibility/crt/checked.hpp"
#include "win32/compatibility/crt/width.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;

namespace {

template <class Char>
struct path_parts {
  std::basic_string_view<Char> drive, directory, name, extension;
};

template <class Char>
path_parts<Char> split(Char const* path) {
  std::basic_string_view<Char> left = path;
  path_parts<Char> made;
  if (left.size() >= 2 && left[1] == ':') {
    made.drive = left.substr(0, 2);
    left.remove_prefix(2);
  }
  std::size_t after_slash = 0;
  for (std::size_t i = 0; i < left.size(); ++i)
    if (left[i] == '/' || left[i] == '\\') after_slash = i + 1;
  made.directory = left.substr(0, after_slash);
  left.remove_prefix(after_slash);
  std::size_t const dot = left.rfind(Char{'.'});
  made.name = left.substr(0, dot);
  if (dot != std::basic_string_view<Char>::npos) made.extension = left.substr(dot);
  return made;
}

template <class Char>
errno_t give_part(std::basic_string_view<Char> part, Char* to, std::size_t size) {
  if (to == nullptr) return size == 0 ? 0 : invalid_parameter(EINVAL);
  if (size == 0) return invalid_parameter(EINVAL);
  return place(to, size, 0, part.data(), part.size(), false);
}

template <class Char>
errno_t split_checked(Char const* path, Char* drive, std::size_t drive_size, Char* directory,
                      std::size_t directory_size, Char* name, std::size_t name_size, Char* extension,
                      std::size_t extension_size) {
  if (path == nullptr) return invalid_parameter(EINVAL);
  auto const parts = split(path);
  std::array const answers{
      give_part(parts.drive, drive, drive_size), give_part(parts.directory, directory, directory_size),
      give_part(parts.name, name, name_size), give_part(parts.extension, extension, extension_size)};
  auto const failed = std::find_if(answers.begin(), answers.end(), [](errno_t code) { return code != 0; });
  return failed == answers.end() ? 0 : *failed;
}

template <class Char>
errno_t join_parts(Char* to, std::size_t size, Char const* drive, Char const* directory, Char const* name,
                   Char const* extension) {
  if (to == nullptr || size == 0) return invalid_parameter(EINVAL);
  std::basic_string<Char> made;
  if (drive != nullptr && *drive != 0) made.append(1, *drive).append(1, Char{':'});
  if (directory != nullptr && *directory != 0) {
    made += directory;
    if (made.back() != '/' && made.back() != '\\') made += Char{'\\'};
  }
  if (name != nullptr) made += name;
  if (extension != nullptr && *extension != 0) {
    if (*extension != '.') made += Char{'.'};
    made += extension;
  }
  return place(to, size, 0, made.c_str(), made.size(), false);
}

template <class Char>
Char* full(Char* buffer, Char const* path, std::size_t size) {
  try {
    auto const made =
        as(path == nullptr || *path == 0 ? current_directory() : full_path(native_path(narrow(path))), Char{});
    if (buffer == nullptr) return duplicate(made.c_str());
    return place(buffer, size, 0, made.c_str(), made.size(), false) == 0 ? buffer : nullptr;
  } catch (...) {  // any failure is this call's only answer
    errno = EINVAL;
    return nullptr;
  }
}

}  // namespace

extern "C" {

errno_t _splitpath_s(char const* path, char* drive, size_t drive_size, char* directory, size_t directory_size,
                     char* name, size_t name_size, char* extension, size_t extension_size) {
  return split_checked(path, drive, drive_size, directory, directory_size, name, name_size, extension,
                       extension_size);
}
errno_t _wsplitpath_s(wchar_t const* path, wchar_t* drive, size_t drive_size, wchar_t* directory,
                      size_t directory_size, wchar_t* name, size_t name_size, wchar_t* extension,
                      size_t extension_size) {
  return split_checked(path, drive, drive_size, directory, directory_size, name, name_size, extension,
                       extension_size);
}
void _splitpath(char const* path, char* drive, char* directory, char* name, char* extension) {
  split_checked(path, drive, drive == nullptr ? 0 : size_t{_MAX_DRIVE}, directory,
                directory == nullptr ? 0 : size_t{_MAX_DIR}, name, name == nullptr ? 0 : size_t{_MAX_FNAME},
                extension, extension == nullptr ? 0 : size_t{_MAX_EXT});
}
void _wsplitpath(wchar_t const* path, wchar_t* drive, wchar_t* directory, wchar_t* name, wchar_t* extension) {
  split_checked(path, drive, drive == nullptr ? 0 : size_t{_MAX_DRIVE}, directory,
                directory == nullptr ? 0 : size_t{_MAX_DIR}, name, name == nullptr ? 0 : size_t{_MAX_FNAME},
                extension, extension == nullptr ? 0 : size_t{_MAX_EXT});
}
errno_t _makepath_s(char* path, size_t size, char const* drive, char const* directory, char const* name,
                    char const* extension) {
  return join_parts(path, size, drive, directory, name, extension);
}
errno_t _wmakepath_s(wchar_t* path, size_t size, wchar_t const* drive, wchar_t const* directory, wchar_t const* name,
                     wchar_t const* extension) {
  return join_parts(path, size, drive, directory, name, extension);
}
void _makepath(char* path, char const* drive, char const* directory, char const* name, char const* extension) {
  join_parts(path, _MAX_PATH, drive, directory, name, extension);
}
void _wmakepath(wchar_t* path, wchar_t const* drive, wchar_t const* directory, wchar_t const* name,
                wchar_t const* extension) {
  join_parts(path, _MAX_PATH, drive, directory, name, extension);
}
char* _fullpath(char* buffer, char const* path, size_t size) {
  return full(buffer, path, size);
}
wchar_t* _wfullpath(wchar_t* buffer, wchar_t const* path, size_t size) {
  return full(buffer, path, size);
}
}  // extern "C"
