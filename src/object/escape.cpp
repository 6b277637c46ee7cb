// SPDX-License-Identifier: Apache-2.0
#include "object/escape.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "object/utf8.hpp"

namespace coview::inline object {
namespace {

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

std::string printed(char const* format, char32_t c) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), format, static_cast<unsigned>(c));
  return text.data();
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
      return c < 0x80 ? printed("\\x%02x", c) : printed("\\u{%x}", c);
  }
}

}  // namespace

std::string escape(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    auto const [value, length] = utf8::decode(bytes);
    if (length == 0) {
      text += printed("\\x%02x", static_cast<unsigned char>(bytes[0]));
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

}  // namespace coview::inline object
