// SPDX-License-Identifier: Apache-2.0
// Strings, numbers as text and paths in parts, as Microsoft's C library has them, in both widths.
#define COVIEW_WIN32_NATIVE_STDIO
#include <strings.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <cwctype>
#include <string>
#include <string_view>

#include <coview/win32/msvcrt_stdlib.h>
#include <coview/win32/msvcrt_string.h>
#include <coview/win32/tchar.h>

#include "win32/crt/invalid.hpp"
#include "win32/files/path.hpp"
#include "win32/handles/last_error.hpp"
#include "win32/text/unicode.hpp"

using namespace coview::win32;

extern "C" int coview_msvcrt_system(char const* command);  // conio.cpp

namespace {

template <class Char>
std::size_t length_of(Char const* text) {
  return std::char_traits<Char>::length(text);
}

template <class Char>
std::size_t bounded_length(Char const* text, std::size_t most) {
  std::size_t length = 0;
  while (length < most && text[length] != 0) ++length;
  return length;
}

/// Puts `length` characters and an end at `to + at`. The rule of all _s functions: what does not fit leaves nothing,
/// unless the caller asked for as much as fits.
template <class Char>
errno_t place(Char* to, std::size_t size, std::size_t at, Char const* from, std::size_t length, bool cut) {
  if (length < size - at) {
    std::copy_n(from, length, to + at);
    to[at + length] = 0;
    return 0;
  }
  if (cut) {
    std::copy_n(from, size - at - 1, to + at);
    to[size - 1] = 0;
    return STRUNCATE;
  }
  to[0] = 0;
  return invalid_parameter(ERANGE);
}

template <class Char>
errno_t copy_checked(Char* to, std::size_t size, Char const* from, std::size_t count) {
  if (to == nullptr || size == 0) return invalid_parameter(EINVAL);
  if (from == nullptr) {
    to[0] = 0;
    return count == 0 ? 0 : invalid_parameter(EINVAL);
  }
  bool const cut = count == _TRUNCATE;
  return place(to, size, 0, from, bounded_length(from, count), cut);
}

template <class Char>
errno_t append_checked(Char* to, std::size_t size, Char const* from, std::size_t count) {
  if (to == nullptr || size == 0) return invalid_parameter(EINVAL);
  std::size_t const at = bounded_length(to, size);
  if (at == size || (from == nullptr && count != 0)) {  // not a string, or nothing to append
    to[0] = 0;
    return invalid_parameter(EINVAL);
  }
  if (from == nullptr) return 0;
  bool const cut = count == _TRUNCATE;
  return place(to, size, at, from, bounded_length(from, count), cut);
}

template <class Char>
Char lower(Char c) {
  if constexpr (sizeof(Char) > 1) {
    return static_cast<Char>(std::towlower(static_cast<wint_t>(c)));
  } else {
    return c >= 'A' && c <= 'Z' ? static_cast<Char>(c - 'A' + 'a') : c;
  }
}
template <class Char>
Char upper(Char c) {
  if constexpr (sizeof(Char) > 1) {
    return static_cast<Char>(std::towupper(static_cast<wint_t>(c)));
  } else {
    return c >= 'a' && c <= 'z' ? static_cast<Char>(c - 'a' + 'A') : c;
  }
}

template <class Char>
int compare_ignoring_case(Char const* a, Char const* b, std::size_t most) {
  using value = std::make_unsigned_t<Char>;
  for (std::size_t i = 0; i < most; ++i) {
    auto const left = static_cast<value>(lower(a[i]));
    auto const right = static_cast<value>(lower(b[i]));
    if (left != right) return left < right ? -1 : 1;
    if (left == 0) break;
  }
  return 0;
}

template <class Char, class Change>
Char* change(Char* text, Change how) {
  for (Char* at = text; *at != 0; ++at) *at = how(*at);
  return text;
}

template <class Char, class Change>
errno_t change_checked(Char* text, std::size_t size, Change how) {
  if (text == nullptr) return invalid_parameter(EINVAL);
  if (bounded_length(text, size) == size) {
    if (size > 0) text[0] = 0;
    return invalid_parameter(EINVAL);
  }
  change(text, how);
  return 0;
}

template <class Char>
Char* duplicate(Char const* text) {
  if (text == nullptr) return nullptr;
  std::size_t const bytes = (length_of(text) + 1) * sizeof(Char);
  auto* const made = static_cast<Char*>(std::malloc(bytes));
  if (made != nullptr) std::memcpy(made, text, bytes);
  return made;
}

template <class Char>
errno_t number(unsigned long long value, bool negative, Char* to, std::size_t size, int radix) {
  if (to == nullptr || size == 0 || radix < 2 || radix > 36) return invalid_parameter(EINVAL);
  std::array<Char, 66> digits{};
  std::size_t at = digits.size();
  auto const base = static_cast<unsigned long long>(radix);
  do {
    digits[--at] = static_cast<Char>("0123456789abcdefghijklmnopqrstuvwxyz"[value % base]);
    value /= base;
  } while (value != 0);
  if (negative) digits[--at] = '-';
  return place(to, size, 0, digits.data() + at, digits.size() - at, false);
}

/// Only decimal numbers have a sign; others show the bits of their type.
template <class Char, class Number>
errno_t signed_number(Number value, Char* to, std::size_t size, int radix) {
  using bits = std::make_unsigned_t<Number>;
  bool const negative = radix == 10 && value < 0;
  auto const raw = static_cast<bits>(value);
  return number<Char>(negative ? static_cast<bits>(bits{0} - raw) : raw, negative, to, size, radix);
}

constexpr std::size_t any_number = 66;

/// Windows' long has 32 bits.
int as_long(long value) {
  return static_cast<int>(value);
}
unsigned as_long(unsigned long value) {
  return static_cast<unsigned>(value);
}

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
  errno_t const answers[] = {
      give_part(parts.drive, drive, drive_size), give_part(parts.directory, directory, directory_size),
      give_part(parts.name, name, name_size), give_part(parts.extension, extension, extension_size)};
  auto const* const failed =
      std::find_if(std::begin(answers), std::end(answers), [](errno_t code) { return code != 0; });
  return failed == std::end(answers) ? 0 : *failed;
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

std::string narrow(char const* text) {
  return text == nullptr ? std::string() : std::string(text);
}
std::string narrow(wchar_t const* text) {
  return text == nullptr ? std::string() : to_narrow(text);
}
std::string as(std::string const& text, char /*tag*/) {
  return text;
}
std::wstring as(std::string const& text, wchar_t /*tag*/) {
  return to_wide(text);
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

template <class Char>
errno_t duplicate_variable(Char** value, std::size_t* size, Char const* name) {
  if (value == nullptr || name == nullptr) return invalid_parameter(EINVAL);
  *value = nullptr;
  if (size != nullptr) *size = 0;
  char const* const found = std::getenv(narrow(name).c_str());
  if (found == nullptr) return 0;
  *value = duplicate(as(found, Char{}).c_str());
  if (*value == nullptr) return ENOMEM;
  if (size != nullptr) *size = length_of(*value) + 1;
  return 0;
}

template <class Char>
errno_t give_variable(std::size_t* needed, Char* buffer, std::size_t size, Char const* name) {
  if (needed == nullptr || name == nullptr) return invalid_parameter(EINVAL);
  *needed = 0;
  if (buffer != nullptr && size > 0) buffer[0] = 0;
  char const* const found = std::getenv(narrow(name).c_str());
  if (found == nullptr) return 0;
  auto const value = as(found, Char{});
  *needed = value.size() + 1;
  if (buffer == nullptr || size == 0) return 0;
  return *needed <= size ? place(buffer, size, 0, value.c_str(), value.size(), false) : ERANGE;
}

int assign(std::string const& assignment) {
  auto const equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) return invalid_parameter(EINVAL), -1;
  auto const name = assignment.substr(0, equals);
  auto const value = assignment.substr(equals + 1);
  return value.empty() ? ::unsetenv(name.c_str()) : ::setenv(name.c_str(), value.c_str(), 1);
}

std::string error_words(int error) {
  std::array<char, 256> room{};
  return ::strerror_r(error, room.data(), room.size());
}

template <class Char>
errno_t give_error(Char* buffer, std::size_t size, int error) {
  if (buffer == nullptr || size == 0) return invalid_parameter(EINVAL);
  auto const text = as(error_words(error), Char{});
  place(buffer, size, 0, text.c_str(), text.size(), true);
  return 0;
}

/// A wide result that lives until the thread asks again.
wchar_t* keep(std::string const& text) {
  thread_local std::wstring kept;
  kept = to_wide(text);
  return kept.data();
}

/// Overlapping or not: a block is copied whole or not at all, and zeroed where it does not fit.
errno_t copy_block(void* to, std::size_t size, void const* from, std::size_t count) {
  if (count == 0) return 0;
  if (to == nullptr) return invalid_parameter(EINVAL);
  if (from == nullptr || count > size) {
    std::memset(to, 0, size);
    return invalid_parameter(from == nullptr ? EINVAL : ERANGE);
  }
  std::memmove(to, from, count);
  return 0;
}

}  // namespace

errno_t strcpy_s(char* to, size_t size, char const* from) {
  return copy_checked(to, size, from, SIZE_MAX - 1);
}
errno_t wcscpy_s(wchar_t* to, size_t size, wchar_t const* from) {
  return copy_checked(to, size, from, SIZE_MAX - 1);
}
errno_t strncpy_s(char* to, size_t size, char const* from, size_t count) {
  return copy_checked(to, size, from, count);
}
errno_t wcsncpy_s(wchar_t* to, size_t size, wchar_t const* from, size_t count) {
  return copy_checked(to, size, from, count);
}
errno_t strcat_s(char* to, size_t size, char const* from) {
  return append_checked(to, size, from, SIZE_MAX - 1);
}
errno_t wcscat_s(wchar_t* to, size_t size, wchar_t const* from) {
  return append_checked(to, size, from, SIZE_MAX - 1);
}
errno_t strncat_s(char* to, size_t size, char const* from, size_t count) {
  return append_checked(to, size, from, count);
}
errno_t wcsncat_s(wchar_t* to, size_t size, wchar_t const* from, size_t count) {
  return append_checked(to, size, from, count);
}
char* strtok_s(char* text, char const* separators, char** context) {
  return ::strtok_r(text, separators, context);
}
wchar_t* wcstok_s(wchar_t* text, wchar_t const* separators, wchar_t** context) {
  return ::wcstok(text, separators, context);
}
wchar_t* coview_msvcrt_wcstok(wchar_t* text, wchar_t const* separators) {
  thread_local wchar_t* context = nullptr;
  return ::wcstok(text, separators, &context);
}
size_t strnlen_s(char const* text, size_t most) {
  return text == nullptr ? 0 : bounded_length(text, most);
}
size_t wcsnlen_s(wchar_t const* text, size_t most) {
  return text == nullptr ? 0 : bounded_length(text, most);
}
int _stricmp(char const* a, char const* b) {
  return compare_ignoring_case(a, b, SIZE_MAX);
}
int _wcsicmp(wchar_t const* a, wchar_t const* b) {
  return compare_ignoring_case(a, b, SIZE_MAX);
}
int _strnicmp(char const* a, char const* b, size_t count) {
  return compare_ignoring_case(a, b, count);
}
int _wcsnicmp(wchar_t const* a, wchar_t const* b, size_t count) {
  return compare_ignoring_case(a, b, count);
}
int _stricoll(char const* a, char const* b) {
  return compare_ignoring_case(a, b, SIZE_MAX);
}
int _wcsicoll(wchar_t const* a, wchar_t const* b) {
  return compare_ignoring_case(a, b, SIZE_MAX);
}
int _memicmp(void const* a, void const* b, size_t count) {
  auto const* const left = static_cast<char const*>(a);
  auto const* const right = static_cast<char const*>(b);
  for (size_t i = 0; i < count; ++i)
    if (int const order = lower(left[i]) - lower(right[i])) return order;
  return 0;
}
char* _strdup(char const* text) {
  return duplicate(text);
}
wchar_t* _wcsdup(wchar_t const* text) {
  return duplicate(text);
}
char* _strrev(char* text) {
  std::reverse(text, text + length_of(text));
  return text;
}
wchar_t* _wcsrev(wchar_t* text) {
  std::reverse(text, text + length_of(text));
  return text;
}
char* _strlwr(char* text) {
  return change(text, lower<char>);
}
wchar_t* _wcslwr(wchar_t* text) {
  return change(text, lower<wchar_t>);
}
char* _strupr(char* text) {
  return change(text, upper<char>);
}
wchar_t* _wcsupr(wchar_t* text) {
  return change(text, upper<wchar_t>);
}
errno_t _strlwr_s(char* text, size_t size) {
  return change_checked(text, size, lower<char>);
}
errno_t _wcslwr_s(wchar_t* text, size_t size) {
  return change_checked(text, size, lower<wchar_t>);
}
errno_t _strupr_s(char* text, size_t size) {
  return change_checked(text, size, upper<char>);
}
errno_t _wcsupr_s(wchar_t* text, size_t size) {
  return change_checked(text, size, upper<wchar_t>);
}
char* _strset(char* text, int character) {
  std::fill_n(text, length_of(text), static_cast<char>(character));
  return text;
}
wchar_t* _wcsset(wchar_t* text, wchar_t character) {
  std::fill_n(text, length_of(text), character);
  return text;
}
char* _strnset(char* text, int character, size_t count) {
  std::fill_n(text, bounded_length(text, count), static_cast<char>(character));
  return text;
}
wchar_t* _wcsnset(wchar_t* text, wchar_t character, size_t count) {
  std::fill_n(text, bounded_length(text, count), character);
  return text;
}

errno_t _itoa_s(int value, char* buffer, size_t size, int radix) {
  return signed_number(value, buffer, size, radix);
}
errno_t _itow_s(int value, wchar_t* buffer, size_t size, int radix) {
  return signed_number(value, buffer, size, radix);
}
errno_t _ltoa_s(long value, char* buffer, size_t size, int radix) {
  return signed_number(as_long(value), buffer, size, radix);
}
errno_t _ltow_s(long value, wchar_t* buffer, size_t size, int radix) {
  return signed_number(as_long(value), buffer, size, radix);
}
errno_t _ultoa_s(unsigned long value, char* buffer, size_t size, int radix) {
  return number(as_long(value), false, buffer, size, radix);
}
errno_t _ultow_s(unsigned long value, wchar_t* buffer, size_t size, int radix) {
  return number(as_long(value), false, buffer, size, radix);
}
errno_t _i64toa_s(long long value, char* buffer, size_t size, int radix) {
  return signed_number(value, buffer, size, radix);
}
errno_t _i64tow_s(long long value, wchar_t* buffer, size_t size, int radix) {
  return signed_number(value, buffer, size, radix);
}
errno_t _ui64toa_s(unsigned long long value, char* buffer, size_t size, int radix) {
  return number(value, false, buffer, size, radix);
}
errno_t _ui64tow_s(unsigned long long value, wchar_t* buffer, size_t size, int radix) {
  return number(value, false, buffer, size, radix);
}
char* _itoa(int value, char* buffer, int radix) {
  _itoa_s(value, buffer, any_number, radix);
  return buffer;
}
wchar_t* _itow(int value, wchar_t* buffer, int radix) {
  _itow_s(value, buffer, any_number, radix);
  return buffer;
}
char* _ltoa(long value, char* buffer, int radix) {
  _ltoa_s(value, buffer, any_number, radix);
  return buffer;
}
wchar_t* _ltow(long value, wchar_t* buffer, int radix) {
  _ltow_s(value, buffer, any_number, radix);
  return buffer;
}
char* _ultoa(unsigned long value, char* buffer, int radix) {
  _ultoa_s(value, buffer, any_number, radix);
  return buffer;
}
wchar_t* _ultow(unsigned long value, wchar_t* buffer, int radix) {
  _ultow_s(value, buffer, any_number, radix);
  return buffer;
}
char* _i64toa(long long value, char* buffer, int radix) {
  _i64toa_s(value, buffer, any_number, radix);
  return buffer;
}
wchar_t* _i64tow(long long value, wchar_t* buffer, int radix) {
  _i64tow_s(value, buffer, any_number, radix);
  return buffer;
}
char* _ui64toa(unsigned long long value, char* buffer, int radix) {
  _ui64toa_s(value, buffer, any_number, radix);
  return buffer;
}
wchar_t* _ui64tow(unsigned long long value, wchar_t* buffer, int radix) {
  _ui64tow_s(value, buffer, any_number, radix);
  return buffer;
}
int _wtoi(wchar_t const* text) {
  return static_cast<int>(std::wcstol(text, nullptr, 10));
}
long _wtol(wchar_t const* text) {
  return std::wcstol(text, nullptr, 10);
}
long long _wtoi64(wchar_t const* text) {
  return std::wcstoll(text, nullptr, 10);
}
double _wtof(wchar_t const* text) {
  return std::wcstod(text, nullptr);
}
long long _atoi64(char const* text) {
  return std::strtoll(text, nullptr, 10);
}
long long _strtoi64(char const* text, char** end, int radix) {
  return std::strtoll(text, end, radix);
}
long long _wcstoi64(wchar_t const* text, wchar_t** end, int radix) {
  return std::wcstoll(text, end, radix);
}
unsigned long long _strtoui64(char const* text, char** end, int radix) {
  return std::strtoull(text, end, radix);
}
unsigned long long _wcstoui64(wchar_t const* text, wchar_t** end, int radix) {
  return std::wcstoull(text, end, radix);
}

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
errno_t _dupenv_s(char** value, size_t* size, char const* name) {
  return duplicate_variable(value, size, name);
}
errno_t _wdupenv_s(wchar_t** value, size_t* size, wchar_t const* name) {
  return duplicate_variable(value, size, name);
}
errno_t getenv_s(size_t* needed, char* buffer, size_t size, char const* name) {
  return give_variable(needed, buffer, size, name);
}
errno_t _wgetenv_s(size_t* needed, wchar_t* buffer, size_t size, wchar_t const* name) {
  return give_variable(needed, buffer, size, name);
}
int _putenv(char const* assignment) {
  return assign(narrow(assignment));
}
int _wputenv(wchar_t const* assignment) {
  return assign(narrow(assignment));
}
errno_t _putenv_s(char const* name, char const* value) {
  return assign(narrow(name) + "=" + narrow(value)) == 0 ? 0 : errno;
}
errno_t _wputenv_s(wchar_t const* name, wchar_t const* value) {
  return assign(narrow(name) + "=" + narrow(value)) == 0 ? 0 : errno;
}
wchar_t* _wgetenv(wchar_t const* name) {
  char const* const found = std::getenv(narrow(name).c_str());
  return found == nullptr ? nullptr : keep(found);
}
int _wsystem(wchar_t const* command) {
  return coview_msvcrt_system(command == nullptr ? nullptr : narrow(command).c_str());
}
errno_t strerror_s(char* buffer, size_t size, int error) {
  return give_error(buffer, size, error);
}
errno_t _wcserror_s(wchar_t* buffer, size_t size, int error) {
  return give_error(buffer, size, error);
}
wchar_t* _wcserror(int error) {
  return keep(error_words(error));
}
wchar_t* _wsetlocale(int /*category*/, wchar_t const* /*locale*/) {
  return keep("C");  // text is UTF-8 in any case
}
errno_t memcpy_s(void* to, size_t size, void const* from, size_t count) {
  return copy_block(to, size, from, count);
}
errno_t memmove_s(void* to, size_t size, void const* from, size_t count) {
  return copy_block(to, size, from, count);
}
errno_t wmemcpy_s(wchar_t* to, size_t size, wchar_t const* from, size_t count) {
  return copy_block(to, size * sizeof(wchar_t), from, count * sizeof(wchar_t));
}
errno_t wmemmove_s(wchar_t* to, size_t size, wchar_t const* from, size_t count) {
  return copy_block(to, size * sizeof(wchar_t), from, count * sizeof(wchar_t));
}
errno_t mbstowcs_s(size_t* converted, wchar_t* to, size_t size, char const* from, size_t count) {
  if (converted != nullptr) *converted = 0;
  if (from == nullptr) return invalid_parameter(EINVAL);
  auto const wide = to_wide(from);
  std::size_t const length = std::min(wide.size(), count);
  if (converted != nullptr) *converted = length + 1;
  return to == nullptr ? 0 : place(to, size, 0, wide.c_str(), length, count == _TRUNCATE);
}
errno_t wcstombs_s(size_t* converted, char* to, size_t size, wchar_t const* from, size_t count) {
  if (converted != nullptr) *converted = 0;
  if (from == nullptr) return invalid_parameter(EINVAL);
  auto const text = to_narrow(from);
  std::size_t const length = std::min(text.size(), count);
  if (converted != nullptr) *converted = length + 1;
  return to == nullptr ? 0 : place(to, size, 0, text.c_str(), length, count == _TRUNCATE);
}
