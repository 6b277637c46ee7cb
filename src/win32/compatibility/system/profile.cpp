// SPDX-License-Identifier: Apache-2.0
// Settings in text files: [sections] of key=value. A file is read anew by each call, and written as a whole under
// another name that takes its place, so that a reader sees the one or the other; writers of one process take turns.
#include <fcntl.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <coview/win32/winbase.h>

#include "os/file.hpp"
#include "os/fork_lock.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  auto const first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

/// The lines of a file, as they stand there, without their ends.
class profile {
 public:
  static profile read(std::string const& path) {
    profile made;
    auto const text = os::read_whole(path.c_str());
    if (!text) {
      made.error_ = error_from_errno(text.error());
      return made;
    }
    std::string_view left = *text;
    if (left.starts_with("\xEF\xBB\xBF")) left.remove_prefix(3);
    while (!left.empty()) {
      auto const end = left.find('\n');
      auto line = left.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      made.lines_.emplace_back(line);
      left.remove_prefix(end == std::string_view::npos ? left.size() : end + 1);
    }
    return made;
  }

  [[nodiscard]] DWORD error() const noexcept { return error_; }

  [[nodiscard]] std::vector<std::string> sections() const {
    std::vector<std::string> names;
    for (auto const& line : lines_) {
      if (auto const name = section_of(line)) names.emplace_back(*name);
    }
    return names;
  }

  /// The lines of a section, but for comments and empty ones; nothing where there is no such section.
  [[nodiscard]] std::optional<std::vector<std::string>> entries(std::string_view section) const {
    auto const begin = find_section(section);
    if (begin == lines_.size()) return std::nullopt;
    std::vector<std::string> found;
    for (std::size_t i = begin + 1; i < lines_.size() && !section_of(lines_[i]); ++i) {
      auto const line = trimmed(lines_[i]);
      if (!line.empty() && line.front() != ';') found.emplace_back(line);
    }
    return found;
  }

  [[nodiscard]] std::optional<std::string> value(std::string_view section, std::string_view key) const {
    std::size_t const at = find_key(find_section(section), key);
    if (at == lines_.size()) return std::nullopt;
    auto text = trimmed(std::string_view(lines_[at]).substr(lines_[at].find('=') + 1));
    bool const quoted =
        text.size() > 1 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
    if (quoted) text = text.substr(1, text.size() - 2);
    return std::string(text);
  }

  void set(std::string const& section, std::string const& key, std::string const& text) {
    std::size_t begin = find_section(section);
    if (begin == lines_.size()) {
      lines_.push_back("[" + section + "]");
      begin = lines_.size() - 1;
    }
    std::size_t const at = find_key(begin, key);
    if (at < lines_.size()) {  // under the name that it has
      auto& line = lines_[at];
      line = std::string(trimmed(std::string_view(line).substr(0, line.find('=')))) + "=" + text;
      return;
    }
    std::string line = key + "=" + text;
    std::size_t end = end_of(begin);
    while (end > begin + 1 && trimmed(lines_[end - 1]).empty()) --end;
    lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(end), std::move(line));
  }
  void remove_key(std::string_view section, std::string_view key) {
    std::size_t const at = find_key(find_section(section), key);
    if (at < lines_.size()) lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  void remove_section(std::string_view section) {
    std::size_t const begin = find_section(section);
    if (begin < lines_.size()) {
      lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(begin),
                   lines_.begin() + static_cast<std::ptrdiff_t>(end_of(begin)));
    }
  }
  void replace_section(std::string const& section, std::vector<std::string> const& lines) {
    remove_section(section);
    lines_.push_back("[" + section + "]");
    lines_.insert(lines_.end(), lines.begin(), lines.end());
  }

  /// 0, or why not.
  [[nodiscard]] DWORD write(std::string const& path) const {
    std::string text;
    for (auto const& line : lines_) text += line + "\r\n";
    struct ::stat old {};
    bool const exists = ::stat(path.c_str(), &old) == 0;
    if (exists && !S_ISREG(old.st_mode)) return ERROR_ACCESS_DENIED;
    if (exists && ::access(path.c_str(), W_OK) != 0) return error_from_errno(errno);
    std::string other = path + ".XXXXXX";
    os::unique_fd const fd(::mkostemp(other.data(), O_CLOEXEC));
    if (!fd) return errno == ENOENT ? ERROR_PATH_NOT_FOUND : error_from_errno(errno);
    mode_t const mask = ::umask(0);
    ::umask(mask);
    constexpr mode_t usual = 0666;
    bool done = ::fchmod(fd.get(), exists ? old.st_mode & 07777U : usual & ~mask) == 0;
    for (std::size_t at = 0; done && at < text.size();) {
      ssize_t const n = ::write(fd.get(), text.data() + at, text.size() - at);
      if (n < 0 && errno == EINTR) continue;
      done = n > 0;
      if (done) at += static_cast<std::size_t>(n);
    }
    done = done && ::rename(other.c_str(), path.c_str()) == 0;
    if (done) return ERROR_SUCCESS;
    DWORD const code = error_from_errno(errno);
    ::unlink(other.c_str());
    return code;
  }

 private:
  static std::optional<std::string_view> section_of(std::string_view line) {
    line = trimmed(line);
    if (line.size() < 2 || line.front() != '[') return std::nullopt;
    auto const end = line.find(']');
    return trimmed(line.substr(1, end == std::string_view::npos ? end : end - 1));
  }
  [[nodiscard]] std::size_t find_section(std::string_view section) const {
    auto const found = std::find_if(lines_.begin(), lines_.end(), [&](auto const& line) {
      auto const name = section_of(line);
      return name && same(*name, trimmed(section));
    });
    return static_cast<std::size_t>(found - lines_.begin());
  }
  [[nodiscard]] std::size_t end_of(std::size_t begin) const {
    std::size_t end = begin + 1;
    while (end < lines_.size() && !section_of(lines_[end])) ++end;
    return std::min(end, lines_.size());
  }
  [[nodiscard]] std::size_t find_key(std::size_t begin, std::string_view key) const {
    if (begin >= lines_.size()) return lines_.size();
    for (std::size_t i = begin + 1; i < end_of(begin); ++i) {
      auto const line = trimmed(lines_[i]);
      auto const equals = line.find('=');
      if (equals != std::string_view::npos && line.front() != ';' &&
          same(trimmed(line.substr(0, equals)), trimmed(key)))
        return i;
    }
    return lines_.size();
  }

  std::vector<std::string> lines_;
  DWORD error_ = ERROR_SUCCESS;
};

constinit coview::os::static_fork_lock writing;

std::string path_of(std::string const& name) {
  return native_path(name);
}

/// A text, or several that end with an empty one; cut where they do not fit: size - 1 and size - 2.
template <class Char>
DWORD give_text(std::string const& text, Char* buffer, DWORD size) {
  if (buffer == nullptr || size == 0) return 0;
  std::basic_string<Char> made;
  if constexpr (sizeof(Char) > 1) {
    made = to_wide(text);
  } else {
    made = text;
  }
  auto const length = std::min<std::size_t>(made.size(), size - 1);
  std::copy_n(made.begin(), length, buffer);
  buffer[length] = 0;
  if (length < made.size()) set_error(ERROR_MORE_DATA);
  return static_cast<DWORD>(length);
}
template <class Char>
DWORD give_list(std::vector<std::string> const& list, Char* buffer, DWORD size) {
  if (buffer == nullptr || size == 0) return 0;
  std::basic_string<Char> made;
  for (auto const& one : list) {
    if constexpr (sizeof(Char) > 1) {
      made += to_wide(one);
    } else {
      made += one;
    }
    made += Char{0};
  }
  if (size < 2) {
    buffer[0] = 0;
    return 0;
  }
  auto const length = std::min<std::size_t>(made.size(), size - 2);
  std::copy_n(made.begin(), length, buffer);
  buffer[length] = 0;
  buffer[length + 1] = 0;
  if (length < made.size()) {
    set_error(ERROR_MORE_DATA);
    return size - 2;
  }
  return static_cast<DWORD>(length);
}

template <class Char>
DWORD get_string(Char const* section, Char const* key, Char const* otherwise, Char* buffer, DWORD size,
                 Char const* file) noexcept {
  return guarded(
      [&]() -> DWORD {
        auto const all = profile::read(path_of(utf8_from(file)));
        set_error(all.error());
        if (section == nullptr) return give_list(all.sections(), buffer, size);
        if (key == nullptr) {
          auto entries = all.entries(utf8_from(section)).value_or(std::vector<std::string>{});
          for (auto& one : entries) one = std::string(trimmed(std::string_view(one).substr(0, one.find('='))));
          return give_list(entries, buffer, size);
        }
        auto const found = all.value(utf8_from(section), utf8_from(key));
        if (found) return give_text(*found, buffer, size);
        auto without_blanks = utf8_from(otherwise);
        without_blanks.erase(without_blanks.find_last_not_of(' ') + 1);
        return give_text(without_blanks, buffer, size);
      },
      DWORD{0});
}

/// Decimal, or hexadecimal after 0x; what follows a number is ignored.
UINT number_in(std::string_view text) {
  bool const negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  bool const hex = text.starts_with("0x") || text.starts_with("0X");
  std::string const digits(hex ? text.substr(2) : text);
  auto const value = static_cast<UINT>(std::strtoull(digits.c_str(), nullptr, hex ? 16 : 10));
  bool const any = !digits.empty() && std::isxdigit(static_cast<unsigned char>(digits[0])) != 0;
  return any ? (negative ? 0U - value : value) : 0;
}

template <class Char>
UINT get_number(Char const* section, Char const* key, INT otherwise, Char const* file) noexcept {
  return guarded(
      [&]() -> UINT {
        if (section == nullptr || key == nullptr) throw_code(ERROR_INVALID_PARAMETER);
        auto const found = profile::read(path_of(utf8_from(file))).value(utf8_from(section), utf8_from(key));
        return found && !found->empty() ? number_in(*found) : static_cast<UINT>(otherwise);
      },
      static_cast<UINT>(otherwise));
}

template <class Change>
BOOL change(std::string const& name, Change what) {
  auto const path = path_of(name);
  std::scoped_lock const held(writing);
  auto all = profile::read(path);
  if (all.error() != ERROR_SUCCESS && all.error() != ERROR_FILE_NOT_FOUND) return refuse(all.error());
  what(all);
  DWORD const code = all.write(path);
  return code == ERROR_SUCCESS ? TRUE : refuse(code);
}

template <class Char>
BOOL set_string(Char const* section, Char const* key, Char const* text, Char const* file) noexcept {
  return guarded(
      [&] {
        if (section == nullptr)
          return file == nullptr ? refuse(ERROR_FILE_NOT_FOUND) : TRUE;  // nothing is cached here
        auto const within = utf8_from(section);
        return change(utf8_from(file), [&](profile& all) {
          if (key == nullptr) {
            all.remove_section(within);
          } else if (text == nullptr) {
            all.remove_key(within, utf8_from(key));
          } else {
            all.set(within, utf8_from(key), utf8_from(text));
          }
        });
      },
      FALSE);
}

template <class Char>
DWORD get_section(Char const* section, Char* buffer, DWORD size, Char const* file) noexcept {
  return guarded(
      [&]() -> DWORD {
        if (section == nullptr) throw_code(ERROR_INVALID_PARAMETER);
        auto const all = profile::read(path_of(utf8_from(file)));
        set_error(all.error());
        return give_list(all.entries(utf8_from(section)).value_or(std::vector<std::string>{}), buffer, size);
      },
      DWORD{0});
}

template <class Char>
BOOL set_section(Char const* section, Char const* lines, Char const* file) noexcept {
  return guarded(
      [&] {
        if (section == nullptr) return refuse(ERROR_INVALID_PARAMETER);
        return change(utf8_from(file), [&](profile& all) {
          if (lines == nullptr) return all.remove_section(utf8_from(section));
          std::vector<std::string> made;
          for (auto const* at = lines; *at != 0; at += std::char_traits<Char>::length(at) + 1)
            made.push_back(utf8_from(at));
          all.replace_section(utf8_from(section), made);
        });
      },
      FALSE);
}

/// A structure as hexadecimal digits and the sum of its bytes.
template <class Char>
BOOL get_structure(Char const* section, Char const* key, void* to, UINT size, Char const* file) noexcept {
  return guarded(
      [&] {
        if (section == nullptr || key == nullptr || to == nullptr) return refuse(ERROR_INVALID_PARAMETER);
        auto const text = profile::read(path_of(utf8_from(file))).value(utf8_from(section), utf8_from(key));
        if (!text || text->size() != (std::size_t{size} + 1) * 2) return refuse(ERROR_BAD_LENGTH);
        std::vector<unsigned char> bytes;
        for (std::size_t i = 0; i < text->size(); i += 2) {
          char* end = nullptr;
          std::string const pair = text->substr(i, 2);
          bytes.push_back(static_cast<unsigned char>(std::strtoul(pair.c_str(), &end, 16)));
          if (end != pair.c_str() + 2) return refuse(ERROR_INVALID_DATA);
        }
        unsigned sum = 0;
        for (std::size_t i = 0; i < size; ++i) sum += bytes[i];
        if ((sum & 0xFFU) != bytes[size]) return refuse(ERROR_INVALID_DATA);
        std::memcpy(to, bytes.data(), size);
        return TRUE;
      },
      FALSE);
}
template <class Char>
BOOL set_structure(Char const* section, Char const* key, void const* from, UINT size, Char const* file) noexcept {
  return guarded(
      [&] {
        if (section == nullptr) return refuse(ERROR_INVALID_PARAMETER);
        if (key == nullptr || from == nullptr) return set_string<Char>(section, key, nullptr, file);
        std::string text;
        unsigned sum = 0;
        auto const add = [&](unsigned byte) {
          constexpr std::string_view digits = "0123456789ABCDEF";
          text += digits[byte >> 4U];
          text += digits[byte & 0xFU];
        };
        for (UINT i = 0; i < size; ++i) {
          auto const byte = static_cast<unsigned char const*>(from)[i];
          sum += byte;
          add(byte);
        }
        add(sum & 0xFFU);
        return change(utf8_from(file), [&](profile& all) { all.set(utf8_from(section), utf8_from(key), text); });
      },
      FALSE);
}

}  // namespace
}  // namespace coview::win32

using namespace coview::win32;

DWORD GetPrivateProfileStringA(LPCSTR lpAppName, LPCSTR lpKeyName, LPCSTR lpDefault, LPSTR lpReturnedString,
                               DWORD nSize, LPCSTR lpFileName) {
  return get_string(lpAppName, lpKeyName, lpDefault, lpReturnedString, nSize, lpFileName);
}
DWORD GetPrivateProfileStringW(LPCWSTR lpAppName, LPCWSTR lpKeyName, LPCWSTR lpDefault, LPWSTR lpReturnedString,
                               DWORD nSize, LPCWSTR lpFileName) {
  return get_string(lpAppName, lpKeyName, lpDefault, lpReturnedString, nSize, lpFileName);
}
UINT GetPrivateProfileIntA(LPCSTR lpAppName, LPCSTR lpKeyName, INT nDefault, LPCSTR lpFileName) {
  return get_number(lpAppName, lpKeyName, nDefault, lpFileName);
}
UINT GetPrivateProfileIntW(LPCWSTR lpAppName, LPCWSTR lpKeyName, INT nDefault, LPCWSTR lpFileName) {
  return get_number(lpAppName, lpKeyName, nDefault, lpFileName);
}
BOOL WritePrivateProfileStringA(LPCSTR lpAppName, LPCSTR lpKeyName, LPCSTR lpString, LPCSTR lpFileName) {
  return set_string(lpAppName, lpKeyName, lpString, lpFileName);
}
BOOL WritePrivateProfileStringW(LPCWSTR lpAppName, LPCWSTR lpKeyName, LPCWSTR lpString, LPCWSTR lpFileName) {
  return set_string(lpAppName, lpKeyName, lpString, lpFileName);
}
DWORD GetPrivateProfileSectionA(LPCSTR lpAppName, LPSTR lpReturnedString, DWORD nSize, LPCSTR lpFileName) {
  return get_section(lpAppName, lpReturnedString, nSize, lpFileName);
}
DWORD GetPrivateProfileSectionW(LPCWSTR lpAppName, LPWSTR lpReturnedString, DWORD nSize, LPCWSTR lpFileName) {
  return get_section(lpAppName, lpReturnedString, nSize, lpFileName);
}
DWORD GetPrivateProfileSectionNamesA(LPSTR lpszReturnBuffer, DWORD nSize, LPCSTR lpFileName) {
  return get_string<char>(nullptr, nullptr, nullptr, lpszReturnBuffer, nSize, lpFileName);
}
DWORD GetPrivateProfileSectionNamesW(LPWSTR lpszReturnBuffer, DWORD nSize, LPCWSTR lpFileName) {
  return get_string<wchar_t>(nullptr, nullptr, nullptr, lpszReturnBuffer, nSize, lpFileName);
}
BOOL WritePrivateProfileSectionA(LPCSTR lpAppName, LPCSTR lpString, LPCSTR lpFileName) {
  return set_section(lpAppName, lpString, lpFileName);
}
BOOL WritePrivateProfileSectionW(LPCWSTR lpAppName, LPCWSTR lpString, LPCWSTR lpFileName) {
  return set_section(lpAppName, lpString, lpFileName);
}
BOOL GetPrivateProfileStructA(LPCSTR lpszSection, LPCSTR lpszKey, LPVOID lpStruct, UINT uSizeStruct, LPCSTR szFile) {
  return get_structure(lpszSection, lpszKey, lpStruct, uSizeStruct, szFile);
}
BOOL GetPrivateProfileStructW(LPCWSTR lpszSection, LPCWSTR lpszKey, LPVOID lpStruct, UINT uSizeStruct,
                              LPCWSTR szFile) {
  return get_structure(lpszSection, lpszKey, lpStruct, uSizeStruct, szFile);
}
BOOL WritePrivateProfileStructA(LPCSTR lpszSection, LPCSTR lpszKey, LPVOID lpStruct, UINT uSizeStruct,
                                LPCSTR szFile) {
  return set_structure(lpszSection, lpszKey, lpStruct, uSizeStruct, szFile);
}
BOOL WritePrivateProfileStructW(LPCWSTR lpszSection, LPCWSTR lpszKey, LPVOID lpStruct, UINT uSizeStruct,
                                LPCWSTR szFile) {
  return set_structure(lpszSection, lpszKey, lpStruct, uSizeStruct, szFile);
}
