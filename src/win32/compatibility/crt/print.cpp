// SPDX-License-Identifier: Apache-2.0
// The printf family and wide streams of Microsoft's C library. Wide text goes out as UTF-8 through narrow streams, so
// that wide and narrow output can be mixed on one stream, which glibc does not allow.
#define COVIEW_WIN32_NATIVE_STDIO
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cwchar>
#include <string>

#include <coview/win32/msvcrt_stdio.h>

#include "win32/compatibility/crt/contained.hpp"
#include "win32/compatibility/crt/format.hpp"
#include "win32/compatibility/crt/invalid.hpp"
#include "win32/compatibility/crt/variadic.hpp"
#include "win32/core/files/device.hpp"
#include "win32/core/files/path.hpp"
#include "win32/core/handles/last_error.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;

namespace {

template <class Char>
std::basic_string<Char> formatted(Char const* format, va_list arguments) {
  std::basic_string<Char> made;
  format_into(made, format, arguments);
  return made;
}

enum class width : unsigned char { narrow, wide };

/// Past the stream's buffer, and so without deciding whether the stream is a wide one.
int put_past(FILE* stream, std::string_view text) {
  if (std::fflush(stream) != 0) return -1;
  while (!text.empty()) {
    ssize_t const n = ::write(::fileno(stream), text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

/// glibc lets a stream be narrow or wide for good, as its first use was. std::wcout needs a wide one and std::cout a
/// narrow one, so this library never makes the choice for standard output: wide text goes past a stream that is
/// undecided, and text of the other width past one that is not.
int put(FILE* stream, std::string const& text, width from) {
  bool const standard = stream == stdout || stream == stderr;
  int const orientation = standard ? ::fwide(stream, 0) : 0;
  if (orientation > 0 || (standard && orientation == 0 && from == width::wide)) return put_past(stream, text);
  return std::fwrite(text.data(), 1, text.size(), stream) == text.size() ? 0 : -1;
}

int print_to(FILE* stream, char const* format, va_list arguments) noexcept {
  return contained([&] {
    auto const text = formatted(format, arguments);
    return put(stream, text, width::narrow) == 0 ? static_cast<int>(text.size()) : -1;
  });
}

int print_to(FILE* stream, wchar_t const* format, va_list arguments) noexcept {
  return contained([&] {
    auto const text = formatted(format, arguments);
    return put(stream, to_narrow(text), width::wide) == 0 ? static_cast<int>(text.size()) : -1;
  });
}

/// Of a buffer whose size nobody told: sprintf.
constexpr std::size_t unbounded = SIZE_MAX / 16;

enum class overflow : unsigned char {
  standard,  ///< cut and end; the length it would have had
  negative,  ///< cut and end; -1
  old,       ///< as _snprintf: -1, and no end where there is no room for it
  refuse,    ///< as sprintf_s: empty, ERANGE, -1
};

template <class Char>
int print_into(Char* buffer, std::size_t size, Char const* format, va_list arguments, overflow rule) noexcept {
  return contained([&] {
    auto const text = formatted(format, arguments);
    auto const length = static_cast<int>(text.size());
    if (text.size() < size) {
      std::copy_n(text.c_str(), text.size() + 1, buffer);
      return length;
    }
    if (rule == overflow::refuse) {
      if (size > 0) buffer[0] = 0;
      invalid_parameter(ERANGE);
      return -1;
    }
    std::copy_n(text.c_str(), std::min(size, text.size()), buffer);
    if (rule == overflow::old) return text.size() == size ? length : -1;
    if (size > 0) buffer[size - 1] = 0;
    return rule == overflow::standard ? length : -1;
  });
}

/// _snprintf_s: at most `count` characters and the end, which must fit unless count is _TRUNCATE.
template <class Char>
int print_counted(Char* buffer, std::size_t size, std::size_t count, Char const* format, va_list arguments) noexcept {
  if (buffer == nullptr || size == 0 || format == nullptr) {
    invalid_parameter(EINVAL);
    return -1;
  }
  return contained([&] {
    auto const text = formatted(format, arguments);
    std::size_t const room = size - 1;
    std::size_t const wanted = std::min(text.size(), count);
    if (wanted > room && count != _TRUNCATE) {
      buffer[0] = 0;
      invalid_parameter(ERANGE);
      return -1;
    }
    std::size_t const length = std::min(wanted, room);
    std::copy_n(text.c_str(), length, buffer);
    buffer[length] = 0;
    return length < text.size() ? -1 : static_cast<int>(length);
  });
}

template <class Char>
int printed_length(Char const* format, va_list arguments) noexcept {
  return contained([&] { return static_cast<int>(formatted(format, arguments).size()); });
}

template <class Char>
bool valid(Char const* buffer, std::size_t size, Char const* format) noexcept {
  if (buffer != nullptr && size != 0 && format != nullptr) return true;
  invalid_parameter(EINVAL);
  return false;
}

/// One character of UTF-8 from a stream, or WEOF.
wint_t get_wide(FILE* stream) noexcept {
  int const lead = std::getc(stream);
  if (lead == EOF) return WEOF;
  auto const first = static_cast<unsigned>(lead);
  int const more = first < 0xC0 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
  std::array<char, 5> bytes{static_cast<char>(lead)};
  for (int i = 1; i <= more; ++i) {
    int const next = std::getc(stream);
    if (next == EOF) break;
    bytes[static_cast<std::size_t>(i)] = static_cast<char>(next);
  }
  try {
    return static_cast<wint_t>(to_wide(std::string_view(bytes.data(), static_cast<std::size_t>(more) + 1)).at(0));
  } catch (std::exception const&) {
    return WEOF;
  }
}

wint_t put_wide(wchar_t character, FILE* stream) noexcept {
  return contained([&] {
           return put(stream, to_narrow({&character, 1}), width::wide);
         }) == 0
             ? static_cast<wint_t>(character)
             : WEOF;
}

/// Devices are neither removed nor renamed nor made (device.hpp); false with errno.
bool may_change(std::string const& native) {
  bool const may = !leads_to_device(native);
  if (!may) errno = EACCES;
  return may;
}
bool may_open(std::string const& native) {
  return !is_reserved(native) || ::access(native.c_str(), F_OK) == 0;
}

/// "t" and ",ccs=…" mean nothing here.
std::string stream_mode(char const* mode) {
  std::string made = mode == nullptr ? "" : mode;
  made.resize(std::min(made.find(','), made.size()));
  std::erase_if(made, [](char c) { return c == 't' || c == 'S' || c == 'R' || c == 'T' || c == 'D' || c == ' '; });
  std::replace(made.begin(), made.end(), 'N', 'e');
  return made;
}

FILE* open_stream(char const* path, char const* mode) noexcept {
  try {
    auto const native = lenient_path(path);
    return may_open(native) ? std::fopen(native.c_str(), stream_mode(mode).c_str()) : nullptr;
  } catch (std::exception const&) {
    errno = ENOMEM;
    return nullptr;
  }
}

FILE* open_stream(wchar_t const* path, wchar_t const* mode) noexcept {
  try {
    return open_stream(path == nullptr ? "" : to_narrow(path).c_str(),
                       mode == nullptr ? "" : to_narrow(mode).c_str());
  } catch (std::exception const&) {
    errno = ENOMEM;
    return nullptr;
  }
}

template <class Char>
errno_t open_checked(FILE** stream, Char const* path, Char const* mode) noexcept {
  if (stream == nullptr) return invalid_parameter(EINVAL);
  *stream = nullptr;
  if (path == nullptr || mode == nullptr) return invalid_parameter(EINVAL);
  errno = 0;
  *stream = open_stream(path, mode);
  return *stream != nullptr ? 0 : errno;
}

}  // namespace

extern "C" {

// What the standard's names lead to in sources that include <stdio.h> of this library.
COVIEW_WIN32_API int coview_msvcrt_printf(char const* format, ...) {
  WITH_ARGUMENTS(format, print_to(stdout, format, arguments));
}
COVIEW_WIN32_API int coview_msvcrt_fprintf(FILE* stream, char const* format, ...) {
  WITH_ARGUMENTS(format, print_to(stream, format, arguments));
}
COVIEW_WIN32_API int coview_msvcrt_sprintf(char* buffer, char const* format, ...) {
  WITH_ARGUMENTS(format, print_into(buffer, unbounded, format, arguments, overflow::standard));
}
COVIEW_WIN32_API int coview_msvcrt_snprintf(char* buffer, size_t size, char const* format, ...) {
  WITH_ARGUMENTS(format, print_into(buffer, size, format, arguments, overflow::standard));
}
COVIEW_WIN32_API int coview_msvcrt_vprintf(char const* format, va_list arguments) {
  return print_to(stdout, format, arguments);
}
COVIEW_WIN32_API int coview_msvcrt_vfprintf(FILE* stream, char const* format, va_list arguments) {
  return print_to(stream, format, arguments);
}
COVIEW_WIN32_API int coview_msvcrt_vsprintf(char* buffer, char const* format, va_list arguments) {
  return print_into(buffer, unbounded, format, arguments, overflow::standard);
}
COVIEW_WIN32_API int coview_msvcrt_vsnprintf(char* buffer, size_t size, char const* format, va_list arguments) {
  return print_into(buffer, size, format, arguments, overflow::standard);
}
COVIEW_WIN32_API int coview_msvcrt_wprintf(wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, print_to(stdout, format, arguments));
}
COVIEW_WIN32_API int coview_msvcrt_fwprintf(FILE* stream, wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, print_to(stream, format, arguments));
}
COVIEW_WIN32_API int coview_msvcrt_swprintf(wchar_t* buffer, size_t size, wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, print_into(buffer, size, format, arguments, overflow::negative));
}
COVIEW_WIN32_API int coview_msvcrt_vwprintf(wchar_t const* format, va_list arguments) {
  return print_to(stdout, format, arguments);
}
COVIEW_WIN32_API int coview_msvcrt_vfwprintf(FILE* stream, wchar_t const* format, va_list arguments) {
  return print_to(stream, format, arguments);
}
COVIEW_WIN32_API int coview_msvcrt_vswprintf(wchar_t* buffer, size_t size, wchar_t const* format, va_list arguments) {
  return print_into(buffer, size, format, arguments, overflow::negative);
}
COVIEW_WIN32_API int coview_msvcrt_fputws(wchar_t const* text, FILE* stream) {
  return contained([&] { return put(stream, to_narrow(text), width::wide); });
}
COVIEW_WIN32_API wint_t coview_msvcrt_fputwc(wchar_t character, FILE* stream) {
  return put_wide(character, stream);
}
COVIEW_WIN32_API wint_t coview_msvcrt_putwc(wchar_t character, FILE* stream) {
  return put_wide(character, stream);
}
COVIEW_WIN32_API wint_t coview_msvcrt_putwchar(wchar_t character) {
  return put_wide(character, stdout);
}
COVIEW_WIN32_API wint_t coview_msvcrt_fgetwc(FILE* stream) {
  return get_wide(stream);
}
COVIEW_WIN32_API wint_t coview_msvcrt_getwc(FILE* stream) {
  return get_wide(stream);
}
COVIEW_WIN32_API wint_t coview_msvcrt_getwchar() {
  return get_wide(stdin);
}
COVIEW_WIN32_API wchar_t* coview_msvcrt_fgetws(wchar_t* buffer, int size, FILE* stream) {
  int length = 0;
  while (length + 1 < size) {
    wint_t const c = get_wide(stream);
    if (c == WEOF) break;
    buffer[length++] = static_cast<wchar_t>(c);
    if (c == L'\n') break;
  }
  if (length == 0 && size > 1) return nullptr;
  buffer[length] = L'\0';
  return buffer;
}
COVIEW_WIN32_API int coview_msvcrt_fputs(char const* text, FILE* stream) {
  return contained([&] { return put(stream, text, width::narrow); });
}
COVIEW_WIN32_API int coview_msvcrt_puts(char const* text) {
  return contained([&] { return put(stdout, std::string(text) + "\n", width::narrow); });
}
COVIEW_WIN32_API int coview_msvcrt_fputc(int character, FILE* stream) {
  char const c = static_cast<char>(character);
  return ::fwide(stream, 0) <= 0 ? std::fputc(character, stream) : put_past(stream, {&c, 1}) == 0 ? character : EOF;
}
COVIEW_WIN32_API int coview_msvcrt_putc(int character, FILE* stream) {
  return coview_msvcrt_fputc(character, stream);
}
COVIEW_WIN32_API int coview_msvcrt_putchar(int character) {
  return coview_msvcrt_fputc(character, stdout);
}
COVIEW_WIN32_API FILE* coview_msvcrt_fopen(char const* path, char const* mode) {
  return open_stream(path, mode);
}
COVIEW_WIN32_API FILE* coview_msvcrt_freopen(char const* path, char const* mode, FILE* stream) {
  try {
    auto const native = path == nullptr ? std::string() : lenient_path(path);
    if (!may_open(native)) return nullptr;
    return std::freopen(path == nullptr ? nullptr : native.c_str(), stream_mode(mode).c_str(), stream);
  } catch (std::exception const&) {
    return nullptr;
  }
}
COVIEW_WIN32_API int coview_msvcrt_remove(char const* path) {
  return contained([&] {
    auto const native = lenient_path(path);
    return may_change(native) ? std::remove(native.c_str()) : -1;
  });
}
COVIEW_WIN32_API int coview_msvcrt_rename(char const* from, char const* to) {
  return contained([&] {
    auto const source = lenient_path(from);
    auto const target = lenient_path(to);
    return may_change(source) && may_change(target) ? std::rename(source.c_str(), target.c_str()) : -1;
  });
}

}  // extern "C"

int _snprintf(char* buffer, size_t size, char const* format, ...) {
  WITH_ARGUMENTS(format, print_into(buffer, size, format, arguments, overflow::old));
}
int _vsnprintf(char* buffer, size_t size, char const* format, va_list arguments) {
  return print_into(buffer, size, format, arguments, overflow::old);
}
int _snwprintf(wchar_t* buffer, size_t size, wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, print_into(buffer, size, format, arguments, overflow::old));
}
int _vsnwprintf(wchar_t* buffer, size_t size, wchar_t const* format, va_list arguments) {
  return print_into(buffer, size, format, arguments, overflow::old);
}
int _swprintf(wchar_t* buffer, wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, print_into(buffer, unbounded, format, arguments, overflow::standard));
}
int _vswprintf(wchar_t* buffer, wchar_t const* format, va_list arguments) {
  return print_into(buffer, unbounded, format, arguments, overflow::standard);
}
int _scprintf(char const* format, ...) {
  WITH_ARGUMENTS(format, printed_length(format, arguments));
}
int _vscprintf(char const* format, va_list arguments) {
  return printed_length(format, arguments);
}
int _scwprintf(wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, printed_length(format, arguments));
}
int _vscwprintf(wchar_t const* format, va_list arguments) {
  return printed_length(format, arguments);
}
int vsprintf_s(char* buffer, size_t size, char const* format, va_list arguments) {
  return valid(buffer, size, format) ? print_into(buffer, size, format, arguments, overflow::refuse) : -1;
}
int vswprintf_s(wchar_t* buffer, size_t size, wchar_t const* format, va_list arguments) {
  return valid(buffer, size, format) ? print_into(buffer, size, format, arguments, overflow::refuse) : -1;
}
int sprintf_s(char* buffer, size_t size, char const* format, ...) {
  WITH_ARGUMENTS(format, vsprintf_s(buffer, size, format, arguments));
}
int swprintf_s(wchar_t* buffer, size_t size, wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, vswprintf_s(buffer, size, format, arguments));
}
int _vsnprintf_s(char* buffer, size_t size, size_t count, char const* format, va_list arguments) {
  return print_counted(buffer, size, count, format, arguments);
}
int _vsnwprintf_s(wchar_t* buffer, size_t size, size_t count, wchar_t const* format, va_list arguments) {
  return print_counted(buffer, size, count, format, arguments);
}
int _snprintf_s(char* buffer, size_t size, size_t count, char const* format, ...) {
  WITH_ARGUMENTS(format, print_counted(buffer, size, count, format, arguments));
}
int _snwprintf_s(wchar_t* buffer, size_t size, size_t count, wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, print_counted(buffer, size, count, format, arguments));
}
int printf_s(char const* format, ...) {
  WITH_ARGUMENTS(format, print_to(stdout, format, arguments));
}
int fprintf_s(FILE* stream, char const* format, ...) {
  WITH_ARGUMENTS(format, print_to(stream, format, arguments));
}
int vprintf_s(char const* format, va_list arguments) {
  return print_to(stdout, format, arguments);
}
int vfprintf_s(FILE* stream, char const* format, va_list arguments) {
  return print_to(stream, format, arguments);
}
int wprintf_s(wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, print_to(stdout, format, arguments));
}
int fwprintf_s(FILE* stream, wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, print_to(stream, format, arguments));
}
int vwprintf_s(wchar_t const* format, va_list arguments) {
  return print_to(stdout, format, arguments);
}
int vfwprintf_s(FILE* stream, wchar_t const* format, va_list arguments) {
  return print_to(stream, format, arguments);
}

int _putws(wchar_t const* text) {
  return contained([&] { return put(stdout, narrow(text) + "\n", width::wide); });
}
int _fputchar(int character) {
  return std::putchar(character);
}
int _fgetchar() {
  return std::getchar();
}
char* gets_s(char* buffer, size_t size) {
  if (buffer == nullptr || size == 0 ||
      std::fgets(buffer, static_cast<int>(std::min<size_t>(size, 1U << 30U)), stdin) == nullptr)
    return nullptr;
  std::string_view const line(buffer);
  if (!line.empty() && line.back() == '\n') buffer[line.size() - 1] = '\0';
  return buffer;
}
wchar_t* _getws_s(wchar_t* buffer, size_t size) {
  if (buffer == nullptr || size == 0 ||
      coview_msvcrt_fgetws(buffer, static_cast<int>(std::min<size_t>(size, 1U << 30U)), stdin) == nullptr)
    return nullptr;
  std::wstring_view const line(buffer);
  if (!line.empty() && line.back() == L'\n') buffer[line.size() - 1] = L'\0';
  return buffer;
}

errno_t fopen_s(FILE** stream, char const* path, char const* mode) {
  return open_checked(stream, path, mode);
}
errno_t _wfopen_s(FILE** stream, wchar_t const* path, wchar_t const* mode) {
  return open_checked(stream, path, mode);
}
errno_t freopen_s(FILE** stream, char const* path, char const* mode, FILE* old) {
  if (stream == nullptr || mode == nullptr || old == nullptr) return invalid_parameter(EINVAL);
  *stream = coview_msvcrt_freopen(path, mode, old);
  return *stream != nullptr ? 0 : errno;
}
errno_t tmpfile_s(FILE** stream) {
  if (stream == nullptr) return invalid_parameter(EINVAL);
  *stream = std::tmpfile();
  return *stream != nullptr ? 0 : errno;
}
errno_t clearerr_s(FILE* stream) {
  if (stream == nullptr) return invalid_parameter(EINVAL);
  std::clearerr(stream);
  return 0;
}
FILE* _wfopen(wchar_t const* path, wchar_t const* mode) {
  return open_stream(path, mode);
}
FILE* _wfreopen(wchar_t const* path, wchar_t const* mode, FILE* stream) {
  return coview_msvcrt_freopen(path == nullptr ? nullptr : to_narrow(path).c_str(), narrow(mode).c_str(), stream);
}
FILE* _fsopen(char const* path, char const* mode, int /*share*/) {
  return open_stream(path, mode);
}
FILE* _wfsopen(wchar_t const* path, wchar_t const* mode, int /*share*/) {
  return open_stream(path, mode);
}
int _wremove(wchar_t const* path) {
  return contained([&] { return coview_msvcrt_remove(narrow(path).c_str()); });
}
int _wrename(wchar_t const* from, wchar_t const* to) {
  return contained([&] { return coview_msvcrt_rename(narrow(from).c_str(), narrow(to).c_str()); });
}
int _unlink(char const* path) {
  return contained([&] {
    auto const native = lenient_path(path);
    return may_change(native) ? ::unlink(native.c_str()) : -1;
  });
}
int _wunlink(wchar_t const* path) {
  return contained([&] { return _unlink(narrow(path).c_str()); });
}
int _fileno(FILE* stream) {
  return ::fileno(stream);
}
FILE* _fdopen(int fd, char const* mode) {
  return ::fdopen(fd, stream_mode(mode).c_str());
}
FILE* _wfdopen(int fd, wchar_t const* mode) {
  return _fdopen(fd, narrow(mode).c_str());
}
FILE* _popen(char const* command, char const* mode) {
  return ::popen(command, stream_mode(mode).substr(0, 1).c_str());
}
int _pclose(FILE* stream) {
  return ::pclose(stream);
}
int _fseeki64(FILE* stream, long long offset, int origin) {
  return ::fseeko(stream, offset, origin);
}
long long _ftelli64(FILE* stream) {
  return ::ftello(stream);
}
int _fcloseall() {
  return ::fcloseall();
}
int _flushall() {
  return std::fflush(nullptr);
}
void _wperror(wchar_t const* text) {
  std::perror(narrow(text).c_str());
}
