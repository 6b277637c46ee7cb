// SPDX-License-Identifier: Apache-2.0
// Strings as winbase, winnls and winuser have them: conversion between UTF-8 and wide, comparing, case, lstr*.
#include <strings.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <cwchar>
#include <cwctype>
#include <string>
#include <string_view>

#include <coview/win32/winbase.h>
#include <coview/win32/winnls.h>
#include <coview/win32/winuser.h>

#include "win32/compatibility/crt/format.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;

namespace {

bool is_known_page(UINT page) {
  return page == CP_ACP || page == CP_OEMCP || page == CP_MACCP || page == CP_THREAD_ACP || page == CP_UTF8 ||
         page == CP_UTF7 || page == 437 || page == 850 || page == 1252 || page == 28591 || page == 20127;
}

/// The result of a conversion into the caller's buffer: how many units, or with size 0 how many it would be.
template <class Char>
int deliver(std::basic_string<Char> const& made, Char* out, int size) {
  auto const length = static_cast<int>(made.size());
  if (size == 0) return length;
  auto const fits = static_cast<std::size_t>(std::min(length, size));
  std::copy_n(made.begin(), fits, out);
  return length <= size ? length : fail_with(DWORD{ERROR_INSUFFICIENT_BUFFER}, 0);
}

template <class Char>
std::size_t length_of(Char const* text) {
  return std::char_traits<Char>::length(text);
}

/// lstrcmp and its kin order by letter first and by case second, as dictionaries do.
int order_of(wint_t a, wint_t b, bool ignore_case) {
  wint_t const upper_a = std::towupper(a);
  wint_t const upper_b = std::towupper(b);
  if (upper_a != upper_b) return upper_a < upper_b ? -1 : 1;
  if (ignore_case || a == b) return 0;
  return std::iswlower(a) != 0 ? -1 : 1;
}

int compare(std::wstring_view a, std::wstring_view b, bool ignore_case) {
  std::size_t const shared = std::min(a.size(), b.size());
  int by_case = 0;
  for (std::size_t i = 0; i < shared; ++i) {
    if (int const letters = order_of(static_cast<wint_t>(a[i]), static_cast<wint_t>(b[i]), true)) return letters;
    if (by_case == 0 && !ignore_case) by_case = order_of(static_cast<wint_t>(a[i]), static_cast<wint_t>(b[i]), false);
  }
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return by_case;
}

std::wstring wide(char const* text, int length = -1) {
  if (text == nullptr) return {};
  return to_wide(length < 0 ? std::string_view(text) : std::string_view(text, static_cast<std::size_t>(length)));
}
std::wstring wide(wchar_t const* text, int length = -1) {
  if (text == nullptr) return {};
  return length < 0 ? std::wstring(text) : std::wstring(text, static_cast<std::size_t>(length));
}

template <class Char>
int lstr_compare(Char const* a, Char const* b, bool ignore_case) noexcept {
  if (a == nullptr || b == nullptr) return (a == nullptr ? 0 : 1) - (b == nullptr ? 0 : 1);
  return guarded([&] { return compare(wide(a), wide(b), ignore_case); }, 0);
}

template <class Char>
int compare_strings(DWORD flags, Char const* a, int a_length, Char const* b, int b_length) noexcept {
  if (a == nullptr || b == nullptr) return fail_with(DWORD{ERROR_INVALID_PARAMETER}, 0);
  bool const ignore = (flags & (NORM_IGNORECASE | LINGUISTIC_IGNORECASE)) != 0;
  return guarded([&] { return compare(wide(a, a_length), wide(b, b_length), ignore) + CSTR_EQUAL; }, 0);
}

template <class Char>
Char* copy_bounded(Char* to, Char const* from, int size) {
  if (to == nullptr || from == nullptr || size <= 0) return nullptr;
  std::size_t const length = std::min(length_of(from), static_cast<std::size_t>(size - 1));
  std::copy_n(from, length, to);
  to[length] = 0;
  return to;
}

char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
wchar_t wide_upper(wchar_t c) {
  return static_cast<wchar_t>(std::towupper(static_cast<wint_t>(c)));
}
wchar_t wide_lower(wchar_t c) {
  return static_cast<wchar_t>(std::towlower(static_cast<wint_t>(c)));
}

/// Copies a string with its end: the caller, as of strcpy, knows that there is room.
template <class Char>
Char* copy_whole(Char* to, Char const* from) {
  std::copy_n(from, length_of(from) + 1, to);
  return to;
}
template <class Char>
Char* append_whole(Char* to, Char const* from) {
  copy_whole(to + length_of(to), from);
  return to;
}

/// CharUpper takes a string, or a single character in the place of the pointer.
template <class Char, class Change>
Char* change_case(Char* text, Change change) {
  constexpr std::uintptr_t last_character = 0xFFFF;
  auto const value = reinterpret_cast<std::uintptr_t>(text);
  if (value <= last_character)
    return std::bit_cast<Char*>(static_cast<std::uintptr_t>(change(static_cast<Char>(value))) & last_character);
  for (Char* at = text; *at != 0; ++at) *at = change(*at);
  return text;
}

template <class Char, class Change>
DWORD change_buffer(Char* text, DWORD length, Change change) {
  if (text == nullptr) return 0;
  std::transform(text, text + length, text, change);
  return length;
}

WORD classes_of(wchar_t c) {
  auto const unit = std::bit_cast<wint_t>(c);
  struct row {
    int (*is)(wint_t);
    WORD bit;
  };
  static constexpr auto table = std::to_array<row>({
      {std::iswupper, C1_UPPER},
      {std::iswlower, C1_LOWER},
      {std::iswdigit, C1_DIGIT},
      {std::iswspace, C1_SPACE},
      {std::iswpunct, C1_PUNCT},
      {std::iswcntrl, C1_CNTRL},
      {std::iswblank, C1_BLANK},
      {std::iswxdigit, C1_XDIGIT},
      {std::iswalpha, C1_ALPHA},
  });
  unsigned bits = 0;
  for (auto const& [is, bit] : table)
    if (is(unit) != 0) bits |= bit;
  return static_cast<WORD>(bits);
}

/// Windows gives wsprintf 1024 characters and not one more.
template <class Char>
int wsprintf_into(Char* buffer, Char const* format, va_list arguments) noexcept {
  return guarded(
      [&] {
        std::basic_string<Char> made;
        format_into(made, format, arguments);
        constexpr std::size_t most = 1023;
        if (made.size() > most) made.resize(most);
        std::copy(made.begin(), made.end(), buffer);
        buffer[made.size()] = 0;
        return static_cast<int>(made.size());
      },
      0);
}

}  // namespace

int MultiByteToWideChar(UINT CodePage, DWORD dwFlags, LPCSTR lpMultiByteStr, int cbMultiByte, LPWSTR lpWideCharStr,
                        int cchWideChar) {
  bool const valid = lpMultiByteStr != nullptr && cbMultiByte != 0 && cbMultiByte >= -1 && cchWideChar >= 0 &&
                     (cchWideChar == 0 || lpWideCharStr != nullptr) && is_known_page(CodePage);
  if (!valid) return fail_with(DWORD{ERROR_INVALID_PARAMETER}, 0);
  return guarded(
      [&] {
        // With -1 the end is a character like the others.
        std::size_t const length =
            cbMultiByte < 0 ? length_of(lpMultiByteStr) + 1 : static_cast<std::size_t>(cbMultiByte);
        std::string_view const text(lpMultiByteStr, length);
        if ((dwFlags & MB_ERR_INVALID_CHARS) != 0 && !is_utf8(text))
          return fail_with(DWORD{ERROR_NO_UNICODE_TRANSLATION}, 0);
        return deliver(to_wide(text), lpWideCharStr, cchWideChar);
      },
      0);
}

int WideCharToMultiByte(UINT CodePage, DWORD dwFlags, LPCWSTR lpWideCharStr, int cchWideChar, LPSTR lpMultiByteStr,
                        int cbMultiByte, LPCSTR lpDefaultChar, LPBOOL lpUsedDefaultChar) {
  bool const valid = lpWideCharStr != nullptr && cchWideChar != 0 && cchWideChar >= -1 && cbMultiByte >= 0 &&
                     (cbMultiByte == 0 || lpMultiByteStr != nullptr) && is_known_page(CodePage) &&
                     (CodePage != CP_UTF8 || (lpDefaultChar == nullptr && lpUsedDefaultChar == nullptr));
  if (!valid) return fail_with(DWORD{ERROR_INVALID_PARAMETER}, 0);
  if (lpUsedDefaultChar != nullptr) *lpUsedDefaultChar = FALSE;  // every character has a form in UTF-8
  return guarded(
      [&] {
        std::size_t const length =
            cchWideChar < 0 ? length_of(lpWideCharStr) + 1 : static_cast<std::size_t>(cchWideChar);
        std::wstring_view const text(lpWideCharStr, length);
        bool const lone = std::any_of(text.begin(), text.end(), [](wchar_t c) { return c >= 0xD800 && c < 0xE000; });
        if ((dwFlags & WC_ERR_INVALID_CHARS) != 0 && lone) return fail_with(DWORD{ERROR_NO_UNICODE_TRANSLATION}, 0);
        return deliver(to_narrow(text), lpMultiByteStr, cbMultiByte);
      },
      0);
}

int CompareStringOrdinal(LPCWSTR lpString1, int cchCount1, LPCWSTR lpString2, int cchCount2, BOOL bIgnoreCase) {
  if (lpString1 == nullptr || lpString2 == nullptr) return fail_with(DWORD{ERROR_INVALID_PARAMETER}, 0);
  return guarded(
      [&] {
        auto a = wide(lpString1, cchCount1);
        auto b = wide(lpString2, cchCount2);
        if (bIgnoreCase != FALSE) {
          std::transform(a.begin(), a.end(), a.begin(), wide_upper);
          std::transform(b.begin(), b.end(), b.begin(), wide_upper);
        }
        int const order = a.compare(b);
        return order < 0 ? CSTR_LESS_THAN : order > 0 ? CSTR_GREATER_THAN : CSTR_EQUAL;
      },
      0);
}
int CompareStringEx(LPCWSTR /*lpLocaleName*/, DWORD dwCmpFlags, LPCWSTR lpString1, int cchCount1, LPCWSTR lpString2,
                    int cchCount2, LPVOID /*lpVersionInformation*/, LPVOID /*lpReserved*/, LPARAM /*lParam*/) {
  return compare_strings(dwCmpFlags, lpString1, cchCount1, lpString2, cchCount2);
}
int CompareStringA(LCID /*Locale*/, DWORD dwCmpFlags, LPCSTR lpString1, int cchCount1, LPCSTR lpString2,
                   int cchCount2) {
  return compare_strings(dwCmpFlags, lpString1, cchCount1, lpString2, cchCount2);
}
int CompareStringW(LCID /*Locale*/, DWORD dwCmpFlags, LPCWSTR lpString1, int cchCount1, LPCWSTR lpString2,
                   int cchCount2) {
  return compare_strings(dwCmpFlags, lpString1, cchCount1, lpString2, cchCount2);
}
BOOL GetStringTypeW(DWORD dwInfoType, LPCWSTR lpSrcStr, int cchSrc, LPWORD lpCharType) {
  if (dwInfoType != CT_CTYPE1 || lpSrcStr == nullptr || lpCharType == nullptr) return refuse(ERROR_INVALID_PARAMETER);
  std::size_t const length = cchSrc < 0 ? length_of(lpSrcStr) + 1 : static_cast<std::size_t>(cchSrc);
  std::transform(lpSrcStr, lpSrcStr + length, lpCharType, classes_of);
  return TRUE;
}

int lstrcmpA(LPCSTR lpString1, LPCSTR lpString2) {
  return lstr_compare(lpString1, lpString2, false);
}
int lstrcmpW(LPCWSTR lpString1, LPCWSTR lpString2) {
  return lstr_compare(lpString1, lpString2, false);
}
int lstrcmpiA(LPCSTR lpString1, LPCSTR lpString2) {
  return lstr_compare(lpString1, lpString2, true);
}
int lstrcmpiW(LPCWSTR lpString1, LPCWSTR lpString2) {
  return lstr_compare(lpString1, lpString2, true);
}
LPSTR lstrcpynA(LPSTR lpString1, LPCSTR lpString2, int iMaxLength) {
  return copy_bounded(lpString1, lpString2, iMaxLength);
}
LPWSTR lstrcpynW(LPWSTR lpString1, LPCWSTR lpString2, int iMaxLength) {
  return copy_bounded(lpString1, lpString2, iMaxLength);
}
LPSTR lstrcpyA(LPSTR lpString1, LPCSTR lpString2) {
  return lpString1 == nullptr || lpString2 == nullptr ? nullptr : copy_whole(lpString1, lpString2);
}
LPWSTR lstrcpyW(LPWSTR lpString1, LPCWSTR lpString2) {
  return lpString1 == nullptr || lpString2 == nullptr ? nullptr : copy_whole(lpString1, lpString2);
}
LPSTR lstrcatA(LPSTR lpString1, LPCSTR lpString2) {
  return lpString1 == nullptr || lpString2 == nullptr ? nullptr : append_whole(lpString1, lpString2);
}
LPWSTR lstrcatW(LPWSTR lpString1, LPCWSTR lpString2) {
  return lpString1 == nullptr || lpString2 == nullptr ? nullptr : append_whole(lpString1, lpString2);
}
int lstrlenA(LPCSTR lpString) {
  return lpString == nullptr ? 0 : static_cast<int>(std::strlen(lpString));
}
int lstrlenW(LPCWSTR lpString) {
  return lpString == nullptr ? 0 : static_cast<int>(std::wcslen(lpString));
}

int wvsprintfA(LPSTR buffer, LPCSTR format, va_list arguments) {
  return wsprintf_into(buffer, format, arguments);
}
int wvsprintfW(LPWSTR buffer, LPCWSTR format, va_list arguments) {
  return wsprintf_into(buffer, format, arguments);
}
int wsprintfA(LPSTR buffer, LPCSTR format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int const length = wsprintf_into(buffer, format, arguments);
  va_end(arguments);
  return length;
}
int wsprintfW(LPWSTR buffer, LPCWSTR format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int const length = wsprintf_into(buffer, format, arguments);
  va_end(arguments);
  return length;
}

LPSTR CharUpperA(LPSTR lpsz) {
  return change_case(lpsz, ascii_upper);
}
LPWSTR CharUpperW(LPWSTR lpsz) {
  return change_case(lpsz, wide_upper);
}
LPSTR CharLowerA(LPSTR lpsz) {
  return change_case(lpsz, ascii_lower);
}
LPWSTR CharLowerW(LPWSTR lpsz) {
  return change_case(lpsz, wide_lower);
}
DWORD CharUpperBuffA(LPSTR lpsz, DWORD cchLength) {
  return change_buffer(lpsz, cchLength, ascii_upper);
}
DWORD CharUpperBuffW(LPWSTR lpsz, DWORD cchLength) {
  return change_buffer(lpsz, cchLength, wide_upper);
}
DWORD CharLowerBuffA(LPSTR lpsz, DWORD cchLength) {
  return change_buffer(lpsz, cchLength, ascii_lower);
}
DWORD CharLowerBuffW(LPWSTR lpsz, DWORD cchLength) {
  return change_buffer(lpsz, cchLength, wide_lower);
}
LPSTR CharNextA(LPCSTR lpsz) {
  char const* at = lpsz;
  if (*at != '\0') ++at;
  while (coview::utf8::continues(*at)) ++at;
  return const_cast<char*>(at);
}
LPWSTR CharNextW(LPCWSTR lpsz) {
  return const_cast<wchar_t*>(*lpsz == L'\0' ? lpsz : lpsz + 1);
}
LPSTR CharPrevA(LPCSTR lpszStart, LPCSTR lpszCurrent) {
  char const* at = lpszCurrent;
  if (at > lpszStart) --at;
  while (at > lpszStart && coview::utf8::continues(*at)) --at;
  return const_cast<char*>(at);
}
LPWSTR CharPrevW(LPCWSTR lpszStart, LPCWSTR lpszCurrent) {
  return const_cast<wchar_t*>(lpszCurrent > lpszStart ? lpszCurrent - 1 : lpszStart);
}
BOOL IsCharAlphaA(CHAR ch) {
  return std::isalpha(static_cast<unsigned char>(ch)) != 0 ? TRUE : FALSE;
}
BOOL IsCharAlphaW(WCHAR ch) {
  return std::iswalpha(static_cast<wint_t>(ch)) != 0 ? TRUE : FALSE;
}
BOOL IsCharAlphaNumericA(CHAR ch) {
  return std::isalnum(static_cast<unsigned char>(ch)) != 0 ? TRUE : FALSE;
}
BOOL IsCharAlphaNumericW(WCHAR ch) {
  return std::iswalnum(static_cast<wint_t>(ch)) != 0 ? TRUE : FALSE;
}
BOOL IsCharUpperA(CHAR ch) {
  return std::isupper(static_cast<unsigned char>(ch)) != 0 ? TRUE : FALSE;
}
BOOL IsCharUpperW(WCHAR ch) {
  return std::iswupper(static_cast<wint_t>(ch)) != 0 ? TRUE : FALSE;
}
BOOL IsCharLowerA(CHAR ch) {
  return std::islower(static_cast<unsigned char>(ch)) != 0 ? TRUE : FALSE;
}
BOOL IsCharLowerW(WCHAR ch) {
  return std::iswlower(static_cast<wint_t>(ch)) != 0 ? TRUE : FALSE;
}
BOOL CharToOemA(LPCSTR pSrc, LPSTR pDst) {
  std::memmove(pDst, pSrc, std::strlen(pSrc) + 1);
  return TRUE;
}
BOOL CharToOemW(LPCWSTR pSrc, LPSTR pDst) {
  return guarded([&] { return copy_whole(pDst, to_narrow(pSrc).c_str()) != nullptr ? TRUE : FALSE; }, FALSE);
}
BOOL OemToCharA(LPCSTR pSrc, LPSTR pDst) {
  return CharToOemA(pSrc, pDst);
}
BOOL OemToCharW(LPCSTR pSrc, LPWSTR pDst) {
  return guarded([&] { return copy_whole(pDst, to_wide(pSrc).c_str()) != nullptr ? TRUE : FALSE; }, FALSE);
}
