// SPDX-License-Identifier: Apache-2.0
// Numbers as text and the other way round, as Microsoft's C library has them, in both widths.
#define COVIEW_WIN32_NATIVE_STDIO
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cwchar>
#include <type_traits>

#include <coview/win32/msvcrt_stdlib.h>
#include <coview/win32/msvcrt_string.h>
#include <coview/win32/tchar.h>

#include "win32/compatibility/crt/checked.hpp"

using namespace coview::win32;

namespace {

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

}  // namespace

extern "C" {

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

}  // extern "C"

// Text to a long of 32 bits, to which <stdlib.h> and <wchar.h> lead here: what does not fit is cut, with ERANGE.
namespace {

template <class Wide>
long in_range(Wide value) {
  if (value >= INT32_MIN && value <= INT32_MAX) return static_cast<long>(value);
  errno = ERANGE;
  return value < 0 ? INT32_MIN : INT32_MAX;
}

/// -1 is 4294967295; what strtoull makes of a minus sign is told by its upper half.
unsigned long in_unsigned_range(unsigned long long value) {
  if (value <= UINT32_MAX) return static_cast<unsigned long>(value);
  if (value >= 0xFFFFFFFF00000001ULL && errno != ERANGE) return static_cast<unsigned long>(value & UINT32_MAX);
  errno = ERANGE;
  return UINT32_MAX;
}

/// Runs `parse` so that its own ERANGE is seen, and errno stays what it was where nothing failed.
template <class Parse>
unsigned long unsigned_of(Parse parse) {
  int const before = errno;
  errno = 0;
  unsigned long const value = in_unsigned_range(parse());
  if (errno == 0) errno = before;
  return value;
}

}  // namespace

extern "C" {
COVIEW_WIN32_API long coview_msvcrt_strtol(char const* text, char** end, int base) {
  return in_range(std::strtoll(text, end, base));
}
COVIEW_WIN32_API unsigned long coview_msvcrt_strtoul(char const* text, char** end, int base) {
  return unsigned_of([&] { return std::strtoull(text, end, base); });
}
COVIEW_WIN32_API long coview_msvcrt_atol(char const* text) {
  return in_range(std::strtoll(text, nullptr, 10));
}
COVIEW_WIN32_API long coview_msvcrt_wcstol(wchar_t const* text, wchar_t** end, int base) {
  return in_range(std::wcstoll(text, end, base));
}
COVIEW_WIN32_API unsigned long coview_msvcrt_wcstoul(wchar_t const* text, wchar_t** end, int base) {
  return unsigned_of([&] { return std::wcstoull(text, end, base); });
}
}
