// SPDX-License-Identifier: Apache-2.0
// Strings, environment variables and error texts as Microsoft's C library has them, in both widths.
#define COVIEW_WIN32_NATIVE_STDIO
#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <cwctype>
#include <string>

#include <coview/win32/msvcrt_stdlib.h>
#include <coview/win32/msvcrt_string.h>
#include <coview/win32/tchar.h>

#include "win32/compatibility/crt/checked.hpp"
#include "win32/compatibility/crt/invalid.hpp"
#include "win32/compatibility/crt/width.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;

extern "C" int coview_msvcrt_system(char const* command);  // conio.cpp

namespace {

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
    auto const left = std::bit_cast<value>(lower(a[i]));
    auto const right = std::bit_cast<value>(lower(b[i]));
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

std::string error_text(int error) {
  std::array<char, 256> room{};
  return ::strerror_r(error, room.data(), room.size());
}

template <class Char>
errno_t give_error(Char* buffer, std::size_t size, int error) {
  if (buffer == nullptr || size == 0) return invalid_parameter(EINVAL);
  auto const text = as(error_text(error), Char{});
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
  return keep(error_text(error));
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
