// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "win32/core/text/unicode.hpp"

/// For templates that are narrow within, and of either width for their caller.
namespace coview::win32 {

inline std::string as(std::string const& text, char /*tag*/) {
  return text;
}
inline std::wstring as(std::string const& text, wchar_t /*tag*/) {
  return to_wide(text);
}

template <class Char>
std::size_t length_of(Char const* text) {
  return std::char_traits<Char>::length(text);
}

/// The same, for text that may have no end within `most` characters.
template <class Char>
std::size_t bounded_length(Char const* text, std::size_t most) {
  std::size_t length = 0;
  while (length < most && text[length] != 0) ++length;
  return length;
}

template <class Char>
Char* duplicate(Char const* text) {
  if (text == nullptr) return nullptr;
  std::size_t const bytes = (length_of(text) + 1) * sizeof(Char);
  auto* const made = static_cast<Char*>(std::malloc(bytes));
  if (made != nullptr) std::memcpy(made, text, bytes);
  return made;
}

}  // namespace coview::win32
