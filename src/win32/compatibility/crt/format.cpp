// SPDX-License-Identifier: Apache-2.0
#include "win32/compatibility/crt/format.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cwchar>
#include <optional>

#include "win32/compatibility/crt/variadic.hpp"
#include "win32/core/text/unicode.hpp"

namespace coview::win32 {
namespace {

enum class size : unsigned char { normal, tiny, half, word32, word64, long_double };

/// One conversion, taken apart.
struct conversion {
  std::string flags;
  int width = -1;
  int precision = -1;
  size length = size::normal;
  bool narrow = false;  // h before s or c
  bool wide = false;    // l or w before s or c
  wchar_t type = 0;
};

// NOLINTBEGIN(clang-analyzer-valist.Uninitialized): the list is copied in the constructor, which the analyzer does
// not follow
template <class Char>
class formatter {
 public:
  formatter(std::basic_string<Char>& out, Char const* format, va_list arguments)
      : out_(out), at_(format), left_(arguments) {}

  void run() {
    while (*at_ != 0) {
      if (*at_ != '%') {
        out_.push_back(*at_++);
      } else if (at_[1] == '%') {
        out_.push_back(*at_);
        at_ += 2;
      } else {
        ++at_;
        one();
      }
    }
  }

 private:
  void one() {
    Char const* const start = at_;
    conversion context;
    parse(context);
    if (context.type == 0) {  // the format ends in the middle of a conversion: Windows drops it
      return;
    }
    if (!emit(context)) out_.append(start, at_);  // an unknown letter stands for itself
  }

  void parse(conversion& context) {
    for (; *at_ == '-' || *at_ == '+' || *at_ == ' ' || *at_ == '#' || *at_ == '0'; ++at_)
      context.flags.push_back(static_cast<char>(*at_));
    context.width = number();
    if (context.width < -1) {
      context.flags.push_back('-');
      context.width = -context.width;
    }
    if (*at_ == '.') {
      ++at_;
      context.precision = number();
      if (context.precision == -1 && (at_[-1] == '.')) context.precision = 0;
    }
    parse_length(context);
    context.type = static_cast<wchar_t>(*at_);
    if (*at_ != 0) ++at_;
  }

  /// Digits or a star; -1 where there is neither.
  int number() {
    if (*at_ == '*') {
      ++at_;
      return va_arg(left_.list, int);
    }
    if (*at_ < '0' || *at_ > '9') return -1;
    constexpr int most = 1 << 24;
    int value = 0;
    for (; *at_ >= '0' && *at_ <= '9'; ++at_)
      if (value < most) value = (value * 10) + static_cast<int>(*at_ - '0');
    return value;
  }

  bool follows(char const* text) const {
    Char const* here = at_;
    for (; *text != 0; ++text, ++here)
      if (*here != static_cast<Char>(*text)) return false;
    return true;
  }

  void parse_length(conversion& context) {
    struct prefix {
      char const* text;
      size length;
    };
    static constexpr std::array<prefix, 12> prefixes{{{"I64", size::word64},
                                                      {"I32", size::word32},
                                                      {"I", size::word64},
                                                      {"hh", size::tiny},
                                                      {"h", size::half},
                                                      {"ll", size::word64},
                                                      {"l", size::word32},
                                                      {"w", size::normal},
                                                      {"j", size::word64},
                                                      {"z", size::word64},
                                                      {"t", size::word64},
                                                      {"L", size::long_double}}};
    for (auto const& [text, length] : prefixes) {
      if (!follows(text)) continue;
      at_ += std::char_traits<char>::length(text);
      context.length = length;
      context.narrow = text[0] == 'h';
      context.wide = text[0] == 'l' || text[0] == 'w';
      return;
    }
  }

  bool emit(conversion& context) {
    switch (context.type) {
      case 'd':
      case 'i':
      case 'u':
      case 'o':
      case 'x':
      case 'X':
        integer(context);
        return true;
      case 'a':
      case 'A':
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        floating(context);
        return true;
      case 'p':
        pointer(context);
        return true;
      case 'c':
      case 'C':
        character(context);
        return true;
      case 's':
      case 'S':
        string(context);
        return true;
      case 'n':  // Windows refuses it; the argument is there all the same
        (void)va_arg(left_.list, void*);
        return true;
      default:
        return false;
    }
  }

  /// What the C library is asked: the same flags, width and precision, with a length of ours.
  static std::string native(conversion const& context, char const* length) {
    std::string made = "%" + context.flags;
    if (context.width >= 0) made += std::to_string(context.width);
    if (context.precision >= 0) made += "." + std::to_string(context.precision);
    return made + length + static_cast<char>(context.type);
  }

  template <class Value>
  void print(std::string const& format, Value value) {
    std::array<char, 128> small{};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    int const length = std::snprintf(small.data(), small.size(), format.c_str(), value);
    if (length < 0) return;
    if (static_cast<std::size_t>(length) < small.size()) {
      out_.append(small.data(), small.data() + length);
      return;
    }
    std::string large(static_cast<std::size_t>(length) + 1, '\0');
    std::snprintf(large.data(), large.size(), format.c_str(), value);
#pragma GCC diagnostic pop
    out_.append(large.begin(), large.end() - 1);
  }

  void integer(conversion const& context) {
    bool const is_signed = context.type == 'd' || context.type == 'i';
    if (context.length == size::word64) {
      print(native(context, "ll"), va_arg(left_.list, long long));
      return;
    }
    int const raw = va_arg(left_.list, int);  // also for l: 32 bits
    long long value = is_signed ? static_cast<long long>(raw) : static_cast<long long>(static_cast<unsigned>(raw));
    if (context.length == size::half) {
      value = is_signed ? static_cast<long long>(static_cast<short>(raw))
                        : static_cast<long long>(static_cast<unsigned short>(raw));
    } else if (context.length == size::tiny) {
      value = is_signed ? static_cast<long long>(static_cast<signed char>(raw))
                        : static_cast<long long>(static_cast<unsigned char>(raw));
    }
    print(native(context, "ll"), value);
  }

  void floating(conversion const& context) {
    // long double is double on Windows; a program compiled here passes its own.
    if (context.length == size::long_double) {
      print(native(context, "L"), va_arg(left_.list, long double));
    } else {
      print(native(context, ""), va_arg(left_.list, double));
    }
  }

  void pointer(conversion const& context) {
    auto const value = reinterpret_cast<std::uintptr_t>(va_arg(left_.list, void*));
    std::array<char, 20> digits{};
    std::snprintf(digits.data(), digits.size(), "%016llX", static_cast<unsigned long long>(value));
    std::string const text = digits.data();
    pad(context, std::basic_string<Char>(text.begin(), text.end()));
  }

  [[nodiscard]] static bool is_wide(conversion const& context) {
    constexpr bool format_is_wide = sizeof(Char) > 1;
    if (context.narrow) return false;
    if (context.wide) return true;
    bool const capital = context.type == 'S' || context.type == 'C';
    return format_is_wide != capital;
  }

  void character(conversion const& context) {
    int const raw = va_arg(left_.list, int);
    std::basic_string<Char> one_character;
    if (is_wide(context)) {
      auto const unit = static_cast<wchar_t>(raw);
      if constexpr (sizeof(Char) > 1) {
        one_character.assign(1, unit);
      } else {
        one_character = to_narrow(std::wstring_view(&unit, 1));
      }
    } else {
      one_character.assign(1, static_cast<Char>(static_cast<unsigned char>(raw)));
    }
    pad(context, one_character);
  }

  void string(conversion const& context) {
    if (is_wide(context)) {
      auto const* const text = va_arg(left_.list, wchar_t const*);
      auto const view = text == nullptr ? std::wstring_view(L"(null)") : bounded(text, context.precision);
      if constexpr (sizeof(Char) > 1) {
        pad(context, std::wstring(view));
      } else {
        auto narrow = to_narrow(view);
        if (context.precision >= 0 && narrow.size() > static_cast<std::size_t>(context.precision))
          narrow.resize(whole_characters(narrow, static_cast<std::size_t>(context.precision)));
        pad(context, narrow);
      }
    } else {
      auto const* const text = va_arg(left_.list, char const*);
      auto const view = text == nullptr ? std::string_view("(null)") : bounded(text, context.precision);
      if constexpr (sizeof(Char) > 1) {
        pad(context, to_wide(view));
      } else {
        pad(context, std::string(view));
      }
    }
  }

  template <class Unit>
  static std::basic_string_view<Unit> bounded(Unit const* text, int most) {
    if (most < 0) return text;
    std::size_t length = 0;  // the text need not end where the precision does
    while (length < static_cast<std::size_t>(most) && text[length] != 0) ++length;
    return {text, length};
  }

  void pad(conversion const& context, std::basic_string<Char> const& text) {
    auto const width = context.width > 0 ? static_cast<std::size_t>(context.width) : 0;
    std::size_t const missing = width > text.size() ? width - text.size() : 0;
    bool const left = context.flags.find('-') != std::string::npos;
    bool const zeros = !left && context.flags.find('0') != std::string::npos;
    if (!left) out_.append(missing, static_cast<Char>(zeros ? '0' : ' '));
    out_ += text;
    if (left) out_.append(missing, static_cast<Char>(' '));
  }

  std::basic_string<Char>& out_;
  Char const* at_;
  arguments_left left_;
};
// NOLINTEND(clang-analyzer-valist.Uninitialized)

}  // namespace

void format_into(std::string& out, char const* format, va_list arguments) {
  formatter<char>(out, format, arguments).run();
}

void format_into(std::wstring& out, wchar_t const* format, va_list arguments) {
  formatter<wchar_t>(out, format, arguments).run();
}

}  // namespace coview::win32
