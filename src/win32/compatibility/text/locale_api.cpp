// SPDX-License-Identifier: Apache-2.0
// winnls as far as programs without a user interface ask: code pages, the one language there is, dates and times as
// text.
#include <algorithm>
#include <array>
#include <cwctype>
#include <string>
#include <string_view>

#include <coview/win32/winbase.h>
#include <coview/win32/winnls.h>

#include "win32/core/files/path.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;

namespace {

constexpr LCID english_us = 0x0409;

/// The result of a call that counts the end in, and with size 0 only tells how much it needs.
template <class Char>
int deliver(std::string_view made, Char* out, int size) {
  auto const needed = static_cast<int>(give(made, static_cast<Char*>(nullptr), 0));
  if (size == 0) return needed;
  if (out == nullptr || size < needed) return fail_with(DWORD{ERROR_INSUFFICIENT_BUFFER}, 0);
  give(made, out, static_cast<DWORD>(size));
  return needed;
}

std::string text(char const* given) {
  return given == nullptr ? std::string() : std::string(given);
}
std::string text(wchar_t const* given) {
  return given == nullptr ? std::string() : to_narrow(given);
}

constexpr std::array<char const*, 7> days{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                          "Thursday", "Friday", "Saturday"};
constexpr std::array<char const*, 12> months{"January", "February", "March",     "April",   "May",      "June",
                                             "July",    "August",   "September", "October", "November", "December"};

std::string padded(unsigned value, std::size_t width) {
  std::string made = std::to_string(value);
  return made.size() < width ? std::string(width - made.size(), '0') + made : made;
}

std::string date_part(char letter, std::size_t count, SYSTEMTIME const& time) {
  std::string const day = days[std::min<std::size_t>(time.wDayOfWeek, 6)];
  std::string const month = months[std::clamp<std::size_t>(time.wMonth, 1, 12) - 1];
  switch (letter) {
    case 'd':
      return count >= 4 ? day : count == 3 ? day.substr(0, 3) : padded(time.wDay, count);
    case 'M':
      return count >= 4 ? month : count == 3 ? month.substr(0, 3) : padded(time.wMonth, count);
    default:
      return count > 2 ? padded(time.wYear, 4) : padded(time.wYear % 100U, count);
  }
}

std::string time_part(char letter, std::size_t count, SYSTEMTIME const& time) {
  unsigned const twelve = time.wHour % 12U == 0 ? 12U : time.wHour % 12U;
  std::string const mark = time.wHour < 12 ? "AM" : "PM";
  switch (letter) {
    case 'h':
      return padded(twelve, count);
    case 'H':
      return padded(time.wHour, count);
    case 'm':
      return padded(time.wMinute, count);
    case 's':
      return padded(time.wSecond, count);
    default:
      return mark.substr(0, std::min<std::size_t>(count, 2));
  }
}

/// Runs of the letters become what they stand for; what is between quotation marks stays.
template <class Part>
std::string picture(std::string_view format, std::string_view letters, SYSTEMTIME const& time, Part part) {
  std::string made;
  for (std::size_t at = 0; at < format.size();) {
    char const c = format[at];
    if (c == '\'') {
      std::size_t const end = std::min(format.find('\'', at + 1), format.size());
      made += format.substr(at + 1, end - at - 1);
      at = end + 1;
    } else if (letters.find(c) != std::string_view::npos) {
      std::size_t const end = std::min(format.find_first_not_of(c, at), format.size());
      made += part(c, end - at, time);
      at = end;
    } else {
      made += c;
      ++at;
    }
  }
  return made;
}

SYSTEMTIME chosen(SYSTEMTIME const* given) {
  SYSTEMTIME time{};
  if (given != nullptr) return *given;
  GetLocalTime(&time);
  return time;
}

template <class Char>
int date_text(DWORD flags, SYSTEMTIME const* date, Char const* format, Char* out, int size) noexcept {
  return guarded(
      [&] {
        std::string const usual = (flags & DATE_LONGDATE) != 0 ? "dddd, MMMM d, yyyy" : "M/d/yyyy";
        auto const wanted = format == nullptr ? usual : text(format);
        return deliver(picture(wanted, "dMy", chosen(date), date_part), out, size);
      },
      0);
}

template <class Char>
int time_text(DWORD flags, SYSTEMTIME const* time, Char const* format, Char* out, int size) noexcept {
  return guarded(
      [&] {
        std::string usual = (flags & TIME_FORCE24HOURFORMAT) != 0 ? "H:mm" : "h:mm";
        if ((flags & TIME_NOSECONDS) == 0) usual += ":ss";
        if ((flags & (TIME_NOTIMEMARKER | TIME_FORCE24HOURFORMAT)) == 0) usual += " tt";
        auto const wanted = format == nullptr ? usual : text(format);
        return deliver(picture(wanted, "hHmst", chosen(time), time_part), out, size);
      },
      0);
}

template <class Char>
int map_case(DWORD flags, Char const* from, int length, Char* to, int size) noexcept {
  if (from == nullptr || length == 0) return fail_with(DWORD{ERROR_INVALID_PARAMETER}, 0);
  std::size_t const count = length < 0 ? std::char_traits<Char>::length(from) + 1 : static_cast<std::size_t>(length);
  if (size == 0) return static_cast<int>(count);
  if (to == nullptr || static_cast<std::size_t>(size) < count) return fail_with(DWORD{ERROR_INSUFFICIENT_BUFFER}, 0);
  std::transform(from, from + count, to, [flags](Char c) {
    auto const unit = static_cast<wint_t>(static_cast<std::make_unsigned_t<Char>>(c));
    if (sizeof(Char) == 1 && unit >= 0x80) return c;  // a byte of a longer character
    if ((flags & LCMAP_UPPERCASE) != 0) return static_cast<Char>(std::towupper(unit));
    if ((flags & LCMAP_LOWERCASE) != 0) return static_cast<Char>(std::towlower(unit));
    return c;
  });
  return static_cast<int>(count);
}

template <class Char>
int locale_info(LCTYPE type, Char* out, int size) noexcept {
  return guarded(
      [&] {
        switch (type & 0xFFFFU) {
          case LOCALE_SDECIMAL:
            return deliver(".", out, size);
          case LOCALE_STHOUSAND:
            return deliver(",", out, size);
          default:
            return fail_with(DWORD{ERROR_INVALID_FLAGS}, 0);
        }
      },
      0);
}

}  // namespace

UINT GetACP() {
  return CP_UTF8;
}
UINT GetOEMCP() {
  return CP_UTF8;
}
BOOL IsValidCodePage(UINT CodePage) {
  return CodePage == CP_UTF8 ? TRUE : FALSE;
}
BOOL GetCPInfo(UINT CodePage, LPCPINFO lpCPInfo) {
  if (lpCPInfo == nullptr || (CodePage > CP_THREAD_ACP && CodePage != CP_UTF8))
    return refuse(ERROR_INVALID_PARAMETER);
  *lpCPInfo = {};
  lpCPInfo->MaxCharSize = 4;
  lpCPInfo->DefaultChar[0] = '?';
  return TRUE;
}
BOOL IsDBCSLeadByte(BYTE /*TestChar*/) {
  return FALSE;
}
BOOL IsDBCSLeadByteEx(UINT /*CodePage*/, BYTE /*TestChar*/) {
  return FALSE;
}
LCID GetUserDefaultLCID() {
  return english_us;
}
LCID GetSystemDefaultLCID() {
  return english_us;
}
LANGID GetUserDefaultLangID() {
  return static_cast<LANGID>(english_us);
}
LANGID GetSystemDefaultLangID() {
  return static_cast<LANGID>(english_us);
}
LANGID GetUserDefaultUILanguage() {
  return static_cast<LANGID>(english_us);
}
LCID GetThreadLocale() {
  return english_us;
}
BOOL SetThreadLocale(LCID /*Locale*/) {
  return TRUE;
}
int GetUserDefaultLocaleName(LPWSTR lpLocaleName, int cchLocaleName) {
  return deliver("en-US", lpLocaleName, cchLocaleName);
}
int LCMapStringA(LCID /*Locale*/, DWORD dwMapFlags, LPCSTR lpSrcStr, int cchSrc, LPSTR lpDestStr, int cchDest) {
  return map_case(dwMapFlags, lpSrcStr, cchSrc, lpDestStr, cchDest);
}
int LCMapStringW(LCID /*Locale*/, DWORD dwMapFlags, LPCWSTR lpSrcStr, int cchSrc, LPWSTR lpDestStr, int cchDest) {
  return map_case(dwMapFlags, lpSrcStr, cchSrc, lpDestStr, cchDest);
}
int GetLocaleInfoA(LCID /*Locale*/, LCTYPE LCType, LPSTR lpLCData, int cchData) {
  return locale_info(LCType, lpLCData, cchData);
}
int GetLocaleInfoW(LCID /*Locale*/, LCTYPE LCType, LPWSTR lpLCData, int cchData) {
  return locale_info(LCType, lpLCData, cchData);
}
int GetDateFormatA(LCID /*Locale*/, DWORD dwFlags, SYSTEMTIME const* lpDate, LPCSTR lpFormat, LPSTR lpDateStr,
                   int cchDate) {
  return date_text(dwFlags, lpDate, lpFormat, lpDateStr, cchDate);
}
int GetDateFormatW(LCID /*Locale*/, DWORD dwFlags, SYSTEMTIME const* lpDate, LPCWSTR lpFormat, LPWSTR lpDateStr,
                   int cchDate) {
  return date_text(dwFlags, lpDate, lpFormat, lpDateStr, cchDate);
}
int GetTimeFormatA(LCID /*Locale*/, DWORD dwFlags, SYSTEMTIME const* lpTime, LPCSTR lpFormat, LPSTR lpTimeStr,
                   int cchTime) {
  return time_text(dwFlags, lpTime, lpFormat, lpTimeStr, cchTime);
}
int GetTimeFormatW(LCID /*Locale*/, DWORD dwFlags, SYSTEMTIME const* lpTime, LPCWSTR lpFormat, LPWSTR lpTimeStr,
                   int cchTime) {
  return time_text(dwFlags, lpTime, lpFormat, lpTimeStr, cchTime);
}
