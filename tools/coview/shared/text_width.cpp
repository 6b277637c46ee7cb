// SPDX-License-Identifier: Apache-2.0
// How wide text is on a terminal, and cutting it to fit.
#include <algorithm>
#include <cwchar>

#include "object/utf8.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

std::size_t width_of(char32_t c) {
  int const width = wcwidth(static_cast<wchar_t>(c));
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    auto const [value, length] = utf8::decode(text);
    width += length == 0 ? 1 : width_of(value);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return width;
}

std::string shorten(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::size_t end = 0;
  for (std::size_t used = 0; end < text.size();) {
    auto const [value, length] = utf8::decode(text.substr(end));
    used += length == 0 ? 1 : width_of(value);
    if (used + 1 > width) break;
    end += std::max<std::size_t>(length, 1);
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string wrap(std::string_view text, std::size_t right, std::size_t margin) {
  std::string lines;
  std::size_t column = margin;
  while (!text.empty()) {
    auto const word = text.substr(0, text.find_first_of(" \n"));
    auto const width = display_width(word);
    if (column > margin && column + 1 + width > right) {
      lines += "\n" + std::string(margin, ' ');
      column = margin;
    } else if (column > margin) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += width;
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return lines;
}

}  // namespace coview::tool
