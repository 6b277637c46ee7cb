/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and text, past the streams. Without a terminal, keys come from standard input, and its end is EOF. */
#ifndef COVIEW_WIN32_CONIO_H
#define COVIEW_WIN32_CONIO_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include <stdarg.h>
#include <stddef.h>
#include <wchar.h>

#include "corecrt.h"
COVIEW_WIN32_BEGIN
COVIEW_WIN32_API int _getch(void);
COVIEW_WIN32_API int _getche(void);
COVIEW_WIN32_API int _kbhit(void);
COVIEW_WIN32_API int _ungetch(int character);
COVIEW_WIN32_API int _putch(int character);
COVIEW_WIN32_API int _cputs(char const* text);
COVIEW_WIN32_API int _cprintf(char const* format, ...);
COVIEW_WIN32_API wint_t _getwch(void);
COVIEW_WIN32_API wint_t _getwche(void);
COVIEW_WIN32_API wint_t _putwch(wchar_t character);
COVIEW_WIN32_API int _cputws(wchar_t const* text);
COVIEW_WIN32_API int _cwprintf(wchar_t const* format, ...);
COVIEW_WIN32_API int _cprintf_s(char const* format, ...);
COVIEW_WIN32_END

#ifndef getch
#define getch _getch
#define getche _getche
#define kbhit _kbhit
#define putch _putch
#define ungetch _ungetch
#define cputs _cputs
#define cprintf _cprintf
#endif

#endif
