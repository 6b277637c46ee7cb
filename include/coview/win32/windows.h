/* SPDX-License-Identifier: Apache-2.0 */
/* Win32 for Linux programs: what sources that share memory through file mappings include. Every function is in the
   library coview_win32; docs/porting.md says what differs from Windows and why. */
#ifndef COVIEW_WIN32_WINDOWS_H
#define COVIEW_WIN32_WINDOWS_H
#include "coview_win32_api.h"
#pragma GCC system_header

/* How sources ask whether they have included this. */
#ifndef _WINDOWS_
#define _WINDOWS_
#endif
#ifndef _INC_WINDOWS
#define _INC_WINDOWS
#endif

/* The real one brings these along, and sources rely on it. */
#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "excpt.h"
#include "jobapi.h"
#include "winbase.h"
#if __has_include("stringapiset.h")
#include "stringapiset.h"
#endif
#if __has_include("winnls.h")
#include "winnls.h"
#endif
#include "guiddef.h"
#include "wingdi.h"
#if __has_include("winuser.h")
#include "winuser.h"
#endif
#if __has_include("consoleapi.h")
#include "consoleapi.h"
#endif
/* What Microsoft's C library has beyond the standard's functions. */
#if __has_include("msvcrt.h")
#include "msvcrt.h"
#endif
#if !defined(WIN32_LEAN_AND_MEAN)
/* As the headers of remote calls have it, which the real one brings along. */
typedef unsigned char byte;
#include "shellapi.h"
#if __has_include("mmsystem.h")
#include "mmsystem.h"
#endif
#endif

#if defined(__cplusplus) && __cplusplus >= 201103L && !defined(COVIEW_WIN32_STRICT_WORDS)
#include "long_words.h"
#endif

#endif
