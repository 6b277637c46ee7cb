// SPDX-License-Identifier: Apache-2.0
#include "object/utf8.hpp"

#include <array>

namespace coview::utf8 {

code_point decode(std::string_view bytes, surrogates rule) noexcept {
  auto const first = static_cast<unsigned char>(bytes[0]);
  if (first < 0x80U) return {first, 1};
  std::size_t const length = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : 2;
  if (first < 0xC2U || first > 0xF4U || bytes.size() < length) return {};
  char32_t value = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(bytes[i])) return {};
    value = (value << 6U) | (static_cast<unsigned char>(bytes[i]) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  if (value < smallest.at(length) || value > 0x10FFFF) return {};
  bool const is_surrogate = value >= 0xD800 && value <= 0xDFFF;
  return is_surrogate && rule == surrogates::refused ? code_point{} : code_point{value, length};
}

std::size_t whole_characters(std::string_view text, std::size_t most) noexcept {
  if (most >= text.size()) return text.size();
  while (most > 0 && continues(text[most])) --most;
  return most;
}

}  // namespace coview::utf8
