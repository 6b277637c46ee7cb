// SPDX-License-Identifier: Apache-2.0
// What makes bytes safe to show. Names, command lines and contents come from other programs, so a terminal must never
// see an escape sequence, a line break or a character that hides or reorders its neighbours in them.
#include <algorithm>
#include <array>
#include <cwchar>
#include <fmt/format.h>

#include "text.hpp"

namespace coview::tool {

namespace {

struct code_point {
  char32_t value{};
  std::size_t length{};  // bytes it takes; 0: the bytes are no UTF-8
};

/// The code point at the beginning of `bytes`. Overlong forms, surrogates and values beyond Unicode are no UTF-8.
code_point decode(std::string_view bytes) {
  auto const at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  auto const first = at(0);
  if (first < 0x80) return {first, 1};
  std::size_t const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || bytes.size() < length) return {};
  char32_t value = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0U) != 0x80) return {};
    value = (value << 6) | (at(i) & 0x3fU);
  }
  constexpr std::array<char32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  if (value < smallest.at(length) || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
  return {value, length};
}

struct range {
  char32_t first;
  char32_t last;
};

/// What draws nothing, draws elsewhere or looks like a blank: format and separator characters and invisible fillers.
constexpr std::array unseen = {range{0x7f, 0x9f},       range{0xad, 0xad},       range{0x34f, 0x34f},
                               range{0x61c, 0x61c},     range{0x115f, 0x1160},   range{0x17b4, 0x17b5},
                               range{0x180b, 0x180f},   range{0x200b, 0x200f},   range{0x2028, 0x202e},
                               range{0x2060, 0x206f},   range{0x3164, 0x3164},   range{0xfe00, 0xfe0f},
                               range{0xfeff, 0xfeff},   range{0xffa0, 0xffa0},   range{0xfff0, 0xfffb},
                               range{0x1bca0, 0x1bca3}, range{0x1d173, 0x1d17a}, range{0xe0000, 0xe0fff}};

bool is_unseen(char32_t c) {
  return c < 0x20 || std::any_of(unseen.begin(), unseen.end(), [c](range r) { return c >= r.first && c <= r.last; });
}

std::string escaped(char32_t c) {
  switch (c) {
    case U'\n':
      return "\\n";
    case U'\r':
      return "\\r";
    case U'\t':
      return "\\t";
    default:
      return c < 0x80 ? fmt::format("\\x{:02x}", static_cast<unsigned>(c))
                      : fmt::format("\\u{{{:x}}}", static_cast<unsigned>(c));
  }
}

std::size_t width_of(char32_t c) {
  int const width = wcwidth(static_cast<wchar_t>(c));
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

}  // namespace

std::string escape(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    auto const [value, length] = decode(bytes);
    if (length == 0) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[0]));
      bytes.remove_prefix(1);
      continue;
    }
    if (is_unseen(value)) {
      text += escaped(value);
    } else {
      text += bytes.substr(0, length);
    }
    bytes.remove_prefix(length);
  }
  return text;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    auto const [value, length] = decode(text);
    width += length == 0 ? 1 : width_of(value);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return width;
}

std::string shorten(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::size_t end = 0;
  for (std::size_t used = 0; end < text.size();) {
    auto const [value, length] = decode(text.substr(end));
    used += length == 0 ? 1 : width_of(value);
    if (used + 1 > width) break;
    end += std::max<std::size_t>(length, 1);
  }
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace coview::tool
