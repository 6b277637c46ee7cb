/* SPDX-License-Identifier: Apache-2.0 */
/* Times as Microsoft's C library has them; the checked functions take their result first. */
#ifndef COVIEW_WIN32_MSVCRT_TIME_H
#define COVIEW_WIN32_MSVCRT_TIME_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include <time.h>

#include "corecrt.h"
COVIEW_WIN32_BEGIN
COVIEW_WIN32_API errno_t localtime_s(struct tm* result, time_t const* time);
COVIEW_WIN32_API errno_t gmtime_s(struct tm* result, time_t const* time);
COVIEW_WIN32_API errno_t ctime_s(char* buffer, size_t size, time_t const* time);
COVIEW_WIN32_API errno_t asctime_s(char* buffer, size_t size, struct tm const* time);
COVIEW_WIN32_API errno_t _localtime64_s(struct tm* result, __time64_t const* time);
COVIEW_WIN32_API errno_t _gmtime64_s(struct tm* result, __time64_t const* time);
COVIEW_WIN32_API struct tm* _localtime64(__time64_t const* time);
COVIEW_WIN32_API struct tm* _gmtime64(__time64_t const* time);
COVIEW_WIN32_API __time64_t _time64(__time64_t* time);
COVIEW_WIN32_API __time64_t _mktime64(struct tm* time);
COVIEW_WIN32_API double _difftime64(__time64_t end, __time64_t start);
COVIEW_WIN32_API char* _ctime64(__time64_t const* time);
COVIEW_WIN32_API errno_t _ctime64_s(char* buffer, size_t size, __time64_t const* time);
COVIEW_WIN32_API char* _strdate(char* buffer);
COVIEW_WIN32_API char* _strtime(char* buffer);
COVIEW_WIN32_API errno_t _strdate_s(char* buffer, size_t size);
COVIEW_WIN32_API errno_t _strtime_s(char* buffer, size_t size);
COVIEW_WIN32_API void _tzset(void);
COVIEW_WIN32_API wchar_t* _wctime(time_t const* time);
COVIEW_WIN32_API wchar_t* _wasctime(struct tm const* time);
COVIEW_WIN32_END

#endif
