/* SPDX-License-Identifier: Apache-2.0 */
/* Printing and streams as Microsoft's C library has them. Its printf reads formats in its own way (`l` is 32 bits,
   %I64d, %s in wide formats), and wide and narrow output may be mixed on one stream: so the standard's functions lead
   to this library in sources that include Win32's headers. Define COVIEW_WIN32_NATIVE_STDIO to keep Linux' own. */
#ifndef COVIEW_WIN32_MSVCRT_STDIO_H
#define COVIEW_WIN32_MSVCRT_STDIO_H
#include "coview_win32_api.h"
#pragma GCC system_header

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <wchar.h>

#include "corecrt.h"
#ifndef COVIEW_MSVCRT_NOTHROW
#ifdef __cplusplus
#if __cplusplus >= 201103L
#define COVIEW_MSVCRT_NOTHROW noexcept(true)
#else
#define COVIEW_MSVCRT_NOTHROW throw()
#endif
#else
#define COVIEW_MSVCRT_NOTHROW
#endif
#endif

COVIEW_WIN32_BEGIN
/* Only where this library's <stdio.h> came first: a function that is in use already cannot be led elsewhere. */
#if defined(COVIEW_WIN32_STDIO_H) && !defined(COVIEW_WIN32_NATIVE_STDIO)
extern int printf(char const* format, ...) __asm__("coview_msvcrt_printf");
extern int fprintf(FILE* stream, char const* format, ...) __asm__("coview_msvcrt_fprintf");
extern int sprintf(char* buffer, char const* format, ...) COVIEW_MSVCRT_NOTHROW __asm__("coview_msvcrt_sprintf");
extern int snprintf(char* buffer, size_t size, char const* format, ...) COVIEW_MSVCRT_NOTHROW
    __asm__("coview_msvcrt_snprintf");
extern int vprintf(char const* format, va_list arguments) __asm__("coview_msvcrt_vprintf");
extern int vfprintf(FILE* stream, char const* format, va_list arguments) __asm__("coview_msvcrt_vfprintf");
extern int vsprintf(char* buffer, char const* format, va_list arguments) COVIEW_MSVCRT_NOTHROW
    __asm__("coview_msvcrt_vsprintf");
extern int vsnprintf(char* buffer, size_t size, char const* format, va_list arguments) COVIEW_MSVCRT_NOTHROW
    __asm__("coview_msvcrt_vsnprintf");
extern int scanf(char const* format, ...) __asm__("coview_msvcrt_scanf");
extern int sscanf(char const* text, char const* format, ...) COVIEW_MSVCRT_NOTHROW __asm__("coview_msvcrt_sscanf");
extern int fscanf(FILE* stream, char const* format, ...) __asm__("coview_msvcrt_fscanf");
extern int vscanf(char const* format, va_list arguments) __asm__("coview_msvcrt_vscanf");
extern int vsscanf(char const* text, char const* format, va_list arguments) COVIEW_MSVCRT_NOTHROW
    __asm__("coview_msvcrt_vsscanf");
extern int vfscanf(FILE* stream, char const* format, va_list arguments) __asm__("coview_msvcrt_vfscanf");
extern int wscanf(wchar_t const* format, ...) __asm__("coview_msvcrt_wscanf");
extern int swscanf(wchar_t const* text, wchar_t const* format, ...) COVIEW_MSVCRT_NOTHROW
    __asm__("coview_msvcrt_swscanf");
extern int fwscanf(FILE* stream, wchar_t const* format, ...) __asm__("coview_msvcrt_fwscanf");
extern int vwscanf(wchar_t const* format, va_list arguments) __asm__("coview_msvcrt_vwscanf");
extern int vswscanf(wchar_t const* text, wchar_t const* format, va_list arguments) COVIEW_MSVCRT_NOTHROW
    __asm__("coview_msvcrt_vswscanf");
extern int vfwscanf(FILE* stream, wchar_t const* format, va_list arguments) __asm__("coview_msvcrt_vfwscanf");
extern int puts(char const* text) __asm__("coview_msvcrt_puts");
extern int fputs(char const* text, FILE* stream) __asm__("coview_msvcrt_fputs");
extern int putchar(int character) __asm__("coview_msvcrt_putchar");
extern int fputc(int character, FILE* stream) __asm__("coview_msvcrt_fputc");
extern int putc(int character, FILE* stream) __asm__("coview_msvcrt_putc");
extern FILE* fopen(char const* path, char const* mode) __asm__("coview_msvcrt_fopen");
extern FILE* freopen(char const* path, char const* mode, FILE* stream) __asm__("coview_msvcrt_freopen");
extern int remove(char const* path) COVIEW_MSVCRT_NOTHROW __asm__("coview_msvcrt_remove");
extern int rename(char const* from, char const* to) COVIEW_MSVCRT_NOTHROW __asm__("coview_msvcrt_rename");
extern int wprintf(wchar_t const* format, ...) __asm__("coview_msvcrt_wprintf");
extern int fwprintf(FILE* stream, wchar_t const* format, ...) __asm__("coview_msvcrt_fwprintf");
extern int swprintf(wchar_t* buffer, size_t size, wchar_t const* format, ...) COVIEW_MSVCRT_NOTHROW
    __asm__("coview_msvcrt_swprintf");
extern int vwprintf(wchar_t const* format, va_list arguments) __asm__("coview_msvcrt_vwprintf");
extern int vfwprintf(FILE* stream, wchar_t const* format, va_list arguments) __asm__("coview_msvcrt_vfwprintf");
extern int vswprintf(wchar_t* buffer, size_t size, wchar_t const* format, va_list arguments) COVIEW_MSVCRT_NOTHROW
    __asm__("coview_msvcrt_vswprintf");
extern int fputws(wchar_t const* text, FILE* stream) __asm__("coview_msvcrt_fputws");
extern wint_t fputwc(wchar_t character, FILE* stream) __asm__("coview_msvcrt_fputwc");
extern wint_t putwc(wchar_t character, FILE* stream) __asm__("coview_msvcrt_putwc");
extern wint_t putwchar(wchar_t character) __asm__("coview_msvcrt_putwchar");
extern wchar_t* fgetws(wchar_t* buffer, int size, FILE* stream) __asm__("coview_msvcrt_fgetws");
extern wint_t fgetwc(FILE* stream) __asm__("coview_msvcrt_fgetwc");
extern wint_t getwc(FILE* stream) __asm__("coview_msvcrt_getwc");
extern wint_t getwchar(void) __asm__("coview_msvcrt_getwchar");
#endif

COVIEW_WIN32_API int _snprintf(char* buffer, size_t size, char const* format, ...);
COVIEW_WIN32_API int _vsnprintf(char* buffer, size_t size, char const* format, va_list arguments);
COVIEW_WIN32_API int _snwprintf(wchar_t* buffer, size_t size, wchar_t const* format, ...);
COVIEW_WIN32_API int _vsnwprintf(wchar_t* buffer, size_t size, wchar_t const* format, va_list arguments);
COVIEW_WIN32_API int _swprintf(wchar_t* buffer, wchar_t const* format, ...);
COVIEW_WIN32_API int _vswprintf(wchar_t* buffer, wchar_t const* format, va_list arguments);
COVIEW_WIN32_API int _scprintf(char const* format, ...);
COVIEW_WIN32_API int _vscprintf(char const* format, va_list arguments);
COVIEW_WIN32_API int _scwprintf(wchar_t const* format, ...);
COVIEW_WIN32_API int _vscwprintf(wchar_t const* format, va_list arguments);
COVIEW_WIN32_API int sprintf_s(char* buffer, size_t size, char const* format, ...);
COVIEW_WIN32_API int vsprintf_s(char* buffer, size_t size, char const* format, va_list arguments);
COVIEW_WIN32_API int swprintf_s(wchar_t* buffer, size_t size, wchar_t const* format, ...);
COVIEW_WIN32_API int vswprintf_s(wchar_t* buffer, size_t size, wchar_t const* format, va_list arguments);
COVIEW_WIN32_API int _snprintf_s(char* buffer, size_t size, size_t count, char const* format, ...);
COVIEW_WIN32_API int _vsnprintf_s(char* buffer, size_t size, size_t count, char const* format, va_list arguments);
COVIEW_WIN32_API int _snwprintf_s(wchar_t* buffer, size_t size, size_t count, wchar_t const* format, ...);
COVIEW_WIN32_API int _vsnwprintf_s(wchar_t* buffer, size_t size, size_t count, wchar_t const* format,
                                   va_list arguments);
COVIEW_WIN32_API int printf_s(char const* format, ...);
COVIEW_WIN32_API int fprintf_s(FILE* stream, char const* format, ...);
COVIEW_WIN32_API int vprintf_s(char const* format, va_list arguments);
COVIEW_WIN32_API int vfprintf_s(FILE* stream, char const* format, va_list arguments);
COVIEW_WIN32_API int wprintf_s(wchar_t const* format, ...);
COVIEW_WIN32_API int fwprintf_s(FILE* stream, wchar_t const* format, ...);
COVIEW_WIN32_API int vwprintf_s(wchar_t const* format, va_list arguments);
COVIEW_WIN32_API int vfwprintf_s(FILE* stream, wchar_t const* format, va_list arguments);
COVIEW_WIN32_API int scanf_s(char const* format, ...);
COVIEW_WIN32_API int sscanf_s(char const* text, char const* format, ...);
COVIEW_WIN32_API int fscanf_s(FILE* stream, char const* format, ...);
COVIEW_WIN32_API int wscanf_s(wchar_t const* format, ...);
COVIEW_WIN32_API int swscanf_s(wchar_t const* text, wchar_t const* format, ...);
COVIEW_WIN32_API int fwscanf_s(FILE* stream, wchar_t const* format, ...);
COVIEW_WIN32_API int coview_msvcrt_wscanf(wchar_t const* format, ...);
COVIEW_WIN32_API int coview_msvcrt_swscanf(wchar_t const* text, wchar_t const* format, ...);
COVIEW_WIN32_API int coview_msvcrt_fwscanf(FILE* stream, wchar_t const* format, ...);
COVIEW_WIN32_API int _putws(wchar_t const* text);
COVIEW_WIN32_API int _fputchar(int character);
COVIEW_WIN32_API int _fgetchar(void);
COVIEW_WIN32_API char* gets_s(char* buffer, size_t size);
COVIEW_WIN32_API wchar_t* _getws_s(wchar_t* buffer, size_t size);
COVIEW_WIN32_API errno_t fopen_s(FILE** stream, char const* path, char const* mode);
COVIEW_WIN32_API errno_t freopen_s(FILE** stream, char const* path, char const* mode, FILE* old);
COVIEW_WIN32_API errno_t tmpfile_s(FILE** stream);
COVIEW_WIN32_API errno_t clearerr_s(FILE* stream);
COVIEW_WIN32_API FILE* _wfopen(wchar_t const* path, wchar_t const* mode);
COVIEW_WIN32_API errno_t _wfopen_s(FILE** stream, wchar_t const* path, wchar_t const* mode);
COVIEW_WIN32_API FILE* _wfreopen(wchar_t const* path, wchar_t const* mode, FILE* stream);
COVIEW_WIN32_API FILE* _fsopen(char const* path, char const* mode, int share);
COVIEW_WIN32_API FILE* _wfsopen(wchar_t const* path, wchar_t const* mode, int share);
COVIEW_WIN32_API int _wremove(wchar_t const* path);
COVIEW_WIN32_API int _wrename(wchar_t const* from, wchar_t const* to);
COVIEW_WIN32_API int _unlink(char const* path);
COVIEW_WIN32_API int _wunlink(wchar_t const* path);
COVIEW_WIN32_API int _fileno(FILE* stream);
COVIEW_WIN32_API FILE* _fdopen(int fd, char const* mode);
COVIEW_WIN32_API FILE* _wfdopen(int fd, wchar_t const* mode);
COVIEW_WIN32_API FILE* _popen(char const* command, char const* mode);
COVIEW_WIN32_API int _pclose(FILE* stream);
COVIEW_WIN32_API int _fseeki64(FILE* stream, long long offset, int origin);
COVIEW_WIN32_API long long _ftelli64(FILE* stream);
COVIEW_WIN32_API int _fcloseall(void);
COVIEW_WIN32_API int _flushall(void);
COVIEW_WIN32_API void _wperror(wchar_t const* text);
COVIEW_WIN32_END

#if defined(__cplusplus) && !defined(COVIEW_WIN32_STRICT_WORDS)
extern "C++" {
template <size_t N, class... Arguments>
inline int sprintf_s(char (&buffer)[N], char const* format, Arguments... arguments) {
  return sprintf_s(static_cast<char*>(buffer), N, format, arguments...);
}
template <size_t N, class... Arguments>
inline int swprintf_s(wchar_t (&buffer)[N], wchar_t const* format, Arguments... arguments) {
  return swprintf_s(static_cast<wchar_t*>(buffer), N, format, arguments...);
}
template <size_t N>
inline int vsprintf_s(char (&buffer)[N], char const* format, va_list arguments) {
  return vsprintf_s(static_cast<char*>(buffer), N, format, arguments);
}
template <size_t N>
inline int vswprintf_s(wchar_t (&buffer)[N], wchar_t const* format, va_list arguments) {
  return vswprintf_s(static_cast<wchar_t*>(buffer), N, format, arguments);
}
template <size_t N, class... Arguments>
inline int _snprintf_s(char (&buffer)[N], size_t count, char const* format, Arguments... arguments) {
  return _snprintf_s(static_cast<char*>(buffer), N, count, format, arguments...);
}
template <size_t N, class... Arguments>
inline int _snwprintf_s(wchar_t (&buffer)[N], size_t count, wchar_t const* format, Arguments... arguments) {
  return _snwprintf_s(static_cast<wchar_t*>(buffer), N, count, format, arguments...);
}
template <size_t N>
inline int _vsnprintf_s(char (&buffer)[N], size_t count, char const* format, va_list arguments) {
  return _vsnprintf_s(static_cast<char*>(buffer), N, count, format, arguments);
}
template <size_t N>
inline char* gets_s(char (&buffer)[N]) {
  return gets_s(static_cast<char*>(buffer), N);
}
template <size_t N>
inline wchar_t* _getws_s(wchar_t (&buffer)[N]) {
  return _getws_s(static_cast<wchar_t*>(buffer), N);
}
}
#endif

#endif
