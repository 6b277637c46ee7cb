/* SPDX-License-Identifier: Apache-2.0 */
/* Strings as Microsoft's C library has them: the checked functions (_s), and those with an underscore in front. */
#ifndef COVIEW_WIN32_MSVCRT_STRING_H
#define COVIEW_WIN32_MSVCRT_STRING_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include <stddef.h>
#include <string.h>
#include <wchar.h>

#include "corecrt.h"
COVIEW_WIN32_BEGIN
COVIEW_WIN32_API errno_t strcpy_s(char* to, size_t size, char const* from);
COVIEW_WIN32_API errno_t wcscpy_s(wchar_t* to, size_t size, wchar_t const* from);
COVIEW_WIN32_API errno_t strcat_s(char* to, size_t size, char const* from);
COVIEW_WIN32_API errno_t wcscat_s(wchar_t* to, size_t size, wchar_t const* from);
COVIEW_WIN32_API errno_t strncpy_s(char* to, size_t size, char const* from, size_t count);
COVIEW_WIN32_API errno_t wcsncpy_s(wchar_t* to, size_t size, wchar_t const* from, size_t count);
COVIEW_WIN32_API errno_t strncat_s(char* to, size_t size, char const* from, size_t count);
COVIEW_WIN32_API errno_t wcsncat_s(wchar_t* to, size_t size, wchar_t const* from, size_t count);
COVIEW_WIN32_API char* strtok_s(char* text, char const* separators, char** context);
COVIEW_WIN32_API wchar_t* wcstok_s(wchar_t* text, wchar_t const* separators, wchar_t** context);
COVIEW_WIN32_API size_t strnlen_s(char const* text, size_t most);
COVIEW_WIN32_API size_t wcsnlen_s(wchar_t const* text, size_t most);
COVIEW_WIN32_API int _stricmp(char const* a, char const* b);
COVIEW_WIN32_API int _wcsicmp(wchar_t const* a, wchar_t const* b);
COVIEW_WIN32_API int _strnicmp(char const* a, char const* b, size_t count);
COVIEW_WIN32_API int _wcsnicmp(wchar_t const* a, wchar_t const* b, size_t count);
COVIEW_WIN32_API int _stricoll(char const* a, char const* b);
COVIEW_WIN32_API int _wcsicoll(wchar_t const* a, wchar_t const* b);
COVIEW_WIN32_API char* _strdup(char const* text);
COVIEW_WIN32_API wchar_t* _wcsdup(wchar_t const* text);
COVIEW_WIN32_API char* _strrev(char* text);
COVIEW_WIN32_API wchar_t* _wcsrev(wchar_t* text);
COVIEW_WIN32_API char* _strlwr(char* text);
COVIEW_WIN32_API wchar_t* _wcslwr(wchar_t* text);
COVIEW_WIN32_API char* _strupr(char* text);
COVIEW_WIN32_API wchar_t* _wcsupr(wchar_t* text);
COVIEW_WIN32_API errno_t _strlwr_s(char* text, size_t size);
COVIEW_WIN32_API errno_t _wcslwr_s(wchar_t* text, size_t size);
COVIEW_WIN32_API errno_t _strupr_s(char* text, size_t size);
COVIEW_WIN32_API errno_t _wcsupr_s(wchar_t* text, size_t size);
COVIEW_WIN32_API char* _strset(char* text, int character);
COVIEW_WIN32_API wchar_t* _wcsset(wchar_t* text, wchar_t character);
COVIEW_WIN32_API char* _strnset(char* text, int character, size_t count);
COVIEW_WIN32_API wchar_t* _wcsnset(wchar_t* text, wchar_t character, size_t count);
COVIEW_WIN32_API errno_t _itoa_s(int value, char* buffer, size_t size, int radix);
COVIEW_WIN32_API errno_t _itow_s(int value, wchar_t* buffer, size_t size, int radix);
COVIEW_WIN32_API char* _itoa(int value, char* buffer, int radix);
COVIEW_WIN32_API wchar_t* _itow(int value, wchar_t* buffer, int radix);
COVIEW_WIN32_API char* _ltoa(long value, char* buffer, int radix);
COVIEW_WIN32_API wchar_t* _ltow(long value, wchar_t* buffer, int radix);
COVIEW_WIN32_API char* _ultoa(unsigned long value, char* buffer, int radix);
COVIEW_WIN32_API wchar_t* _ultow(unsigned long value, wchar_t* buffer, int radix);
COVIEW_WIN32_API errno_t _ltoa_s(long value, char* buffer, size_t size, int radix);
COVIEW_WIN32_API errno_t _ltow_s(long value, wchar_t* buffer, size_t size, int radix);
COVIEW_WIN32_API errno_t _ultoa_s(unsigned long value, char* buffer, size_t size, int radix);
COVIEW_WIN32_API errno_t _ultow_s(unsigned long value, wchar_t* buffer, size_t size, int radix);
COVIEW_WIN32_API char* _i64toa(long long value, char* buffer, int radix);
COVIEW_WIN32_API wchar_t* _i64tow(long long value, wchar_t* buffer, int radix);
COVIEW_WIN32_API char* _ui64toa(unsigned long long value, char* buffer, int radix);
COVIEW_WIN32_API wchar_t* _ui64tow(unsigned long long value, wchar_t* buffer, int radix);
COVIEW_WIN32_API errno_t _i64toa_s(long long value, char* buffer, size_t size, int radix);
COVIEW_WIN32_API errno_t _i64tow_s(long long value, wchar_t* buffer, size_t size, int radix);
COVIEW_WIN32_API errno_t _ui64toa_s(unsigned long long value, char* buffer, size_t size, int radix);
COVIEW_WIN32_API errno_t _ui64tow_s(unsigned long long value, wchar_t* buffer, size_t size, int radix);
COVIEW_WIN32_API long long _atoi64(char const* text);
COVIEW_WIN32_API long long _wtoi64(wchar_t const* text);
COVIEW_WIN32_API long long _strtoi64(char const* text, char** end, int radix);
COVIEW_WIN32_API long long _wcstoi64(wchar_t const* text, wchar_t** end, int radix);
COVIEW_WIN32_API unsigned long long _strtoui64(char const* text, char** end, int radix);
COVIEW_WIN32_API unsigned long long _wcstoui64(wchar_t const* text, wchar_t** end, int radix);
COVIEW_WIN32_API void _splitpath(char const* path, char* drive, char* directory, char* name, char* extension);
COVIEW_WIN32_API void _wsplitpath(wchar_t const* path, wchar_t* drive, wchar_t* directory, wchar_t* name,
                                  wchar_t* extension);
COVIEW_WIN32_API errno_t _splitpath_s(char const* path, char* drive, size_t drive_size, char* directory,
                                      size_t directory_size, char* name, size_t name_size, char* extension,
                                      size_t extension_size);
COVIEW_WIN32_API errno_t _wsplitpath_s(wchar_t const* path, wchar_t* drive, size_t drive_size, wchar_t* directory,
                                       size_t directory_size, wchar_t* name, size_t name_size, wchar_t* extension,
                                       size_t extension_size);
COVIEW_WIN32_API void _makepath(char* path, char const* drive, char const* directory, char const* name,
                                char const* extension);
COVIEW_WIN32_API void _wmakepath(wchar_t* path, wchar_t const* drive, wchar_t const* directory, wchar_t const* name,
                                 wchar_t const* extension);
COVIEW_WIN32_API errno_t _makepath_s(char* path, size_t size, char const* drive, char const* directory,
                                     char const* name, char const* extension);
COVIEW_WIN32_API errno_t _wmakepath_s(wchar_t* path, size_t size, wchar_t const* drive, wchar_t const* directory,
                                      wchar_t const* name, wchar_t const* extension);
COVIEW_WIN32_API char* _fullpath(char* buffer, char const* path, size_t size);
COVIEW_WIN32_API wchar_t* _wfullpath(wchar_t* buffer, wchar_t const* path, size_t size);
COVIEW_WIN32_API errno_t _dupenv_s(char** value, size_t* size, char const* name);
COVIEW_WIN32_API errno_t _wdupenv_s(wchar_t** value, size_t* size, wchar_t const* name);
COVIEW_WIN32_API int _putenv(char const* assignment);
COVIEW_WIN32_API int _wputenv(wchar_t const* assignment);
COVIEW_WIN32_API errno_t _putenv_s(char const* name, char const* value);
COVIEW_WIN32_API errno_t _wputenv_s(wchar_t const* name, wchar_t const* value);
COVIEW_WIN32_API errno_t getenv_s(size_t* needed, char* buffer, size_t size, char const* name);
COVIEW_WIN32_API errno_t _wgetenv_s(size_t* needed, wchar_t* buffer, size_t size, wchar_t const* name);
COVIEW_WIN32_API errno_t strerror_s(char* buffer, size_t size, int error);
COVIEW_WIN32_API errno_t _wcserror_s(wchar_t* buffer, size_t size, int error);
COVIEW_WIN32_API errno_t memcpy_s(void* to, size_t size, void const* from, size_t count);
COVIEW_WIN32_API errno_t memmove_s(void* to, size_t size, void const* from, size_t count);
COVIEW_WIN32_API errno_t wmemcpy_s(wchar_t* to, size_t size, wchar_t const* from, size_t count);
COVIEW_WIN32_API errno_t wmemmove_s(wchar_t* to, size_t size, wchar_t const* from, size_t count);
COVIEW_WIN32_API int _memicmp(void const* a, void const* b, size_t count);
COVIEW_WIN32_API wchar_t* _wcserror(int error);
COVIEW_WIN32_API int _wtoi(wchar_t const* text);
COVIEW_WIN32_API long _wtol(wchar_t const* text);
COVIEW_WIN32_API double _wtof(wchar_t const* text);
COVIEW_WIN32_API wchar_t* _wgetenv(wchar_t const* name);
COVIEW_WIN32_API int _wsystem(wchar_t const* command);
COVIEW_WIN32_API errno_t mbstowcs_s(size_t* converted, wchar_t* to, size_t size, char const* from, size_t count);
COVIEW_WIN32_API errno_t wcstombs_s(size_t* converted, char* to, size_t size, wchar_t const* from, size_t count);
COVIEW_WIN32_END

#if defined(__cplusplus) && !defined(COVIEW_WIN32_STRICT_WORDS)
extern "C++" {
template <size_t N>
inline errno_t strcpy_s(char (&to)[N], char const* from) {
  return strcpy_s(static_cast<char*>(to), N, from);
}
template <size_t N>
inline errno_t wcscpy_s(wchar_t (&to)[N], wchar_t const* from) {
  return wcscpy_s(static_cast<wchar_t*>(to), N, from);
}
template <size_t N>
inline errno_t strcat_s(char (&to)[N], char const* from) {
  return strcat_s(static_cast<char*>(to), N, from);
}
template <size_t N>
inline errno_t wcscat_s(wchar_t (&to)[N], wchar_t const* from) {
  return wcscat_s(static_cast<wchar_t*>(to), N, from);
}
template <size_t N>
inline errno_t strncpy_s(char (&to)[N], char const* from, size_t count) {
  return strncpy_s(static_cast<char*>(to), N, from, count);
}
template <size_t N>
inline errno_t wcsncpy_s(wchar_t (&to)[N], wchar_t const* from, size_t count) {
  return wcsncpy_s(static_cast<wchar_t*>(to), N, from, count);
}
template <size_t N>
inline errno_t strncat_s(char (&to)[N], char const* from, size_t count) {
  return strncat_s(static_cast<char*>(to), N, from, count);
}
template <size_t N>
inline errno_t wcsncat_s(wchar_t (&to)[N], wchar_t const* from, size_t count) {
  return wcsncat_s(static_cast<wchar_t*>(to), N, from, count);
}
template <size_t N>
inline errno_t _strlwr_s(char (&to)[N]) {
  return _strlwr_s(static_cast<char*>(to), N);
}
template <size_t N>
inline errno_t _strupr_s(char (&to)[N]) {
  return _strupr_s(static_cast<char*>(to), N);
}
template <size_t N>
inline errno_t _wcslwr_s(wchar_t (&to)[N]) {
  return _wcslwr_s(static_cast<wchar_t*>(to), N);
}
template <size_t N>
inline errno_t _wcsupr_s(wchar_t (&to)[N]) {
  return _wcsupr_s(static_cast<wchar_t*>(to), N);
}
template <size_t N>
inline errno_t strerror_s(char (&to)[N], int error) {
  return strerror_s(static_cast<char*>(to), N, error);
}
template <size_t N>
inline errno_t _wcserror_s(wchar_t (&to)[N], int error) {
  return _wcserror_s(static_cast<wchar_t*>(to), N, error);
}
template <size_t N>
inline errno_t _itoa_s(int value, char (&to)[N], int radix) {
  return _itoa_s(value, static_cast<char*>(to), N, radix);
}
template <size_t N>
inline errno_t _itow_s(int value, wchar_t (&to)[N], int radix) {
  return _itow_s(value, static_cast<wchar_t*>(to), N, radix);
}
template <size_t N>
inline errno_t _i64toa_s(long long value, char (&to)[N], int radix) {
  return _i64toa_s(value, static_cast<char*>(to), N, radix);
}
template <size_t N>
inline errno_t _i64tow_s(long long value, wchar_t (&to)[N], int radix) {
  return _i64tow_s(value, static_cast<wchar_t*>(to), N, radix);
}
template <size_t N>
inline errno_t _ui64toa_s(unsigned long long value, char (&to)[N], int radix) {
  return _ui64toa_s(value, static_cast<char*>(to), N, radix);
}
template <size_t N>
inline errno_t _ui64tow_s(unsigned long long value, wchar_t (&to)[N], int radix) {
  return _ui64tow_s(value, static_cast<wchar_t*>(to), N, radix);
}
template <size_t N>
inline errno_t _ltoa_s(long value, char (&to)[N], int radix) {
  return _ltoa_s(value, static_cast<char*>(to), N, radix);
}
template <size_t N>
inline errno_t _ltow_s(long value, wchar_t (&to)[N], int radix) {
  return _ltow_s(value, static_cast<wchar_t*>(to), N, radix);
}
template <size_t N>
inline errno_t _ultoa_s(unsigned long value, char (&to)[N], int radix) {
  return _ultoa_s(value, static_cast<char*>(to), N, radix);
}
template <size_t N>
inline errno_t _ultow_s(unsigned long value, wchar_t (&to)[N], int radix) {
  return _ultow_s(value, static_cast<wchar_t*>(to), N, radix);
}
template <size_t N>
inline errno_t mbstowcs_s(size_t* converted, wchar_t (&to)[N], char const* from, size_t count) {
  return mbstowcs_s(converted, static_cast<wchar_t*>(to), N, from, count);
}
template <size_t N>
inline errno_t wcstombs_s(size_t* converted, char (&to)[N], wchar_t const* from, size_t count) {
  return wcstombs_s(converted, static_cast<char*>(to), N, from, count);
}
}
#endif

#ifndef stricmp
#define stricmp _stricmp
#define strnicmp _strnicmp
#define strcmpi _stricmp
#define wcsicmp _wcsicmp
#define wcsnicmp _wcsnicmp
#define strlwr _strlwr
#define strupr _strupr
#define strrev _strrev
#define itoa _itoa
#define ltoa _ltoa
#define ultoa _ultoa
#endif

#endif
