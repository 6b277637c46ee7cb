// SPDX-License-Identifier: Apache-2.0
// strsafe.h: copying, appending and formatting that stay within their buffer and always end the string.
#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <string>

#include <coview/win32/strsafe.h>

#include "win32/compatibility/crt/format.hpp"
#include "win32/compatibility/crt/width.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;

namespace {

constexpr HRESULT ok = 0;
constexpr std::size_t no_bound = SIZE_MAX;

/// What the Ex forms tell beside the answer.
template <class Char>
struct ending {
  Char** end = nullptr;
  std::size_t* left = nullptr;
  DWORD flags = 0;
};

/// Puts `length` characters at `at`; what does not fit is cut.
template <class Char>
HRESULT place(Char* to, std::size_t size, std::size_t at, Char const* from, std::size_t length,
              ending<Char> const& tell) {
  if (size == 0 || size > STRSAFE_MAX_CCH || to == nullptr) return STRSAFE_E_INVALID_PARAMETER;
  std::size_t const fits = std::min(length, size - at - 1);
  bool const whole = fits == length;
  std::size_t last = at + fits;
  if (!whole && (tell.flags & STRSAFE_NULL_ON_FAILURE) != 0) {
    last = 0;
  } else if (!whole && (tell.flags & STRSAFE_NO_TRUNCATION) != 0) {
    last = at;
  } else {
    std::copy_n(from, fits, to + at);
  }
  to[last] = 0;
  if (tell.end != nullptr) *tell.end = to + last;
  if (tell.left != nullptr) *tell.left = size - last;
  return whole ? ok : STRSAFE_E_INSUFFICIENT_BUFFER;
}

template <class Char>
HRESULT copy(Char* to, std::size_t size, Char const* from, std::size_t count, ending<Char> const& tell = {}) {
  Char const empty = 0;
  if (from == nullptr && (tell.flags & STRSAFE_IGNORE_NULLS) == 0) return STRSAFE_E_INVALID_PARAMETER;
  Char const* const text = from == nullptr ? &empty : from;
  return place(to, size, 0, text, bounded_length(text, std::min(count, size)), tell);
}

template <class Char>
HRESULT append(Char* to, std::size_t size, Char const* from, std::size_t count, ending<Char> const& tell = {}) {
  if (to == nullptr || from == nullptr || size == 0 || size > STRSAFE_MAX_CCH) return STRSAFE_E_INVALID_PARAMETER;
  std::size_t const at = bounded_length(to, size);
  if (at == size) return STRSAFE_E_INVALID_PARAMETER;
  return place(to, size, at, from, bounded_length(from, std::min(count, size)), tell);
}

template <class Char>
HRESULT print(Char* to, std::size_t size, Char const* format, va_list arguments,
              ending<Char> const& tell = {}) noexcept {
  if (to == nullptr || format == nullptr || size == 0) return STRSAFE_E_INVALID_PARAMETER;
  try {
    std::basic_string<Char> made;
    format_into(made, format, arguments);
    return place(to, size, 0, made.c_str(), made.size(), tell);
  } catch (std::exception const&) {
    to[0] = 0;
    return STRSAFE_E_INSUFFICIENT_BUFFER;
  }
}

template <class Char>
HRESULT measure(Char const* text, std::size_t most, std::size_t* length, std::size_t unit) {
  if (length != nullptr) *length = 0;
  if (text == nullptr || most > STRSAFE_MAX_CCH) return STRSAFE_E_INVALID_PARAMETER;
  std::size_t const found = bounded_length(text, most);
  if (found == most) return STRSAFE_E_INVALID_PARAMETER;
  if (length != nullptr) *length = found * unit;
  return ok;
}

template <class Char>
HRESULT get_line(Char* to, std::size_t size) noexcept {
  if (to == nullptr || size == 0) return STRSAFE_E_INVALID_PARAMETER;
  try {
    std::string line;
    int c = EOF;
    while ((c = std::getchar()) != EOF && c != '\n') line += static_cast<char>(c);
    if (c == EOF && line.empty()) {
      to[0] = 0;
      return STRSAFE_E_END_OF_FILE;
    }
    if constexpr (sizeof(Char) > 1) {
      auto const wide = to_wide(line);
      return place<Char>(to, size, 0, wide.c_str(), wide.size(), {});
    } else {
      return place<Char>(to, size, 0, line.c_str(), line.size(), {});
    }
  } catch (std::exception const&) {
    return STRSAFE_E_INSUFFICIENT_BUFFER;
  }
}

}  // namespace

// NOLINTBEGIN(bugprone-macro-parentheses): a type stands without them
// The calls of one width and one unit of size: characters (Cch) or bytes (Cb).
#define STRSAFE_CALLS(unit, suffix, Char, scale)                                                          \
  HRESULT String##unit##Copy##suffix(Char* to, size_t size, Char const* from) {                           \
    return copy(to, size / (scale), from, no_bound);                                                      \
  }                                                                                                       \
  HRESULT String##unit##CopyN##suffix(Char* to, size_t size, Char const* from, size_t count) {            \
    return copy(to, size / (scale), from, count / (scale));                                               \
  }                                                                                                       \
  HRESULT String##unit##CopyEx##suffix(Char* to, size_t size, Char const* from, Char** end, size_t* left, \
                                       DWORD flags) {                                                     \
    HRESULT const answer = copy<Char>(to, size / (scale), from, no_bound, {end, left, flags});            \
    if (left != nullptr) *left *= (scale);                                                                \
    return answer;                                                                                        \
  }                                                                                                       \
  HRESULT String##unit##Cat##suffix(Char* to, size_t size, Char const* from) {                            \
    return append(to, size / (scale), from, no_bound);                                                    \
  }                                                                                                       \
  HRESULT String##unit##CatN##suffix(Char* to, size_t size, Char const* from, size_t count) {             \
    return append(to, size / (scale), from, count / (scale));                                             \
  }                                                                                                       \
  HRESULT String##unit##CatEx##suffix(Char* to, size_t size, Char const* from, Char** end, size_t* left,  \
                                      DWORD flags) {                                                      \
    HRESULT const answer = append<Char>(to, size / (scale), from, no_bound, {end, left, flags});          \
    if (left != nullptr) *left *= (scale);                                                                \
    return answer;                                                                                        \
  }                                                                                                       \
  HRESULT String##unit##VPrintf##suffix(Char* to, size_t size, Char const* format, va_list arguments) {   \
    return print(to, size / (scale), format, arguments);                                                  \
  }                                                                                                       \
  HRESULT String##unit##Printf##suffix(Char* to, size_t size, Char const* format, ...) {                  \
    va_list arguments;                                                                                    \
    va_start(arguments, format);                                                                          \
    HRESULT const answer = print(to, size / (scale), format, arguments);                                  \
    va_end(arguments);                                                                                    \
    return answer;                                                                                        \
  }                                                                                                       \
  HRESULT String##unit##PrintfEx##suffix(Char* to, size_t size, Char** end, size_t* left, DWORD flags,    \
                                         Char const* format, ...) {                                       \
    va_list arguments;                                                                                    \
    va_start(arguments, format);                                                                          \
    HRESULT const answer = print<Char>(to, size / (scale), format, arguments, {end, left, flags});        \
    va_end(arguments);                                                                                    \
    if (left != nullptr) *left *= (scale);                                                                \
    return answer;                                                                                        \
  }                                                                                                       \
  HRESULT String##unit##Length##suffix(Char const* text, size_t most, size_t* length) {                   \
    return measure(text, most / (scale), length, scale);                                                  \
  }                                                                                                       \
  HRESULT String##unit##Gets##suffix(Char* to, size_t size) {                                             \
    return get_line(to, size / (scale));                                                                  \
  }

// NOLINTEND(bugprone-macro-parentheses)

STRSAFE_CALLS(Cch, A, char, 1)
STRSAFE_CALLS(Cch, W, wchar_t, 1)
STRSAFE_CALLS(Cb, A, char, sizeof(char))
STRSAFE_CALLS(Cb, W, wchar_t, sizeof(wchar_t))

HRESULT StringCchVPrintfExA(char* to, size_t size, char** end, size_t* left, DWORD flags, char const* format,
                            va_list arguments) {
  return print<char>(to, size, format, arguments, {end, left, flags});
}
HRESULT StringCchVPrintfExW(wchar_t* to, size_t size, wchar_t** end, size_t* left, DWORD flags, wchar_t const* format,
                            va_list arguments) {
  return print<wchar_t>(to, size, format, arguments, {end, left, flags});
}
