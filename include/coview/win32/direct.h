/* SPDX-License-Identifier: Apache-2.0 */
/* Directories by name. */
#ifndef COVIEW_WIN32_DIRECT_H
#define COVIEW_WIN32_DIRECT_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include <stddef.h>

#include "corecrt.h"
COVIEW_WIN32_BEGIN
COVIEW_WIN32_API int _mkdir(char const* path);
COVIEW_WIN32_API int _wmkdir(wchar_t const* path);
COVIEW_WIN32_API int _rmdir(char const* path);
COVIEW_WIN32_API int _wrmdir(wchar_t const* path);
COVIEW_WIN32_API int _chdir(char const* path);
COVIEW_WIN32_API int _wchdir(wchar_t const* path);
COVIEW_WIN32_API char* _getcwd(char* buffer, int size);
COVIEW_WIN32_API wchar_t* _wgetcwd(wchar_t* buffer, int size);
COVIEW_WIN32_API int _getdrive(void);
COVIEW_WIN32_API int _chdrive(int drive);
COVIEW_WIN32_API unsigned long _getdrives(void);
COVIEW_WIN32_END

#endif
