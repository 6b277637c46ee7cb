// SPDX-License-Identifier: Apache-2.0
#include "win32/core/text/unicode.hpp"

#include <array>
#include <cstdint>

namespace coview::win32 {
namespace {

constexpr char32_t replacement = 0xFFFD;
constexpr char32_t last_character = 0x10FFFF;

struct decoded {
  char32_t character;
  std::size_t length;  // bytes it took; 0: not UTF-8 here
};

constexpr decoded broken{replacement, 0};

unsigned byte_at(std::string_view text, std::size_t index) {
  return static_cast<unsigned char>(text[index]);
}

/// The character at a place that is not the end.
decoded decode(std::string_view text, std::size_t at) {
  unsigned const lead = byte_at(text, at);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xC2 || lead > 0xF4) return broken;
  std::size_t const length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() - at < length) return broken;
  constexpr std::array<char32_t, 5> shortest{0, 0, 0x80, 0x800, 0x10000};
  char32_t character = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    unsigned const next = byte_at(text, at + i);
    if ((next & 0xC0U) != 0x80) return broken;
    character = (character << 6U) | (next & 0x3FU);
  }
  if (character < shortest.at(length) || character > last_character) return broken;
  return {character, length};
}

void encode(std::string& out, char32_t character) {
  auto const put = [&out](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
  if (character < 0x80) {
    put(character);
  } else if (character < 0x800) {
    put(0xC0U | (character >> 6U));
    put(0x80U | (character & 0x3FU));
  } else if (character < 0x10000) {
    put(0xE0U | (character >> 12U));
    put(0x80U | ((character >> 6U) & 0x3FU));
    put(0x80U | (character & 0x3FU));
  } else {
    put(0xF0U | (character >> 18U));
    put(0x80U | ((character >> 12U) & 0x3FU));
    put(0x80U | ((character >> 6U) & 0x3FU));
    put(0x80U | (character & 0x3FU));
  }
}

bool is_high(char32_t unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}
bool is_low(char32_t unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

}  // namespace

std::wstring to_wide(std::string_view text) {
  std::wstring out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    auto const [character, length] = decode(text, at);
    out.push_back(static_cast<wchar_t>(character));
    at += length == 0 ? 1 : length;
  }
  return out;
}

std::string to_narrow(std::wstring_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto character = static_cast<char32_t>(text[at]);
    if (is_high(character) && at + 1 < text.size() && is_low(static_cast<char32_t>(text[at + 1]))) {
      character = 0x10000 + ((character - 0xD800) << 10U) + (static_cast<char32_t>(text[at + 1]) - 0xDC00);
      ++at;
    }
    encode(out, character > last_character ? replacement : character);
  }
  return out;
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    auto const length = decode(text, at).length;
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::size_t whole_characters(std::string_view text, std::size_t most) {
  if (most >= text.size()) return text.size();
  while (most > 0 && (byte_at(text, most) & 0xC0U) == 0x80) --most;
  return most;
}

}  // namespace coview::win32
