// SPDX-License-Identifier: Apache-2.0
#include "win32/core/text/text.hpp"

namespace coview::win32 {
namespace {

constexpr char32_t replacement = 0xFFFD;
constexpr char32_t last_character = 0x10FFFF;

constexpr bool is_high_surrogate(char32_t c) {
  return c >= 0xD800 && c <= 0xDBFF;
}
constexpr bool is_low_surrogate(char32_t c) {
  return c >= 0xDC00 && c <= 0xDFFF;
}

void append(std::string& out, char32_t c) {
  auto const byte = [&](char32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  auto const tail = [&](unsigned shift) { byte(0x80U | ((c >> shift) & 0x3FU)); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0U | (c >> 6U));
    tail(0);
  } else if (c < 0x10000) {
    byte(0xE0U | (c >> 12U));
    tail(6);
    tail(0);
  } else {
    byte(0xF0U | (c >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

/// Takes one character from the front; `replacement` for a byte that begins none. Surrogates pass where asked for.
char32_t take(std::string_view& text, bool surrogates_pass) {
  auto const lead = static_cast<unsigned char>(text.front());
  std::size_t const length = lead < 0x80U ? 1 : lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : lead >= 0xC2U ? 2 : 0;
  if (length == 1) {
    text.remove_prefix(1);
    return lead;
  }
  char32_t c = lead & (0x7FU >> length);
  bool good = length != 0 && lead <= 0xF4U && text.size() >= length;
  for (std::size_t i = 1; good && i < length; ++i) {
    auto const next = static_cast<unsigned char>(text[i]);
    good = (next & 0xC0U) == 0x80U;
    c = (c << 6U) | (next & 0x3FU);
  }
  good = good && !(length == 3 && c < 0x800) && !(length == 4 && (c < 0x10000 || c > last_character));
  if (good && !surrogates_pass && c >= 0xD800 && c <= 0xDFFF) good = false;
  text.remove_prefix(good ? length : 1);
  return good ? c : replacement;
}

DWORD code_of(name_fault fault) {
  switch (fault) {
    case name_fault::none:
      return ERROR_SUCCESS;
    case name_fault::leading_backslash:
      return ERROR_BAD_PATHNAME;  // NM-07
    case name_fault::nothing_after:
      return ERROR_INVALID_NAME;  // NM-08
    case name_fault::reserved:
      return ERROR_INVALID_HANDLE;  // NM-09
    case name_fault::backslash:
      return ERROR_PATH_NOT_FOUND;  // NM-05, NM-06
    case name_fault::too_long:      // D15
    case name_fault::empty:
    case name_fault::nul:
    case name_fault::not_utf8:
      break;
  }
  return ERROR_INVALID_NAME;
}

DWORD parse(wanted_name& out) {
  out.unnamed = out.text.empty();
  return out.unnamed ? ERROR_SUCCESS : code_of(parse_name(out.text, out.parsed));
}

}  // namespace

std::string utf8_from_wide(std::wstring_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<char32_t>(text[i]);
    if (is_high_surrogate(c) && i + 1 < text.size() && is_low_surrogate(static_cast<char32_t>(text[i + 1]))) {
      c = 0x10000 + ((c - 0xD800) << 10U) + (static_cast<char32_t>(text[++i]) - 0xDC00);
    }
    append(out, c > last_character ? replacement : c);
  }
  return out;
}

std::string utf8_from_ansi(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) append(out, take(text, false));
  return out;
}

std::wstring wide_from_utf8(std::string_view text) {
  std::wstring out;
  out.reserve(text.size());
  while (!text.empty()) out += static_cast<wchar_t>(take(text, true));
  return out;
}

std::size_t utf16_length(std::string_view text) noexcept {
  std::size_t units = 0;
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) units += byte >= 0xF0U ? 2 : 1;
  }
  return units;
}

DWORD read_name(char const* text, wanted_name& out) {
  out = {};
  out.null = text == nullptr;
  if (!out.null && leads_nowhere(text)) return ERROR_NOACCESS;
  out.text = utf8_from(text);
  if (utf16_length(out.text) >= MAX_PATH) return ERROR_FILENAME_EXCED_RANGE;  // NM-13
  return parse(out);
}

DWORD read_name(wchar_t const* text, wanted_name& out) {
  out = {};
  out.null = text == nullptr;
  if (!out.null && leads_nowhere(text)) return ERROR_NOACCESS;
  out.text = utf8_from(text);
  return parse(out);
}

}  // namespace coview::win32
