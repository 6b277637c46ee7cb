// SPDX-License-Identifier: Apache-2.0
#include "win32/core/text/unicode.hpp"

#include <cstdint>

#include "object/utf8.hpp"

namespace coview::win32 {
namespace {

constexpr char32_t replacement = 0xFFFD;
constexpr char32_t last_character = 0x10FFFF;

/// The character at a place that is not the end.
utf8::code_point decode(std::string_view text, std::size_t at) noexcept {
  auto const found = utf8::decode(text.substr(at), utf8::surrogates::allowed);
  return found.length == 0 ? utf8::code_point{replacement, 0} : found;
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

std::string well_formed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto const [character, length] = utf8::decode(text);
    encode(out, length == 0 ? replacement : character);
    text.remove_prefix(length == 0 ? 1 : length);
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
  return utf8::whole_characters(text, most);
}

}  // namespace coview::win32
