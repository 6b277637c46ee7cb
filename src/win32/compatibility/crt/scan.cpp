// SPDX-License-Identifier: Apache-2.0
// scanf_s and the wide scanf family as Microsoft's C library has them: %s, %c and %[ take the buffer's size as a
// further argument in the _s forms, `l` is 32 bits, and %s in a wide format is a wide string.
#define COVIEW_WIN32_NATIVE_STDIO

#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <cwctype>
#include <string>
#include <utility>

#include <coview/win32/msvcrt_stdio.h>

#include "win32/compatibility/crt/variadic.hpp"
#include "win32/core/text/unicode.hpp"

using namespace coview::win32;

extern "C" wint_t coview_msvcrt_fgetwc(FILE* stream);

namespace {

constexpr wint_t ended = WEOF;

/// Where characters come from; one can be given back.
class source {
 public:
  source() = default;
  source(source const&) = delete;
  source& operator=(source const&) = delete;
  virtual ~source() = default;
  wint_t next() { return kept_ != ended ? std::exchange(kept_, ended) : fetch(); }
  void give_back(wint_t c) { kept_ = c; }

 protected:
  virtual wint_t fetch() = 0;
  wint_t kept_ = ended;
};

template <class Char>
class text_source final : public source {
 public:
  explicit text_source(Char const* text) : at_(text) {}

 private:
  wint_t fetch() override {
    return *at_ == 0 ? ended : static_cast<wint_t>(static_cast<std::make_unsigned_t<Char>>(*at_++));
  }
  Char const* at_;
};

template <class Char>
class stream_source final : public source {
 public:
  explicit stream_source(FILE* stream) : stream_(stream) {}
  ~stream_source() override {
    if (kept_ != ended && (sizeof(Char) == 1 || kept_ < 0x80)) std::ungetc(static_cast<int>(kept_), stream_);
  }
  stream_source(stream_source const&) = delete;
  stream_source& operator=(stream_source const&) = delete;

 private:
  wint_t fetch() override {
    if constexpr (sizeof(Char) > 1) {
      return coview_msvcrt_fgetwc(stream_);
    } else {
      int const c = std::getc(stream_);
      return c == EOF ? ended : static_cast<wint_t>(c);
    }
  }
  FILE* stream_;
};

bool is_space(wint_t c) {
  return c != ended && std::iswspace(c) != 0;
}

enum class length : unsigned char { normal, tiny, half, word64, wide };

// NOLINTBEGIN(clang-analyzer-valist.Uninitialized): the list is copied in the constructor, which the analyzer does
// not follow
template <class Char>
class scanner {
 public:
  scanner(source& from, Char const* format, va_list arguments, bool checked)
      : from_(from), format_(format), checked_(checked), left_(arguments) {}

  int run() {
    while (*format_ != 0) {
      if (std::iswspace(static_cast<wint_t>(*format_)) != 0) {
        ++format_;
        skip_spaces();
      } else if (*format_ == '%' && format_[1] != '%') {
        ++format_;
        if (!one()) break;
      } else if (!literal()) {
        break;
      }
    }
    return stored_ == 0 && at_end_ ? EOF : stored_;
  }

 private:
  bool literal() {
    if (*format_ == '%') ++format_;
    wint_t const c = take();
    if (c != static_cast<wint_t>(*format_)) {
      put_back(c);
      return false;
    }
    ++format_;
    return true;
  }
  wint_t take() {
    wint_t const c = from_.next();
    if (c == ended) {
      at_end_ = true;
    } else {
      ++consumed_;
    }
    return c;
  }
  void put_back(wint_t c) {
    if (c == ended) return;
    --consumed_;
    from_.give_back(c);
  }
  void skip_spaces() {
    wint_t c = take();
    while (is_space(c)) c = take();
    put_back(c);
  }
  bool follows(char const* text) {
    Char const* here = format_;
    for (; *text != 0; ++text, ++here)
      if (*here != static_cast<Char>(*text)) return false;
    format_ = here;
    return true;
  }
  length parse_length() {
    for (char const* const text : {"I64", "ll", "j", "z", "t", "L"})
      if (follows(text)) return length::word64;
    if (follows("I32")) return length::normal;
    if (follows("I")) return length::word64;
    if (follows("hh")) return length::tiny;
    if (follows("h")) return length::half;
    if (follows("l") || follows("w")) return length::wide;
    return length::normal;
  }

  /// One conversion; false ends the scan.
  bool one() {
    bool const quiet = follows("*");
    std::size_t width = 0;
    for (; *format_ >= '0' && *format_ <= '9'; ++format_)
      width = std::min<std::size_t>((width * 10) + static_cast<std::size_t>(*format_ - '0'), 1U << 24U);
    length const size = parse_length();
    Char const type = *format_;
    if (type != 0) ++format_;
    switch (type) {
      case 'd':
      case 'u':
        return integer(10, size, width, quiet);
      case 'i':
        return integer(0, size, width, quiet);
      case 'x':
      case 'X':
        return integer(16, size, width, quiet);
      case 'p':
        return integer(16, length::word64, width, quiet);
      case 'o':
        return integer(8, size, width, quiet);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        return floating(size, width, quiet);
      case 's':
      case 'S':
        skip_spaces();
        return string(width, quiet, is_wide(size, type == 'S'), false, [](wint_t c) { return !is_space(c); });
      case 'c':
      case 'C':
        return string(width == 0 ? 1 : width, quiet, is_wide(size, type == 'C'), true, [](wint_t) { return true; });
      case '[':
        return set(width, quiet, is_wide(size, false));
      case 'n':
        if (!quiet) *va_arg(left_.list, int*) = consumed_;
        return true;
      default:
        return false;
    }
  }

  static bool is_wide(length size, bool capital) {
    constexpr bool format_is_wide = sizeof(Char) > 1;
    if (size == length::half) return false;
    return size == length::wide || format_is_wide != capital;
  }

  /// The characters of a number, as far as `fits` takes them.
  template <class Fits>
  std::string number_text(std::size_t width, Fits fits) {
    skip_spaces();
    std::string text;
    for (wint_t c = take(); c != ended; c = take()) {
      if ((width != 0 && text.size() >= width) || c > 0x7F || !fits(text, static_cast<char>(c))) {
        put_back(c);
        break;
      }
      text += static_cast<char>(c);
    }
    return text;
  }

  /// There was something, but not a number: that is no end of the input.
  bool mismatch(std::string const& text) {
    if (!text.empty()) at_end_ = false;
    return false;
  }

  static int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    int const letter = c | 0x20;
    return letter >= 'a' && letter <= 'z' ? letter - 'a' + 10 : 99;
  }

  bool integer(int base, length size, std::size_t width, bool quiet) {
    auto const fits = [&base](std::string const& so_far, char c) {
      if (c == '+' || c == '-') return so_far.empty();
      std::string const digits = so_far.substr(std::min(so_far.find_first_not_of("+-"), so_far.size()));
      if ((c == 'x' || c == 'X') && digits == "0" && (base == 0 || base == 16)) {
        base = 16;
        return true;
      }
      if (base == 0 && !digits.empty() && digits[0] == '0') base = 8;
      return digit_of(c) < (base == 0 ? 10 : base);
    };
    std::string const text = number_text(width, fits);
    if (text.find_first_of("0123456789abcdefABCDEF") == std::string::npos) return mismatch(text);
    auto const value = std::strtoull(text.c_str(), nullptr, base == 0 ? 10 : base);
    if (quiet) return true;
    if (size == length::tiny) {
      *va_arg(left_.list, unsigned char*) = static_cast<unsigned char>(value);
    } else if (size == length::half) {
      *va_arg(left_.list, unsigned short*) = static_cast<unsigned short>(value);
    } else if (size == length::word64) {
      *va_arg(left_.list, unsigned long long*) = value;
    } else {  // `l` too: 32 bits
      *va_arg(left_.list, unsigned*) = static_cast<unsigned>(value);
    }
    ++stored_;
    return true;
  }

  bool floating(length size, std::size_t width, bool quiet) {
    auto const fits = [](std::string const& so_far, char c) {
      if (c >= '0' && c <= '9') return true;
      if (c == '.') return so_far.find_first_of(".eE") == std::string::npos;
      if (c == 'e' || c == 'E') return !so_far.empty() && so_far.find_first_of("eE") == std::string::npos;
      if (c == '+' || c == '-') return so_far.empty() || so_far.back() == 'e' || so_far.back() == 'E';
      return false;
    };
    std::string const text = number_text(width, fits);
    if (text.find_first_of("0123456789") == std::string::npos) return mismatch(text);
    if (quiet) return true;
    if (size == length::wide || size == length::word64) {
      *va_arg(left_.list, double*) = std::strtod(text.c_str(), nullptr);
    } else {
      *va_arg(left_.list, float*) = std::strtof(text.c_str(), nullptr);
    }
    ++stored_;
    return true;
  }

  template <class Fits>
  bool string(std::size_t width, bool quiet, bool wide, bool exact, Fits fits) {
    std::wstring text;
    while (!exact || text.size() < width) {
      wint_t const c = take();
      if (c == ended || (width != 0 && text.size() >= width) || !fits(c)) {
        put_back(c);
        break;
      }
      text += static_cast<wchar_t>(c);
    }
    if (text.empty() || (exact && text.size() < width)) return false;
    if (quiet) return true;
    bool const stored = wide ? store(va_arg(left_.list, wchar_t*), text, exact)
                             : store(va_arg(left_.list, char*), bytes_of(text), exact);
    if (stored) ++stored_;
    return stored;
  }

  /// What was read from a narrow source is bytes already.
  static std::string bytes_of(std::wstring const& text) {
    if constexpr (sizeof(Char) > 1) {
      return to_narrow(text);
    } else {
      std::string made(text.size(), '\0');
      std::transform(text.begin(), text.end(), made.begin(), [](wchar_t c) { return static_cast<char>(c); });
      return made;
    }
  }

  template <class Unit>
  bool store(Unit* to, std::basic_string<Unit> const& text, bool exact) {
    std::size_t const needed = text.size() + (exact ? 0 : 1);
    if (checked_ && va_arg(left_.list, unsigned) < needed) {
      *to = 0;
      at_end_ = false;
      return false;
    }
    std::copy(text.begin(), text.end(), to);
    if (!exact) to[text.size()] = 0;
    return true;
  }

  bool set(std::size_t width, bool quiet, bool wide) {
    bool const inverse = *format_ == '^';
    if (inverse) ++format_;
    std::basic_string<Char> members;
    for (bool first = true; *format_ != 0 && (first || *format_ != ']'); ++format_, first = false) {
      bool const is_range = *format_ == '-' && !members.empty() && format_[1] != ']' && format_[1] != 0;
      if (!is_range) {
        members += *format_;
        continue;
      }
      Char const last = *++format_;
      for (int c = members.back() + 1; c <= last && members.size() < 0x10000; ++c) members += static_cast<Char>(c);
    }
    if (*format_ == ']') ++format_;
    return string(width, quiet, wide, false, [&](wint_t c) {
      return (members.find(static_cast<Char>(c)) != std::basic_string<Char>::npos) != inverse;
    });
  }

  source& from_;
  Char const* format_;
  bool checked_;
  arguments_left left_;
  int stored_ = 0;
  int consumed_ = 0;
  bool at_end_ = false;
};
// NOLINTEND(clang-analyzer-valist.Uninitialized)

template <class Char>
int scan(source& from, Char const* format, va_list arguments, bool checked) noexcept {
  try {
    return scanner<Char>(from, format, arguments, checked).run();
  } catch (std::exception const&) {
    return EOF;
  }
}

template <class Char>
int scan_stream(FILE* stream, Char const* format, va_list arguments, bool checked) noexcept {
  stream_source<Char> from(stream);
  return scan(from, format, arguments, checked);
}

template <class Char>
int scan_text(Char const* text, Char const* format, va_list arguments, bool checked) noexcept {
  text_source<Char> from(text);
  return scan(from, format, arguments, checked);
}

}  // namespace

int scanf_s(char const* format, ...) {
  WITH_ARGUMENTS(format, scan_stream(stdin, format, arguments, true));
}
int sscanf_s(char const* text, char const* format, ...) {
  WITH_ARGUMENTS(format, scan_text(text, format, arguments, true));
}
int fscanf_s(FILE* stream, char const* format, ...) {
  WITH_ARGUMENTS(format, scan_stream(stream, format, arguments, true));
}
int wscanf_s(wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, scan_stream(stdin, format, arguments, true));
}
int swscanf_s(wchar_t const* text, wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, scan_text(text, format, arguments, true));
}
int fwscanf_s(FILE* stream, wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, scan_stream(stream, format, arguments, true));
}
// The standard's own functions, to which <stdio.h> and <wchar.h> lead here.
extern "C" {
COVIEW_WIN32_API int coview_msvcrt_scanf(char const* format, ...) {
  WITH_ARGUMENTS(format, scan_stream(stdin, format, arguments, false));
}
COVIEW_WIN32_API int coview_msvcrt_sscanf(char const* text, char const* format, ...) {
  WITH_ARGUMENTS(format, scan_text(text, format, arguments, false));
}
COVIEW_WIN32_API int coview_msvcrt_fscanf(FILE* stream, char const* format, ...) {
  WITH_ARGUMENTS(format, scan_stream(stream, format, arguments, false));
}
COVIEW_WIN32_API int coview_msvcrt_vscanf(char const* format, va_list arguments) {
  return scan_stream(stdin, format, arguments, false);
}
COVIEW_WIN32_API int coview_msvcrt_vsscanf(char const* text, char const* format, va_list arguments) {
  return scan_text(text, format, arguments, false);
}
COVIEW_WIN32_API int coview_msvcrt_vfscanf(FILE* stream, char const* format, va_list arguments) {
  return scan_stream(stream, format, arguments, false);
}
COVIEW_WIN32_API int coview_msvcrt_vwscanf(wchar_t const* format, va_list arguments) {
  return scan_stream(stdin, format, arguments, false);
}
COVIEW_WIN32_API int coview_msvcrt_vswscanf(wchar_t const* text, wchar_t const* format, va_list arguments) {
  return scan_text(text, format, arguments, false);
}
COVIEW_WIN32_API int coview_msvcrt_vfwscanf(FILE* stream, wchar_t const* format, va_list arguments) {
  return scan_stream(stream, format, arguments, false);
}
}

int coview_msvcrt_wscanf(wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, scan_stream(stdin, format, arguments, false));
}
int coview_msvcrt_swscanf(wchar_t const* text, wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, scan_text(text, format, arguments, false));
}
int coview_msvcrt_fwscanf(FILE* stream, wchar_t const* format, ...) {
  WITH_ARGUMENTS(format, scan_stream(stream, format, arguments, false));
}
