// SPDX-License-Identifier: Apache-2.0
// conio.h: single keys without waiting for a line's end. On a terminal the keys come from it, unseen; otherwise they
// are the characters of standard input, so that scripts can press them, and the input's end is EOF.
#define COVIEW_WIN32_NATIVE_STDIO
#include <poll.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <string>
#include <string_view>

#include <coview/win32/conio.h>

#include "win32/compatibility/crt/format.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;

namespace {

constexpr int none = -1;
std::atomic<int> given_back{none};

/// The terminal gives every key at once, for as long as this lives.
class raw_input {
 public:
  raw_input() {
    if (::isatty(STDIN_FILENO) != 1 || ::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    active_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
  }
  raw_input(raw_input const&) = delete;
  raw_input& operator=(raw_input const&) = delete;
  ~raw_input() {
    if (active_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }

 private:
  termios before_{};
  bool active_ = false;
};

int key() {
  if (int const kept = given_back.exchange(none); kept != none) return kept;
  std::fflush(stdout);  // a prompt shows before the key is awaited
  if (::isatty(STDIN_FILENO) != 1) return std::getchar();
  raw_input const raw;
  unsigned char byte = 0;
  ssize_t n = 0;
  do {
    n = ::read(STDIN_FILENO, &byte, 1);
  } while (n < 0 && errno == EINTR);
  if (n != 1) return EOF;
  return byte == '\n' ? '\r' : byte;
}

int show(int character) {
  if (character == EOF) return EOF;
  std::putchar(character);
  std::fflush(stdout);
  return character;
}

int write_out(std::string const& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 ? 0 : EOF;
}

template <class Char>
int print(Char const* format, va_list arguments) noexcept {
  try {
    std::basic_string<Char> made;
    format_into(made, format, arguments);
    if constexpr (sizeof(Char) > 1) {
      write_out(to_narrow(made));
    } else {
      write_out(made);
    }
    return static_cast<int>(made.size());
  } catch (std::exception const&) {
    return -1;
  }
}

}  // namespace

extern "C" COVIEW_WIN32_API int coview_msvcrt_system(char const* command) {
  if (command == nullptr) return std::system(nullptr);
  std::string_view const line(command);
  auto const begin = std::min(line.find_first_not_of(" \t@"), line.size());
  auto const end = std::min(line.find_first_of(" \t>&|", begin), line.size());
  auto const is = [word = line.substr(begin, end - begin)](std::string_view which) {
    return word.size() == which.size() && ::strncasecmp(word.data(), which.data(), which.size()) == 0;
  };
  bool const to_terminal = ::isatty(STDOUT_FILENO) == 1;
  if (is("pause")) {
    if (line.find('>') == std::string_view::npos) write_out("Press any key to continue... ");
    key();
    if (to_terminal) write_out("\n");
    return 0;
  }
  if (is("cls")) return to_terminal ? write_out("\033[H\033[2J") : 0;
  if (is("title") || is("color") || is("chcp")) return 0;
  return std::system(command);
}

int _getch() {
  return key();
}
int _getche() {
  return show(key());
}
int _kbhit() {
  if (given_back.load() != none) return 1;
  std::fflush(stdout);
  raw_input const raw;
  pollfd waiting{STDIN_FILENO, POLLIN, 0};
  if (::poll(&waiting, 1, 0) <= 0 || (waiting.revents & POLLIN) == 0) return 0;
  // Input that has ended can be read as well, but has no key.
  int bytes = 0;
  if (::ioctl(STDIN_FILENO, FIONREAD, &bytes) == 0) return bytes > 0 ? 1 : 0;
  return 0;
}
int _ungetch(int character) {
  int expected = none;
  return given_back.compare_exchange_strong(expected, character) ? character : EOF;
}
int _putch(int character) {
  return show(character);
}
int _cputs(char const* text) {
  return write_out(text);
}
int _cprintf(char const* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int const length = print(format, arguments);
  va_end(arguments);
  return length;
}
int _cprintf_s(char const* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int const length = print(format, arguments);
  va_end(arguments);
  return length;
}
wint_t _getwch() {
  int const c = key();
  return c == EOF ? WEOF : static_cast<wint_t>(c);
}
wint_t _getwche() {
  int const c = show(key());
  return c == EOF ? WEOF : static_cast<wint_t>(c);
}
wint_t _putwch(wchar_t character) {
  try {
    return write_out(to_narrow({&character, 1})) == 0 ? static_cast<wint_t>(character) : WEOF;
  } catch (std::exception const&) {
    return WEOF;
  }
}
int _cputws(wchar_t const* text) {
  try {
    return write_out(to_narrow(text));
  } catch (std::exception const&) {
    return EOF;
  }
}
int _cwprintf(wchar_t const* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int const length = print(format, arguments);
  va_end(arguments);
  return length;
}

// What C sources call without <conio.h>, which declares them where it is included. Weak: a library of that name for
// terminals may be in the same program.
#undef getch
#undef getche
#undef kbhit
#undef putch
#undef ungetch
extern "C" {
COVIEW_WIN32_API __attribute__((weak)) int getch() {
  return _getch();
}
COVIEW_WIN32_API __attribute__((weak)) int getche() {
  return _getche();
}
COVIEW_WIN32_API __attribute__((weak)) int kbhit() {
  return _kbhit();
}
COVIEW_WIN32_API __attribute__((weak)) int putch(int character) {
  return _putch(character);
}
COVIEW_WIN32_API __attribute__((weak)) int ungetch(int character) {
  return _ungetch(character);
}
}
