// SPDX-License-Identifier: Apache-2.0
// shlwapi.h: the text of paths, with either kind of slash. Nothing but PathFileExists and PathIsDirectory looks at
// the disk.
#include <cstring>
#include <cwchar>
#include <string>
#include <string_view>

#include <coview/win32/msvcrt_string.h>
#include <coview/win32/shlwapi.h>

#include "win32/core/handles/last_error.hpp"

using namespace coview::win32;

namespace {

template <class Char>
bool slash(Char c) {
  return c == '/' || c == '\\';
}

template <class Char>
Char* file_name(Char const* path) {
  if (path == nullptr) return nullptr;
  Char const* name = path;
  for (Char const* at = path; *at != 0; ++at) {
    bool const divides = slash(*at) || (*at == ':' && at == path + 1);
    if (divides && at[1] != 0 && !slash(at[1])) name = at + 1;
  }
  return const_cast<Char*>(name);
}

template <class Char>
Char* extension(Char const* path) {
  if (path == nullptr) return nullptr;
  Char const* dot = nullptr;
  Char const* at = path;
  for (; *at != 0; ++at) {
    if (slash(*at) || *at == ' ') dot = nullptr;
    if (*at == '.') dot = at;
  }
  return const_cast<Char*>(dot != nullptr ? dot : at);
}

/// Where the root of a path ends: "C:\", "\", "\\server\share".
template <class Char>
std::size_t root_length(std::basic_string_view<Char> path) {
  std::size_t const drive = path.size() > 1 && path[1] == ':' ? 2 : 0;
  return drive + (path.size() > drive && slash(path[drive]) ? 1 : 0);
}

template <class Char>
BOOL remove_file_spec(Char* path) {
  if (path == nullptr) return FALSE;
  std::basic_string_view<Char> const text(path);
  std::size_t const root = root_length(text);
  std::size_t end = text.size();
  while (end > root && !slash(text[end - 1])) --end;
  if (end > root) --end;  // the slash itself
  if (end == text.size()) return FALSE;
  path[end] = 0;
  return TRUE;
}

template <class Char>
bool relative(Char const* path) {
  return path == nullptr || path[0] == 0 || !(slash(path[0]) || path[1] == ':');
}

/// Without "." and "..", as far as they can be resolved in the text.
template <class Char>
std::basic_string<Char> canonical(std::basic_string<Char> const& path) {
  std::basic_string_view<Char> const text(path);
  std::size_t const root = root_length(text);
  std::basic_string<Char> made(text.substr(0, root));
  for (std::size_t at = root; at <= text.size();) {
    std::size_t end = at;
    while (end < text.size() && !slash(text[end])) ++end;
    auto const part = text.substr(at, end - at);
    bool const dot = part.size() == 1 && part[0] == '.';
    bool const up = part.size() == 2 && part[0] == '.' && part[1] == '.';
    if (up) {
      std::size_t keep = made.size();
      if (keep > root) --keep;
      while (keep > root && !slash(made[keep - 1])) --keep;
      made.resize(keep);
      if (made.size() > root && slash(made.back())) made.pop_back();
    } else if (!dot && !(part.empty() && at == text.size() && made.size() == root)) {
      if (made.size() > root) made += text[at - 1];
      made += part;
    }
    at = end + 1;
  }
  return made;
}

template <class Char>
Char* give(std::basic_string<Char> const& text, Char* to) {
  if (text.size() >= MAX_PATH) {
    to[0] = 0;
    return nullptr;
  }
  std::char_traits<Char>::copy(to, text.c_str(), text.size() + 1);
  return to;
}

template <class Char>
Char* combine(Char* to, Char const* directory, Char const* file) {
  if (to == nullptr) return nullptr;
  std::basic_string<Char> made;
  if (directory == nullptr && file == nullptr) {
    to[0] = 0;
    return nullptr;
  }
  if (file == nullptr || file[0] == 0) {
    made = directory != nullptr ? directory : file;
  } else if (directory == nullptr || directory[0] == 0 || !relative(file)) {
    made = file;
  } else {
    made = directory;
    if (!slash(made.back())) made += Char{'\\'};
    made += file;
  }
  return give(canonical(made), to);
}

template <class Char>
Char* combine_safely(Char* to, Char const* directory, Char const* file) noexcept {
  return guarded([&]() -> Char* { return combine(to, directory, file); }, nullptr);
}

template <class Char>
BOOL append(Char* path, Char const* more) noexcept {
  if (path == nullptr || more == nullptr) return FALSE;
  while (slash(*more)) ++more;
  return guarded([&] { return combine(path, std::basic_string<Char>(path).c_str(), more) != nullptr ? TRUE : FALSE; },
                 FALSE);
}

template <class Char>
void strip_path(Char* path) {
  if (path == nullptr) return;
  Char* const name = file_name(path);
  std::char_traits<Char>::move(path, name, std::char_traits<Char>::length(name) + 1);
}

template <class Char>
Char* add_slash(Char* path) {
  if (path == nullptr) return nullptr;
  std::size_t const length = std::char_traits<Char>::length(path);
  if (length != 0 && slash(path[length - 1])) return path + length;
  if (length + 1 >= MAX_PATH) return nullptr;
  path[length] = '\\';
  path[length + 1] = 0;
  return path + length + 1;
}

template <class Char, class Compare>
Char* find_ignoring_case(Char const* text, Char const* wanted, Compare compare) {
  if (text == nullptr || wanted == nullptr || *wanted == 0) return nullptr;
  std::size_t const length = std::char_traits<Char>::length(wanted);
  for (; *text != 0; ++text) {
    if (compare(text, wanted, length) == 0) return const_cast<Char*>(text);
  }
  return nullptr;
}

BOOL exists(DWORD attributes) {
  return attributes != INVALID_FILE_ATTRIBUTES ? TRUE : FALSE;
}
BOOL directory(DWORD attributes) {
  bool const is = attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  return is ? static_cast<BOOL>(FILE_ATTRIBUTE_DIRECTORY) : FALSE;
}

}  // namespace

BOOL PathFileExistsA(LPCSTR pszPath) {
  return pszPath == nullptr ? FALSE : exists(GetFileAttributesA(pszPath));
}
BOOL PathFileExistsW(LPCWSTR pszPath) {
  return pszPath == nullptr ? FALSE : exists(GetFileAttributesW(pszPath));
}
BOOL PathIsDirectoryA(LPCSTR pszPath) {
  return pszPath == nullptr ? FALSE : directory(GetFileAttributesA(pszPath));
}
BOOL PathIsDirectoryW(LPCWSTR pszPath) {
  return pszPath == nullptr ? FALSE : directory(GetFileAttributesW(pszPath));
}
LPSTR PathFindFileNameA(LPCSTR pszPath) {
  return file_name(pszPath);
}
LPWSTR PathFindFileNameW(LPCWSTR pszPath) {
  return file_name(pszPath);
}
LPSTR PathFindExtensionA(LPCSTR pszPath) {
  return extension(pszPath);
}
LPWSTR PathFindExtensionW(LPCWSTR pszPath) {
  return extension(pszPath);
}
BOOL PathRemoveFileSpecA(LPSTR pszPath) {
  return remove_file_spec(pszPath);
}
BOOL PathRemoveFileSpecW(LPWSTR pszPath) {
  return remove_file_spec(pszPath);
}
void PathStripPathA(LPSTR pszPath) {
  strip_path(pszPath);
}
void PathStripPathW(LPWSTR pszPath) {
  strip_path(pszPath);
}
void PathRemoveExtensionA(LPSTR pszPath) {
  if (pszPath != nullptr) *extension(pszPath) = 0;
}
void PathRemoveExtensionW(LPWSTR pszPath) {
  if (pszPath != nullptr) *extension(pszPath) = 0;
}
BOOL PathAppendA(LPSTR pszPath, LPCSTR pszMore) {
  return append(pszPath, pszMore);
}
BOOL PathAppendW(LPWSTR pszPath, LPCWSTR pszMore) {
  return append(pszPath, pszMore);
}
LPSTR PathCombineA(LPSTR pszDest, LPCSTR pszDir, LPCSTR pszFile) {
  return combine_safely(pszDest, pszDir, pszFile);
}
LPWSTR PathCombineW(LPWSTR pszDest, LPCWSTR pszDir, LPCWSTR pszFile) {
  return combine_safely(pszDest, pszDir, pszFile);
}
BOOL PathIsRelativeA(LPCSTR pszPath) {
  return relative(pszPath) ? TRUE : FALSE;
}
BOOL PathIsRelativeW(LPCWSTR pszPath) {
  return relative(pszPath) ? TRUE : FALSE;
}
LPSTR PathAddBackslashA(LPSTR pszPath) {
  return add_slash(pszPath);
}
LPWSTR PathAddBackslashW(LPWSTR pszPath) {
  return add_slash(pszPath);
}
LPSTR StrStrIA(LPCSTR pszFirst, LPCSTR pszSrch) {
  return find_ignoring_case(pszFirst, pszSrch, _strnicmp);
}
LPWSTR StrStrIW(LPCWSTR pszFirst, LPCWSTR pszSrch) {
  return find_ignoring_case(pszFirst, pszSrch, _wcsnicmp);
}
int StrCmpIA(LPCSTR psz1, LPCSTR psz2) {
  return _stricmp(psz1, psz2);
}
int StrCmpIW(LPCWSTR psz1, LPCWSTR psz2) {
  return _wcsicmp(psz1, psz2);
}
