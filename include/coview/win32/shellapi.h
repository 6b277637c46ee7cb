/* SPDX-License-Identifier: Apache-2.0 */
/* Of the shell, only how a command line becomes arguments. */
#ifndef COVIEW_WIN32_SHELLAPI_H
#define COVIEW_WIN32_SHELLAPI_H
#include "winbase.h"
#pragma GCC system_header

COVIEW_WIN32_BEGIN
/* One block, freed with LocalFree. An empty line gives the program's own path. */
COVIEW_WIN32_API LPWSTR* WINAPI CommandLineToArgvW(LPCWSTR lpCmdLine, int* pNumArgs);
COVIEW_WIN32_END

#endif
