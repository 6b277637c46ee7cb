// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "object/utf8.hpp"

/// UTF-8 and wchar_t, which is UTF-32 on Linux. Nothing is ever refused: what is not UTF-8 becomes U+FFFD, a pair of
/// surrogates in a wide string (as a program that knows 16-bit units may build it) becomes the character it stands
/// for, and a lone surrogate keeps its three-byte form.
namespace coview::win32 {

std::wstring to_wide(std::string_view text);
std::string to_narrow(std::wstring_view text);

/// Well-formed whatever is given: bytes that are not UTF-8, and halves of pairs, become U+FFFD.
std::string well_formed(std::string_view text);

/// The UTF-8 of either kind of argument, as it is; nullptr is empty.
inline std::string narrow(char const* text) {
  return text == nullptr ? std::string() : std::string(text);
}
inline std::string narrow(wchar_t const* text) {
  return text == nullptr ? std::string() : to_narrow(text);
}

/// Whether it is UTF-8 throughout.
bool is_utf8(std::string_view text);

/// The largest length up to `most` that does not cut a UTF-8 character.
std::size_t whole_characters(std::string_view text, std::size_t most);

}  // namespace coview::win32
