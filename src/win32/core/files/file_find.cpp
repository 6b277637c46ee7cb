// SPDX-License-Identifier: Apache-2.0
// FindFirstFile and its kin: the entries of a directory that fit a pattern with * and ?, letters of either case.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cwctype>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <coview/win32/winbase.h>

#include "os/file.hpp"
#include "win32/core/files/file_object.hpp"
#include "win32/core/files/file_time.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/handles/handle_table.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/unicode.hpp"

namespace coview::win32 {
namespace {

/// The names are read once, so that a search that removes what it finds goes on undisturbed.
class find_object final : public object {
 public:
  static constexpr kind type = kind::find;
  find_object(std::string directory, std::vector<std::string> names)
      : object(type), directory_(std::move(directory)), names_(std::move(names)) {}

  /// False at the end.
  bool next(std::string& path, std::string& name) {
    std::size_t const at = position_.fetch_add(1, std::memory_order_relaxed);
    if (at >= names_.size()) return false;
    name = names_[at];
    path = directory_ + name;
    return true;
  }

 private:
  std::string directory_;  // with a slash at the end
  std::vector<std::string> names_;
  std::atomic<std::size_t> position_{0};
};

bool same_letter(wchar_t a, wchar_t b, bool exact) {
  return a == b ||
         (!exact && std::towupper(static_cast<std::wint_t>(a)) == std::towupper(static_cast<std::wint_t>(b)));
}

// What Windows' calls make of a pattern before they compare: characters that no name can have, with the meaning that
// the days of DOS gave to * and ? beside a dot.
constexpr wchar_t any_up_to_dot = L'<';  // *.   as *, but not across the last dot
constexpr wchar_t one_or_end = L'>';     // ?    one character; none before a dot and at the end
constexpr wchar_t dot_or_end = L'"';     // .*   a dot, or the end of the name

std::wstring translated(std::wstring pattern) {
  if (pattern == L"*.*") return L"*";
  bool const open_end = pattern.size() > 1 && pattern.ends_with(L"*.");  // "*.": names without an extension
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    wchar_t const before = i == 0 ? L'\0' : pattern[i - 1];
    if (pattern[i] == L'.' && before == L'*') pattern[i - 1] = any_up_to_dot;
    if ((pattern[i] == L'?' || pattern[i] == L'*') && before == L'.') pattern[i - 1] = dot_or_end;
    if (pattern[i] == L'?') pattern[i] = one_or_end;
  }
  if (open_end) pattern.pop_back();
  return pattern;
}

/// Whether a name fits a translated pattern. Takes the product of both lengths, whatever the pattern is.
bool fits(std::wstring_view pattern, std::wstring_view name, bool exact) {
  auto const last_dot = name.rfind(L'.');
  // reached[p]: the first p characters of the pattern can stand for what has been read of the name.
  std::vector<bool> reached(pattern.size() + 1, false);
  reached[0] = true;
  auto const pass_empty = [&](bool at_end, wchar_t next) {
    for (std::size_t p = 0; p < pattern.size(); ++p) {
      if (!reached[p]) continue;
      wchar_t const c = pattern[p];
      bool const empty = c == L'*' || c == any_up_to_dot || (c == one_or_end && (at_end || next == L'.')) ||
                         (c == dot_or_end && at_end);
      if (empty) reached[p + 1] = true;
    }
  };
  for (std::size_t n = 0; n < name.size(); ++n) {
    pass_empty(false, name[n]);
    std::vector<bool> then(pattern.size() + 1, false);
    for (std::size_t p = 0; p < pattern.size(); ++p) {
      if (!reached[p]) continue;
      switch (pattern[p]) {
        case L'*':
          then[p] = true;
          break;
        case any_up_to_dot:
          if (n != last_dot) then[p] = true;
          break;
        case one_or_end:
          if (name[n] != L'.') then[p + 1] = true;
          break;
        case dot_or_end:
          if (name[n] == L'.') then[p + 1] = true;
          break;
        default:
          if (same_letter(pattern[p], name[n], exact)) then[p + 1] = true;
      }
    }
    reached = std::move(then);
  }
  pass_empty(true, L'\0');
  return reached[pattern.size()];
}

bool is_everything(std::string_view pattern) {
  return pattern == "*" || pattern == "*.*";
}

std::vector<std::string> matching(std::string const& directory, std::string const& pattern, bool exact) {
  auto const opened = os::open(directory.c_str(), O_RDONLY | O_DIRECTORY);
  if (!opened) {
    throw_code(opened.error() == ENOENT || opened.error() == ENOTDIR ? ERROR_PATH_NOT_FOUND
                                                                     : error_from_errno(opened.error()));
  }
  auto entries = os::entries(opened->get());
  if (!entries) throw_code(error_from_errno(entries.error()));
  std::vector<std::string> found;
  auto const wide = translated(to_wide(pattern));
  for (auto& name : *entries)
    if (is_everything(pattern) || fits(wide, to_wide(name), exact)) found.push_back(std::move(name));
  std::sort(found.begin(), found.end());
  // A root has no parent, and Windows leaves both out there.
  if (directory != "/") {
    for (char const* const name : {"..", "."})
      if (is_everything(pattern) || fits(wide, to_wide(name), exact)) found.insert(found.begin(), name);
  }
  return found;
}

template <class Char>
void fill(std::string const& name, std::span<Char, MAX_PATH> out) {
  auto const copy = [out](auto const& text) {
    auto const length = std::min<std::size_t>(text.size(), MAX_PATH - 1);
    std::copy_n(text.begin(), length, out.begin());
    out[length] = 0;
  };
  if constexpr (sizeof(Char) > 1) {
    copy(to_wide(name));
  } else {
    copy(name);
  }
}

/// False where the entry is gone meanwhile.
template <class Data>
bool describe(std::string const& path, std::string const& name, Data& out) {
  struct ::stat status {};
  bool const link_only = ::stat(path.c_str(), &status) != 0;
  if (link_only && ::lstat(path.c_str(), &status) != 0) return false;
  out = {};
  out.dwFileAttributes = attributes_of(path, status);
  out.ftCreationTime = filetime_from(ticks_from(status.st_mtim));
  out.ftLastAccessTime = filetime_from(ticks_from(status.st_atim));
  out.ftLastWriteTime = filetime_from(ticks_from(status.st_mtim));
  auto const size = S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
  out.nFileSizeHigh = static_cast<DWORD>(size >> 32U);
  out.nFileSizeLow = static_cast<DWORD>(size);
  fill(name, std::span(out.cFileName));
  return true;
}

template <class Data>
bool next_entry(find_object& search, bool directories_only, Data& out) {
  std::string path;
  std::string name;
  while (search.next(path, name)) {
    if (describe(path, name, out) && (!directories_only || (out.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0))
      return true;
  }
  return false;
}

template <class Char, class Data>
HANDLE find_first(Char const* wanted, Data* out, FINDEX_SEARCH_OPS operation, DWORD flags) noexcept {
  return guarded(
      [&] {
        auto path = native_pattern(narrow(wanted));
        if (out == nullptr) throw_code(ERROR_NOACCESS);
        auto const slash = path.find_last_of('/');
        std::string pattern = slash == std::string::npos ? path : path.substr(slash + 1);
        std::string directory = slash == std::string::npos ? "./" : path.substr(0, slash + 1);
        if (pattern.empty()) throw_code(ERROR_FILE_NOT_FOUND);
        if (directory.find_first_of("*?") != std::string::npos) throw_code(ERROR_INVALID_NAME);
        bool const exact = (flags & FIND_FIRST_EX_CASE_SENSITIVE) != 0;
        auto names = matching(directory, pattern, exact);
        auto const search = make_object<find_object>(std::move(directory), std::move(names));
        if (!next_entry(*search, operation == FindExSearchLimitToDirectories, *out)) throw_code(ERROR_FILE_NOT_FOUND);
        HANDLE const handle = make_handle(search, 0, false);
        return handle == nullptr ? INVALID_HANDLE_VALUE : handle;
      },
      INVALID_HANDLE_VALUE);
}

template <class Data>
BOOL find_next(HANDLE handle, Data* out) noexcept {
  return guarded(
      [&] {
        auto const search = handle_guard(handle).pin_as<find_object>();
        if (!search) return FALSE;
        if (out == nullptr) return refuse(ERROR_NOACCESS);
        return next_entry(*search, false, *out) ? TRUE : refuse(ERROR_NO_MORE_FILES);
      },
      FALSE);
}

}  // namespace
}  // namespace coview::win32

using namespace coview::win32;

HANDLE FindFirstFileA(LPCSTR lpFileName, LPWIN32_FIND_DATAA lpFindFileData) {
  return find_first(lpFileName, lpFindFileData, FindExSearchNameMatch, 0);
}
HANDLE FindFirstFileW(LPCWSTR lpFileName, LPWIN32_FIND_DATAW lpFindFileData) {
  return find_first(lpFileName, lpFindFileData, FindExSearchNameMatch, 0);
}
HANDLE FindFirstFileExA(LPCSTR lpFileName, FINDEX_INFO_LEVELS /*fInfoLevelId*/, LPVOID lpFindFileData,
                        FINDEX_SEARCH_OPS fSearchOp, LPVOID /*lpSearchFilter*/, DWORD dwAdditionalFlags) {
  return find_first(lpFileName, static_cast<LPWIN32_FIND_DATAA>(lpFindFileData), fSearchOp, dwAdditionalFlags);
}
HANDLE FindFirstFileExW(LPCWSTR lpFileName, FINDEX_INFO_LEVELS /*fInfoLevelId*/, LPVOID lpFindFileData,
                        FINDEX_SEARCH_OPS fSearchOp, LPVOID /*lpSearchFilter*/, DWORD dwAdditionalFlags) {
  return find_first(lpFileName, static_cast<LPWIN32_FIND_DATAW>(lpFindFileData), fSearchOp, dwAdditionalFlags);
}
BOOL FindNextFileA(HANDLE hFindFile, LPWIN32_FIND_DATAA lpFindFileData) {
  return find_next(hFindFile, lpFindFileData);
}
BOOL FindNextFileW(HANDLE hFindFile, LPWIN32_FIND_DATAW lpFindFileData) {
  return find_next(hFindFile, lpFindFileData);
}
BOOL FindClose(HANDLE hFindFile) {
  if (handle_guard(hFindFile).as<find_object>() == nullptr) return FALSE;
  return handle_table::close(hFindFile);
}
