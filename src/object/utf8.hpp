// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "os/visibility.hpp"

/// UTF-8, read in this one place: names, texts for terminals, wide text for Windows' programs.
namespace coview::utf8 {

struct code_point {
  char32_t value{};
  std::size_t length{};  ///< bytes it takes; 0: the bytes are no UTF-8
};

/// Halves of UTF-16's pairs, which are no characters. Names and wide text may have one by itself (WTF-8).
enum class surrogates : bool { refused, allowed };

/// The code point at the beginning of `bytes`, which are not empty. Overlong forms and values beyond Unicode are no
/// UTF-8.
[[nodiscard]] COVIEW_PRIVATE code_point decode(std::string_view bytes,
                                               surrogates rule = surrogates::refused) noexcept;

/// Whether a character goes on with this byte, and does not begin with it.
[[nodiscard]] constexpr bool continues(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// The largest length up to `most` that does not cut a character.
[[nodiscard]] COVIEW_PRIVATE std::size_t whole_characters(std::string_view text, std::size_t most) noexcept;

}  // namespace coview::utf8
